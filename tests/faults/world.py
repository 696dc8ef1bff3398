"""The world around the real store and the real actions, as small as can be: a helpdesk, an agent and a clock that do
what a test says. The helpdesk's own tickets are the oracle."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from warmline.agent.base import Shelf, Unit
from warmline.domain.bucket import Rate
from warmline.domain.connection import Checked, Tell, nobody
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import (
    Answered,
    Article,
    Chunk,
    Citation,
    CouldNotAnswer,
    Draft,
    Failed,
    Thought,
    Turn,
    WantsPerson,
)
from warmline.domain.ticket import FollowUp, Ticket, TicketRef
from warmline.errors import AccountRefused, Throttled, TicketRefused, Unclear
from warmline.helpdesks.base import Bell, Channel, Doubles, Helpdesk
from warmline.profiles.base import Profiles
from warmline.store.base import Integration

FATES = ("fails", "made_and_fails", "throttled", "refused", "account_refused", "silent", "made_and_silent", "not_found")
MINDS = ("answers", "does_not_know", "wants_person", "fails", "breaks", "thinks_on")


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Hung:
    """Calls that nobody answers yet."""

    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    async def here(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        try:
            await future
        finally:
            if future in self.waiting:
                self.waiting.remove(future)

    def release(self) -> None:
        for future in self.waiting:
            if not future.done():
                future.set_result(None)
        self.waiting = []


@dataclass
class Vendor:
    """All that the helpdesk holds. A new ticket is found by a search only after `lag`; it knows no idempotency keys."""

    clock: Clock
    lag: timedelta = timedelta(seconds=29)
    fates: deque[str] = field(default_factory=deque)
    tickets: list[tuple[str, datetime]] = field(default_factory=list)
    """(external id, when it was made)"""
    notes: list[str] = field(default_factory=list)
    """Markers of follow-ups."""
    hung: Hung = field(default_factory=Hung)

    async def call(self, make: Any) -> None:
        """Whatever happens to a call that makes something."""
        fate = self.fates.popleft() if self.fates else ""
        if fate in ("", "made_and_fails", "made_and_silent", "not_found"):
            make()
        match fate:
            case "fails" | "made_and_fails":
                raise Unclear("500")
            case "throttled":
                raise Throttled("429", 3)
            case "refused":
                raise TicketRefused("422")
            case "account_refused":
                raise AccountRefused("401")
            case "silent" | "made_and_silent":
                await self.hung.here()
                raise Unclear("no answer in time")

    def count(self, key: str) -> int:
        return sum(made == key for made, _ in self.tickets)


class Desk:
    """Implements `Helpdesk`."""

    name = "zendesk"
    continues_in = Channel.EMAIL
    index_delay = timedelta(seconds=30)
    key_life: timedelta | None = None
    doubles = Doubles.LOOKED_UP
    rate: Rate | None = None

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor

    async def check(self, tell: Tell = nobody) -> Checked:
        """Somebody always answers here; what refuses an account does so when a ticket is made."""
        return Checked([])

    @property
    def prepared(self) -> bool:
        return True

    async def prepare(self) -> None:
        """Nothing to look up."""

    def render(self, ticket: Ticket) -> bytes:
        return json.dumps({"key": ticket.key, "email": ticket.email}).encode()

    async def create(self, key: str, body: bytes) -> TicketRef:
        made = json.loads(body)["key"]
        await self._vendor.call(lambda: self._vendor.tickets.append((made, self._vendor.clock())))
        return TicketRef(made, reference=f"#{len(self._vendor.tickets)}")

    async def find(self, key: str) -> TicketRef | None:
        if self._vendor.fates and self._vendor.fates[0] == "not_found":
            self._vendor.fates.popleft()
            raise Unclear("the search is down")
        shown = self._vendor.clock() - self._vendor.lag
        return next(
            (
                TicketRef(made, reference="#0")
                for made, at in self._vendor.tickets
                if (made, True) == (key, at <= shown)
            ),
            None,
        )

    def render_follow_up(self, follow_up: FollowUp) -> bytes:
        return follow_up.marker.encode()

    async def append(self, ticket: TicketRef, body: bytes) -> None:
        await self._vendor.call(lambda: self._vendor.notes.append(body.decode()))

    async def has_follow_up(self, ticket: TicketRef, marker: str) -> bool:
        return marker in self._vendor.notes

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class OneDesk:
    """Implements `actions.app.Desks`."""

    vendor: Vendor

    def helpdesk(self, workspace: WorkspaceId, integration: Integration) -> Helpdesk:
        return Desk(self.vendor)

    def account_of(self, integration: Integration) -> str:
        return "https://acme.example"

    def hear(self, source: str, headers: Mapping[str, str], raw: bytes, secrets: Sequence[str], now: datetime) -> Bell:
        raise NotImplementedError

    def profiles(self, workspace: WorkspaceId, integration: Integration) -> Profiles:
        raise NotImplementedError

    def known(self) -> tuple[str, ...]:
        return ("zendesk",)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Mind:
    """Implements `Agent`: thinks what it is told to, and may take as long as a test likes."""

    minds: deque[str] = field(default_factory=deque)
    hung: Hung = field(default_factory=Hung)
    loaded: dict[WorkspaceId, int] = field(default_factory=dict)
    models: Sequence[str] = ("none",)

    def split(self, article: Article) -> list[Chunk]:
        return []

    def units(self, chunks: Iterable[Chunk]) -> list[Unit]:
        return []

    async def encode(self, model: str, units: Sequence[Unit]) -> list[bytes]:
        return []

    def revision(self, workspace: WorkspaceId) -> int | None:
        return self.loaded.get(workspace)

    async def load(self, workspace: WorkspaceId, shelf: Shelf) -> None:
        self.loaded[workspace] = shelf.revision

    def renew(self, workspace: WorkspaceId, load: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        return asyncio.ensure_future(load())

    async def settle(self, workspace: WorkspaceId) -> None:
        """Nothing goes on in the background."""

    def listen(self, turn: Turn) -> Thought:
        return Thought(CouldNotAnswer(0.0), "en", {})

    async def think(self, workspace: WorkspaceId, turn: Turn) -> Thought:
        mind = self.minds.popleft() if self.minds else "answers"
        if mind == "thinks_on":
            await self.hung.here()
        if mind == "breaks":
            raise RuntimeError("the agent broke")
        return Thought(_draft(mind), "en", {"mind": mind})

    async def close(self) -> None:
        """Nothing is open."""


def _draft(mind: str) -> Draft:
    drafts: Mapping[str, Draft] = {
        "does_not_know": CouldNotAnswer(0.1),
        "wants_person": WantsPerson(),
        "fails": Failed("on purpose"),
    }
    return drafts.get(mind) or Answered("Yes, within 60 days.", (Citation("Returns", None),), 0.95)
