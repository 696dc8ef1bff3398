"""The Dashboard: both figures and the numbers behind them, their course by day, reasons, unanswered questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from warmline.domain.conversation import Conversation
from warmline.domain.knowledge import KnowledgeGap
from warmline.domain.report import Count, Report
from warmline.domain.workspace import Workspace
from warmline.errors import Invalid, NotFound
from warmline.store.base import Store, Transaction
from warmline.web.access import app_of
from warmline.web.console.charts import Chart, chart_of, spark
from warmline.web.console.figures import Figures, figures_of
from warmline.web.console.inbox_data import REASONS
from warmline.web.console.language import N_, Said
from warmline.web.console.lessons import Lessons, lessons
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import page
from warmline.web.console.when import HELPERS
from warmline.web.inbox_view import first_line
from warmline.web.report_api import Days, days_of, gap_of, named

router = console_router()

Me = Annotated[Staff, Depends(May("reports"))]
Since = Annotated[str | None, Query(max_length=10)]
MOST_DAYS = 400
FEW = 20
"""Below so many conversations a percentage says more than is known."""
GAPS = 8
GAPS_READ = 300
LISTED = 200

NUMBERS: dict[str, Said] = {
    "asked": N_("Conversations that count in the rates"),
    "all": N_("All conversations"),
    "pending": N_("Still pending"),
    "spam": N_("Spam"),
    "empty": N_("Nothing was asked"),
    "routed": N_("Routed to team"),
    "unresolved": N_("Unresolved"),
    "resolved_confirmed": N_("Resolved, confirmed"),
    "resolved_assumed": N_("Resolved, assumed"),
    "offered": N_("A person was offered"),
    "declined": N_("The offer was declined"),
    "left_before_email": N_("Left before the e-mail"),
    "stuck": N_("Ticket refused"),
    "reopened": N_("Came back within 7 days"),
    "replied": N_("Answered by a person"),
    "handed_pending": N_("Handed over and still pending"),
    "handed_uncounted": N_("Handed over and counted in no rate"),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """One unanswered question with how often it was asked."""

    last: KnowledgeGap
    times: int


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the page, of one snapshot."""

    days: Days
    report: Report
    total: int
    chart: Chart
    agent_spark: str
    team_spark: str
    reasons: tuple[tuple[str, int], ...]
    handed_pending: int
    handed_uncounted: int
    gaps: tuple[Gap, ...]
    waiting: int
    oldest: datetime | None
    available: int
    before: Report
    lessons: Lessons

    @property
    def few(self) -> bool:
        return self.report.asked.count < FEW

    def change(self, name: str) -> int | None:
        """Percentage points since the period before; None when either has too few conversations."""
        now: float | None = getattr(self.report, name)
        then: float | None = getattr(self.before, name)
        if self.few or self.before.asked.count < FEW or now is None or then is None:
            return None
        return round(100 * now) - round(100 * then)


@router.get("/dashboard")
async def get_dashboard(request: Request, me: Me, since: Since = None, until: Since = None) -> Response:
    """A period of whole days, both included, in the shop's zone; the last 30 days to begin with."""
    app = app_of(request)
    now = app.clock()
    days, wrong = _period(me, since, until, now)
    board = await app.store.read(lambda tx: _board(app.store, tx, me, days, now))
    return page(
        request, "dashboard/page.html", me, section="dashboard", board=board, wrong=wrong, reasons=REASONS, **HELPERS
    )


@router.get("/dashboard/conversations")
async def get_behind(
    request: Request,
    me: Me,
    number: Annotated[str, Query(max_length=40)],
    since: Since = None,
    until: Since = None,
) -> Response:
    """The conversations that a number counts, the latest first."""
    app = app_of(request)
    now = app.clock()
    days, _ = _period(me, since, until, now)

    def load(tx: Transaction) -> tuple[int, list[Conversation], dict[str, str]]:
        count, ids = _behind(figures_of(app.store, tx, me.workspace.id, days, now), tx, me, number, days)
        found = tx.conversations_in(me.workspace.id, ids[-LISTED:][::-1])
        said = tx.last_said([each.id for each in found])
        return count, found, {id: first_line(text) for id, text in said.items()}

    count, found, said = await app.store.read(load)
    title = REASONS[number[7:]][1] if number.startswith("reason-") else NUMBERS[number]
    return page(
        request,
        "dashboard/conversations.html",
        me,
        section="dashboard",
        title=title,
        count=count,
        found=found,
        said=said,
        days=days,
        most=LISTED,
        **HELPERS,
    )


