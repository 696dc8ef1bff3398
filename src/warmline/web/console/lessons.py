"""What pays most to teach the assistant: fifty judged answers, and five phrasings on each page that is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from warmline.actions.judge_answer import LONGEST_PHRASING
from warmline.domain.ids import ArticleId, WorkspaceId
from warmline.domain.message import Verdict
from warmline.domain.sureness import CUTS, SHOWN
from warmline.store.base import Transaction
from warmline.store.statements import Row, loads

ENOUGH_PHRASINGS = 5
LATEST = 500
"""Turns that are looked at: the questions of some days, or of some months in a small shop."""
MOST_PAGES = 5
MOST_ASKED = 5
SPOKEN = {Verdict.ANSWER, Verdict.ASK}
"""What quoted a page or asked back with it."""


@dataclass(frozen=True, slots=True)
class Wanting:
    """A page with too few phrasings, and how many of the latest questions it was quoted or asked back for."""

    id: ArticleId
    title: str
    asked: int
    phrasings: int


@dataclass(frozen=True, slots=True)
class Lessons:
    """`judged` of `goal` answers; `waiting`: there is one to judge now. `pages`: the most asked first."""

    judged: int
    waiting: bool
    pages: tuple[Wanting, ...]
    goal: int = SHOWN
    enough: int = ENOUGH_PHRASINGS

    @property
    def to_judge(self) -> bool:
        """Whether judging is worth a line: not before the first question, and not when enough are judged."""
        return self.judged < self.goal and (self.waiting or self.judged > 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that found a page and was judged by nobody."""

    conversation: str
    seq: int
    question: str


def lessons(tx: Transaction, workspace: WorkspaceId, now: datetime) -> Lessons:
    """What the Dashboard leads to."""
    turns = tx.found_lately(workspace, LATEST)
    judged = min(len(tx.judged(workspace, SHOWN)), SHOWN)
    waiting = any(row["by_whom"] is None and row["confidence"] >= CUTS[0] for row in turns)
    return Lessons(judged, waiting, _pages(tx, workspace, turns, now))


def asked_for(tx: Transaction, workspace: WorkspaceId, article: ArticleId, known: Sequence[str]) -> list[Asked]:
    """The latest questions that found this page, in words that are none of its phrasings yet."""
    found: dict[str, Asked] = {}
    for row in tx.found_lately(workspace, LATEST):
        wording = " ".join(row["question"].split())
        fits = row["by_whom"] is None and 0 < len(wording) <= LONGEST_PHRASING and wording not in known
        if fits and wording not in found and _article(row) == article:
            found[wording] = Asked(row["conversation"], row["seq"], wording)
    return list(found.values())[:MOST_ASKED]


def _pages(tx: Transaction, workspace: WorkspaceId, turns: Sequence[Row], now: datetime) -> tuple[Wanting, ...]:
    counts = Counter(article for row in turns if row["decision"] in SPOKEN and (article := _article(row)))
    known = tx.wordings(workspace, counts, now) if counts else {}
    found = [Wanting(id, title, counts[id], len(wordings)) for id, (title, wordings) in known.items()]
    short = [each for each in found if each.phrasings < ENOUGH_PHRASINGS]
    return tuple(sorted(short, key=lambda each: (-each.asked, each.title))[:MOST_PAGES])


def _article(row: Row) -> ArticleId | None:
    """None in a turn of an early version, which kept no id."""
    return loads(row["best"]).get("article")  # type: ignore[no-any-return]
