"""English and Polish: gettext catalogues in .po files, read once, and dates as people of that language write them.

English stands in the code and the templates and is the key. `N_("…")` marks a sentence where no language is known yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.lists import format_list
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

TAGS = ("en", "pl")
NAMES = {"en": "English", "pl": "Polski"}
_ORPHAN = re.compile(r"(?<![^\s(„\u00a0])([aiouwzAIOUWZ]) ")
"""A word of one letter never ends a line in Polish."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in English with its values; it is said in the reader's language when a page shows it."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


def N_(text: str, /, **values: Any) -> Said:  # noqa: N802 the name that gettext's tools look for
    return Said(text, values)


@dataclass(frozen=True)
class Language:
    """One language of the console."""

    tag: str
    translations: GNUTranslations

    @property
    def dir(self) -> str:
        return Locale(self.tag).text_direction

    def say(self, said: Said | str) -> str:
        """As plain text. A `str` is shown as it is: it came from elsewhere."""
        if isinstance(said, str):
            return said
        text = self.translations.gettext(said.text)
        if not said.values:
            return text
        return text % {
            name: self.say(value) if isinstance(value, Said) else value for name, value in said.values.items()
        }

    def day_and_time(self, at: datetime, zone: str) -> str:
        """ "23 Nov 2026, 10:00"."""
        return _tidy(format_datetime(at, "d MMM y, HH:mm", ZoneInfo(zone), self.tag))

    def day(self, at: datetime, zone: str) -> str:
        return _tidy(format_datetime(at, "d MMM y", ZoneInfo(zone), self.tag))

    def time(self, at: datetime, zone: str) -> str:
        return format_datetime(at, "HH:mm", ZoneInfo(zone), self.tag)

    def ago(self, at: datetime, now: datetime) -> str:
        """ "3 hours ago"."""
        return format_timedelta(min(at - now, timedelta()), add_direction=True, locale=self.tag)

    def duration(self, span: timedelta) -> str:
        """ "2 minutes"."""
        return format_timedelta(span, threshold=2, locale=self.tag)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.tag)

    def joined(self, items: Sequence[str]) -> str:
        """ "a, b and c"."""
        return format_list(list(items), locale=self.tag)

    def weekdays(self) -> list[str]:
        """Monday to Sunday."""
        names = Locale(self.tag).days["stand-alone"]["wide"]
        return [str(names[day]) for day in range(7)]

    def country(self, code: str) -> str:
        return str(Locale(self.tag).territories.get(code, code))


@lru_cache(maxsize=len(TAGS))
def language(tag: str) -> Language:
    return Language(tag, _translations(tag))


def preferred(accept: str) -> str:
    """The first language of an Accept-Language header that we speak."""
    wanted: list[tuple[float, str]] = []
    for part in accept[:500].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((float(quality or 1), tag.split("-")[0].lower()))
        except ValueError:
            continue
    wanted.sort(key=lambda each: -each[0])
    return next((tag for quality, tag in wanted if quality > 0 and tag in TAGS), TAGS[0])


def catalogue(tag: str) -> Catalog:
    """Everything in `locales/TAG/*.po`, one file for each part of the console."""
    whole = Catalog(locale=tag)
    folder = files("warmline.web.console").joinpath("locales", tag)
    for file in sorted(folder.iterdir(), key=lambda each: each.name) if folder.is_dir() else ():
        if not file.name.endswith(".po"):
            continue
        with file.open("rb") as source:
            part = read_po(source, locale=tag, abort_invalid=True)
        for message in part:
            if message.id:
                whole.add(message.id, _without_orphans(tag, message.string), context=message.context)
    return whole


def _translations(tag: str) -> GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, catalogue(tag))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _without_orphans(tag: str, text: Any) -> Any:
    if tag != "pl":
        return text
    if isinstance(text, tuple):
        return tuple(_without_orphans(tag, each) for each in text)
    return _ORPHAN.sub("\\1\u00a0", text)


def _tidy(text: str) -> str:
    return text.replace("\u202f", "\u00a0")
