"""What Warmline may ask of a helpdesk. Every helpdesk, built in or plugged in, passes the same contract test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Protocol, runtime_checkable

import httpx

from warmline.domain.bucket import Rate
from warmline.domain.connection import Checked, Tell, nobody
from warmline.domain.ticket import FollowUp, Ticket, TicketRef
from warmline.domain.visitor import EmailAddress
from warmline.domain.watch import TicketNow


class Channel(StrEnum):
    """Where people go on after a delivery."""

    CHAT = "chat"
    EMAIL = "email"


class Doubles(StrEnum):
    """What keeps the try after an unclear one from making a second ticket."""

    LOOKED_UP = "looked_up"
    """We do: the helpdesk is searched for our key first. It must be able to answer `find`."""
    DROPPED_THERE = "dropped_there"
    """The receiver does: it cannot be searched, gets the same bytes under the same id, and drops what it has."""


class Helpdesk(Protocol):
    """A connected account. Facts are data on the class, so that nobody writes `if zendesk`.

    Each call takes at most `timeout` and raises AccountRefused, TicketRefused, Throttled or Unclear, nothing else.
    """

    name: str
    continues_in: Channel
    index_delay: timedelta
    """After this long a new ticket is found by its key."""
    key_life: timedelta | None
    """How long the vendor remembers an idempotency key; None when it has none."""
    doubles: Doubles
    rate: Rate | None
    """How fast the account may be asked, with room for what else uses it; None: until it says "too many"."""

    async def check(self, tell: Tell = nobody) -> Checked:
        """Can tickets be made here? Never makes one. Does not raise: an unreachable vendor is `unclear`.

        `tell` hears the steps before each of them runs, so that a person who waits sees how far it is.
        """

    @property
    def prepared(self) -> bool:
        """Does rendering need no call any more? Then `prepare` makes none; else it costs a token like other calls."""

    async def prepare(self) -> None:
        """Look up once what rendering needs. Awaited before each render; fails like a call, and makes nothing."""

    def render(self, ticket: Ticket) -> bytes:
        """The body of the create call: the same bytes for the same ticket. Rendered once and stored: every attempt
        sends these bytes."""

    async def create(self, key: str, body: bytes) -> TicketRef:
        """Make the ticket from rendered bytes; `key` goes along as idempotency key where there is one."""

    async def find(self, key: str) -> TicketRef | None:
        """The ticket with this external id, or None when the vendor is sure that it has none.

        Always Unclear where doubles are dropped by the receiver: there is nobody to ask.
        """

    def render_follow_up(self, follow_up: FollowUp) -> bytes:
        """The body of the append call."""

    async def append(self, ticket: TicketRef, body: bytes) -> None:
        """Add a follow-up to a ticket."""

    async def has_follow_up(self, ticket: TicketRef, marker: str) -> bool:
        """Is there a message on the ticket that holds this marker?"""

    async def close(self) -> None:
        """Give connections back."""


class Mailer(Protocol):
    """The operator's mail server, for helpdesks that are reached by mail. `raw` is a whole message, lines end in CRLF.

    Both calls raise MailRefused or MailUnclear; what they know of the letter is said there.
    """

    @property
    def sender(self) -> EmailAddress:
        """Whose mail this server takes from us."""

    async def post(self, sender: EmailAddress, to: EmailAddress, raw: bytes) -> None:
        """Hand over one message to one mailbox."""

    async def probe(self, sender: EmailAddress, to: EmailAddress) -> None:
        """Everything of `post` but the message: nothing is sent."""


class Connect(Protocol):
    """Makes the adapter. Who needs no mail server ignores it; None where the operator has set up none."""

    def __call__(self, http: httpx.AsyncClient, base_url: str, mailer: Mailer | None = None) -> Helpdesk: ...


@runtime_checkable
class Readable(Protocol):
    """A helpdesk whose tickets can be read again: then its people's replies are recorded."""

    word_opens: bool
    """Does a word of the shopper open a solved ticket by itself? Where it does not, `reopen` is called before it."""

    async def fetch(self, ticket: TicketRef) -> TicketNow:
        """Status and comments, oldest first; a deleted or merged ticket is `gone`. Fails like any other call."""

    async def reopen(self, ticket: TicketRef) -> None:
        """Open a solved ticket again; one call at most. Raises TicketClosed when there is no such ticket any more."""


@dataclass(frozen=True, slots=True)
class Word:
    """What the receiver of our webhook reports of a handoff: a reply to the shopper; without `text`, that it is done.

    `handoff` is its external id.
    """

    handoff: str
    text: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Bell:
    """A call that is proven to come from the helpdesk: the event's id, and which ticket to read again, if any.

    A doorbell, no more: nothing else that the call says is believed. Only where there is nothing to read again, at a
    receiver that signs with a secret of ours, the call itself is the `word`.
    """

    event: str
    ticket: str | None
    word: Word | None = None
    own_id: bool = True
    """False: `event` is made of its words, and a second change in the same words looks like the same call again."""


Hear = Callable[[Mapping[str, str], bytes, Sequence[str], datetime], Bell]
"""(headers with lower-case names, raw body, live secrets, now) → Bell. Raises NotAuthenticated or Invalid."""


@dataclass(frozen=True, slots=True)
class Account:
    """A helpdesk account whose settings were understood; `connect` makes no call yet.

    `base_url` is the vendor's address for this account. Connect with another one (a sandbox) to go there instead.
    """

    base_url: str
    connect: Connect


@dataclass(frozen=True, slots=True)
class Kind:
    """A helpdesk that Warmline knows, before any account is connected.

    `account` reads the table `[helpdesks.NAME]`, secrets already resolved; it raises Invalid and names the field.
    """

    name: str
    title: str
    account: Callable[[Mapping[str, object]], Account]
    guide: Traversable
    hear: Hear | None = None
    """Reads a call of its webhook; None where it has none."""
