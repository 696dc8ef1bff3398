"""What the console says in English: every sentence of its code and its templates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.extract import extract
from jinja2.ext import babel_extract

CONSOLE = Path(__file__).parents[2] / "src" / "warmline" / "web" / "console"
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.do", "newstyle_gettext": "true"}

Key = str | tuple[str, str]


def sentences() -> dict[Key, str]:
    """Sentence, or singular and plural → the file that says it."""
    return {key: file for file, key in _all()}


def _all() -> Iterator[tuple[str, Key]]:
    for path in sorted(CONSOLE.rglob("*.py")):
        with path.open("rb") as source:
            for _, found, _, _ in extract("python", source, KEYWORDS):
                yield path.name, _key(found)
    for path in sorted(CONSOLE.rglob("*.html")):
        with path.open("rb") as source:
            for _, _, said, _ in babel_extract(source, list(KEYWORDS), (), OPTIONS):
                if said is not None and said[0]:  # not a name that is translated elsewhere
                    yield f"{path.parent.name}/{path.name}", _key(said)


def _key(found: Any) -> Key:
    if isinstance(found, str):
        return found
    texts = [each for each in found if isinstance(each, str)]
    return (texts[0], texts[1]) if len(texts) > 1 else texts[0]
