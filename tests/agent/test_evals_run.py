"""Running a question set."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.agent.shop import shared_set
from warmline.agent.answer import KeylessAgent
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST
from warmline.errors import Invalid
from warmline.evals.run import run
from warmline.evals.scores import (
    Row,
    auroc,
    calibration_error,
    calibration_error_by_chance,
    coverage_at,
    summary_of,
    wants_human,
)

pytestmark = pytest.mark.xdist_group("encoders")


def a_row(
    confidence: float, ranked: str, expected: str | None, decision: str = "answer", wants: bool | None = None
) -> Row:
    return Row(
        id="q", decision=decision, ranked=[ranked], confidence=confidence, choices=[], lang="en", ms=1.0,
        expected=None if expected is None else [expected], wants_human=wants, labelled=True, source="s", raw=confidence,
        words=(ranked, confidence),
    )  # fmt: skip


def test_auroc() -> None:
    assert auroc([3, 4], [1, 2]) == 1.0
    assert auroc([1, 1], [1, 1]) == 0.5
    assert auroc([1], [2]) == 0.0
    assert auroc([], [1]) is None


def test_coverage_is_the_largest_share_that_keeps_its_precision() -> None:
    rows = [a_row(0.9, "a", "a"), a_row(0.8, "b", "a"), a_row(0.7, "a", "a"), a_row(0.1, "x", None)]
    assert coverage_at(1.0, rows) == 0.25
    assert coverage_at(0.6, rows) == 0.75
    assert coverage_at(0.9, []) == 0.0


def test_a_tie_is_not_split_in_our_favour() -> None:
    assert coverage_at(1.0, [a_row(0.5, "a", "a"), a_row(0.5, "b", "a")]) == 0.0


def test_the_summary() -> None:
    rows = [
        a_row(0.9, "a", "a"),
        a_row(0.2, "b", "a", "ask"),
        a_row(0.8, "a", None),
        a_row(0.1, "a", None, "cannot_answer"),
    ]
    rows[1]["choices"] = ["b", "a"]
    summary = summary_of(rows)
    assert (summary["questions"], summary["answerable"], summary["recall_at_1"]) == (4, 2, 0.5)
    assert summary["as_shipped"] == {
        "answered": 0.5, "precision": 0.5, "asked": 0.25, "useful": 1.0, "unanswerable_answered": 0.5,
    }  # fmt: skip
    assert summary["knobs"]["bold"] == {"answered": 2, "right": 1, "coverage": 0.5, "precision": 0.5}
    assert summary["floors"]["raw score"]["coverage_at_90"] == 0.25


def test_calibration_error_is_the_gap_between_promised_and_kept() -> None:
    assert calibration_error([a_row(0.75, "a", "a"), a_row(0.75, "b", "a")]) == pytest.approx(0.25)
    assert calibration_error([a_row(1.0, "a", "a"), a_row(0.0, "b", "a")]) == 0.0
    assert calibration_error([]) is None


def test_calibration_error_by_chance_is_what_true_confidences_show() -> None:
    """Against many draws of labels that fall exactly as promised: the measure cannot be lower on so few questions."""
    chance = random.Random(4)
    promised = [chance.betavariate(2, 1.5) for _ in range(150)]
    drawn = [
        calibration_error([a_row(p, "a" if chance.random() < p else "b", "a") for p in promised]) or 0.0
        for _ in range(400)
    ]
    found = calibration_error_by_chance([a_row(p, "a", "a") for p in promised])
    assert found is not None and 0.06 < found < 0.1
    assert found == pytest.approx(sum(drawn) / len(drawn), abs=0.005)
    assert calibration_error_by_chance([]) is None


def test_borderline_wishes_are_not_counted() -> None:
    rows = [
        a_row(0, "", None, "human", wants=True),
        a_row(0, "", None, "cannot_answer", wants=True),
        a_row(0, "", None, "human", wants=None),
        a_row(0, "", None, "ask", wants=False),
    ]
    assert wants_human(rows) == {"s en": {"wanted": 2, "found": 1, "precision": 1.0, "recall": 0.5, "f1": 2 / 3}}


async def test_a_folder_is_learnt_scope_by_scope_and_asked(tmp_path: Path) -> None:
    knowledge = [
        {
            "id": "s/ship",
            "title": "Shipping costs",
            "text": "Shipping costs 5 euro.",
            "lang": "en",
            "url": None,
            "scope": "s",
        },
        {
            "id": "t/ship",
            "title": "Shipping costs",
            "text": "Shipping is free.",
            "lang": "en",
            "url": None,
            "scope": "t",
        },
        {"id": "s/pay", "title": "Payment", "text": "", "examples": ["can I pay by card"], "lang": "en", "scope": "s"},
    ]
    questions = [
        {
            "id": "1",
            "text": "What are the shipping costs?",
            "lang": "en",
            "scope": "s",
            "answer_ids": ["s/ship"],
            "kind": "in_scope",
        },
        {
            "id": "2",
            "text": "Do you sell guitars?",
            "lang": "en",
            "scope": "t",
            "answer_ids": None,
            "kind": "out_of_scope",
        },
        {"id": "3", "text": "hm", "lang": "en", "scope": "s", "answer_ids": None, "kind": "unlabelled"},
    ]
    turns = [
        {"role": "shopper", "text": "Hi"},
        {"role": "agent", "text": "Hello!", "handoff": 0},
        {"role": "shopper", "text": "I want to talk to a human"},
        {"role": "agent", "text": "One moment.", "handoff": 1},
    ]
    dialogues = [{"id": "d", "lang": "en", "turns": turns}]
    for name, lines in (("knowledge", knowledge), ("questions", questions), ("dialogues", dialogues)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    agent = KeylessAgent(Encoders([FAST]))
    found = await run(agent, tmp_path)
    await agent.close()
    assert [(row["id"], row["ranked"][0]) for row in found.rows[:2]] == [("1", "s/ship"), ("2", "t/ship")]
    assert [row["labelled"] for row in found.rows] == [True, True, False]
    assert found.rows[0]["words"][0] == "s/ship"
    assert (found.summary["questions"], found.summary["recall_at_1"]) == (3, 1.0)
    assert found.summary["as_shipped"]["unanswerable_answered"] == 0.0
    assert [(row["turn"], row["decision"], row["handoff"]) for row in found.turns] == [
        (1, "smalltalk", False),
        (3, "hand_off", True),
    ]
    assert found.summary["dialogues"]["f1"] == 1.0


@pytest.mark.parametrize(
    ("lines", "words"), [(None, "neither questions.jsonl nor dialogues.jsonl"), ("{}\n{no", "line 2 of")]
)
async def test_what_is_no_set_is_refused(tmp_path: Path, lines: str | None, words: str) -> None:
    if lines is not None:
        (tmp_path / "questions.jsonl").write_text(lines)
    with pytest.raises(Invalid, match=words):
        await run(KeylessAgent(Encoders([FAST])), tmp_path)


async def test_the_shipped_cut_keeps_its_precision_on_an_ordinary_shop() -> None:
    agent = KeylessAgent(Encoders([FAST]))
    summary = (await run(agent, shared_set("bitext_support"), sample=300)).summary
    await agent.close()
    assert summary["as_shipped"]["precision"] >= 0.85
    assert summary["as_shipped"]["answered"] >= 0.05
    assert summary["recall_at_1"] >= 0.75
