"""Waits and days as the Inbox and the Dashboard show them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_timedelta

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def waited(since: datetime, now: datetime, tag: str) -> str:
    """ "2:10" up to an hour, then "3 hr", "2 days". The page's script counts the first kind on by itself."""
    wait = max(now - since, timedelta())
    return minutes(wait) if wait < _HOUR else in_words(wait, tag)


def in_words(span: timedelta, tag: str) -> str:
    return format_timedelta(span, threshold=0.95, format="short", locale=tag)


def minutes(span: timedelta) -> str:
    """ "3:40"; over an hour "1:03:40"."""
    seconds = int(span.total_seconds())
    if seconds >= _HOUR.total_seconds():
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{seconds // 60}:{seconds % 60:02}"


def long_day(at: datetime, zone: str, tag: str) -> str:
    """ "Sunday, 22 November"; the year only when it is another one."""
    local = at.astimezone(ZoneInfo(zone)).date()
    return format_date(local, "EEEE, d MMMM", locale=tag)


def lately(at: datetime, now: datetime, zone: str, tag: str) -> str:
    """The time of today, else the day."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    return short_day(local.date(), tag)


def short_day(day: date, tag: str) -> str:
    """ "22 Nov"."""
    return format_date(day, "d MMM", locale=tag)


def is_long(since: datetime, now: datetime) -> bool:
    """Too long for a clock that counts seconds."""
    return now - since >= _HOUR


def days_apart(first: date, last: date) -> int:
    """Both included."""
    return (last - first + _DAY).days


def lang_name(tag: str) -> str:
    """The language by its own name: "Polski"."""
    try:
        return (Locale.parse(tag).get_language_name(tag) or tag).capitalize()
    except (UnknownLocaleError, ValueError):
        return tag


HELPERS: dict[str, Any] = {
    "waited": waited,
    "is_long": is_long,
    "lately": lately,
    "long_day": long_day,
    "short_day": short_day,
    "minutes": minutes,
    "lang_name": lang_name,
}
"""What templates call."""
