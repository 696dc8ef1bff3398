"""
The figures of a period. 10,000 conversations are read once; from then on only what happened since is read.

A book of a shop remembers how long each of its logs was. When the logs have grown, the grown ones are looked up by the
time of their last event, and their lengths must add up to what the store counts now: if they do not (something was
erased, or a clock went back), everything is read anew.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from warmline.domain.handoff import HandoffReason
from warmline.domain.ids import WorkspaceId
from warmline.domain.outcome import Outcome
from warmline.domain.report import Count, Report, report_of
from warmline.domain.series import Day, by_day, by_reason
from warmline.store.base import Store, Transaction
from warmline.store.reports import EpisodeRow
from warmline.store.statements import micros
from warmline.web.report_api import Days

PERIODS, ROOM = 6, 200_000
"""Periods of one shop, and episodes of all of them, that are kept; the oldest make room."""
GROWN = 500
"""After so many changed conversations it is no slower to read all."""
OVERLAP = 15 * 60 * 1_000_000
"""Microseconds by which the clocks of two servers may differ before everything is read anew."""

Pulse = tuple[int, ...]
Rows = Mapping[tuple[str, int], EpisodeRow]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a period's conversations come down to."""

    report: Report
    series: tuple[Day, ...]
    reasons: tuple[tuple[str, int, tuple[str, ...]], ...]
    total: int
    handed_pending: Count
    """Handed over, and too young for the rates."""
    handed_uncounted: Count
    """Handed over, and in no rate at all: nothing was asked, or it was spam."""


@dataclass(frozen=True, slots=True)
class _Period:
    """Its episodes, and their figures as they stood at this minute."""

    rows: Rows
    figures: Figures
    minute: int

    def is_at(self, minute: int) -> bool:
        """Time alone decides what is pending, and nothing else."""
        return self.minute == minute or not self.figures.report.outcomes[Outcome.PENDING].count


@dataclass(frozen=True, slots=True)
class _Book:
    """Never changed, only replaced: other threads may be reading it."""

    pulse: Pulse
    lengths: Mapping[str, int]
    periods: Mapping[Days, _Period] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(len(period.rows) for period in self.periods.values())


_BOOKS: MutableMapping[Store, dict[WorkspaceId, _Book]] = WeakKeyDictionary()


def figures_of(store: Store, tx: Transaction, workspace: WorkspaceId, days: Days, now: datetime) -> Figures:
    """At most a minute old where only time has passed."""
    books = _BOOKS.setdefault(store, {})
    pulse, minute = tx.pulse(workspace), int(now.timestamp() // 60)
    book = books.get(workspace)
    if book is None or book.pulse != pulse:
        book = (_grown(book, tx, workspace, pulse, now) if book else None) or _Book(pulse, tx.lengths(workspace))
    period = book.periods.get(days)
    if period is None or not period.is_at(minute):
        rows = period.rows if period else _keyed(tx.episodes(workspace, days.begins, days.ends))
        period = _counted(rows, days, now)
    kept = {known: each for known, each in book.periods.items() if known != days} | {days: period}
    book = _Book(book.pulse, book.lengths, dict(list(kept.items())[-PERIODS:]))
    books.pop(workspace, None)
    books[workspace] = book
    while len(books) > 1 and sum(each.size for each in books.values()) > ROOM:
        books.pop(next(iter(books)), None)
    return period.figures


def _grown(book: _Book, tx: Transaction, workspace: WorkspaceId, pulse: Pulse, now: datetime) -> _Book | None:
    """The book with what happened since; None when that is not the whole story."""
    since = book.pulse[1] - OVERLAP
    lengths = dict(book.lengths) | tx.lengths(workspace, since)
    changed = [id for id, length in lengths.items() if book.lengths.get(id) != length]
    if len(changed) > GROWN or (len(lengths), sum(lengths.values())) != (pulse[0], pulse[2]):
        return None
    fresh = tx.episodes_of(workspace, changed)
    return _Book(pulse, lengths, {days: _with(period, fresh, days, now) for days, period in book.periods.items()})


def _with(period: _Period, fresh: Sequence[EpisodeRow], days: Days, now: datetime) -> _Period:
    """A period in which nothing changed keeps its figures."""
    begins, ends = micros(days.begins), micros(days.ends)
    inside = _keyed([row for row in fresh if begins <= row.began < ends])
    if not inside:
        return period
    rows: Rows = {**period.rows, **inside}
    if len(rows) > len(period.rows):
        rows = _keyed(sorted(rows.values(), key=lambda row: row.place))
    return _counted(rows, days, now)


def _keyed(rows: Sequence[EpisodeRow]) -> Rows:
    return {(row.conversation, row.episode.n): row for row in rows}


def _counted(rows: Rows, days: Days, now: datetime) -> _Period:
    episodes = list(rows.values())
    figures = Figures(
        report_of(episodes, now),
        tuple(by_day(episodes, days.since, days.until, days.zone, now)),
        tuple(by_reason(episodes, now)),
        len(episodes),
        *handed_over(episodes, now),
    )
    return _Period(rows, figures, int(now.timestamp() // 60))


def handed_over(episodes: Sequence[EpisodeRow], now: datetime) -> tuple[Count, Count]:
    """Those that reached people and that "routed to team" leaves out: still pending, and counted in no rate."""
    pending, uncounted = list[str](), list[str]()
    for row in episodes:
        if not row.episode.delivered or row.episode.reason == HandoffReason.TEST:
            continue
        end = row.episode.outcome(now)
        if end is not Outcome.ROUTED:
            (pending if end is Outcome.PENDING else uncounted).append(row.conversation)
    return _count_of(pending), _count_of(uncounted)


def _count_of(ids: Sequence[str]) -> Count:
    return Count(len(ids), tuple(dict.fromkeys(ids)))
