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
from warmline.domain.knowledge import Turn
from warmline.errors import Invalid
from warmline.evals.foreign import score
from warmline.evals.run import learn, read, run
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


async def test_a_folder_without_a_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"neither questions.jsonl nor dialogues.jsonl"):
        await run(KeylessAgent(Encoders([FAST])), tmp_path)


ENTRY: dict[str, object] = {"id": "ship", "title": "Shipping", "text": "It costs 5 euro.", "lang": "en", "url": None}
QUESTION: dict[str, object] = {"id": "q", "text": "What is shipping?", "lang": "en", "answer_ids": ["ship"]}
DIALOGUE: dict[str, object] = {"id": "d", "turns": [{"role": "shopper", "text": "Hi"}, {"role": "agent"}]}
ROW: dict[str, object] = {"id": "q", "decision": "answer", "ranked": ["ship"], "confidence": 0.9}


def a_set(folder: Path, **lines: object) -> Path:
    """A set of one line each, in which these lines stand second; bytes as they are."""
    for name, good in (("knowledge", ENTRY), ("questions", QUESTION), ("dialogues", DIALOGUE), ("rows", ROW)):
        second = lines.get(name, b"")
        told = second if isinstance(second, bytes) else json.dumps(second).encode()
        (folder / f"{name}.jsonl").write_bytes(json.dumps(good).encode() + b"\r\n" + told + b"\n")
    return folder


def without(record: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in record.items() if name not in names}


@pytest.mark.parametrize(
    ("file", "line", "field", "words"),
    [
        ("questions", b"{no", "set", "is no JSON"),
        ("questions", b"[" * 100_000, "set", "is no JSON"),
        ("questions", b"[1, 2]", "set", "is [1, 2]; it must be an object"),
        ("knowledge", b"5", "set", "is 5; it must be an object"),
        ("dialogues", b"null", "set", "is null; it must be an object"),
        ("questions", '{"id": "2", "text": "Größe"}'.encode("latin-1"), "set", "is no UTF-8 (byte 0xf6). Save"),
        ("questions", without(QUESTION, "text"), "text", "is missing; it must be text"),
        ("questions", without(QUESTION, "id"), "id", "is missing"),
        ("questions", QUESTION | {"lang": 3}, "lang", "is 3; it must be text or null"),
        ("questions", QUESTION | {"scope": []}, "scope", "is []; it must be text"),
        ("questions", QUESTION | {"answer_ids": "ship"}, "answer_ids", 'is "ship"; it must be a list of ids'),
        ("questions", QUESTION | {"answer_ids": [None]}, "answer_ids", "is [null]; it must be a list of ids"),
        ("questions", QUESTION | {"wants_human": "false"}, "wants_human", "must be true, false or null"),
        ("knowledge", without(ENTRY, "lang"), "lang", "is missing; it must be a language"),
        ("knowledge", ENTRY | {"title": None}, "title", 'is null; it must be text ("" where there is none)'),
        ("knowledge", ENTRY | {"title": "", "text": " "}, "text", "is empty, as are title and examples"),
        ("knowledge", ENTRY | {"examples": "how much"}, "examples", "must be a list of texts"),
        ("dialogues", {"id": "e"}, "turns", "is missing; it must be a list of turns"),
        ("dialogues", {"id": "e", "turns": [{}, {"handoff": "yes"}]}, "turns[1].handoff", "must be 1, 0 or null"),
    ],
)  # fmt: skip
async def test_a_line_that_is_none_is_refused_by_file_line_and_field(
    tmp_path: Path, file: str, line: object, field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await run(KeylessAgent(Encoders([FAST])), a_set(tmp_path, **{file: line}))
    assert f"line 2 of {tmp_path / file}.jsonl" in str(refused.value)
    assert words in str(refused.value)
    assert refused.value.field == field
    assert field == "set" or str(refused.value).startswith(f"{field} in line 2")


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        (b"[1]", "score", "is [1]; it must be an object"),
        ({"id": ["q"]}, "id", 'is ["q"]; it must be text'),
        ({"decision": ["answer"]}, "decision", 'is ["answer"]; it must be one of: answer, ask, cannot_answer, human'),
        ({"decision": "perhaps"}, "decision", 'is "perhaps"; it must be one of'),
        ({"turn": 1, "decision": "human"}, "decision", 'is "human"; it must be one of: answer, ask, cannot_answer, h'),
        ({"turn": "1"}, "turn", 'is "1"; it must be the number of the turn'),
        ({"ms": "fast"}, "ms", 'is "fast"; it must be a number'),
        ({"ms": 10**400}, "ms", "it must be a number"),
        ({"ranked": "ship"}, "ranked", 'is "ship"; it must be a list'),
        ({"confidence": 7}, "confidence", "is 7; it must be a number from 0 to 1"),
        ({"confidence": -0.1}, "confidence", "is -0.1; it must be a number from 0 to 1"),
        ({"confidence": float("nan")}, "confidence", "is NaN; it must be a number from 0 to 1"),
        ({"confidence": True}, "confidence", "is true; it must be a number from 0 to 1"),
        ({}, "id", "q has a row already, in line 1"),
    ],
)  # fmt: skip
def test_a_row_that_is_none_is_refused_by_file_line_and_field(
    tmp_path: Path, row: object, field: str, words: str
) -> None:
    folder = a_set(tmp_path, rows={**ROW, **row} if isinstance(row, dict) else row)
    with pytest.raises(Invalid) as refused:
        score(folder, folder / "rows.jsonl")
    assert f"line 2 of {folder / 'rows.jsonl'}" in str(refused.value)
    assert words in str(refused.value)
    assert refused.value.field == field


