"""What a helpdesk receives, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TicketRef:
    """A ticket that exists: the helpdesk's id, its page for the team, and the reference the shopper reads."""

    id: str
    url: str | None = None
    reference: str | None = None
    twins: tuple[TicketRef, ...] = field(default=(), compare=False)
    """Others that bear the same external id: only a look-up fills it, and nothing stores it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript. `who` is a label made by code ("Shopper", "AI assistant", "Marta (team)")."""

    at: datetime
    who: str
    text: str
    by_visitor: bool = False


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation with times, oldest first. `zone` is the shop's (IANA name)."""

    lines: Sequence[Line]
    zone: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A handoff as a helpdesk gets it: frozen content, the same at each attempt.

    `key` is `warmline-<conversation id>-<handoff number>`: the external id, and the idempotency key where there is one.
    `email_proof` is "signed", "verified" or "typed". `profile_id` is None when there is none or nobody knows.
    """

    key: str
    conversation: str
    handoff: int
    subject: str
    transcript: Transcript
    email: str
    email_proof: str
    name: str | None
    reason: str
    lang: str
    created_at: datetime
    question: str | None = None
    best_passages: Sequence[tuple[str, str | None]] = ()
    """(title, url) of what the agent found but would not rely on."""
    profile_id: str | None = None
    profile_known: bool = True
    """False when the profile service could not be asked: then "unknown" is written, not "none"."""
    page_url: str | None = None
    page_title: str | None = None
    conversation_url: str | None = None
    tags: Sequence[str] = field(default_factory=tuple)
    follows: str | None = None
    """The helpdesk's own id of the closed ticket that this one goes on from, where there is one."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What the shopper wrote after the ticket was frozen: ONE message to the ticket.

    `marker` is a line of its own in the text; it is looked for before a retry.
    """

    ticket: TicketRef
    marker: str
    transcript: Transcript
    email: str
    name: str | None
    lang: str
    key: str = ""
    """The key of the handoff that this belongs to."""
