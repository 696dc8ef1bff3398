"""When an effect is tried again, and when a search can be believed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fixtures.conversations import NOW
from warmline.domain.effect import backoff, look_up_due


@pytest.mark.parametrize(
    ("tries", "age", "dice", "seconds"),
    [
        (1, timedelta(0), 1.0, 2),
        (3, timedelta(0), 0.5, 4),
        (5, timedelta(0), 1.0, 32),
        (6, timedelta(0), 1.0, 60),
        (500, timedelta(minutes=59), 1.0, 60),
        (500, timedelta(hours=1), 1.0, 900),
        (10, timedelta(days=6), 0.5, 450),
        (1, timedelta(0), 0.0, 0.5),
        (500, timedelta(days=6), 0.0, 0.5),
    ],
)
def test_tries_spread_out_to_a_minute_in_the_first_hour_and_a_quarter_of_an_hour_later(
    tries: int, age: timedelta, dice: float, seconds: float
) -> None:
    assert backoff(tries, age, dice).total_seconds() == seconds


@pytest.mark.parametrize(
    ("ended", "due"),
    [
        (None, 50),
        (1, 50),
        (20, 50),
        (24, 54),
    ],
)
def test_a_search_is_believed_after_the_end_of_the_attempt_and_the_index_delay(ended: int | None, due: int) -> None:
    ended_at = None if ended is None else NOW + timedelta(seconds=ended)
    when = look_up_due(NOW, ended_at, timedelta(seconds=20), timedelta(seconds=30))
    assert when == NOW + timedelta(seconds=due)
