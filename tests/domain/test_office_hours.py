"""When the team answers: slots, nights, summer time, holidays, and which key wins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from warmline.domain.office_hours import OfficeHours, Slot, parse_week
from warmline.errors import Invalid

WARSAW = "Europe/Warsaw"


def local(text: str, zone: str = WARSAW) -> datetime:
    """A moment by the shop's clock, as the UTC that the product passes around."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def hours(table: Mapping[str, object], *holidays: str, zone: str = WARSAW) -> OfficeHours:
    days = {date.fromisoformat(day) for day in holidays}
    return OfficeHours(parse_week(table), zone, lambda day: day in days)


def minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


LUNCH = {"mon-fri": ["09:00-13:00", "14:00-17:00"]}
NIGHT = {"fri": ["22:00-02:00"]}
ALL_DAY = {"sun": ["00:00-24:00"]}


@pytest.mark.parametrize(
    ("table", "at", "is_open"),
    [
        # 2026-05-04 is a Monday
        (LUNCH, "2026-05-04T08:59:59", False),
        (LUNCH, "2026-05-04T09:00", True),
        (LUNCH, "2026-05-04T12:59:59", True),
        (LUNCH, "2026-05-04T13:00", False),
        (LUNCH, "2026-05-04T13:30", False),
        (LUNCH, "2026-05-04T14:00", True),
        (LUNCH, "2026-05-04T17:00", False),
        (LUNCH, "2026-05-09T10:00", False),
        (NIGHT, "2026-05-08T21:59", False),
        (NIGHT, "2026-05-08T22:00", True),
        (NIGHT, "2026-05-09T01:59", True),
        (NIGHT, "2026-05-09T02:00", False),
        (NIGHT, "2026-05-09T22:30", False),
        (NIGHT, "2026-05-08T01:00", False),
        (ALL_DAY, "2026-05-10T00:00", True),
        (ALL_DAY, "2026-05-10T23:59:59", True),
        (ALL_DAY, "2026-05-11T00:00", False),
        ({"mon": "09:00-10:00"}, "2026-05-04T09:30", True),
        ({}, "2026-05-04T09:30", False),
    ],
)
def test_the_team_answers_inside_a_slot_and_not_at_its_end(table: Mapping[str, object], at: str, is_open: bool) -> None:
    assert hours(table).is_open(local(at)) is is_open


def test_without_a_week_the_team_always_answers() -> None:
    always = OfficeHours()
    assert always.is_open(local("2026-12-25T03:00"))
    assert always.next_opening(local("2026-12-25T03:00")) is None


@pytest.mark.parametrize(
    ("table", "at", "back"),
    [
        (LUNCH, "2026-05-04T08:00", "2026-05-04T09:00"),
        (LUNCH, "2026-05-04T13:00", "2026-05-04T14:00"),
        (LUNCH, "2026-05-04T17:00", "2026-05-05T09:00"),
        (LUNCH, "2026-05-08T17:00", "2026-05-11T09:00"),
        (LUNCH, "2026-05-04T10:00", None),
        (NIGHT, "2026-05-09T02:00", "2026-05-15T22:00"),
        (NIGHT, "2026-05-09T01:00", None),
        ({}, "2026-05-04T10:00", None),
    ],
)
def test_the_next_opening_is_the_first_slot_that_begins_later(
    table: Mapping[str, object], at: str, back: str | None
) -> None:
    assert hours(table).next_opening(local(at)) == (local(back) if back else None)


def test_a_holiday_closes_its_whole_day_and_moves_the_next_opening() -> None:
    week = hours(LUNCH, "2026-05-05", "2026-05-06")
    assert not week.is_open(local("2026-05-05T10:00"))
    assert week.next_opening(local("2026-05-04T18:00")) == local("2026-05-07T09:00")


def test_a_night_slot_belongs_to_the_day_on_which_it_starts() -> None:
    assert hours(NIGHT, "2026-05-09").is_open(local("2026-05-09T01:00"))
    assert not hours(NIGHT, "2026-05-08").is_open(local("2026-05-09T01:00"))


