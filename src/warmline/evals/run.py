"""Run one question set through an agent: a workspace for each scope, a row for each question, and a summary."""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

from warmline.agent.base import Agent, Shelf
from warmline.domain.ids import ArticleId, SourceId, WorkspaceId
from warmline.domain.knowledge import Answered, Article, Asked, Chunk, CouldNotAnswer, Page, Section, Thought, Turn

EXAMPLE_WORDS = 80
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

# The rows of a set are foreign JSON; FORMAT.md says what is in them.
Record = Mapping[str, Any]


class Row(TypedDict):
    """What the agent did with one question. `expected` None: the knowledge does not hold the answer."""

    id: str
    decision: str
    ranked: list[str]
    confidence: float
    lang: str
    ms: float
    expected: list[str] | None


@dataclass(frozen=True, slots=True)
class Summary:
    """`recall` is over answerable questions, `coverage` over all, `precision` over the answers given."""

    questions: int
    answerable: int
    recall_at_1: float | None
    recall_at_3: float | None
    auroc: float | None
    coverage_at_90: float
    coverage: float
    precision: float | None
    asked: float
    unanswerable_answered: float | None


async def run(agent: Agent, folder: Path, sample: int | None = None, seed: int = 1) -> tuple[list[Row], Summary]:
    """Teach the agent a folder's knowledge and ask it the questions (a random `sample` of them, if given)."""
    questions = [row for row in read(folder / "questions.jsonl") if row.get("kind") != "unlabelled"]
    if sample is not None and sample < len(questions):
        questions = random.Random(seed).sample(questions, sample)  # noqa: S311  a sample, not a secret
    workspaces = await learn(agent, read(folder / "knowledge.jsonl"), {question.get("scope") for question in questions})
    rows = [await _ask(agent, workspaces.get(question.get("scope")), question) for question in questions]
    return rows, summarise(rows)


def read(file: Path) -> list[Record]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


async def learn(agent: Agent, knowledge: Iterable[Record], scopes: set[str | None]) -> dict[str | None, WorkspaceId]:
    """One loaded workspace for each scope that is asked about."""
    shelves: defaultdict[str | None, list[Chunk]] = defaultdict(list)
    for entry in knowledge:
        if entry.get("scope") in scopes:
            shelves[entry.get("scope")] += agent.split(as_article(entry))
    found = {}
    for scope, chunks in shelves.items():
        found[scope] = WorkspaceId(f"eval_{scope}")
        await agent.load(found[scope], Shelf(1, chunks, await _vectors(agent, chunks)))
    return found


def as_article(entry: Record) -> Article:
    """An entry as the shop's page. One with phrasings has no prose; some of them stand for it."""
    text = entry["text"]
    examples = tuple(entry.get("examples") or ())
    if examples:
        text = " ".join(text.split()[:EXAMPLE_WORDS])
    page = Page(entry["id"], entry["title"], entry["lang"], entry.get("url"), (Section((), text),), examples)
    return Article(ArticleId(entry["id"]), SourceId("eval"), page, EPOCH)


def summarise(rows: Sequence[Row]) -> Summary:
    answerable = [row for row in rows if row["expected"] is not None]
    unanswerable = [row for row in rows if row["expected"] is None]
    answered = [row for row in rows if row["decision"] == "Answered"]
    return Summary(
        questions=len(rows),
        answerable=len(answerable),
        recall_at_1=_share(answerable, right),
        recall_at_3=_share(answerable, lambda row: bool(set(row["ranked"][:3]) & set(row["expected"] or ()))),
        auroc=auroc([row["confidence"] for row in answerable], [row["confidence"] for row in unanswerable]),
        coverage_at_90=coverage_at(0.9, rows),
        coverage=len(answered) / max(len(rows), 1),
        precision=_share(answered, right),
        asked=len([row for row in rows if row["decision"] == "Asked"]) / max(len(rows), 1),
        unanswerable_answered=_share(unanswerable, lambda row: row["decision"] == "Answered"),
    )


def right(row: Row) -> bool:
    """Whether the first entry answers the question."""
    return bool(row["expected"]) and row["ranked"][:1] != [] and row["ranked"][0] in (row["expected"] or ())


def coverage_at(precision: float, rows: Sequence[Row]) -> float:
    """The largest share of all questions that one cut can answer with at least this share of right answers."""
    best = good = 0
    ordered = sorted(rows, key=lambda row: -row["confidence"])
    for count, row in enumerate(ordered, start=1):
        good += right(row)
        tied = count < len(ordered) and ordered[count]["confidence"] == row["confidence"]
        if not tied and good >= precision * count:
            best = count
    return best / max(len(rows), 1)


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """The chance that one of `higher` is above one of `lower`; ties count half."""
    if not higher or not lower:
        return None
    ranks: dict[float, float] = {}
    ordered = sorted([*higher, *lower])
    for value in set(ordered):
        ranks[value] = 0.0
    at = 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end] == ordered[at]:
            end += 1
        ranks[ordered[at]] = (at + 1 + end) / 2
        at = end
    total = sum(ranks[value] for value in higher)
    return (total - len(higher) * (len(higher) + 1) / 2) / (len(higher) * len(lower))


async def _vectors(agent: Agent, chunks: Sequence[Chunk]) -> dict[str, dict[str, bytes]]:
    units = agent.units(chunks)
    return {
        model: dict(zip((unit.digest for unit in units), await agent.encode(model, units), strict=True))
        for model in agent.models
    }


async def _ask(agent: Agent, workspace: WorkspaceId | None, question: Record) -> Row:
    start = time.perf_counter()
    thought = await agent.think(workspace or WorkspaceId("eval_nothing"), Turn(question["text"]))
    return Row(
        id=question["id"],
        decision=type(thought.draft).__name__,
        ranked=list(dict.fromkeys(str(passage.chunk.article) for passage in thought.passages)),
        confidence=_confidence(thought),
        lang=thought.lang,
        ms=round(1000 * (time.perf_counter() - start), 2),
        expected=question["answer_ids"],
    )


def _confidence(thought: Thought) -> float:
    match thought.draft:
        case Answered(confidence=confidence) | Asked(confidence=confidence) | CouldNotAnswer(confidence=confidence):
            return confidence
        case _:
            return 0.0


def _share(rows: Sequence[Row], holds: Callable[[Row], bool]) -> float | None:
    return sum(1 for row in rows if holds(row)) / len(rows) if rows else None
