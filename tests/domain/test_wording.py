"""What Warmline says itself: both languages whole, with the same blanks, in the words that were agreed."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from warmline.domain.wording import LANGUAGES, back_at, fill, in_language, keys, say

SHARED = Path(os.environ.get("WARMLINE_SHARED", Path(__file__).parents[3] / "shared"))
BLANK = re.compile(r"\{\w+\}")
# `| key (when) | English | Polski |`; rows with several keys are the widget's own.
ROW = re.compile(r"^\| (?P<key>[a-z_.]+)(?: \([^|]*\))? \| (?P<en>.*?) \| (?P<pl>.*?) \|$")


def test_every_language_has_every_key() -> None:
    assert set(keys()) == set(LANGUAGES)
    assert keys()["en"] == keys()["pl"]


@pytest.mark.parametrize("key", sorted(keys()["en"]))
def test_both_languages_leave_the_same_blanks(key: str) -> None:
    english, polish = say(key, "en"), say(key, "pl")
    assert sorted(BLANK.findall(english)) == sorted(BLANK.findall(polish))
    assert english.strip()
    assert polish.strip()


def test_the_words_are_those_of_the_microcopy_table() -> None:
    path = SHARED / "DESIGN_UI.md"
    if not path.exists():
        pytest.skip(f"{path} is not there; set WARMLINE_SHARED to the shared folder")
    rows = [match for line in path.read_text("utf-8").splitlines() if (match := ROW.match(line))]
    agreed = {row["key"]: (row["en"], row["pl"]) for row in rows}
    ours = {key: (say(key, "en"), say(key, "pl")) for key in keys()["en"] & agreed.keys()}
    assert {"asked", "declined", "email.ask", "queued", "ticket", "saved", "away", "auto_reply"} <= ours.keys()
    assert ours == {key: agreed[key] for key in ours}


@pytest.mark.parametrize(
    ("tag", "lang"),
    [("pl", "pl"), ("pl-PL", "pl"), ("PL", "pl"), ("en-GB", "en"), ("de", "en"), ("", "en"), (None, "en")],
)
def test_a_language_that_we_lack_is_answered_in_english(tag: str | None, lang: str) -> None:
    assert in_language(tag) == lang


def test_values_are_put_in_as_they_are_even_when_they_look_like_blanks() -> None:
    assert say("joined", "en", name="{name} <b>") == "{name} <b> has joined the chat."
    assert fill("{a} {0} {} {b.__class__}", {"a": "x"}) == "x {0} {} {b.__class__}"


@pytest.mark.parametrize(
    ("lang", "text"), [("en", "We're back: Monday, 09:00"), ("pl", "Wracamy: poniedziałek, 09:00")]
)
def test_the_next_opening_is_said_in_the_shops_time_zone(lang: str, text: str) -> None:
    assert back_at(datetime(2026, 5, 4, 7, 0, tzinfo=UTC), "Europe/Warsaw", lang) == text
