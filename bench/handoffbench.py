"""HandoffBench: all sets at hand, one table, with baselines computed in the same run.

    .venv/bin/python -m bench.handoffbench                       all sets of ../shared/eval, and our dialogues
    .venv/bin/python -m bench.handoffbench FOLDER… --sample 100  these sets, so many questions of each

It asks the agent as it ships, and beside it what anybody could do in an afternoon: BM25, the cosine of one encoder, one
threshold on the fused score, a pattern for the wish for a person, always a person, never a person. A program and not a
part of the product: it reaches into the encoders, and keeps their vectors in `--cache` (the first run takes an hour of
one core, the next some minutes). Another product's rows are measured by `warmline eval SET --score ROWS`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.vector_cache import KeptEncoders
from warmline.agent.answer import KeylessAgent
from warmline.agent.base import Unit
from warmline.agent.models.vectors import DEEP, DIMENSIONS, FAST, restore
from warmline.agent.split import all_units
from warmline.domain.knowledge import Chunk
from warmline.evals.dialogue_scores import summary_of_turns
from warmline.evals.dialogues import TurnRow, is_shopper, replay
from warmline.evals.run import Record, as_article, read, run
from warmline.evals.scores import Row, floor_of, wants_human

SHARED = Path(os.environ.get("WARMLINE_SHARED", Path(__file__).parents[2] / "shared"))
OURS = Path(__file__).parent / "seeds/dialogues"
MOST_PHRASINGS = 5
HEADS = ("Warmline", "raw score", "deep encoder", "fast encoder", "BM25", "pattern", "always a person", "never")
PATTERN = re.compile(r"\b(?:human|person|agent|representative|operator|człowiek\w*|konsultant\w*|mensch\w*)\b", re.I)
"""What anybody writes first."""

Numbers = NDArray[np.float32]
Found = Sequence[tuple[Sequence[str], float]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: one measure of one set, by each system that can have it."""

    measure: str
    values: Mapping[str, float | None]


async def bench(agent: KeylessAgent, encoders: KeptEncoders, folder: Path) -> tuple[str, list[Line]]:
    """(what was asked, the lines) of one set."""
    found = await run(agent, folder)
    lines: list[Line] = []
    asked = [row for row in found.rows if row["labelled"]]
    if asked:
        alone = {name: await _alone(encoders, model, folder) for name, model in _ENCODERS.items()}
        lines += _knowing(asked, {name: [some[row["id"]] for row in asked] for name, some in alone.items()})
    lines += _wishes(found.rows, {str(each["id"]): str(each["text"]) for each in read(folder / "questions.jsonl")})
    if found.turns:
        lines += _dialogues(found.turns, read(folder / "dialogues.jsonl"))
    count = f"{len(found.rows)} questions" if found.rows else f"{len(found.turns)} turns"
    return count, lines


_ENCODERS = {"deep encoder": DEEP, "fast encoder": FAST}


# Questions


def _knowing(rows: Sequence[Row], alone: Mapping[str, Found]) -> list[Line]:
    systems: dict[str, Found] = {
        "Warmline": [(row["ranked"][:1], row["confidence"]) for row in rows],
        "raw score": [(row["ranked"][:1], row["raw"] or 0.0) for row in rows],
        **alone,
        "BM25": [([row["words"][0]] if row["words"][0] else [], row["words"][1]) for row in rows],
    }
    measured = {name: floor_of(rows, found) for name, found in systems.items()}
    right = measured["Warmline"]["recall_at_1"] or 0.0
    all_answered = right * sum(row["expected"] is not None for row in rows) / len(rows)
    return [
        Line("right page first", {name: each["recall_at_1"] for name, each in measured.items()}),
        Line("AUROC", {name: each["auroc"] for name, each in measured.items()}),
        Line(
            "coverage at 90 % precision",
            {name: each["coverage_at_90"] for name, each in measured.items()} | {"always a person": 0.0},
        ),
        Line("precision when all is answered", {"never": all_answered}),
    ]


async def _alone(encoders: KeptEncoders, model: str, folder: Path) -> dict[str, tuple[list[str], float]]:
    """Question → (best entry, cosine of its best unit), by one encoder and nothing else."""
    questions = read(folder / "questions.jsonl")
    scopes = {each.get("scope") for each in questions}
    units: defaultdict[str | None, list[tuple[str, Unit]]] = defaultdict(list)
    agent_split = KeylessAgent(encoders).split
    for entry in read(folder / "knowledge.jsonl"):
        if entry.get("scope") in scopes:
            chunks: Iterable[Chunk] = agent_split(as_article(entry))
            units[entry.get("scope")] += [(entry["id"], unit) for unit in all_units(chunks)]
    shelves = {scope: await _unit_length(encoders, model, [u for _, u in some]) for scope, some in units.items()}
    found = {}
    for question in questions:
        asked = await _unit_length(encoders, model, [Unit("query", question["text"])])
        cosines = shelves[question.get("scope")] @ asked[0]
        best = int(cosines.argmax())
        found[question["id"]] = ([units[question.get("scope")][best][0]], float(cosines[best]))
    return found


