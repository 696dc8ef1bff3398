"""Which page a question after an answer is about: the values, the model, and what ships."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.agent.shop import an_article
from warmline.agent import going_on
from warmline.agent.going_on import FURTHEST, OF_NONE, OF_PAGE, UNSURE, GoingOn, Look, Model, models, values
from warmline.agent.index import Hit
from warmline.agent.judge import FittedGate, Verdict
from warmline.agent.split import split

VIEWS = {"al_entry": 0.9, "al_low": 0.8, "e_part": 2.0, "cov": 0.6, "u_part": 1.5}


def a_hit(key: str, score: float, views: Mapping[str, float] = VIEWS) -> Hit:
    return Hit(split(an_article(key, key, "Text."))[0], score, views, 0, exact=False)


def a_look(confidence: float, **scores: float) -> Look:
    return Look([a_hit(key, score) for key, score in sorted(scores.items(), key=lambda each: -each[1])], confidence)


ASKED = GoingOn(
    "and the deposit?", True, a_look(0.3, a=5.0, b=4.0), a_look(0.7, b=9.0, a=8.5, c=1.0), quoted="b", depth="deep"
)


def test_each_page_has_a_row_and_none_of_them_has_the_last() -> None:
    articles, rows = values(ASKED)
    assert articles == ["a", "b", "c"]
    assert rows.shape == (4, len(OF_PAGE) + len(OF_NONE))
    found = {article: dict(zip(OF_PAGE, row, strict=False)) for article, row in zip(articles, rows, strict=False)}
    assert (found["a"]["alone_lead"], found["b"]["alone_lead"], found["c"]["alone_lead"]) == (1.0, -1.0, -FURTHEST)
    assert (found["a"]["joined_lead"], found["b"]["joined_lead"], found["c"]["joined_lead"]) == (-0.5, 0.5, -FURTHEST)
    assert found["a"]["alone_sure"] < 0 < found["b"]["joined_sure"]
    assert (found["b"]["alone_sure"], found["a"]["joined_sure"]) == (UNSURE, UNSURE)
    assert [each["quoted"] for each in found.values()] == [0.0, 1.0, 0.0]
    assert found["c"]["al_entry"] == 0.0  # not found by the question alone
    none = dict(zip(OF_NONE, rows[-1, len(OF_PAGE) :], strict=True))
    assert (none["always"], none["leans"], none["mark"]) == (1.0, 1.0, 1.0)
    assert none["length"] == pytest.approx(3 / 15)


def test_a_page_that_no_search_found_is_none_though_it_was_quoted() -> None:
    articles, _ = values(replace(ASKED, quoted="far"))
    assert "far" not in articles


def test_what_is_left_to_one_is_none_of_them() -> None:
    size = len(OF_PAGE) + len(OF_NONE)
    flat = Model([0.0] * size, [1.0] * size, [0.0] * size)
    assert list(flat.likely(ASKED).values()) == pytest.approx([0.25] * 3)


def test_caution_lowers_what_is_above_even_odds_only() -> None:
    size = len(OF_PAGE) + len(OF_NONE)
    weights = [3.0 if name == "quoted" else 0.0 for name in (*OF_PAGE, *OF_NONE)]
    bold, careful = (Model([0.0] * size, [1.0] * size, weights, above) for above in (1.0, 0.5))
    assert 0.5 < careful.likely(ASKED)["b"] < bold.likely(ASKED)["b"]
    assert careful.likely(ASKED)["a"] == bold.likely(ASKED)["a"] < 0.5


@pytest.mark.parametrize("depth", ["deep", "fast"])
def test_the_page_that_was_quoted_is_likelier_for_it(depth: str) -> None:
    shipped = models()[depth]
    quoted, other = (shipped.likely(replace(ASKED, quoted=page, depth=depth)) for page in ("b", None))
    assert quoted["b"] > other["b"]
    assert list(quoted.values()) == sorted(quoted.values(), reverse=True)
    assert sum(quoted.values()) < 1


@pytest.mark.parametrize("depth", ["deep", "fast"])
def test_verdicts_of_a_question_after_an_answer(depth: str) -> None:
    gate = FittedGate()
    sure = GoingOn("and?", True, a_look(0.9, b=9.0, a=4.0), a_look(0.95, b=12.0, a=4.0), "b", depth)
    judged, order = gate.judge_going_on(sure, 0.8)
    assert (judged.verdict, order[0]) == (Verdict.ANSWER, "b")
    assert gate.judge_going_on(sure, 1.01)[0].verdict is Verdict.ASK
    poor = dict.fromkeys(VIEWS, 0.0)
    lost = Look([a_hit("a", 1.0, poor), a_hit("b", 0.9, poor)], 0.02)
    assert gate.judge_going_on(GoingOn("Who built the tower?", False, lost, lost, None, depth), 0.8)[0].verdict is (
        Verdict.HAND_OFF
    )
    nothing = Look([], 0.0)
    assert gate.judge_going_on(GoingOn("and?", True, nothing, nothing, None, depth), 0.8) == (
        gate.judge_going_on(GoingOn("?", True, nothing, nothing, None, depth), 0.8)
    )


def test_parameters_for_other_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(going_on, "OF_NONE", ("always",))
    with pytest.raises(ValueError, match="fit_going_on"):
        going_on.stored.__wrapped__()
