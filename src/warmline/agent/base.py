"""What the rest of Warmline may ask of the agent."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from warmline.agent.read.outline import Problem
from warmline.agent.read.site import Crawled, Found, Known, Unchanged
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import Article, Chunk, Passage, Thought, Turn
from warmline.domain.model import Breaker, Sorted, Written


@dataclass(frozen=True, slots=True)
class Unit:
    """A text that gets a vector. `role` is "query" for phrasings and "passage" for everything else.

    `digest` is the key under which its vector is stored (SHA-256 of role and text, hex): made once, since a large shop
    has a hundred thousand of them and everybody asks.
    """

    role: str
    text: str
    digest: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(f"{self.role}\x1f{self.text}".encode("utf-8", "surrogatepass")).hexdigest()
        object.__setattr__(self, "digest", digest)


@dataclass(frozen=True, slots=True)
class Shelf:
    """All that is known of one workspace at one knowledge revision.

    `vectors` maps a model's id to (unit digest → the bytes that `Agent.encode` made for it); a model may lack some or
    all of them while they are being renewed in the background.
    """

    revision: int
    chunks: Sequence[Chunk]
    vectors: Mapping[str, Mapping[str, bytes]]
    unanswerable: Sequence[str] = ()
    """Questions that people judged to have no answer here; their units are queries."""


class Agent(Protocol):
    """Knowledge → draft. Safe to call from one event loop; heavy work runs elsewhere."""

    @property
    def models(self) -> Sequence[str]:
        """The encoders' ids, the fast one first; knowledge is ready as soon as the first has seen it."""

    def split(self, article: Article) -> list[Chunk]:
        """The article's chunks, in order."""

    def units(self, chunks: Iterable[Chunk]) -> list[Unit]:
        """The texts of these chunks that want vectors, without doubles."""

    async def encode(self, model: str, units: Sequence[Unit]) -> list[bytes]:
        """A vector for each unit, as stored. Raises ModelError when the encoder died (it is started again)."""

    def revision(self, workspace: WorkspaceId) -> int | None:
        """The knowledge revision that is in memory, or None."""

    async def load(self, workspace: WorkspaceId, shelf: Shelf) -> None:
        """Index this shelf and use it from now on."""

    def renew(self, workspace: WorkspaceId, load: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run `load` in a task that ends with the agent, not with who waits for it. While one runs, the next one waits
        for its end, and all who ask meanwhile share it."""

    async def settle(self, workspace: WorkspaceId) -> None:
        """Wait for what is loaded in the background, and for what a load still does there. Nobody has to; it decides
        better afterwards."""

    async def think(self, workspace: WorkspaceId, turn: Turn) -> Thought:
        """Draft what to say. Never raises for a strange question; a broken encoder gives `Failed`."""

    def listen(self, turn: Turn) -> Thought:
        """What is heard without any knowledge: a wish for a person, small talk, the rules' phrases, safety signals."""

    async def close(self) -> None:
        """End the worker processes."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a language model gets to read. All of it is data; only our own instructions are orders.

    `lang` is the shopper's language (ISO 639-1); `history` (author kind, text), oldest first; `guidance` the merchant's
    wishes for tone and style; `hosts` those that an answer may link to besides the hosts of the pages it cites;
    `not_in` the language of a first answer that was refused for it.
    """

    question: str
    lang: str
    passages: Sequence[Passage]
    history: Sequence[tuple[str, str]] = ()
    guidance: str = ""
    hosts: frozenset[str] = frozenset()
    not_in: str = ""


class Writer(Protocol):
    """Words answers from passages, by a language model."""

    name: str
    """`provider:model`."""
    breaker: Breaker

    def price(self, brief: Brief, rules: Sequence[str] = ()) -> int:
        """What one call can cost at most, in millionths of a US dollar: of `sort` where there are rules."""

    async def sort(self, rules: Sequence[str], brief: Brief) -> Sorted:
        """Which of these descriptions are true of the question. Raises ModelError."""

    async def check(self) -> None:
        """Ask for something easy. Raises ModelError when no answer comes, or none of the shape that is wanted."""

    async def write(self, brief: Brief, show: Callable[[str], Awaitable[None]]) -> Written:
        """One call. `show` gets the answer as far as it is checked, each time a sentence more.

        Raises ModelError, whose `spent` says what it used when that is known.
        """

    async def close(self) -> None: ...


class Reader(Protocol):
    """Makes pages of what is outside."""

    def read(
        self, address: str, *, limit: int, known: Mapping[str, Known], progress: Callable[[int, int], None]
    ) -> AsyncIterator[Found]:
        """Pages of the site, folder or file at `address`, one by one; what cannot be read is a Problem.

        Raises Invalid when there is no such file. `known` are the pages that were learned before, by key.
        """


__all__ = [
    "Agent", "Brief", "Crawled", "Found", "Known", "Problem", "Reader", "Shelf", "Unchanged", "Unit", "Writer",
]  # fmt: skip
