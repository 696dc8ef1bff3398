"""Rows that another product wrote, measured by the same code: `warmline eval SET --score ROWS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from warmline.errors import Invalid
from warmline.evals.dialogue_scores import summary_of_turns
from warmline.evals.dialogues import TurnRow, replay
from warmline.evals.floor import floors
from warmline.evals.run import Record, Run, read
from warmline.evals.scores import Row, summary_of

DECISIONS = frozenset({"answer", "ask", "cannot_answer", "human", "smalltalk"})
AT_A_TURN = frozenset({"answer", "ask", "cannot_answer", "smalltalk", "offer_handoff", "hand_off"})


def score(folder: Path, file: Path) -> Run:
    """The rows in `file` against the labels of the set in `folder`. Questions without a row are left out.

    Raises Invalid for a file without rows of this set, and for a row that is none, naming its field.
    """
    given = read(file)
    questions = {str(each["id"]): each for each in read(folder / "questions.jsonl")}
    words = floors(read(folder / "knowledge.jsonl"))
    rows = [_row(each, questions[each["id"]], words) for each in given if each.get("id") in questions]
    turns = _turns(given, read(folder / "dialogues.jsonl"))
    if not rows and not turns:
        raise Invalid(f"No row of {file} has an id of the set in {folder}.", "score")
    summary = summary_of(rows) if rows else {"questions": 0}
    return Run(rows, turns, summary | ({"dialogues": summary_of_turns(turns)} if turns else {}))


def _row(told: Record, question: Record, words: Mapping[str | None, Any]) -> Row:
    search = words.get(question.get("scope"))
    return Row(
        id=told["id"],
        decision=_one_of(DECISIONS, told),
        ranked=[str(each) for each in told.get("ranked") or ()],
        confidence=_confidence(told),
        choices=[str(each) for each in told.get("choices") or ()],
        lang=question.get("lang") or "",
        ms=float(told.get("ms") or 0.0),
        expected=question.get("answer_ids"),
        wants_human=question.get("wants_human"),
        labelled=question.get("kind") != "unlabelled",
        source=question.get("source") or "",
        raw=None,
        words=search.best(question["text"]) if search else (None, 0.0),
    )


def _turns(given: Sequence[Record], dialogues: Sequence[Record]) -> list[TurnRow]:
    told = {(each["id"], each["turn"]): each for each in given if "turn" in each and "id" in each}
    known = {each["id"] for each in dialogues} & {id for id, _ in told}
    decided = {key: (_one_of(AT_A_TURN, each), _confidence(each)) for key, each in told.items() if key[0] in known}
    return [row for each in dialogues if each["id"] in known for row in replay(each, decided)]


def _one_of(decisions: frozenset[str], told: Record) -> str:
    decision = told.get("decision")
    if decision not in decisions:
        names = ", ".join(sorted(decisions))
        raise Invalid(f"The decision of row {told['id']} is {decision!r}; it must be one of: {names}.", "decision")
    return str(decision)


def _confidence(told: Record) -> float:
    confidence = told.get("confidence", 0.0)
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise Invalid(f"The confidence of row {told['id']} is {confidence!r}; it must be from 0 to 1.", "confidence")
    return float(confidence)
