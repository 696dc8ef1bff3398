"""What the rows of dialogues are worth. Pure functions of rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from warmline.evals.dialogues import HAND_OFF, OFFER, TurnRow
from warmline.evals.scores import percentile

TOLERANCE = 1
"""Turns of the agent by which a handoff may come early or late."""


def summary_of_turns(turns: Sequence[TurnRow]) -> dict[str, Any]:
    """All measures of dialogues; what a set cannot show is None. An offer is no handoff in `precision` to `f1`."""
    judged = [row for row in turns if row["expected"]]
    wrong = {row["decision"]: 0 for row in judged}
    for row in judged:
        wrong[row["decision"]] += row["decision"] not in row["expected"]
    ms = [row["ms"] for row in turns]
    return {
        "turns": len(turns),
        "labelled": len(judged),
        "right_action": _part(sum(row["decision"] in row["expected"] for row in judged), len(judged)),
        "wrong": {decision: count for decision, count in sorted(wrong.items()) if count},
        **_handoffs(turns),
        "offers_repeated": sum(row["repeats"] for row in turns),
        "refusals_overridden": sum(row["overrides"] for row in turns),
        "ms": {"p50": percentile(ms, 50), "p95": percentile(ms, 95)},
    }


def _handoffs(turns: Sequence[TurnRow]) -> dict[str, Any]:
    labelled = [row for row in turns if row["handoff"] is not None]
    wanted = sum(bool(row["handoff"]) for row in labelled)
    done = sum(row["decision"] == HAND_OFF for row in labelled)
    both = sum(bool(row["handoff"]) and row["decision"] == HAND_OFF for row in labelled)
    offered = [row for row in labelled if row["decision"] == OFFER]
    dialogues = [list(rows) for _, rows in groupby(turns, key=lambda row: row["id"])]
    golden = [rows for rows in dialogues if any(row["handoff"] for row in rows)]
    return {
        "handoffs": wanted,
        "precision": _part(both, done),
        "recall": _part(both, wanted),
        "f1": _part(2 * both, wanted + done),
        "offered_instead": sum(bool(row["handoff"]) for row in offered),
        "offered_without_label": sum(not row["handoff"] for row in offered),
        "golden_within_one": _part(sum(map(_in_time, golden)), len(golden)),
    }


def _in_time(rows: Sequence[TurnRow]) -> bool:
    """Is a person handed to or offered within one turn of the agent from the labelled handoff?"""
    due = [at for at, row in enumerate(rows) if row["handoff"]]
    came = [at for at, row in enumerate(rows) if row["decision"] in {HAND_OFF, OFFER}]
    return any(abs(one - other) <= TOLERANCE for one in due for other in came)


def _part(some: int, whole: int) -> float | None:
    return some / whole if whole else None
