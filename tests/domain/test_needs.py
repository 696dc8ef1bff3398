"""Which work needs a person, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fixtures.conversations import NOW
from warmline.domain.effect import Attempt, EffectKind, EffectState
from warmline.domain.needs import NeedKind, need_of

TICKET, APPEND, MAIL = EffectKind.TICKET, EffectKind.APPEND, EffectKind.MAIL
PENDING, STUCK = EffectState.PENDING, EffectState.STUCK
NONE, IN_FLIGHT, UNKNOWN = Attempt.NONE, Attempt.IN_FLIGHT, Attempt.UNKNOWN


@pytest.mark.parametrize(
    ("effect", "state", "attempt", "minutes", "failed", "connected", "expected"),
    [
        (TICKET, STUCK, NONE, 0, True, True, NeedKind.REFUSED),
        (TICKET, STUCK, UNKNOWN, 0, True, True, NeedKind.UNKNOWN),
        (APPEND, STUCK, NONE, 0, True, True, NeedKind.FOLLOW_UP),
        (APPEND, STUCK, UNKNOWN, 0, True, True, NeedKind.FOLLOW_UP),
        (MAIL, STUCK, NONE, 0, True, True, NeedKind.MAIL),
        (TICKET, PENDING, UNKNOWN, 1, True, True, None),
        (TICKET, PENDING, UNKNOWN, 2, True, True, NeedKind.UNKNOWN),
        (TICKET, PENDING, IN_FLIGHT, 2, False, True, NeedKind.UNKNOWN),
        (TICKET, PENDING, UNKNOWN, 2, True, False, NeedKind.UNKNOWN),
        (TICKET, PENDING, NONE, 0, False, False, NeedKind.PAUSED),
        (APPEND, PENDING, NONE, 0, False, False, NeedKind.PAUSED),
        (TICKET, PENDING, NONE, 59, True, True, None),
        (TICKET, PENDING, NONE, 60, True, True, NeedKind.LATE),
        (TICKET, PENDING, NONE, 60, False, True, None),
        (APPEND, PENDING, NONE, 60, True, True, NeedKind.LATE),
        (MAIL, PENDING, NONE, 600, True, True, None),
        (TICKET, EffectState.DONE, NONE, 600, True, True, None),
        (TICKET, EffectState.CANCELLED, UNKNOWN, 600, True, False, None),
        (EffectKind.ANSWER, STUCK, NONE, 0, True, True, None),
    ],
)
def test_who_needs_a_person(
    effect: EffectKind,
    state: EffectState,
    attempt: Attempt,
    minutes: int,
    failed: bool,
    connected: bool,
    expected: NeedKind | None,
) -> None:
    since = NOW - timedelta(minutes=minutes)
    assert need_of(effect, state, attempt, since, since, failed, connected, NOW) is expected
