"""Cleaning, folding and sentences."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.agent.text import clean, fold, sentence_spans, sentences


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Żółta ŁÓDŹ!", "zolta lodz"),
        ("  Crème   brûlée ", "creme brulee"),
        ("Straße", "strasse"),
        ("e-mail: a_b@c.pl", "e mail a b c pl"),
        ("🙂?!", ""),
        ("a\x00b\ud800", "a b"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(alphabet=st.characters(codec=None)))
def test_anything_can_be_cleaned_and_folded(text: str) -> None:
    clean(text).encode("utf-8")
    assert "\x00" not in clean(text)
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It costs 5.50 euro. Really.", ["It costs 5.50 euro.", "Really."]),
        ("Ask e.g. Anna. She knows.", ["Ask e.g. Anna.", "She knows."]),
        ("Płatność np. BLIK lub karta. Koszt ok. 20 zł.", ["Płatność np. BLIK lub karta.", "Koszt ok. 20 zł."]),
        ("ul. Długa 5, m. 4. Zapraszamy.", ["ul. Długa 5, m. 4. Zapraszamy."]),
        ("- one\n- two\n\n- three", ["- one", "- two", "- three"]),
        ("He said “no.” Then left.", ["He said “no.”", "Then left."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences(text: str, found: list[str]) -> None:
    assert sentences(text) == found


@given(st.text(alphabet="ab .!?\nŻ", max_size=200))
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join("".join(text[start:stop].split()) for start, stop in spans) == "".join(text.split())
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
