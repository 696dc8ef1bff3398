"""What is owed to the outside world: a row written in the commit that owes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from warmline.domain.ids import ConversationId, EffectId, WorkspaceId

GIVE_UP_AFTER = timedelta(days=7)
FIRST_HOUR = timedelta(hours=1)


class EffectKind(StrEnum):
    ANSWER = "answer"
    TICKET = "ticket"
    APPEND = "append"
    MAIL = "mail"
    PROFILE = "profile"
    SAVED = "saved"
    QUEUE_TIMEOUT = "queue_timeout"
    SECOND = "second"
    DOUBLE = "double"
    """Tickets that exist and that no handoff is known to be."""
    VERIFY = "verify"
    ALARM = "alarm"
    RECEIPT = "receipt"
    HEALTH = "health"
    ENCODE = "encode"
    ALERT = "alert"
    LEARN = "learn"
    LOOK = "look"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Effect:
    """Owed once per `key` in a workspace; due at `due` or as soon as possible."""

    kind: EffectKind
    key: str
    conversation: ConversationId | None = None
    due: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class Attempt(StrEnum):
    """What is known of the last try of an effect that makes something elsewhere."""

    NONE = "none"
    """Never tried, or the last try is known to have made nothing."""
    IN_FLIGHT = "in_flight"
    UNKNOWN = "unknown"


class EffectState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    CANCELLED = "cancelled"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class OwedEffect:
    """An effect as a worker holds it. `fence` rises with each claim: a write with an older one is refused."""

    id: EffectId
    workspace: WorkspaceId
    conversation: ConversationId | None
    kind: EffectKind
    key: str
    data: Mapping[str, Any]
    created_at: datetime
    due: datetime
    fence: int
    tries: int
    attempt: Attempt
    attempt_at: datetime | None
    attempt_ended_at: datetime | None
    rendered: bytes | None
    lease_until: datetime | None = None
    line: str | None = None
    """The account that it waited for when it was taken: see `store/buckets.py`."""


def backoff(tries: int, age: timedelta, dice: float) -> timedelta:
    """Full jitter with a cap of 60 s in the first hour, then 15 min (DESIGN.md section 4). `dice` is 0..1."""
    cap = 60.0 if age < FIRST_HOUR else 900.0
    ceiling = min(cap, 2.0 ** min(tries, 10))
    return timedelta(seconds=max(0.5, ceiling * dice))


def look_up_due(
    attempt_at: datetime, ended_at: datetime | None, timeout: timedelta, index_delay: timedelta
) -> datetime:
    """When a search can be believed: max(attempt end, attempt start + time-out) + the vendor's index delay."""
    return max(ended_at or attempt_at, attempt_at + timeout) + index_delay
