"""Run one question set through an agent: a workspace for each scope, a row for each question or agent turn."""

from __future__ import annotations

import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

from warmline.actions.answer_visitor import decision_name
from warmline.agent.base import Agent, Shelf
from warmline.domain.ids import ArticleId, SourceId, WorkspaceId
from warmline.domain.knowledge import Answered, Article, Asked, Chunk, CouldNotAnswer, Page, Section, Thought, Turn
from warmline.errors import Invalid
from warmline.evals.floor import WordSearch
from warmline.evals.scores import Row, summary_of

EXAMPLE_WORDS = 80
MOST_RANKED = 10
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

# The rows of a set are foreign JSON; docs/evaluation.md says what is in them.
Record = Mapping[str, Any]
Progress = Callable[[int, int], None]


class TurnRow(TypedDict):
    """What the agent did at one turn of a dialogue. `expected` None: the turn is not labelled."""

    id: str
    turn: int
    decision: str
    confidence: float
    ms: float
    expected: bool | None


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
    questions = read(folder / "questions.jsonl")
    if sample is not None and sample < len(questions):
        questions = random.Random(seed).sample(questions, sample)  # noqa: S311  a sample, not a secret
    knowledge = read(folder / "knowledge.jsonl")
    shops = await learn(agent, knowledge, {question.get("scope") for question in questions}, progress)
    words = _floors(knowledge)
    rows = []
    for question in questions:
        rows.append(await _ask(agent, shops.get(question.get("scope")), question, words.get(question.get("scope"))))
        progress(len(rows), len(questions))
    turns = [row for each in read(folder / "dialogues.jsonl") for row in await _follow(agent, each)]
    summary = summary_of(rows) if rows else {"questions": 0}
    return Run(rows, turns, summary | ({"dialogues": _dialogue_summary(turns)} if turns else {}))


def read(file: Path) -> list[Record]:
    """The objects of a JSON-lines file; none when there is no such file. Raises Invalid, naming the line."""
    if not file.is_file():
        return []
    found: list[Record] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line) if line.strip() else None
        except ValueError as error:
            raise Invalid(f"line {number} of {file} is no JSON: {error}.", "set") from error
        if record is not None:
            found.append(record)
    return found


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
    for scope, chunks in shelves.items():
        workspace = WorkspaceId(f"eval_{scope}")
        await agent.load(workspace, Shelf(1, chunks, await _vectors(agent, chunks)))
        await agent.settle(workspace)
        found[scope] = Shop(workspace, Counter(chunk.lang for chunk in chunks).most_common(1)[0][0] or "en")
        progress(0, len(found))
    return found


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


def _floors(knowledge: Iterable[Record]) -> dict[str | None, WordSearch]:
    texts: defaultdict[str | None, list[tuple[str, str]]] = defaultdict(list)
    for entry in knowledge:
        parts = [entry["title"], entry["title"], entry["text"], *(entry.get("examples") or ())]
        texts[entry.get("scope")].append((entry["id"], "\n".join(parts)))
    return {scope: WordSearch(some) for scope, some in texts.items()}


async def _ask(agent: Agent, shop: Shop | None, question: Record, words: WordSearch | None) -> Row:
    start = time.perf_counter()
    workspace = shop.workspace if shop else WorkspaceId("eval_nothing")
    thought = await agent.think(workspace, Turn(question["text"], likely_lang=shop.lang if shop else "en"))
    spent = time.perf_counter() - start
    ranked = list(dict.fromkeys(str(passage.chunk.article) for passage in thought.passages))
    offered = thought.draft.choices if isinstance(thought.draft, Asked) else ()
    return Row(
        id=question["id"],
        decision=_decision(thought),
        ranked=ranked[:MOST_RANKED],
        confidence=_confidence(thought),
        choices=[choice.article for choice in offered if choice.article is not None],
        lang=question.get("lang") or thought.lang,
        ms=round(1000 * spent, 2),
        expected=question.get("answer_ids"),
        wants_human=question.get("wants_human"),
        labelled=question.get("kind") != "unlabelled",
        source=question.get("source") or "",
        raw=thought.passages[0].score if thought.passages else 0.0,
        words=words.best(question["text"]) if words else (None, 0.0),
    )


def _decision(thought: Thought) -> str:
    name = decision_name(thought.draft)
    return "cannot_answer" if name == "failure" else name


def _confidence(thought: Thought) -> float:
    match thought.draft:
        case Answered(confidence=confidence) | Asked(confidence=confidence) | CouldNotAnswer(confidence=confidence):
            return confidence
        case _:
            return 0.0


# Dialogues: at each turn of the agent, what would it have done with what the shopper had said?

_AT_A_TURN = {"human": "hand_off", "cannot_answer": "offer_handoff"}


async def _follow(agent: Agent, dialogue: Record) -> list[TurnRow]:
    rows: list[TurnRow] = []
    history: list[tuple[str, str]] = []
    pending: list[str] = []
    for number, turn in enumerate(dialogue["turns"]):
        if _is_shopper(turn):
            pending.append(turn["text"])
        elif turn.get("role") != "tool":
            if pending:
                rows.append(await _at_turn(agent, dialogue, number, "\n".join(pending), history))
            history += [("visitor", text) for text in pending] + [("agent", turn["text"])]
            pending = []
    return rows


def _is_shopper(turn: Record) -> bool:
    return turn.get("role") == "shopper" or turn.get("role_id") == 1


async def _at_turn(
    agent: Agent, dialogue: Record, number: int, said: str, history: Sequence[tuple[str, str]]
) -> TurnRow:
    start = time.perf_counter()
    turn = Turn(said, dialogue.get("lang"), tuple(history))
    thought = await agent.think(WorkspaceId("eval_nothing"), turn)
    label = dialogue["turns"][number].get("handoff")
    return TurnRow(
        id=dialogue["id"],
        turn=number,
        decision=_AT_A_TURN.get(_decision(thought), _decision(thought)),
        confidence=_confidence(thought),
        ms=round(1000 * (time.perf_counter() - start), 2),
        expected=None if label is None else bool(label),
    )


def _dialogue_summary(turns: Sequence[TurnRow]) -> dict[str, Any]:
    """Turns at which a person was handed to against those that are labelled so. An offer is no handoff."""
    labelled = [row for row in turns if row["expected"] is not None]
    wanted = sum(bool(row["expected"]) for row in labelled)
    done = sum(row["decision"] == "hand_off" for row in labelled)
    both = sum(bool(row["expected"]) and row["decision"] == "hand_off" for row in labelled)
    return {
        "turns": len(turns),
        "labelled": len(labelled),
        "handoffs": wanted,
        "precision": both / max(done, 1),
        "recall": both / max(wanted, 1),
        "f1": 2 * both / max(wanted + done, 1),
    }
