from datetime import UTC, date, datetime, timedelta

from tests.fixtures.conversations import NOW
from warmline.domain.outcome import Episode
from warmline.domain.series import by_day, by_reason
from warmline.store.reports import EpisodeRow

LATER = NOW + timedelta(days=9)


def row(id: str, at: datetime, **facts: object) -> EpisodeRow:
    return EpisodeRow(id, Episode(started_at=at, last_at=at, asked=True, **facts), 0)  # type: ignore[arg-type]


def test_every_day_of_the_period_stands_there_in_the_shops_zone() -> None:
    midnight = datetime(2026, 5, 3, 22, 30, tzinfo=UTC)  # half past midnight of the 4th in Warsaw
    rows = [
        row("a", midnight, answered=True, helped=True),
        row("b", midnight, answered=True),
        row("c", midnight + timedelta(days=1), delivered=1),
        row("d", midnight - timedelta(days=9), answered=True),
    ]
    days = by_day(rows, date(2026, 5, 3), date(2026, 5, 6), "Europe/Warsaw", LATER)
    assert [(day.date.day, day.asked, day.confirmed, day.assumed, day.routed) for day in days] == [
        (3, 0, 0, 0, 0), (4, 2, 1, 1, 0), (5, 1, 0, 0, 1), (6, 0, 0, 0, 0),
    ]  # fmt: skip
    assert days[0].resolution_rate is None and days[1].resolution_rate == 1.0 and days[2].routed_rate == 1.0


def test_the_day_on_which_the_clock_goes_back_has_25_hours() -> None:
    last_hour = datetime(2026, 10, 25, 22, 30, tzinfo=UTC)
    days = by_day([row("a", last_hour, answered=True)], date(2026, 10, 25), date(2026, 10, 26), "Europe/Warsaw",
                  last_hour + timedelta(days=5))  # fmt: skip
    assert [day.asked for day in days] == [1, 0]


def test_reasons_of_what_was_routed_the_most_frequent_first() -> None:
    rows = [row(f"n{n}", NOW, delivered=1, reason="no_answer") for n in range(3)]
    rows += [row("a", NOW, delivered=1, reason="asked"), row("d", NOW, reason="asked", step="declined")]
    assert by_reason(rows, LATER) == [("no_answer", 3, ("n0", "n1", "n2")), ("asked", 1, ("a",))]