async def _unit_length(encoders: KeptEncoders, model: str, units: Sequence[Unit]) -> Numbers:
    rows = restore(await encoders.encode(model, units), DIMENSIONS[model])
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)


# The wish for a person


def _wishes(rows: Sequence[Row], texts: Mapping[str, str]) -> list[Line]:
    def all_as(decide: Any) -> list[Row]:
        return [{**row, "decision": "human" if decide(texts[row["id"]]) else "answer"} for row in rows]

    systems = {
        "Warmline": rows,
        "pattern": all_as(PATTERN.search),
        "always a person": all_as(lambda text: True),
        "never": all_as(lambda text: False),
    }
    measured = {name: wants_human(some) for name, some in systems.items()}
    return [
        Line(f"wish for a person, F1, {group}", {name: each[group]["f1"] for name, each in measured.items()})
        for group in measured["Warmline"]
    ]


# Dialogues


def _dialogues(turns: Sequence[TurnRow], dialogues: Sequence[Record]) -> list[Line]:
    places = {(row["id"], row["turn"]) for row in turns}
    last = _last_words(dialogues)
    simple = {
        "pattern": {at: "hand_off" if PATTERN.search(last[at]) else "answer" for at in places},
        "always a person": dict.fromkeys(places, "hand_off"),
        "never": dict.fromkeys(places, "answer"),
    }
    systems: dict[str, Sequence[TurnRow]] = {"Warmline": turns}
    for name, decisions in simple.items():
        decided = {at: (decision, 1.0) for at, decision in decisions.items()}
        systems[name] = [row for each in dialogues for row in replay(each, decided)]
    measured = {name: summary_of_turns(rows) for name, rows in systems.items()}
    names = {
        "right_action": "right action",
        "f1": "handoffs, F1",
        "golden_within_one": "a person within one turn of the label",
        "offers_repeated": "offers repeated",
        "refusals_overridden": "refusals overridden",
    }
    return [Line(words, {name: each[key] for name, each in measured.items()}) for key, words in names.items()]


def _last_words(dialogues: Sequence[Record]) -> dict[tuple[str, int], str]:
    """What the shopper said last before each turn of the agent."""
    found, said = {}, ""
    for dialogue in dialogues:
        said = ""
        for number, turn in enumerate(dialogue["turns"]):
            if is_shopper(turn):
                said = str(turn.get("text") or "")
            found[dialogue["id"], number] = said
    return found


# The table


def head() -> str:
    return "\n".join((_line(("set", "asked", "measure", *HEADS)), _line(["---"] * (3 + len(HEADS)))))


def lines_of(name: str, count: str, lines: Sequence[Line]) -> str:
    return "\n".join(_line((name, count, each.measure, *(_cell(each, system) for system in HEADS))) for each in lines)


def _cell(line: Line, system: str) -> str:
    value = line.values.get(system)
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def sampled(folder: Path, into: Path, sample: int, phrasings: int) -> Path:
    """A copy of the set with so many questions, drawn at random, and so many phrasings of each entry."""
    small = into / folder.name
    small.mkdir(parents=True)
    questions = read(folder / "questions.jsonl")
    chosen = random.Random(1).sample(list(questions), min(sample, len(questions)))
    dialogues, scopes = read(folder / "dialogues.jsonl"), {each.get("scope") for each in chosen}
    knowledge = [each for each in read(folder / "knowledge.jsonl") if dialogues or each.get("scope") in scopes]
    for entry in knowledge:
        some = list(entry.get("examples") or ())
        if some:
            entry["examples"] = random.Random(1).sample(some, min(phrasings, len(some)))  # type: ignore[index]
    _write(small / "questions.jsonl", chosen)
    _write(small / "knowledge.jsonl", knowledge)
    _write(small / "dialogues.jsonl", dialogues)
    return small


def _write(file: Path, rows: Sequence[Record]) -> None:
    if rows:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


async def main(folders: Sequence[Path], cache: Path, sample: int, phrasings: int) -> None:
    encoders = KeptEncoders(cache)
    agent = KeylessAgent(encoders)
    print(head(), flush=True)
    with tempfile.TemporaryDirectory() as into:
        for folder in folders:
            print(folder.name, file=sys.stderr, flush=True)
            count, lines = await bench(agent, encoders, sampled(folder, Path(into), sample, phrasings))
            print(lines_of(folder.name, count, lines), flush=True)
    await agent.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", type=Path, help="folders in the format of docs/evaluation.md")
    parser.add_argument("--sample", type=int, default=200, help="questions of each set (200)")
    parser.add_argument("--phrasings", type=int, default=MOST_PHRASINGS, help="of each entry (5)")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "warmline-vectors.sqlite3")
    given = parser.parse_args()
    at_hand = [*sorted(each for each in (SHARED / "eval").glob("*") if each.is_dir()), OURS]
    asyncio.run(main(given.sets or at_hand, given.cache, given.sample, given.phrasings))
