"""Run one question set through an agent: a workspace for each scope, a row for each question or agent turn."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warmline.actions.answer_visitor import decision_name
from warmline.agent.base import Agent, Shelf
from warmline.domain.ids import ArticleId, SourceId, WorkspaceId
from warmline.domain.knowledge import Article, Asked, Chunk, Page, Section, Thought, Turn
from warmline.errors import Invalid
from warmline.evals.dialogue_scores import summary_of_turns
from warmline.evals.dialogues import Place, TurnRow, confidence_of, play
from warmline.evals.floor import WordSearch, floors
from warmline.evals.lines import ANY, Shape, lines
from warmline.evals.scores import Row, summary_of
from warmline.evals.shapes import DIALOGUE, KNOWLEDGE, QUESTION

EXAMPLE_WORDS = 80
NOTHING = WorkspaceId("eval_nothing")
"""A workspace without knowledge."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

# The rows of a set are foreign JSON; docs/evaluation.md says what is in them.
Record = Mapping[str, Any]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Run:
    """The rows of one set and what they are worth."""

    rows: list[Row]
    turns: list[TurnRow]
    summary: dict[str, Any]


async def run(
    agent: Agent,
    folder: Path,
    sample: int | None = None,
    seed: int = 1,
    progress: Progress = lambda done, all: None,
) -> Run:
    """Teach the agent a folder's knowledge and ask it the questions (a random `sample` of them, if given).

    Raises Invalid for a folder that holds no set, and for a line that is none.
    """
    if not any((folder / name).is_file() for name in ("questions.jsonl", "dialogues.jsonl")):
        raise Invalid(f"{folder} holds neither questions.jsonl nor dialogues.jsonl: no set in our format.", "set")
    questions = read(folder / "questions.jsonl", QUESTION)
    if sample is not None and sample < len(questions):
        questions = random.Random(seed).sample(questions, sample)  # noqa: S311  a sample, not a secret
    knowledge = read(folder / "knowledge.jsonl", KNOWLEDGE)
    dialogues = read(folder / "dialogues.jsonl", DIALOGUE)
    scopes = {question.get("scope") for question in questions} | _scopes_of(dialogues, knowledge)
    shops = await learn(agent, knowledge, scopes, progress)
    words = floors(knowledge)
    rows = []
    for question in questions:
        rows.append(await _ask(agent, shops.get(question.get("scope")), question, words.get(question.get("scope"))))
        progress(len(rows), len(questions))
    turns = []
    for number, dialogue in enumerate(dialogues, start=1):
        turns += await play(agent, dialogue, _place(shops, dialogue, knowledge))
        progress(number, len(dialogues))
    summary = summary_of(rows) if rows else {"questions": 0}
    return Run(rows, turns, summary | ({"dialogues": summary_of_turns(turns)} if turns else {}))


def _scopes_of(dialogues: Sequence[Record], knowledge: Sequence[Record]) -> set[str | None]:
    return {_scope_of(dialogue, knowledge) for dialogue in dialogues}


def _scope_of(dialogue: Record, knowledge: Sequence[Record]) -> str | None:
    """The dialogue's own scope; without one, that of the folder's only knowledge."""
    scopes = {entry.get("scope") for entry in knowledge}
    only = next(iter(scopes)) if len(scopes) == 1 else None
    scope: str | None = dialogue.get("scope", only)
    return scope


def _place(shops: Mapping[str | None, Shop], dialogue: Record, knowledge: Sequence[Record]) -> Place:
    shop = shops.get(_scope_of(dialogue, knowledge))
    lang = str(dialogue.get("lang") or (shop.lang if shop else "en"))
    return Place(shop.workspace if shop else NOTHING, lang)


def read(file: Path, shape: Shape = ANY) -> list[Record]:
    """The objects of a JSON-lines file; none when there is no such file. Raises Invalid, naming line and field."""
    return [record for _, record in lines(file, lambda record: shape, "set")]


@dataclass(frozen=True, slots=True)
class Shop:
    """A loaded workspace and the language that most of its knowledge is in: that of its widget."""

    workspace: WorkspaceId
    lang: str


async def learn(
    agent: Agent, knowledge: Iterable[Record], scopes: set[str | None], progress: Progress = lambda done, all: None
) -> dict[str | None, Shop]:
    """One loaded workspace for each scope that is asked about."""
    shelves: defaultdict[str | None, list[Chunk]] = defaultdict(list)
    for entry in knowledge:
        if entry.get("scope") in scopes:
            shelves[entry.get("scope")] += agent.split(as_article(entry))
    found = {}
    for number, (scope, chunks) in enumerate(shelves.items()):
        workspace = WorkspaceId(f"eval_{number}")  # not the scope's name: that may be NOTHING's, or "None"
        await agent.load(workspace, Shelf(1, chunks, await _vectors(agent, chunks)))
        await agent.settle(workspace)
        found[scope] = Shop(workspace, _lang_of(chunks))
        progress(0, len(found))
    return found


def _lang_of(chunks: Sequence[Chunk]) -> str:
    most = Counter(chunk.lang for chunk in chunks).most_common(1)
    return most[0][0] or "en" if most else "en"


def as_article(entry: Record) -> Article:
    """An entry as the shop's page. One with phrasings has no prose; some of them stand for it."""
    text = entry["text"]
    examples = tuple(entry.get("examples") or ())
    if examples:
        text = " ".join(text.split()[:EXAMPLE_WORDS])
    page = Page(entry["id"], entry["title"], entry["lang"], entry.get("url"), (Section((), text),), examples)
    return Article(ArticleId(entry["id"]), SourceId("eval"), page, EPOCH)


async def _vectors(agent: Agent, chunks: Sequence[Chunk]) -> dict[str, dict[str, bytes]]:
    units = agent.units(chunks)
    return {
        model: dict(zip((unit.digest for unit in units), await agent.encode(model, units), strict=True))
        for model in agent.models
    }


async def _ask(agent: Agent, shop: Shop | None, question: Record, words: WordSearch | None) -> Row:
    start = time.perf_counter()
    workspace = shop.workspace if shop else NOTHING
    thought = await agent.think(workspace, Turn(question["text"], likely_lang=shop.lang if shop else "en"))
    spent = time.perf_counter() - start
    offered = thought.draft.choices if isinstance(thought.draft, Asked) else ()
    return Row(
        id=question["id"],
        decision=_decision(thought),
        ranked=list(thought.ranked),
        confidence=confidence_of(thought),
        choices=[choice.article for choice in offered if choice.article is not None],
        lang=question.get("lang") or thought.lang,
        ms=round(1000 * spent, 2),
        expected=question.get("answer_ids") or None,
        wants_human=question.get("wants_human"),
        labelled=question.get("kind") != "unlabelled",
        source=question.get("source") or "",
        raw=thought.passages[0].score if thought.passages else 0.0,
        words=words.best(question["text"]) if words else (None, 0.0),
    )


def _decision(thought: Thought) -> str:
    name = decision_name(thought.draft)
    return "cannot_answer" if name == "failure" else name
