"""What the rest of Warmline may ask of the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from warmline.domain.effect import OwedEffect
from warmline.store.buckets import Buckets
from warmline.store.cases import Cases
from warmline.store.console import ConsoleViews
from warmline.store.conversations import Conversations, Window, key_for, note_key, outside_key
from warmline.store.deliveries import Deliveries, Record
from warmline.store.effects import LEASE, Effects
from warmline.store.figures import Figures, Load
from warmline.store.hooks import Hook, Hooks
from warmline.store.incarnations import Incarnations, Raised, Restored
from warmline.store.judgements import SHOPPER, TEAM, Judgements
from warmline.store.knowledge import NOWHERE, Knowledge
from warmline.store.needs import Needs
from warmline.store.people import KeyHolder, People, Teammate
from warmline.store.reports import EpisodeRow, Reports
from warmline.store.sessions import Candidate, Session, Sessions
from warmline.store.spending import Spending
from warmline.store.timeline import Timeline
from warmline.store.trouble import Health
from warmline.store.vault import Vault
from warmline.store.workspaces import Integration, Workspaces

T = TypeVar("T")

AfterCommit = Callable[[Sequence[OwedEffect], Sequence[str]], None]
"""Called in the writer's event loop after a commit: effects born leased to this process, and keys that were dropped."""


class Transaction(
    Buckets,
    Cases,
    ConsoleViews,
    Conversations,
    Deliveries,
    Effects,
    Figures,
    Incarnations,
    Hooks,
    Judgements,
    Knowledge,
    Needs,
    People,
    Reports,
    Sessions,
    Spending,
    Workspaces,
):
    """Everything that SQL can do here, grouped by what it is about. Plain calls; nothing may await."""


class Store(Protocol):
    """A durable store. `write` returns after the commit is on disk; `read` sees one snapshot."""

    vault: Vault
    after_commit: AfterCommit
    health: Health
    timeline: Timeline

    async def start(self) -> None: ...

    async def write(self, work: Callable[[Transaction], T]) -> T: ...

    async def read(self, work: Callable[[Transaction], T]) -> T: ...

    async def look_at_clock(self) -> None:
        """Has somebody set the wall clock? Then timers keep their distance. A worker calls this all the time."""

    async def close(self) -> None: ...


def nothing_to_tell(born: Sequence[OwedEffect], cancelled: Sequence[str]) -> None:
    """For processes that run no effects."""


__all__ = [
    "LEASE",
    "NOWHERE",
    "SHOPPER",
    "TEAM",
    "AfterCommit",
    "Candidate",
    "EpisodeRow",
    "Hook",
    "Integration",
    "KeyHolder",
    "Load",
    "Raised",
    "Record",
    "Restored",
    "Session",
    "Store",
    "Teammate",
    "Transaction",
    "Window",
    "key_for",
    "note_key",
    "nothing_to_tell",
    "outside_key",
]
