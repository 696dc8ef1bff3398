"""A ticket that Warmline keeps an eye on: what its helpdesk says when it is read again, and when to look next.

A webhook is a doorbell: it only makes the next look come at once. Looking by itself is the net, and it is bounded: the
pauses grow with the quiet, and it ends with the ticket or with its age.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from warmline.domain.ids import ConversationId, Seq, WorkspaceId
from warmline.domain.message import MESSAGE_LIMIT
from warmline.domain.ticket import TicketRef

WATCHED_FOR = timedelta(days=30)
"""After so long without a word nobody looks any more; a webhook still rings."""
SOLVED_FOR = timedelta(days=5)
"""A solved ticket may be answered once more; helpdesks close it for good after some days."""
MOST_LOOKS = 500
"""So often at most between two pieces of news, whatever the clocks say."""
HOOKED, HOOKED_LIVE = timedelta(minutes=5), timedelta(minutes=1)
"""Where webhooks arrive, looking is the net only: never more often than this (the second: while a chat waits)."""

_MARKER = re.compile(r"warmline-cnv_[0-9a-f]{32}-\d+(-upto-\d+)?")

_PAUSES: Sequence[tuple[timedelta, timedelta]] = (
    (timedelta(minutes=10), timedelta(minutes=1)),
    (timedelta(hours=1), timedelta(minutes=5)),
    (timedelta(days=1), timedelta(minutes=30)),
    (timedelta(days=7), timedelta(hours=3)),
    (WATCHED_FOR, timedelta(hours=12)),
)
"""While it has been quiet for less than the first, the pause is the second."""
_LIVE: Sequence[tuple[timedelta, timedelta]] = (
    (timedelta(minutes=15), timedelta(seconds=10)),
    (timedelta(hours=2), timedelta(minutes=1)),
)
"""The same where the chat waits for the answer."""


class TicketStatus(StrEnum):
    """`solved` may be opened again by a word; `closed` never changes; `gone` was deleted or merged there."""

    OPEN = "open"
    SOLVED = "solved"
    CLOSED = "closed"
    GONE = "gone"


class Writer(StrEnum):
    """Who wrote a comment, as far as the helpdesk knows."""

    TEAM = "team"
    SHOPPER = "shopper"
    US = "us"
    OTHER = "other"
    """Rules, bots and people in copy: never shown to the shopper."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment of a ticket. `id` is the helpdesk's own; `text` is plain, without what it quotes where known."""

    id: str
    at: datetime
    text: str
    public: bool
    writer: Writer
    name: str | None = None


@dataclass(frozen=True, slots=True)
class TicketNow:
    """A ticket as it is now: its comments, oldest first."""

    status: TicketStatus
    comments: Sequence[Comment]


@dataclass(frozen=True, slots=True)
class Watched:
    """A ticket of a handoff. `version` rises with each change that we make there or learn of.

    What the shopper wrote up to `sent_upto` is on the ticket; up to `sending_upto` it is on its way there.
    """

    workspace: WorkspaceId
    helpdesk: str
    ref: TicketRef
    conversation: ConversationId
    n: int
    status: TicketStatus
    version: int
    sent_upto: Seq
    sending_upto: Seq
    news_at: datetime
    looks: int


def is_echo(text: str) -> bool:
    """Is this a note of our own that came back? It carries its key on a line of its own; a quote does not count."""
    return any(_MARKER.fullmatch(line.strip()) for line in text.splitlines())


def to_record(comment: Comment) -> bool:
    """Public words of the team and of the shopper; never notes, our own, rules, bots, or people in copy."""
    by_people = comment.writer in {Writer.TEAM, Writer.SHOPPER}
    return comment.public and by_people and bool(plain(comment.text)) and not is_echo(comment.text)


def plain(text: str) -> str:
    """As the log may keep it: without NUL and half characters, trimmed, at most as long as a message."""
    kept = "".join(" " if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text).strip()
    return kept if len(kept) <= MESSAGE_LIMIT else kept[: MESSAGE_LIMIT - 1] + "…"


def next_look(ticket: Watched, *, live: bool, hooked: bool, now: datetime) -> datetime | None:
    """When to read this ticket again; None when looking is over.

    `live`: the chat waits for the answer. `hooked`: webhooks of this helpdesk have arrived of late.
    """
    quiet = now - ticket.news_at
    lasts = SOLVED_FOR if ticket.status is TicketStatus.SOLVED else WATCHED_FOR
    if ticket.status in {TicketStatus.CLOSED, TicketStatus.GONE} or quiet >= lasts or ticket.looks >= MOST_LOOKS:
        return None
    pause = _pause([*_LIVE, *_PAUSES] if live else _PAUSES, quiet)
    if ticket.status is TicketStatus.SOLVED:
        pause = max(pause, timedelta(minutes=30))
    if hooked:
        pause = max(pause, HOOKED_LIVE if live else HOOKED)
    return now + pause


def _pause(table: Sequence[tuple[timedelta, timedelta]], quiet: timedelta) -> timedelta:
    return next(pause for until, pause in table if quiet < until)
