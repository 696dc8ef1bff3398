"""The usual wait: measured, rounded up, and not said when too little is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from warmline.domain.office_hours import OfficeHours, parse_week
from warmline.domain.waits import FEWEST, usual_wait
from warmline.domain.wording import duration

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


ALWAYS = OfficeHours()


def waits(*minutes: float, begun: datetime = MONDAY) -> list[tuple[datetime, datetime]]:
    return [(begun, begun + timedelta(minutes=each)) for each in minutes]


@pytest.mark.parametrize(
    ("minutes", "usual"),
    [
        ([], None),
        ([2] * (FEWEST - 1), None),
        ([0.1] * FEWEST, 1),
        ([2.1] * FEWEST, 3),
        ([1] * 6 + [600] * 5, 1),
        ([10] * FEWEST, 10),
        ([10.5] * FEWEST, 15),
        ([59] * FEWEST, 60),
        ([61] * FEWEST, 75),
    ],
)
def test_the_middle_of_enough_waits_rounded_up(minutes: list[float], usual: int | None) -> None:
    assert usual_wait(waits(*minutes), ALWAYS) == (None if usual is None else timedelta(minutes=usual))


def test_a_night_is_no_wait() -> None:
    hours = OfficeHours(parse_week({"mon": ["09:00-17:00"]}), "UTC")
    at_night = waits(*[600] * 20, begun=MONDAY.replace(hour=22))
    assert usual_wait(at_night, hours) is None
    assert usual_wait(at_night + waits(*[3] * FEWEST), hours) == timedelta(minutes=3)


@pytest.mark.parametrize(
    ("minutes", "lang", "words"),
    [(1, "en", "1 min"), (60, "en", "1 h"), (75, "en", "1 h 15 min"), (60, "pl", "1 godz."),
     (135, "pl", "2 godz. 15 min")],
)  # fmt: skip
def test_a_duration_in_words(minutes: int, lang: str, words: str) -> None:
    assert duration(timedelta(minutes=minutes), lang) == words
