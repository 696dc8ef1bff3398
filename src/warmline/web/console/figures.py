"""The figures of a period, counted once for as long as no log of the shop has grown."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from warmline.domain.ids import WorkspaceId
from warmline.domain.report import Report, report_of
from warmline.domain.series import Day, by_day, by_reason
from warmline.store.base import Store, Transaction
from warmline.web.report_api import Days

MOST = 64
Key = tuple[WorkspaceId, Days]
Pulse = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What 10,000 conversations come down to: a tenth of a second to count, and the same until something happens."""

    report: Report
    series: tuple[Day, ...]
    reasons: tuple[tuple[str, int, tuple[str, ...]], ...]
    total: int


_KEPT: MutableMapping[Store, dict[Key, tuple[Pulse, Figures]]] = WeakKeyDictionary()


def figures_of(store: Store, tx: Transaction, workspace: WorkspaceId, days: Days, now: datetime) -> Figures:
    """At most a minute old where only time has passed: what was pending is decided by time alone."""
    pulse = (*tx.pulse(workspace), int(now.timestamp() // 60))
    kept = _KEPT.setdefault(store, {})
    known = kept.get((workspace, days))
    if known is not None and known[0] == pulse:
        return known[1]
    episodes = tx.episodes(workspace, days.begins, days.ends)
    figures = Figures(
        report_of(episodes, now),
        tuple(by_day(episodes, days.since, days.until, days.zone, now)),
        tuple(by_reason(episodes, now)),
        len(episodes),
    )
    if len(kept) >= MOST:
        kept.clear()
    kept[workspace, days] = (pulse, figures)
    return figures
