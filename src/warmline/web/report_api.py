"""The figures, and the conversations behind each of them (scope `reports`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request

from warmline.domain.knowledge import Citation, KnowledgeGap
from warmline.domain.outcome import Outcome
from warmline.domain.report import Count, Report, report_of
from warmline.domain.workspace import Workspace
from warmline.errors import Invalid
from warmline.store.base import Transaction
from warmline.store.reports import at_of
from warmline.store.statements import Row, loads
from warmline.web.access import Colleague, Needs, app_of
from warmline.web.inbox_view import first_line
from warmline.web.report_shapes import Behind, Counted, Gap, Gaps, Period, Summary

router = APIRouter(prefix="/reports", tags=["reports"])

T = TypeVar("T")
Me = Annotated[Colleague, Depends(Needs("reports"))]
DAYS = 30
_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)

Since = Annotated[date | None, Query(description="First day, in the shop's time zone; 29 days before `until`")]
Until = Annotated[date | None, Query(description="Last day, inclusive; today")]
Number = Literal[
    "asked", "pending", "spam", "empty", "routed", "unresolved", "resolved_confirmed", "resolved_assumed",
    "offered", "accepted", "declined", "left_before_email", "stuck", "reopened", "replied",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the shop's zone, both inclusive."""

    since: date
    until: date
    zone: str

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.since, time(), ZoneInfo(self.zone))

    @property
    def ends(self) -> datetime:
        return datetime.combine(self.until + timedelta(days=1), time(), ZoneInfo(self.zone))

    def shown(self) -> Period:
        return {"since": self.since.isoformat(), "until": self.until.isoformat(), "timezone": self.zone}


@router.get("/summary")
async def get_summary(request: Request, me: Me, since: Since = None, until: Until = None) -> Summary:
    """Resolution rate and Routed to team, with every count behind them and the conversations it counts."""

    def load(tx: Transaction, days: Days, now: datetime) -> Summary:
        report = _report(tx, me, days, now)
        return {
            "period": days.shown(),
            "asked": _counted(report.asked),
            "resolution_rate": report.resolution_rate,
            "resolution_rate_confirmed": report.confirmed_rate,
            "resolution_rate_assumed": report.assumed_rate,
            "routed_to_team": report.routed_to_team,
            "outcomes": {outcome.value: _counted(count) for outcome, count in report.outcomes.items()},
            "handoffs": {
                "offered": _counted(report.offered),
                "accepted": _counted(report.accepted),
                "declined": _counted(report.declined),
                "left_before_email": _counted(report.left_before_email),
                "stuck": _counted(report.stuck),
            },
            "reopened": _counted(report.reopened),
            "first_human_reply": {
                **_counted(report.replied),
                "median_seconds": report.first_reply.total_seconds() if report.first_reply is not None else None,
            },
        }

    return await _over(request, me, since, until, load)


@router.get("/unanswered")
async def get_unanswered(
    request: Request,
    me: Me,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Gaps:
    """Questions that the shop's knowledge did not answer, newest first, with the nearest page."""

    def load(tx: Transaction, days: Days, now: datetime) -> Gaps:
        rows = tx.unanswered(me.teammate.workspace, days.begins, days.ends, limit)
        return {"period": days.shown(), "unanswered": [_gap(gap_of(row)) for row in rows]}

    return await _over(request, me, since, until, load)


@router.get("/conversations")
async def get_conversations_behind(
    request: Request,
    me: Me,
    outcome: Number,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Behind:
    """The conversations behind one number of the summary, the latest first."""

    def load(tx: Transaction, days: Days, now: datetime) -> Behind:
        count = named(_report(tx, me, days, now), outcome)
        found = tx.conversations_in(me.teammate.workspace, count.conversations[-limit:][::-1])
        said = tx.last_said([each.id for each in found])
        return {
            "period": days.shown(),
            "count": count.count,
            "conversations": [
                {
                    "id": each.id,
                    "first_line": first_line(said.get(each.id, "")),
                    "lang": each.lang,
                    "open": each.open,
                    "started_at": each.started_at.isoformat(),
                    "last_at": each.last_at.isoformat(),
                }
                for each in found
            ],
        }

    return await _over(request, me, since, until, load)


def gap_of(row: Row) -> KnowledgeGap:
    """A turn that the agent could not answer."""
    best = loads(row["best"]) if row["best"] else None
    nearest = Citation(best["title"], best["url"]) if best else None
    score = best["score"] if best else None
    return KnowledgeGap(row["question"], row["lang"], at_of(row), row["conversation"], nearest, score)


def _report(tx: Transaction, me: Colleague, days: Days, now: datetime) -> Report:
    return report_of(tx.episodes(me.teammate.workspace, days.begins, days.ends), now)


def named(report: Report, number: str) -> Count:
    if number in {outcome.value for outcome in Outcome}:
        return report.outcomes[Outcome(number)]
    found: Count = getattr(report, number)
    return found


def _counted(count: Count) -> Counted:
    return {"count": count.count, "conversations": list(count.conversations)}


def _gap(gap: KnowledgeGap) -> Gap:
    return {
        "question": gap.question,
        "lang": gap.lang,
        "at": gap.at.isoformat(),
        "conversation": gap.conversation,
        "best": {"title": gap.best.title, "url": gap.best.url} if gap.best else None,
        "score": gap.score,
    }


async def _over(
    request: Request,
    me: Colleague,
    since: date | None,
    until: date | None,
    view: Callable[[Transaction, Days, datetime], T],
) -> T:
    """A view of these days, of one snapshot. Raises Invalid."""
    app = app_of(request)
    now = app.clock()

    def load(tx: Transaction) -> T:
        return view(tx, days_of(tx.workspace(me.teammate.workspace), since, until, now), now)

    return await app.store.read(load)


def days_of(workspace: Workspace, since: date | None, until: date | None, now: datetime) -> Days:
    last = until or now.astimezone(ZoneInfo(workspace.timezone)).date()
    for name, day in (("until", last), ("since", since)):
        if day is not None and not _FIRST <= day <= _LAST:
            raise Invalid(f"{name} must be a day from {_FIRST} to {_LAST}.", name)
    first = since or last - timedelta(days=DAYS - 1)
    if first > last:
        raise Invalid("since must not be later than until.", "since")
    return Days(first, last, workspace.timezone)
