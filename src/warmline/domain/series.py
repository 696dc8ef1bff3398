"""The two figures by day: what became of the conversations that began on each day of a period."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from warmline.domain.outcome import Outcome
from warmline.domain.report import ASKED, CountedEpisode


@dataclass(frozen=True, slots=True)
class Day:
    """Rates are 0..1, or None on a day on which nobody asked anything."""

    date: date
    asked: int = 0
    confirmed: int = 0
    assumed: int = 0
    routed: int = 0

    @property
    def resolved(self) -> int:
        return self.confirmed + self.assumed

    @property
    def resolution_rate(self) -> float | None:
        return self.resolved / self.asked if self.asked else None

    @property
    def routed_rate(self) -> float | None:
        return self.routed / self.asked if self.asked else None


def by_day(episodes: Sequence[CountedEpisode], since: date, until: date, zone: str, now: datetime) -> list[Day]:
    """Every day from `since` to `until`, both included, in the shop's zone."""
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    # Where each day begins, once: to ask the zone for every conversation took most of this function's time.
    begins = [datetime.combine(day, time(), ZoneInfo(zone)).timestamp() for day in [*days, until + timedelta(days=1)]]
    tallies: list[Counter[Outcome]] = [Counter() for _ in days]
    place, lower, upper = -1, 0.0, begins[0]
    for row in episodes:
        began = row.episode.started_at
        if began is None:
            continue
        at = began.timestamp()
        if not lower <= at < upper:  # they come in their order: most stand on the day of the one before
            place = bisect_right(begins, at) - 1
            lower = begins[place] if place >= 0 else 0.0
            upper = begins[place + 1] if place + 1 < len(begins) else float("inf")
        if 0 <= place < len(days):
            tallies[place][row.episode.outcome(now)] += 1
    return [_day(day, tally) for day, tally in zip(days, tallies, strict=True)]


def _day(day: date, tally: Counter[Outcome]) -> Day:
    return Day(
        day,
        asked=sum(tally[outcome] for outcome in ASKED),
        confirmed=tally[Outcome.RESOLVED_CONFIRMED],
        assumed=tally[Outcome.RESOLVED_ASSUMED],
        routed=tally[Outcome.ROUTED],
    )


def by_reason(episodes: Sequence[CountedEpisode], now: datetime) -> list[tuple[str, int, tuple[str, ...]]]:
    """Why conversations went to people: (reason, how many, which), the most frequent first."""
    found: dict[str, list[str]] = {}
    for row in episodes:
        if row.episode.reason and row.episode.outcome(now) is Outcome.ROUTED:
            found.setdefault(row.episode.reason, []).append(row.conversation)
    ordered = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
    return [(reason, len(ids), tuple(dict.fromkeys(ids))) for reason, ids in ordered]
