"""Rows that another product wrote, measured by the same code: `warmline eval SET --score ROWS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from warmline.errors import Invalid
from warmline.evals.dialogue_scores import summary_of_turns
from warmline.evals.dialogues import TurnRow, replay
from warmline.evals.floor import WordSearch, floors
from warmline.evals.lines import Shape, lines
from warmline.evals.run import Record, Run, read
from warmline.evals.scores import Row, summary_of
from warmline.evals.shapes import DIALOGUE, KNOWLEDGE, QUESTION, ROW, TURN_ROW

Given = dict[tuple[str, int | None], Record]
"""Rows by the id and, in a dialogue, the turn that they are about."""


def score(folder: Path, file: Path) -> Run:
    """The rows in `file` against the labels of the set in `folder`. Questions without a row are left out.

    Raises Invalid for a file without rows of this set, and for a row that is none, naming its line and field.
    """
    given = _given(file)
    questions = _questions(folder / "questions.jsonl")
    words = floors(read(folder / "knowledge.jsonl", KNOWLEDGE))
    rows = [_row(row, questions[id], words) for (id, turn), row in given.items() if turn is None and id in questions]
    turns = _turns(given, read(folder / "dialogues.jsonl", DIALOGUE))
    if not rows and not turns:
        raise Invalid(f"No row of {file} has an id of the set in {folder}.", "score")
    summary = summary_of(rows) if rows else {"questions": 0}
    return Run(rows, turns, summary | ({"dialogues": summary_of_turns(turns)} if turns else {}))


def _given(file: Path) -> Given:
    """Each once: a row that counts twice would let anybody choose the result."""
    if not file.is_file():
        raise Invalid(f"There is no file {file}.", "score")
    found: Given = {}
    first: dict[tuple[str, int | None], int] = {}
    for number, row in lines(file, _shape_of, "score"):
        key = row["id"], row.get("turn")
        if key in found:
            what = f"turn {key[1]} of {key[0]}" if key[1] is not None else key[0]
            raise Invalid(
                f"id in line {number} of {file}: {what} has a row already, in line {first[key]}; keep one of them.",
                "id",
            )
        found[key], first[key] = row, number
    return found


def _shape_of(row: Record) -> Shape:
    return ROW if row.get("turn") is None else TURN_ROW


def _questions(file: Path) -> dict[str, Record]:
    """By id. Raises Invalid where two have one id: nobody could say which of them a row is about."""
    found: dict[str, Record] = {}
    for number, question in lines(file, lambda _: QUESTION, "set"):
        if question["id"] in found:
            raise Invalid(f"id in line {number} of {file}: there is a {question['id']} above; give it another.", "id")
        found[question["id"]] = question
    return found


def _row(told: Record, question: Record, words: Mapping[str | None, WordSearch]) -> Row:
    search = words.get(question.get("scope"))
    return Row(
        id=told["id"],
        decision=told["decision"],
        ranked=told.get("ranked") or [],
        confidence=_confidence(told),
        choices=told.get("choices") or [],
        lang=question.get("lang") or "",
        ms=float(told.get("ms") or 0.0),
        expected=question.get("answer_ids") or None,
        wants_human=question.get("wants_human"),
        labelled=question.get("kind") != "unlabelled",
        source=question.get("source") or "",
        raw=None,
        words=search.best(question["text"]) if search else (None, 0.0),
    )


def _turns(given: Given, dialogues: Sequence[Record]) -> list[TurnRow]:
    told = {(id, turn): row for (id, turn), row in given.items() if turn is not None}
    known = {each["id"] for each in dialogues} & {id for id, _ in told}
    decided = {key: (row["decision"], _confidence(row)) for key, row in told.items() if key[0] in known}
    return [row for each in dialogues if each["id"] in known for row in replay(each, decided)]


def _confidence(told: Record) -> float:
    return float(told.get("confidence") or 0.0)
