"""What a shopper may read of a handoff by its link: what was passed on, to whom, and how the answer comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from warmline.domain.message import AuthorKind, Event, EventKind

LIFE = timedelta(days=90)
"""So long the link works; it shows one handoff and opens nothing."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """Something that was said. `who` is visitor, agent, teammate or system; `name` a teammate's."""

    at: datetime
    who: str
    name: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One handoff, without any reason, score, note or name that is the team's own.

    `arrived` is None while it is on its way; `reference` only when there is a ticket; `email` is masked.
    """

    shop: str
    lang: str
    zone: str
    helpdesk: str
    passed_at: datetime
    arrived: datetime | None
    reference: str | None
    channel: str
    """`chat` (on the shop's page) or `email`."""
    email: str | None
    said: Sequence[ReceiptLine]


def said_until(events: Iterable[Event], n: int) -> tuple[ReceiptLine, ...]:
    """What was said, up to the promise of the n-th handoff."""
    lines: list[ReceiptLine] = []
    for event in events:
        if event.kind is EventKind.HANDOFF and event.data["n"] == n and event.data["step"] == "owed":
            break
        if event.kind is EventKind.MESSAGE:
            author = event.data["author"]
            name = author["name"] if author["kind"] == AuthorKind.TEAMMATE else None
            lines.append(ReceiptLine(event.at, author["kind"], name, event.data["text"]))
    return tuple(lines)
