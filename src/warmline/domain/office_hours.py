"""When the team answers: opening hours by weekday in the shop's time zone, and holidays."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from warmline.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RANGE = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_LOOK_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Slot:
    """Minutes after midnight; `end` beyond 1,440 runs over midnight into the next day."""

    start: int
    end: int


def _no_holidays(_: date) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """`week` None means always open; otherwise Monday to Sunday, each with its slots, in local time of `zone`.

    A holiday closes its whole day. A slot over midnight belongs to the day on which it starts.
    """

    week: tuple[tuple[Slot, ...], ...] | None = None
    zone: str = "UTC"
    is_holiday: Callable[[date], bool] = field(default=_no_holidays, compare=False)

    def is_open(self, at: datetime) -> bool:
        """Does the team answer at this moment?"""
        if self.week is None:
            return True
        today = at.astimezone(ZoneInfo(self.zone)).date()
        days = (today - timedelta(days=1), today)
        return any(start <= at < end for day in days for start, end in self._openings(day))

    def next_opening(self, at: datetime) -> datetime | None:
        """When the team is next back, or None when it is open now or not within 60 days."""
        if self.week is None or self.is_open(at):
            return None
        today = at.astimezone(ZoneInfo(self.zone)).date()
        for ahead in range(_LOOK_AHEAD.days):
            starts = [start for start, _ in self._openings(today + timedelta(days=ahead)) if start > at]
            if starts:
                return min(starts)
        return None

    def _openings(self, day: date) -> list[tuple[datetime, datetime]]:
        if self.week is None or self.is_holiday(day):
            return []
        return [(self._at(day, slot.start), self._at(day, slot.end)) for slot in self.week[day.weekday()]]

    def _at(self, day: date, minutes: int) -> datetime:
        # Wall-clock time on that day, so that 09:00 stays 09:00 when summer time begins or ends.
        later, rest = divmod(minutes, 24 * 60)
        return datetime.combine(day + timedelta(days=later), time(rest // 60, rest % 60), ZoneInfo(self.zone))


def parse_week(table: Mapping[str, object]) -> tuple[tuple[Slot, ...], ...]:
    """The week from keys such as `mon`, `mon-fri`, `sat,sun`; the more specific key wins.

    A day without a key is closed. Raises Invalid naming the key.
    """
    chosen: dict[int, tuple[int, tuple[Slot, ...]]] = {}
    for key, value in table.items():
        days = _days(key)
        slots = _slots(key, value)
        for day in days:
            if day not in chosen or len(days) < chosen[day][0]:
                chosen[day] = (len(days), slots)
    return tuple(chosen[day][1] if day in chosen else () for day in range(7))


def _days(key: str) -> list[int]:
    days: list[int] = []
    for part in key.replace(" ", "").lower().split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise Invalid(
                f'"{key}" names no day. Use mon, tue, wed, thu, fri, sat, sun, a range such as mon-fri or a list such'
                " as sat,sun.",
                f"office_hours.{key}",
            )
        start, end = DAYS.index(first), DAYS.index(last or first)
        days += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    return sorted(set(days))


def _slots(key: str, value: object) -> tuple[Slot, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, Sequence):
        raise Invalid(f'{key} must be a list of ranges such as ["09:00-17:00"].', f"office_hours.{key}")
    slots = sorted((_slot(key, text) for text in texts), key=lambda slot: slot.start)
    for before, after in pairwise(slots):
        if after.start < before.end:
            raise Invalid(f"Two ranges of {key} overlap.", f"office_hours.{key}")
    return tuple(slots)


def _slot(key: str, text: object) -> Slot:
    match = _RANGE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Invalid(f'"{text}" is not a range of times such as "09:00-17:00".', f"office_hours.{key}")
    h1, m1, h2, m2 = (int(part) for part in match.groups())
    if h1 > 23 or h2 > 24 or m1 > 59 or m2 > 59 or (h2 == 24 and m2):
        raise Invalid(f'"{text}" has a time that no clock shows.', f"office_hours.{key}")
    start, end = h1 * 60 + m1, h2 * 60 + m2
    if start == end:
        why = f'"{text}" begins and ends at the same time. Use "00:00-24:00" for a whole day.'
        raise Invalid(why, f"office_hours.{key}")
    return Slot(start, end if end > start else end + 24 * 60)
