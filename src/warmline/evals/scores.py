"""What the rows of a run are worth: the measures of docs/evaluation.md. Pure functions of rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

KNOBS: Mapping[str, float] = {"careful": 0.95, "balanced": 0.9, "bold": 0.8}
BINS = 10


class Row(TypedDict):
    """What the agent did with one question.

    `decision`: "answer" | "ask" | "cannot_answer" | "human" | "smalltalk". `ranked`: ids of knowledge, best first, at
    most ten. `confidence`: how probable it is that the first of them is right. `choices`: ids behind the choices of a
    question back. `expected` None: the knowledge does not hold the answer. `raw` and `words`: what the floors make of
    it, see `evals/floor.py`; no `raw` in rows of another product.
    """

    id: str
    decision: str
    ranked: list[str]
    confidence: float
    choices: list[str]
    lang: str
    ms: float
    expected: list[str] | None
    wants_human: bool | None
    labelled: bool
    source: str
    raw: float | None
    words: tuple[str | None, float]


def summary_of(rows: Sequence[Row]) -> dict[str, Any]:
    """All measures of one set; what a set cannot show is None."""
    asked = [row for row in rows if row["labelled"]]
    return {
        "questions": len(rows),
        **(_knowing(asked) if asked else {}),
        "wants_human": wants_human(rows),
        "ms": {"p50": percentile([row["ms"] for row in rows], 50), "p95": percentile([row["ms"] for row in rows], 95)},
    }


def _knowing(rows: Sequence[Row]) -> dict[str, Any]:
    answerable = [row for row in rows if row["expected"] is not None]
    unanswerable = [row for row in rows if row["expected"] is None]
    answered = [row for row in rows if row["decision"] == "answer"]
    return {
        "answerable": len(answerable),
        "recall_at_1": share(answerable, right),
        "recall_at_3": share(answerable, lambda row: bool(set(row["ranked"][:3]) & set(row["expected"] or ()))),
        "auroc": auroc([row["confidence"] for row in answerable], [row["confidence"] for row in unanswerable]),
        "coverage_at": {f"{cut:g}": coverage_at(cut, rows) for cut in (0.95, 0.9, 0.8)},
        "calibration_error": calibration_error(rows),
        "calibration_error_by_chance": calibration_error_by_chance(rows),
        "knobs": {name: at_cut(cut, rows) for name, cut in KNOBS.items()},
        "as_shipped": {
            "answered": len(answered) / len(rows),
            "precision": share(answered, right),
            "asked": sum(row["decision"] == "ask" for row in rows) / len(rows),
            "useful": share(answerable, useful),
            "unanswerable_answered": share(unanswerable, lambda row: row["decision"] == "answer"),
        },
        "floors": {
            **_raw_floor(rows),
            "BM25 of words": floor_of(rows, [([first] if first else [], found) for first, found in _words(rows)]),
        },
    }


def right(row: Row) -> bool:
    """Whether the first entry answers the question."""
    return bool(row["expected"]) and row["ranked"][:1] != [] and row["ranked"][0] in (row["expected"] or ())


def useful(row: Row) -> bool:
    """An answer that is right, or choices with the right one among them."""
    if row["decision"] == "ask":
        return bool(set(row["choices"]) & set(row["expected"] or ()))
    return row["decision"] == "answer" and right(row)


def at_cut(cut: float, rows: Sequence[Row]) -> dict[str, float | int | None]:
    """What a knob set to `cut` would answer. A wish for a person and small talk are no answers at any cut."""
    given = [row for row in rows if row["confidence"] >= cut and row["decision"] not in {"human", "smalltalk"}]
    return {
        "answered": len(given),
        "right": sum(map(right, given)),
        "coverage": len(given) / max(len(rows), 1),
        "precision": share(given, right),
    }


def coverage_at(precision: float, rows: Sequence[Row]) -> float:
    """The largest share of all questions that one cut can answer with at least this share of right answers."""
    return share_kept([(row["confidence"], right(row)) for row in rows], precision)


def share_kept(judged: Sequence[tuple[float, bool]], precision: float) -> float:
    """The same of (confidence, is it right) pairs."""
    best = good = 0
    ordered = sorted(judged, key=lambda pair: -pair[0])
    for count, (confidence, is_right) in enumerate(ordered, start=1):
        good += is_right
        tied = count < len(ordered) and ordered[count][0] == confidence
        if not tied and good >= precision * count:
            best = count
    return best / max(len(ordered), 1)


def calibration_error(rows: Sequence[Row]) -> float | None:
    """Expected calibration error over ten equal bins of confidence: how far promised and kept shares are apart."""
    return calibration_gap([(row["confidence"], right(row)) for row in rows]) if rows else None


def calibration_gap(judged: Sequence[tuple[float, bool]]) -> float:
    """The same of (confidence, is it right) pairs, at least one."""
    return sum(abs(sum(is_right - p for p, is_right in some)) for some in _bins(judged)) / len(judged)


def calibration_error_by_chance(rows: Sequence[Row]) -> float | None:
    """What the same measure is expected to show of a confidence that is true, on so few questions.

    In each bin the gap is the mean absolute deviation of a sum of coins that fall by their confidence: sqrt(2 / pi)
    of its standard deviation, as in a normal distribution. About .09 of 150 questions, .03 of 1,500.
    """
    return chance_gap([(row["confidence"], right(row)) for row in rows]) if rows else None


def chance_gap(judged: Sequence[tuple[float, bool]]) -> float:
    """The same of (confidence, is it right) pairs, at least one; what is right does not matter."""
    spreads = [sum(p * (1 - p) for p, _ in some) for some in _bins(judged)]
    return sum(math.sqrt(2 / math.pi * spread) for spread in spreads) / len(judged)


def _bins(judged: Sequence[tuple[float, bool]]) -> list[list[tuple[float, bool]]]:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for pair in judged:
        bins.setdefault(min(int(pair[0] * BINS), BINS - 1), []).append(pair)
    return list(bins.values())


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """The chance that one of `higher` is above one of `lower`; ties count half."""
    if not higher or not lower:
        return None
    ordered = sorted([(value, True) for value in higher] + [(value, False) for value in lower])
    total, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        total += (at + 1 + end) / 2 * sum(is_higher for _, is_higher in ordered[at:end])
        at = end
    return (total - len(higher) * (len(higher) + 1) / 2) / (len(higher) * len(lower))


def wants_human(rows: Sequence[Row]) -> dict[str, dict[str, float | int]]:
    """Precision, recall and F1 of the wish for a person, by source and language. Borderline rows are left out."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row["wants_human"] is not None:
            groups.setdefault(f"{row['source']} {row['lang']}".strip(), []).append(row)
    return {name: _f1(some) for name, some in sorted(groups.items()) if any(row["wants_human"] for row in some)}