def test_a_row_counts_once_and_a_turn_too(tmp_path: Path) -> None:
    turn = {"id": "d", "turn": 1, "decision": "smalltalk"}
    folder = a_set(tmp_path, rows=turn)
    found = score(folder, folder / "rows.jsonl").summary
    assert (found["questions"], found["recall_at_1"], found["dialogues"]["turns"]) == (1, 1.0, 1)
    with pytest.raises(Invalid, match=r"turn 1 of d has a row already, in line 2; keep one"):
        score(a_set(tmp_path, rows=f"{json.dumps(turn)}\n{json.dumps(turn)}".encode()), folder / "rows.jsonl")


def test_a_question_of_the_set_is_there_once(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"id in line 2 of .*questions.jsonl: there is a q above"):
        score(a_set(tmp_path, questions=QUESTION), tmp_path / "rows.jsonl")


def test_rows_that_are_not_there_are_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"There is no file .*nowhere.jsonl"):
        score(a_set(tmp_path), tmp_path / "nowhere.jsonl")


async def test_a_scope_is_a_workspace_of_its_own_whatever_its_name(tmp_path: Path) -> None:
    scopes = ("nothing", "None", None)
    pages = [ENTRY | {"id": repr(scope), "scope": scope} for scope in scopes]
    questions = [QUESTION | {"id": str(at), "scope": scope} for at, scope in enumerate((*scopes, "without knowledge"))]
    (tmp_path / "knowledge.jsonl").write_text("\n".join(map(json.dumps, pages)))
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))
    agent = KeylessAgent(Encoders([FAST]))
    found = await run(agent, tmp_path)
    await agent.close()
    assert [row["ranked"] for row in found.rows] == [["'nothing'"], ["'None'"], ["None"], []]


@pytest.mark.parametrize("within", ["\u2028", "\u2029", "\u0085"])
def test_a_line_ends_at_its_line_feed_only(tmp_path: Path, within: str) -> None:
    """JSON may hold these in a string as they are; `splitlines()` cuts at each of them."""
    raw = json.dumps({"text": f"one{within}two"}, ensure_ascii=False)
    (tmp_path / "set.jsonl").write_bytes(f"\ufeff{raw}\r\n\r\n{{}}\n".encode())
    assert read(tmp_path / "set.jsonl") == [{"text": f"one{within}two"}, {}]


async def test_a_long_page_does_not_hide_the_pages_behind_it(tmp_path: Path) -> None:
    """Its passages are found before theirs. What is shown, stored and given to a model stays at five."""
    rules = [f"Return rule {n}. " + f"You can return items within {n} days of delivery. " * 12 for n in range(5)]
    big = ENTRY | {"id": "big", "title": "Returns", "text": "\n\n".join(rules)}
    pages = [
        big,
        ENTRY | {"id": "money", "title": "Refunds", "text": "Refunds are paid within 5 days."},
        ENTRY | {"id": "label", "title": "Return label", "text": "Print it in your account."},
    ]
    question = QUESTION | {"text": "How do I return items within days of delivery?", "answer_ids": ["label"]}
    (tmp_path / "knowledge.jsonl").write_text("\n".join(map(json.dumps, pages)))
    (tmp_path / "questions.jsonl").write_text(json.dumps(question))
    agent = KeylessAgent(Encoders([FAST]))
    found = await run(agent, tmp_path)
    shop = (await learn(agent, pages, {None}))[None]
    thought = await agent.think(shop.workspace, Turn(str(question["text"])))
    await agent.close()
    assert found.rows[0]["ranked"][0] == "big"
    assert sorted(found.rows[0]["ranked"]) == ["big", "label", "money"]
    assert (found.summary["recall_at_1"], found.summary["recall_at_3"]) == (0.0, 1.0)
    assert [str(each.chunk.article) for each in thought.passages] == ["big"] * 5
    assert len(thought.trace["passages"]) == 5


async def test_no_ids_are_as_good_as_null(tmp_path: Path) -> None:
    folder = a_set(tmp_path, questions=QUESTION | {"id": "none", "answer_ids": []})
    agent = KeylessAgent(Encoders([FAST]))
    found = await run(agent, folder)
    await agent.close()
    assert [row["expected"] for row in found.rows] == [["ship"], None]
    assert found.summary["answerable"] == 1
    rows = [ROW | {"id": "none"}, ROW]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert score(folder, folder / "rows.jsonl").summary["answerable"] == 1


async def test_the_shipped_cut_keeps_its_precision_on_an_ordinary_shop() -> None:
    agent = KeylessAgent(Encoders([FAST]))
    summary = (await run(agent, shared_set("bitext_support"), sample=300)).summary
    await agent.close()
    assert summary["as_shipped"]["precision"] >= 0.85
    assert summary["as_shipped"]["answered"] >= 0.05
    assert summary["recall_at_1"] >= 0.75
