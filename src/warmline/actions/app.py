"""What actions may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from warmline.agent.base import Agent, Reader, Writer
from warmline.domain.ids import WorkspaceId
from warmline.helpdesks.base import Bell, Helpdesk
from warmline.live.base import Live
from warmline.mail.base import Mail, MailIn
from warmline.profiles.base import Profiles
from warmline.store.base import Integration, Store


class Desks(Protocol):
    """Makes adapters of stored connections, and keeps one for each revision of a connection."""

    def helpdesk(self, workspace: WorkspaceId, integration: Integration) -> Helpdesk:
        """Raises Invalid when the stored settings are not understood."""

    def account_of(self, integration: Integration) -> str:
        """The vendor's address for this account: it tells one account from another, whatever its credentials are."""

    def profiles(self, workspace: WorkspaceId, integration: Integration) -> Profiles: ...

    def hear(self, source: str, headers: Mapping[str, str], raw: bytes, secrets: Sequence[str], now: datetime) -> Bell:
        """What a call of this helpdesk's webhook means. Raises NotFound, NotAuthenticated or Invalid."""

    def known(self) -> tuple[str, ...]:
        """The helpdesks that could be connected, beside the Inbox."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Timings:
    """What operators and tests may shorten; defaults are those of DESIGN.md sections 2 to 4."""

    helpdesk: timedelta = timedelta(seconds=20)
    """One call to a helpdesk in all."""
    index_delay: timedelta | None = None
    """How long a new ticket may stay invisible to a search; None: what the vendor's adapter says."""
    requests: int | None = None
    """What a helpdesk account that has a rate gets in a minute; None: what its adapter says."""
    profile: timedelta = timedelta(seconds=3)
    thinking: timedelta = timedelta(seconds=15)
    model: timedelta = timedelta(seconds=12)
    """A language model, both tries together, until its first word is shown; never past `thinking`."""
    reply_mail: timedelta = timedelta(seconds=30)
    """A shopper whose stream is open gets so long to see a reply before it is mailed."""
    poll: timedelta = timedelta(seconds=1)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class App:
    """The wired machine. `mail` is None without a mail server; `public_url` is where shoppers reach this server."""

    store: Store
    live: Live
    agent: Agent
    reader: Reader
    desks: Desks
    mail: Mail | None
    public_url: str
    clock: Callable[[], datetime] = _now
    timings: Timings = field(default_factory=Timings)
    mail_in: MailIn | None = None
    """None: shoppers cannot answer by mail."""
    writer: Writer | None = None
    """None: no language model is configured."""
