"""Saved cases: a question with the page that is right for it, or with none, against what the agent would do now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from warmline.domain.ids import ArticleId
from warmline.domain.knowledge import Answered, Article, Asked, Failed, Thought
from warmline.domain.rules import Action

NOTHING = ""
"""The page of a question that nothing of the shop answers."""
MOST_CASES = 500
LONGEST_CASE = 500
LONGEST_PAGE = 2_000


class Ended(StrEnum):
    """How a case ended."""

    RIGHT = "right"
    """Answered from its page; or, where nothing answers it, not answered."""
    ASKED = "asked"
    """Asked back, and its page is among the choices."""
    MISSED = "missed"
    """Its page is there, and a person would have been offered, or other choices."""
    WRONG = "wrong"
    """Answered from another page, or answered where nothing answers it."""
    GONE = "gone"
    """There is no such page any more."""

    @property
    def passes(self) -> bool:
        return self in {Ended.RIGHT, Ended.ASKED}


@dataclass(frozen=True, slots=True)
class Case:
    """`page` is the address or the title of the right page; NOTHING where nothing answers. `before` is the result of
    the run before the last."""

    id: str
    question: str
    page: str
    at: datetime
    result: Ended | None = None
    before: Ended | None = None
    ran_at: datetime | None = None
    conversation: str | None = None

    @property
    def broke(self) -> bool:
        """It passed in the run before, and does not now."""
        return bool(self.result and self.before and self.before.passes and not self.result.passes)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One run of one case. `confidence`, `article` (the best one) and `right` count as a judged answer; they are None
    where nothing was found, and where the question stands word for word on the page: that proves nothing."""

    ended: Ended
    target: ArticleId | None = None
    confidence: float | None = None
    article: ArticleId | None = None
    right: bool | None = None


def page_of(articles: Sequence[Article], page: str) -> Article | None:
    """The article with this address; else the one with this title."""
    wanted = page.strip().rstrip("/")
    by_address = (each for each in articles if each.page.url and each.page.url.rstrip("/") == wanted)
    by_title = (each for each in articles if each.page.title.casefold() == page.strip().casefold())
    return next(by_address, None) or next(by_title, None)


def name_of(article: Article) -> str:
    """What a case calls this page: its address, or its title where it has none."""
    return article.page.url or article.page.title


def verdict_of(page: str, target: ArticleId | None, thought: Thought) -> Verdict | None:
    """How a case ended; None when the agent failed, for that says nothing about the knowledge."""
    if isinstance(thought.draft, Failed):
        return None
    if page != NOTHING and target is None:
        return Verdict(Ended.GONE)
    ended = _ended(target, thought)
    best = thought.passages[0].chunk.article if thought.passages else None
    confidence = getattr(thought.draft, "confidence", None)
    exact = any(each.get("exact") for each in thought.trace.get("passages", ())[:1])
    if best is None or confidence is None or exact:
        return Verdict(ended, target)
    return Verdict(ended, target, confidence, best, best == target)


def _ended(target: ArticleId | None, thought: Thought) -> Ended:
    handed_off = thought.fired.safety is not None or thought.fired.first(Action.HAND_OFF) is not None
    if isinstance(thought.draft, Answered) and not handed_off:
        return Ended.RIGHT if target is not None and target in _answered_from(thought) else Ended.WRONG
    if target is None:
        return Ended.RIGHT
    if isinstance(thought.draft, Asked) and not handed_off:
        return Ended.ASKED if any(each.article == target for each in thought.draft.choices) else Ended.MISSED
    return Ended.MISSED


def _answered_from(thought: Thought) -> Collection[ArticleId]:
    """The articles that its sentences were taken from; the best one where that is not noted."""
    chunks = {each.chunk.id: each.chunk.article for each in thought.passages}
    said = {chunks[each["chunk"]] for each in thought.trace.get("links", ()) if each["chunk"] in chunks}
    return said or {each.chunk.article for each in thought.passages[:1]}
