"""Scores → answer, ask or hand off."""

from __future__ import annotations

import dataclasses

import pytest

from tests.agent.shop import an_article
from warmline.agent.index import Hit
from warmline.agent.judge import FixedCuts, Verdict
from warmline.agent.split import split


def a_hit(
    key: str, score: float, *, lang: str = "en", text: str = "Text.", exact: bool = False, foreign: bool = False
) -> Hit:
    chunk = split(an_article(key, key, text, lang=lang))[0]
    return Hit(chunk, score, {"foreign": float(foreign)}, 0, exact)


@pytest.mark.parametrize(
    ("hits", "verdict"),
    [
        ([a_hit("a", 8.0), a_hit("b", 8.0)], Verdict.ANSWER),
        ([a_hit("a", 5.0), a_hit("b", 2.0)], Verdict.ANSWER),
        ([a_hit("a", 5.0), a_hit("b", 4.9)], Verdict.ASK),
        ([a_hit("a", 5.0), a_hit("a", 4.9), a_hit("b", 2.0)], Verdict.ANSWER),
        ([a_hit("a", 5.0), a_hit("a pl", 4.9, lang="pl"), a_hit("b", 2.0)], Verdict.ANSWER),
        ([a_hit("a", 2.0), a_hit("b", -9.0)], Verdict.ASK),
        ([a_hit("a", 0.5), a_hit("b", -9.0)], Verdict.HAND_OFF),
        ([a_hit("a", 1.0, exact=True), a_hit("b", 3.0)], Verdict.ANSWER),
        ([a_hit("a", 9.0, text="")], Verdict.ASK),
        ([a_hit("a", 3.0, foreign=True), a_hit("b", 2.5)], Verdict.ASK),
        ([a_hit("a", 6.0)], Verdict.ANSWER),
        ([a_hit("a", 4.0)], Verdict.ASK),
    ],
)
def test_verdicts(hits: list[Hit], verdict: Verdict) -> None:
    assert FixedCuts().judge(hits, 10).verdict == verdict


def test_confidence_rises_with_the_score_and_stays_a_share() -> None:
    hits = [a_hit("a", score) for score in (-50.0, 0.0, 3.0, 6.0, 9.0, 50.0)]
    found = [FixedCuts().judge([hit], 10).confidence for hit in hits]
    assert found == sorted(found)
    assert all(0 <= confidence <= 1 for confidence in found)
    assert FixedCuts().judge([dataclasses.replace(hits[0], exact=True)], 10).confidence == 0.5


def test_a_shop_with_four_articles_is_held_against_lower_cuts() -> None:
    hits = [a_hit("a", 4.0), a_hit("b", 2.9)]
    assert FixedCuts().judge(hits, 5).verdict == Verdict.ASK
    assert FixedCuts().judge(hits, 4).verdict == Verdict.ANSWER
