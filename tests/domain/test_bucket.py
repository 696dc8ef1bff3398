"""The token bucket: a burst, then evenly, and never more than the vendor's figure in any window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.domain.bucket import LONGEST_CLOSED, Bucket, Rate, full

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ZENDESK = Rate(120, MINUTE)


@given(
    requests=st.integers(5, 60),
    seconds=st.sampled_from([1, 20, 60]),
    waits=st.lists(st.floats(0, 30), min_size=1, max_size=40),
)
def test_no_window_holds_more_than_the_rate(requests: int, seconds: int, waits: list[float]) -> None:
    rate = Rate(requests, timedelta(seconds=seconds))
    bucket, now, taken = full(rate, NOON), NOON, list[datetime]()
    for wait in waits:
        now += timedelta(seconds=wait)
        for _ in range(requests):  # as greedy as can be
            bucket = bucket.filled(rate, now)
            if bucket.free_at(rate, 1) > now:
                break
            bucket, taken = bucket.taken(1), [*taken, now]
    for start in taken:
        assert sum(start <= each < start + rate.per for each in taken) <= requests


def test_who_waits_is_told_when_and_then_it_is_so() -> None:
    bucket = full(ZENDESK, NOON)
    for _ in range(ZENDESK.burst):
        assert bucket.free_at(ZENDESK, 1) <= NOON
        bucket = bucket.taken(1)
    free = bucket.free_at(ZENDESK, 2)
    assert timedelta(0) < free - NOON <= 2 * ZENDESK.gap + timedelta(microseconds=2)
    later = bucket.filled(ZENDESK, free + timedelta(microseconds=2))
    assert later.free_at(ZENDESK, 2) <= later.at


def test_a_429_empties_it_and_shuts_it_for_ten_minutes_at_most() -> None:
    shut = full(ZENDESK, NOON).closed(NOON + 30 * SECOND)
    assert shut.filled(ZENDESK, NOON + 29 * SECOND).free_at(ZENDESK, 1) >= NOON + 30 * SECOND
    opened = shut.filled(ZENDESK, NOON + 31 * SECOND)
    assert opened.tokens < ZENDESK.burst, "it fills from the moment it opens, not from when it was shut"
    assert shut.closed(NOON + 5 * SECOND).closed_until == NOON + 30 * SECOND, "a shorter wait shortens nothing"
    assert full(ZENDESK, NOON).closed(NOON + timedelta(days=3)).closed_until == NOON + LONGEST_CLOSED


@pytest.mark.parametrize("rate", [ZENDESK, None])
def test_g14_a_clock_that_was_a_day_ahead_shuts_nothing_for_a_day(rate: Rate | None) -> None:
    ahead = NOON + timedelta(days=1)
    shut = Bucket(0.0, ahead, ahead + MINUTE)
    assert shut.filled(rate, NOON).free_at(rate, 1) == NOON


def test_without_a_rate_only_a_429_stops_it() -> None:
    bucket = full(None, NOON)
    assert bucket.free_at(None, 1) == NOON
    assert bucket.closed(NOON + SECOND).free_at(None, 1) == NOON + SECOND


def test_a_rate_that_leaves_no_room_for_a_burst_is_refused() -> None:
    with pytest.raises(ValueError, match="burst"):
        Rate(4, MINUTE)
