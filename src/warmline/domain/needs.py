"""What needs a person: work owed to the outside that does not go on by itself, or not soon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from warmline.domain.effect import Attempt, EffectKind, EffectState
from warmline.domain.ids import ConversationId, EffectId

OPEN_FOR = timedelta(minutes=2)
"""An attempt whose end is unknown for so long is worth a look by a person; until then it is looked up by itself."""
LATE_AFTER = timedelta(hours=1)


class NeedKind(StrEnum):
    """Why a person is needed."""

    REFUSED = "refused"
    """The ticket was refused for good, or its seven days are over; it is known that there is none."""
    UNKNOWN = "unknown"
    """Nobody knows whether the ticket exists: "unknown at NAME"."""
    PAUSED = "paused"
    """The account is refused or not connected: it waits."""
    LATE = "late"
    """Tried for an hour, and tried again."""
    FOLLOW_UP = "follow_up"
    """What the shopper wrote last could not be added to the ticket."""
    DOUBLED = "doubled"
    """A second ticket was made for one handoff: a person must merge them."""
    RECEIPT = "receipt"
    """The news that a late ticket has arrived could not be mailed to the shopper."""
    MAIL = "mail"
    """A reply could not be mailed to the shopper."""


@dataclass(frozen=True, slots=True)
class Need:
    """One line of the list. `id` is the effect's; `helpdesk` is where it was to go.

    `open_attempt` is what is known of the last try: what may exist is neither taken nor sent again blindly.
    """

    id: EffectId
    kind: NeedKind
    effect: EffectKind
    conversation: ConversationId
    helpdesk: str | None
    since: datetime
    why: str
    tries: int
    open_attempt: Attempt
    is_over: bool
    """Nothing goes on by itself any more."""
    data: Mapping[str, Any]


def need_of(
    effect: EffectKind,
    state: EffectState,
    attempt: Attempt,
    attempt_since: datetime | None,
    since: datetime,
    failed: bool,
    connected: bool,
    now: datetime,
) -> NeedKind | None:
    """Does this effect need a person, and why? None when it goes on by itself.

    `attempt_since` is when the last try ended or began; `failed`: some try has failed; `connected`: there is an account
    there that is not paused.
    """
    if state is EffectState.STUCK:
        if attempt is not Attempt.NONE and effect is EffectKind.TICKET:
            return NeedKind.UNKNOWN
        return _STUCK.get(effect)
    if state is not EffectState.PENDING or effect not in {EffectKind.TICKET, EffectKind.APPEND}:
        return None
    if effect is EffectKind.TICKET and attempt is not Attempt.NONE and now - (attempt_since or since) >= OPEN_FOR:
        return NeedKind.UNKNOWN
    if not connected:
        return NeedKind.PAUSED
    return NeedKind.LATE if failed and now - since >= LATE_AFTER else None


_STUCK = {
    EffectKind.TICKET: NeedKind.REFUSED,
    EffectKind.APPEND: NeedKind.FOLLOW_UP,
    EffectKind.MAIL: NeedKind.MAIL,
    EffectKind.RECEIPT: NeedKind.RECEIPT,
    EffectKind.DOUBLE: NeedKind.DOUBLED,
}
