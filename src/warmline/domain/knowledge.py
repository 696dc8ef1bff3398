"""What the shop knows, and what the agent makes of it: sources, articles, chunks, passages, drafts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from warmline.domain.consent import Consent
from warmline.domain.ids import ArticleId, ChunkId, SourceId
from warmline.domain.rules import Fired, Rule


def end_of(text: str) -> datetime | None:
    """When something ends that ends on this day, or at this moment (ISO 8601); None for anything else.

    A day is over at midnight UTC, a moment without a zone is in UTC.
    """
    try:
        at = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        return None
    at = at.replace(tzinfo=at.tzinfo or UTC)
    try:
        return at + timedelta(days=1) if len(text.strip()) <= _DAY else at
    except OverflowError:
        return None


_DAY = len("2026-12-31")


class SourceKind(StrEnum):
    SITE = "site"
    FILES = "files"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Source:
    """Where knowledge comes from: a site's address, a folder or file, or answers written in the console."""

    id: SourceId
    kind: SourceKind
    address: str


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of an article under one heading path, outermost heading first."""

    headings: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page, file or row as a reader made it, before it is stored as an article.

    `key` is unique inside its source (URL or relative path, with `#n` for the n-th row of a CSV file).
    `phrasings` are questions that shoppers asked, in their own words, which this page answers. From `valid_until` on
    it answers nothing.
    """

    key: str
    title: str
    lang: str
    url: str | None
    sections: tuple[Section, ...]
    phrasings: tuple[str, ...] = ()
    valid_until: datetime | None = None

    @property
    def digest(self) -> str:
        """Changes when, and only when, something that is indexed or shown changes (SHA-256, hex)."""
        parts = [self.title, self.lang, self.url or "", *self.phrasings]
        for section in self.sections:
            parts += [*section.headings, section.text]
        if self.valid_until is not None:
            parts.append(self.valid_until.isoformat())
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """One stored page of a source."""

    id: ArticleId
    source: SourceId
    page: Page
    learned_at: datetime
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """An indexed slice of an article: about 80-120 words under one heading path.

    `title` is the article's title; `headings` the path under it. `id` is stable while article, ordinal and text stay.
    Phrasings belong to the first chunk of their article. `learned_at` and `valid_until` are its page's.
    """

    id: ChunkId
    article: ArticleId
    ordinal: int
    title: str
    headings: tuple[str, ...]
    text: str
    lang: str
    url: str | None
    phrasings: tuple[str, ...] = ()
    learned_at: datetime | None = field(default=None, compare=False)
    valid_until: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk found for a question. `score` is the fused score; `views` the scores it was fused from."""

    chunk: Chunk
    score: float
    views: Mapping[str, float] = field(default_factory=dict)


class SmallTalk(StrEnum):
    HELLO = "hello"
    THANKS = "thanks"
    BYE = "bye"
    ARE_YOU_A_BOT = "are_you_a_bot"
    REMARK = "remark"
    """A reaction to what was said, which asks nothing."""


@dataclass(frozen=True, slots=True)
class Citation:
    """The page that an answer quotes, as a shopper sees it."""

    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The agent would say `text`, a quotation of `citations`. `confidence` is 0..1.

    `rest` is the part of the question that this does not answer.
    """

    text: str
    citations: tuple[Citation, ...]
    confidence: float
    rest: str | None = None


@dataclass(frozen=True, slots=True)
class Chatted:
    """Small talk: answered politely, without a source, and it is not a question."""

    kind: SmallTalk


@dataclass(frozen=True, slots=True)
class Replied:
    """A yes or no to the offer that stands, in words that no list holds: read by the encoders. `sure` is 0..1."""

    said: Consent
    sure: float


@dataclass(frozen=True, slots=True)
class Choice:
    """One of up to three things the shopper may have meant; choosing it asks `question`, which `article` answers."""

    label: str
    question: str
    article: ArticleId | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Did you mean … ?"""

    choices: tuple[Choice, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class CouldNotAnswer:
    """Nothing that the shop knows answers this reliably."""

    confidence: float


@dataclass(frozen=True, slots=True)
class WantsPerson:
    """The shopper asked for a human in so many words: found before any retrieval."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The agent broke or was too late: `why` is for the log and the trace, never for the shopper."""

    why: str


Draft = Answered | Chatted | Replied | Asked | CouldNotAnswer | WantsPerson | Failed


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the agent's answer to it. `sources` are the pages that the answer names."""

    question: str
    answer: str
    sources: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What the agent reads: the question (all visitor messages since the last answer) and what was said before it."""

    question: str
    lang: str | None = None
    """The conversation's language once it is settled (ISO 639-1), or None at the first message."""
    history: Sequence[tuple[str, str]] = ()
    """(author kind, text), oldest first, without the turn itself."""
    likely_lang: str = "en"
    """What to take it for when the words do not tell: the language of the widget."""
    rules: Sequence[Rule] = ()
    """The merchant's escalation rules."""
    cut: float = 0.8
    """How probable a right answer must be to be given (see `domain/sureness.py`)."""
    awaits: frozenset[Consent] = frozenset()
    """What the handoff that stands waits for (see `domain/consent.py`): only that is read from a short message."""
    refused: str | None = None
    """The question for which a person was offered and refused; None when none was."""
    answered: Exchange | None = None
    """The last question that the agent answered: this one may go on from it."""
    settled: bool = False
    """Was nothing open after what the agent said last? Then the message may be a mere remark on it."""


@dataclass(frozen=True, slots=True)
class Thought:
    """A draft and how it came about. `trace` is JSON: language, rules, passages, verdict, times."""

    draft: Draft
    lang: str
    trace: Mapping[str, Any]
    passages: tuple[Passage, ...] = ()
    fired: Fired = field(default_factory=Fired)
    again: bool = False
    """By its meaning this is the question that the turn calls refused."""
    ranked: tuple[ArticleId, ...] = ()
    """The articles of all that was found, best first, at most ten; `passages` may be of one page alone."""


@dataclass(frozen=True, slots=True)
class KnowledgeGap:
    """A question that the shop's knowledge did not answer."""

    question: str
    lang: str
    at: datetime
    conversation: str
    best: Citation | None
    score: float | None