def _behind(figures: Figures, tx: Transaction, me: Staff, number: str, days: Days) -> tuple[int, list[str]]:
    """Raises NotFound for a number that is none of ours."""
    if number == "all":
        episodes = tx.episodes(me.workspace.id, days.begins, days.ends)
        return len(episodes), list(dict.fromkeys(row.conversation for row in episodes))
    if number.startswith("reason-") and number[7:] in REASONS:
        ids = next((ids for reason, _, ids in figures.reasons if reason == number[7:]), ())
        return len(ids), list(ids)
    if number not in NUMBERS:
        raise NotFound("There is no such number.")
    own: Count | None = getattr(figures, number, None)
    count = own if own is not None else named(figures.report, number)
    return count.count, list(count.conversations)


def _board(store: Store, tx: Transaction, me: Staff, days: Days, now: datetime) -> Board:
    workspace = me.workspace.id
    figures = figures_of(store, tx, workspace, days, now)
    report, series = figures.report, figures.series
    return Board(
        days=days,
        report=report,
        total=figures.total,
        chart=chart_of(series, as_rates=report.asked.count >= FEW),
        agent_spark=spark([day.resolution_rate for day in series]),
        team_spark=spark([day.routed_rate for day in series]),
        reasons=tuple((reason, count) for reason, count, _ in figures.reasons),
        handed_pending=figures.handed_pending.count,
        handed_uncounted=figures.handed_uncounted.count,
        gaps=_gaps(tx, me, days),
        waiting=tx.queue_length(workspace),
        oldest=tx.oldest_wait(workspace),
        available=tx.available_now(workspace, now),
        before=figures_of(store, tx, workspace, _before(days), now).report,
        lessons=lessons(tx, workspace, now),
    )


def _before(days: Days) -> Days:
    """The period of the same length that ended the day before."""
    length = days.until - days.since + timedelta(days=1)
    return Days(days.since - length, days.since - timedelta(days=1), days.zone)


def count_ahead(store: Store, tx: Transaction, workspace: Workspace, now: datetime) -> None:
    """Count what the Dashboard shows first, before somebody opens it."""
    days = days_of(workspace, None, None, now)
    for period in (days, _before(days)):
        figures_of(store, tx, workspace.id, period, now)


def _gaps(tx: Transaction, me: Staff, days: Days) -> tuple[Gap, ...]:
    """The same question in other letters is one; the most asked first, then the latest."""
    rows = [gap_of(row) for row in tx.unanswered(me.workspace.id, days.begins, days.ends, GAPS_READ)]
    grouped: dict[str, list[KnowledgeGap]] = {}
    for gap in rows:
        grouped.setdefault(" ".join(gap.question.casefold().strip(" ?!.").split()), []).append(gap)
    found = [Gap(each[0], len(each)) for each in grouped.values()]
    return tuple(sorted(found, key=lambda gap: (-gap.times, -gap.last.at.timestamp()))[:GAPS])


def _period(me: Staff, since: str | None, until: str | None, now: datetime) -> tuple[Days, Said | str | None]:
    """The period, and what was wrong with the one that was asked for: then it is the last 30 days."""
    try:
        days = days_of(me.workspace, _date(since), _date(until), now)
    except Invalid as error:
        return days_of(me.workspace, None, None, now), _why(error)
    if (days.until - days.since).days >= MOST_DAYS:
        return days_of(me.workspace, None, days.until, now), N_("A period holds at most %(days)s days.", days=MOST_DAYS)
    return days, None


def _why(error: Invalid) -> Said | str:
    return N_("The first day must not be later than the last.") if error.field == "since" else N_("That is no day.")


def _date(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("That is no day.", "until") from error