def _f1(rows: Sequence[Row]) -> dict[str, float | int]:
    wanted = sum(bool(row["wants_human"]) for row in rows)
    found = sum(row["decision"] == "human" for row in rows)
    both = sum(bool(row["wants_human"]) and row["decision"] == "human" for row in rows)
    precision, recall = both / max(found, 1), both / max(wanted, 1)
    f1 = 2 * both / max(wanted + found, 1)
    return {"wanted": wanted, "found": found, "precision": precision, "recall": recall, "f1": f1}


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The smallest value that so many percent do not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(math.ceil(percent / 100 * len(ordered)) - 1, 0)]


def share(rows: Sequence[Row], holds: Callable[[Row], bool]) -> float | None:
    return sum(1 for row in rows if holds(row)) / len(rows) if rows else None


def _raw_floor(rows: Sequence[Row]) -> dict[str, dict[str, float | None]]:
    raw = [(row["ranked"][:1], row["raw"]) for row in rows if row["raw"] is not None]
    return {"raw score": floor_of(rows, [(first, score) for first, score in raw])} if len(raw) == len(rows) else {}


def _words(rows: Sequence[Row]) -> list[tuple[str | None, float]]:
    return [row["words"] for row in rows]


def floor_of(rows: Sequence[Row], found: Sequence[tuple[Sequence[str], float]]) -> dict[str, float | None]:
    """A ranking and a score without any decision: what one threshold on it could do."""
    judged = [
        (score, bool(first) and first[0] in (row["expected"] or ()))
        for row, (first, score) in zip(rows, found, strict=True)
    ]
    answerable = [is_right for row, (_, is_right) in zip(rows, judged, strict=True) if row["expected"] is not None]
    known = [score for row, (score, _) in zip(rows, judged, strict=True) if row["expected"] is not None]
    unknown = [score for row, (score, _) in zip(rows, judged, strict=True) if row["expected"] is None]
    return {
        "recall_at_1": sum(answerable) / len(answerable) if answerable else None,
        "auroc": auroc(known, unknown),
        "coverage_at_90": share_kept(judged, 0.9),
    }
