"""How a saved case ends, and what of it counts as a judged answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from warmline.domain.cases import NOTHING, Case, Ended, Verdict, page_of, verdict_of
from warmline.domain.ids import ArticleId, ChunkId, SourceId
from warmline.domain.knowledge import (
    Answered,
    Article,
    Asked,
    Chatted,
    Choice,
    Chunk,
    CouldNotAnswer,
    Draft,
    Failed,
    Page,
    Passage,
    SmallTalk,
    Thought,
    WantsPerson,
)
from warmline.domain.rules import Action, Fired, Rule, Safety

RETURNS, PRICES = ArticleId("a_returns"), ArticleId("a_prices")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ANSWER = Answered("60 days.", (), 0.9)
ASK = Asked((Choice("Returns", "Returns", RETURNS), Choice("Prices", "Prices", PRICES)), 0.6)
OTHERS = Asked((Choice("Prices", "Prices", PRICES),), 0.6)


def passage(article: ArticleId) -> Passage:
    return Passage(Chunk(ChunkId(f"c_{article}"), article, 0, "Title", (), "Text.", "en", None), 1.0)


def thought(draft: Draft, *best: ArticleId, **trace: Any) -> Thought:
    return Thought(draft, "en", trace, tuple(passage(each) for each in best))


@pytest.mark.parametrize(
    ("page", "target", "said", "ended"),
    [
        ("Returns", RETURNS, thought(ANSWER, RETURNS), Ended.RIGHT),
        ("Returns", RETURNS, thought(ANSWER, PRICES), Ended.WRONG),
        ("Returns", RETURNS, thought(ANSWER, PRICES, RETURNS, links=[{"chunk": "c_a_returns"}]), Ended.RIGHT),
        ("Returns", RETURNS, thought(ASK, PRICES), Ended.ASKED),
        ("Returns", RETURNS, thought(OTHERS, PRICES), Ended.MISSED),
        ("Returns", RETURNS, thought(CouldNotAnswer(0.1), RETURNS), Ended.MISSED),
        ("Returns", RETURNS, thought(WantsPerson()), Ended.MISSED),
        ("Returns", None, thought(ANSWER, PRICES), Ended.GONE),
        (NOTHING, None, thought(ANSWER, PRICES), Ended.WRONG),
        (NOTHING, None, thought(CouldNotAnswer(0.1), PRICES), Ended.RIGHT),
        (NOTHING, None, thought(OTHERS, PRICES), Ended.RIGHT),
        (NOTHING, None, thought(Chatted(SmallTalk.THANKS)), Ended.RIGHT),
    ],
)
def test_how_a_case_ends(page: str, target: ArticleId | None, said: Thought, ended: Ended) -> None:
    verdict = verdict_of(page, target, said)
    assert verdict is not None and verdict.ended is ended


@pytest.mark.parametrize("fired", [Fired((Rule("law", Action.HAND_OFF, ("x",)),)), Fired((), Safety.VIOLENCE)])
def test_what_a_rule_hands_off_is_not_answered(fired: Fired) -> None:
    said = replace(thought(ANSWER, RETURNS), fired=fired)
    assert verdict_of("Returns", RETURNS, said) == Verdict(Ended.MISSED, RETURNS, 0.9, RETURNS, True)
    assert verdict_of(NOTHING, None, said) == Verdict(Ended.RIGHT, None, 0.9, RETURNS, False)


def test_what_counts_as_judged() -> None:
    assert verdict_of("Returns", RETURNS, thought(ASK, PRICES)) == Verdict(Ended.ASKED, RETURNS, 0.6, PRICES, False)
    assert verdict_of("Returns", RETURNS, thought(Failed("too late"))) is None
    word_for_word = thought(ANSWER, RETURNS, passages=[{"exact": True}])
    assert verdict_of("Returns", RETURNS, word_for_word) == Verdict(Ended.RIGHT, RETURNS)
    assert verdict_of("Returns", RETURNS, thought(CouldNotAnswer(0.0))) == Verdict(Ended.MISSED, RETURNS)


def test_a_page_is_known_by_its_address_or_its_title() -> None:
    def article(id: str, title: str, url: str | None) -> Article:
        return Article(ArticleId(id), SourceId("s"), Page(id, title, "en", url, ()), NOW)

    pages = [article("1", "Returns", "https://shop.example/r/"), article("2", "https://shop.example/r", None)]
    assert [page_of(pages, each) for each in ("https://shop.example/r", " returns ", "Prices", "")] == [
        pages[0], pages[0], None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "now", "broke"),
    [
        (None, None, False),
        (None, Ended.WRONG, False),
        (Ended.RIGHT, Ended.MISSED, True),
        (Ended.ASKED, Ended.GONE, True),
        (Ended.RIGHT, Ended.ASKED, False),
        (Ended.WRONG, Ended.MISSED, False),
    ],
)
def test_what_broke_since(before: Ended | None, now: Ended | None, broke: bool) -> None:
    assert Case("case_1", "?", "", NOW, now, before).broke is broke
