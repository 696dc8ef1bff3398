"""When a model is asked, what its answer decides, when it rests."""

from __future__ import annotations

from typing import Any

import pytest

from warmline.domain.consent import Consent
from warmline.domain.ids import ArticleId, ChunkId
from warmline.domain.knowledge import (
    Answered,
    Asked,
    Chatted,
    Choice,
    Chunk,
    Citation,
    CouldNotAnswer,
    Draft,
    Failed,
    Passage,
    Replied,
    SmallTalk,
    Thought,
    WantsPerson,
)
from warmline.domain.model import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PROBE,
    Breaker,
    Finding,
    Sentence,
    Written,
    affordable,
    decided,
    lower_gate,
    why_without,
)
from warmline.domain.mood import Mood
from warmline.domain.rules import Action, Fired, Rule, Safety

PAGE = Passage(Chunk(ChunkId("c"), ArticleId("a"), 0, "Returns", (), "Within 60 days.", "en", None), 1.0)
QUOTED = Answered("From “Returns”: Within 60 days.", (Citation("Returns", None),), 0.85)
UNSURE = CouldNotAnswer(0.4)
CHOICES = (Choice("Returns", "Returns"),)


def thought(draft: Draft = UNSURE, near: float = 0.5, *, exact: bool = False, **more: Any) -> Thought:
    trace = {"limits": {"among_choices": near, "confidence": 0.0}, "passages": [{"exact": exact}]}
    return Thought(draft, "en", trace, **({"passages": (PAGE,)} | more))


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (thought(), None),
        (thought(QUOTED), None),
        (thought(WantsPerson()), "person"),
        (thought(Chatted(SmallTalk.HELLO)), "small talk"),
        (thought(Replied(Consent.YES, 0.97)), "yes or no"),
        (thought(Failed("encoder")), "failed"),
        (thought(passages=()), "no passage"),
        (thought(near=0.04), "near"),
        (thought(near=0.05), None),
        (thought(fired=Fired(safety=Safety.SELF_HARM)), "rule"),
        (thought(fired=Fired((Rule("vip", Action.HAND_OFF, ("vip",)),))), "rule"),
        (thought(fired=Fired((Rule("b2b", Action.ROUTE, ("b2b",), tag="b2b"),))), None),
    ],
)
def test_a_model_is_asked_only_where_code_has_not_decided(known: Thought, why: str | None) -> None:
    found = why_without(known, Mood(), 0.8)
    assert found is None if why is None else why in (found or "")


def test_the_same_question_again_goes_to_a_person_and_not_to_the_model() -> None:
    assert why_without(thought(QUOTED), Mood(repeated=True), 0.8) is not None


@pytest.mark.parametrize(
    ("cut", "bar"), [(0.8, 0.05), (0.85, 0.05), (0.9, 0.15), (0.93, 0.15), (0.95, 0.3), (1.0, 0.3)]
)
def test_a_careful_shop_asks_a_model_less_often(cut: float, bar: float) -> None:
    assert lower_gate(cut) == bar


SAID = (Sentence("Within 60 days.", (1,)),)


@pytest.mark.parametrize(
    ("known", "written", "draft"),
    [
        (
            thought(),
            Written(Finding.ANSWER, SAID, QUOTED.citations),
            Answered("Within 60 days.", QUOTED.citations, 0.4),
        ),
        (
            thought(),
            Written(Finding.ANSWER, SAID, open="and to Norway"),
            Answered("Within 60 days.", (), 0.4, "and to Norway"),
        ),
        (thought(QUOTED), Written(Finding.ANSWER, SAID, objections=("90",)), QUOTED),
        (thought(), Written(Finding.ANSWER, SAID, objections=("90",)), UNSURE),
        (thought(QUOTED), Written(Finding.NOT), CouldNotAnswer(0.85)),
        (thought(QUOTED, exact=True), Written(Finding.NOT), QUOTED),
        (thought(QUOTED), Written(Finding.ASK, choices=CHOICES), Asked(CHOICES, 0.85)),
        (thought(QUOTED), Written(Finding.ASK), QUOTED),
        (thought(QUOTED), Written(Finding.SEARCH, search="x"), QUOTED),
        (thought(), Written(Finding.ANSWER), UNSURE),
    ],
)
def test_what_the_models_verdict_decides(known: Thought, written: Written, draft: Draft) -> None:
    assert decided(known, written) == draft


def test_three_failures_in_a_row_give_a_rest_that_doubles() -> None:
    breaker, now = Breaker(), 100.0
    for _ in range(2):
        assert breaker.allows(now)
        breaker = breaker.tried(now).failed(now)
    assert breaker.allows(now), "two failures are no reason"
    breaker = breaker.tried(now).failed(now)
    assert not breaker.allows(now + FIRST_PAUSE - 1) and breaker.allows(now + FIRST_PAUSE)
    rests = []
    for _ in range(8):
        now = breaker.closed_until
        breaker = breaker.tried(now).failed(now)
        rests.append(breaker.closed_until - now)
    assert rests[:3] == [60, 120, 240] and rests[-1] == LONGEST_PAUSE


def test_one_success_forgets_the_failures() -> None:
    breaker = Breaker().failed(0).failed(0).worked().failed(0).failed(0)
    assert breaker.allows(0)


def test_one_turn_tries_while_the_others_keep_off() -> None:
    open_ = Breaker().failed(0).failed(0).failed(0)
    trying = open_.tried(FIRST_PAUSE)
    assert not trying.allows(FIRST_PAUSE + PROBE - 1)
    assert trying.allows(FIRST_PAUSE + PROBE), "a trial that was cut must not rest for ever"
    assert Breaker(1).tried(0).allows(0), "while it works, many may ask at once"


@pytest.mark.parametrize(
    ("spent", "price", "cents", "may"),
    [
        (0, 10_000, 1, True),
        (1, 10_000, 1, False),
        (0, 10_001, 1, False),
        (10**12, 10_000, 0, True),
        (10**12, 0, 1, True),
        (4_990_000, 10_000, 500, True),
        (4_990_001, 10_000, 500, False),
    ],
)
def test_a_call_begins_only_when_the_budget_holds_its_highest_price(
    spent: int, price: int, cents: int, may: bool
) -> None:
    assert affordable(spent, price, cents) is may
