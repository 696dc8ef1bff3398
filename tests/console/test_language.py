"""English and Polish say the same things: every sentence has its translation, with the same values in it."""

from __future__ import annotations

import re

import pytest

from tests.console.catalogue import sentences
from warmline.web.console.language import N_, catalogue, language, preferred

_VALUES = re.compile(r"%\(\w+\)s|\{\w+\}")


def test_every_sentence_is_translated_and_no_translation_is_stale() -> None:
    said = sentences()
    translated = {message.id: message.string for message in catalogue("pl") if message.id}
    missing = {key: file for key, file in said.items() if key not in translated or not _complete(translated[key])}
    assert missing == {}
    assert [key for key in translated if key not in said] == []


def _complete(text: object) -> bool:
    return all(text) if isinstance(text, tuple) else bool(text)


def forms(text: object) -> list[str]:
    """One text, or those for several counts."""
    return [str(each) for each in text] if isinstance(text, tuple | list) else [str(text)]


def test_the_values_are_the_same_in_both_languages() -> None:
    wrong = []
    for message in catalogue("pl"):
        wanted = set(_VALUES.findall(forms(message.id)[-1]))
        if message.id and any(set(_VALUES.findall(each)) != wanted for each in forms(message.string)):
            wrong.append(message.id)
    assert wrong == []


def test_no_word_of_one_letter_ends_a_line_in_polish() -> None:
    for message in catalogue("pl"):
        for text in forms(message.string):
            assert not re.search(r"(?:^|[\s(„])[aiouwzAIOUWZ] ", text), text


def test_polish_counts_in_three_forms() -> None:
    polish = language("pl").translations
    both = ("%(num)s handoff is waiting.", "%(num)s handoffs are waiting.")
    assert [polish.ngettext(*both, n).partition("%")[0].strip() for n in (1, 2, 5, 22)] == [
        "Czeka",
        "Czekają",
        "Czeka",
        "Czekają",
    ]


@pytest.mark.parametrize(
    ("header", "tag"),
    [("", "en"), ("pl", "pl"), ("de, pl;q=0.8, en;q=0.5", "pl"), ("en-GB,en;q=0.9,pl;q=0.1", "en"), ("pl;q=0", "en"),
     ("xx;q=abc,pl-PL", "pl"), ("*", "en"), ("," * 5000, "en")],
)  # fmt: skip
def test_the_browser_s_language_is_spoken_where_we_can(header: str, tag: str) -> None:
    assert preferred(header) == tag


def test_a_sentence_within_a_sentence_is_translated_too() -> None:
    said = N_("This page is for %(who)s. Ask one of them, or have your role changed.", who=N_("owners and admins"))
    assert language("pl").say(said).startswith("Tę stronę otwierają właściciele i\u00a0administratorzy.")