def test_a_shop_that_is_closed_for_longer_than_sixty_days_names_no_opening() -> None:
    closed = OfficeHours(parse_week(LUNCH), WARSAW, lambda day: day < date(2026, 8, 1))
    assert closed.next_opening(local("2026-05-04T10:00")) is None
    assert closed.next_opening(local("2026-06-15T10:00")) == local("2026-08-03T09:00")


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        # Warsaw springs forward on 2026-03-29: 09:00 is 08:00 UTC before it and 07:00 UTC after it.
        ("2026-03-27T07:59:59+00:00", False),
        ("2026-03-27T08:00:00+00:00", True),
        ("2026-03-30T06:59:59+00:00", False),
        ("2026-03-30T07:00:00+00:00", True),
        # and falls back on 2026-10-25
        ("2026-10-23T07:00:00+00:00", True),
        ("2026-10-26T07:59:59+00:00", False),
        ("2026-10-26T08:00:00+00:00", True),
    ],
)
def test_nine_oclock_stays_nine_oclock_when_summer_time_begins_or_ends(at: str, is_open: bool) -> None:
    assert hours(LUNCH).is_open(datetime.fromisoformat(at)) is is_open


def test_a_night_slot_is_an_hour_longer_when_the_clocks_go_back_and_shorter_when_they_go_forward() -> None:
    nights = hours({"sat": ["22:00-04:00"]})
    for start, end, length in [
        ("2026-10-24T20:00:00+00:00", "2026-10-25T03:00:00+00:00", 7),
        ("2026-03-28T21:00:00+00:00", "2026-03-29T02:00:00+00:00", 5),
    ]:
        first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
        assert (last - first).total_seconds() == length * 3600
        assert nights.is_open(first)
        assert nights.is_open(last - timedelta(seconds=1))
        assert not nights.is_open(last)


@pytest.mark.parametrize(
    ("table", "day", "slots"),
    [
        ({"mon-fri": ["09:00-17:00"], "fri": ["09:00-15:00"]}, "fri", ["09:00-15:00"]),
        ({"fri": ["09:00-15:00"], "mon-fri": ["09:00-17:00"]}, "fri", ["09:00-15:00"]),
        ({"mon-fri": ["09:00-17:00"], "fri": ["09:00-15:00"]}, "thu", ["09:00-17:00"]),
        ({"mon-fri": ["09:00-17:00"], "fri": []}, "fri", []),
        ({"mon-sun": ["09:00-17:00"], "sat,sun": ["10:00-12:00"], "sun": []}, "sat", ["10:00-12:00"]),
        ({"mon-sun": ["09:00-17:00"], "sat,sun": ["10:00-12:00"], "sun": []}, "sun", []),
        ({"sat-mon": ["10:00-12:00"]}, "sun", ["10:00-12:00"]),
        ({"sat-mon": ["10:00-12:00"]}, "mon", ["10:00-12:00"]),
        ({"sat-mon": ["10:00-12:00"]}, "tue", []),
        ({"Mon , wed-thu": ["10:00-12:00"]}, "wed", ["10:00-12:00"]),
        ({"mon": ["14:00-17:00", "09:00-13:00"]}, "mon", ["09:00-13:00", "14:00-17:00"]),
    ],
)
def test_the_more_specific_key_wins_whatever_the_order(table: Mapping[str, object], day: str, slots: list[str]) -> None:
    week = parse_week(table)
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    ranges = [text.split("-") for text in slots]
    assert week[names.index(day)] == tuple(Slot(minutes(start), minutes(end)) for start, end in ranges)


def test_a_range_over_midnight_ends_on_the_next_day() -> None:
    assert parse_week(NIGHT)[4] == (Slot(22 * 60, 26 * 60),)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("monday", ["09:00-17:00"], "names no day"),
        ("mon-", ["09:00-17:00"], "names no day"),
        ("-fri", ["09:00-17:00"], "names no day"),
        ("mon-fry", ["09:00-17:00"], "names no day"),
        ("mon-tue-wed", ["09:00-17:00"], "names no day"),
        ("mon,", ["09:00-17:00"], "names no day"),
        ("", ["09:00-17:00"], "names no day"),
        ("mon", 9, "must be a list"),
        ("mon", [9], "not a range"),
        ("mon", ["9:00-17:00"], "not a range"),
        ("mon", ["09:00–17:00"], "not a range"),
        ("mon", ["09:00-17:00\n"], "not a range"),
        ("mon", ["24:00-25:00"], "no clock"),
        ("mon", ["09:60-17:00"], "no clock"),
        ("mon", ["09:00-24:01"], "no clock"),
        ("mon", ["09:00-09:00"], "whole day"),
        ("mon", ["09:00-13:00", "12:59-17:00"], "overlap"),
        ("mon", ["20:00-02:00", "23:00-24:00"], "overlap"),
    ],
)
def test_a_slip_in_the_hours_names_the_key(key: str, value: object, said: str) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        parse_week({key: value})
    assert caught.value.field == f"office_hours.{key}"
