"""What a CRM is told of a conversation, so that a merchant's flows can go on from there: never what was said.

Each event happens once: its key is that of an effect, and the id that the CRM knows doubles by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from warmline.domain.conversation import Conversation
from warmline.domain.conversation_state import QUIET
from warmline.domain.effect import Effect, EffectKind
from warmline.domain.handoff import HandoffReason
from warmline.domain.message import AuthorKind, Event, EventKind, Verdict
from warmline.domain.visitor import EmailAddress


class Happened(StrEnum):
    """The name of the metric."""

    ROUTED = "Routed to team"
    RESOLVED = "Conversation resolved by AI"
    REPLIED = "Human replied"


_SHORT = {Happened.ROUTED: "routed", Happened.RESOLVED: "resolved", Happened.REPLIED: "replied"}


@dataclass(frozen=True, slots=True)
class ProfileEvent:
    """One event of one profile. `properties` hold facts made by code: ids, reasons, names of helpdesks."""

    what: Happened
    unique_id: str
    email: EmailAddress
    at: datetime
    properties: Mapping[str, str | int] = field(default_factory=dict)


def events_owed(conversation: Conversation, events: Sequence[Event]) -> Iterator[Effect]:
    """What this write's events mean for the CRM. Whether it was owed before is the store's to know."""
    for event in events:
        if event.kind is EventKind.HANDOFF and event.data["step"] == "delivered":
            if event.data["reason"] != HandoffReason.TEST:
                yield _effect(conversation, Happened.ROUTED, event.data["n"], event.at, None)
        elif event.kind in {EventKind.MESSAGE, EventKind.OUTSIDE}:
            if event.data["author"]["kind"] == AuthorKind.TEAMMATE:
                yield _effect(conversation, Happened.REPLIED, conversation.episode, event.at, None)
            elif event.data.get("verdict") == Verdict.ANSWER:
                # Whether it stays resolved is known after a quiet day.
                yield _effect(conversation, Happened.RESOLVED, conversation.episode, event.at, event.at + QUIET)


def _effect(conversation: Conversation, what: Happened, n: int, at: datetime, due: datetime | None) -> Effect:
    """`n`: the handoff's number, or the episode's."""
    key = f"event:{conversation.id}-{n}-{_SHORT[what]}"
    return Effect(EffectKind.EVENT, key, conversation.id, due, {"what": what.value, "n": n, "at": at.isoformat()})
