"""What the widget and the server say, by key, in the language of a test."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from tests.flows.shop import ANSWERABLE, UNANSWERABLE
from warmline.domain import wording

WIDGET = Path(__file__).parents[2] / "widget"
QUESTION = {"en": ANSWERABLE, "pl": "Ile mam czasu na zwrot?"}
RIDDLE = {"en": UNANSWERABLE, "pl": "Czy sprzedajecie okulary dla astronautów na fioletowych słoniach?"}
DAYS = {"en": "60 days", "pl": "60 dni"}
LANGUAGES = ("en", "pl")


@cache
def _own(lang: str) -> dict[str, str]:
    if lang == "en":
        source = (WIDGET / "core" / "words.ts").read_text(encoding="utf-8")
        found = re.findall(r'^  "?([\w.]+)"?: ("(?:[^"\\]|\\.)*"),$', source, re.MULTILINE)
        return {key: json.loads(text) for key, text in found}
    words: dict[str, str] = json.loads((WIDGET / "locales" / f"{lang}.json").read_text(encoding="utf-8"))
    return words


def said(lang: str, key: str, **values: str) -> str:
    """The widget's words for a key, or else the server's."""
    words = _own(lang).get(key)
    return wording.say(key, lang, **values) if words is None else wording.fill(words, values)
