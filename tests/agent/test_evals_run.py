"""Running a question set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.agent.shop import shared_set
from warmline.agent.answer import KeylessAgent
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST
from warmline.evals.run import Row, auroc, coverage_at, run, summarise

pytestmark = pytest.mark.xdist_group("encoders")


def a_row(confidence: float, ranked: str, expected: str | None, decision: str = "Answered") -> Row:
    return Row(
        id="q", decision=decision, ranked=[ranked], confidence=confidence, lang="en", ms=1.0,
        expected=None if expected is None else [expected],
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
        a_row(0.2, "b", "a", "Asked"),
        a_row(0.8, "a", None),
        a_row(0.1, "a", None, "CouldNotAnswer"),
    ]
    summary = summarise(rows)
    assert (summary.questions, summary.answerable, summary.recall_at_1) == (4, 2, 0.5)
    assert (summary.coverage, summary.precision, summary.unanswerable_answered, summary.asked) == (0.5, 0.5, 0.5, 0.25)


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
    for name, lines in (("knowledge", knowledge), ("questions", questions)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    agent = KeylessAgent(Encoders([FAST]))
    rows, summary = await run(agent, tmp_path)
    await agent.close()
    assert [(row["id"], row["ranked"][0]) for row in rows] == [("1", "s/ship"), ("2", "t/ship")]
    assert (summary.questions, summary.recall_at_1, summary.unanswerable_answered) == (2, 1.0, 0.0)


async def test_the_shipped_cut_keeps_its_precision_on_an_ordinary_shop() -> None:
    agent = KeylessAgent(Encoders([FAST]))
    _, summary = await run(agent, shared_set("bitext_support"), sample=300)
    await agent.close()
    assert summary.precision is not None
    assert summary.precision >= 0.85
    assert summary.coverage >= 0.05
    assert summary.recall_at_1 is not None
    assert summary.recall_at_1 >= 0.75
