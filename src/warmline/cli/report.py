"""`warmline report`: what was resolved, what went to the team, and what nobody could answer."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from warmline.cli.session import chosen, json_argument, opened, print_json, show, workspace_argument
from warmline.domain.knowledge import Citation, KnowledgeGap
from warmline.domain.model import Spent, dollars
from warmline.domain.outcome import Outcome
from warmline.domain.report import Count, Report, report_of
from warmline.errors import Invalid

if TYPE_CHECKING:
    from warmline.store.statements import Row

DAYS = 30
GAPS = 50


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", type=date.fromisoformat, metavar="DATE", help=f"first day ({DAYS} days ago)")
    parser.add_argument("--until", type=date.fromisoformat, metavar="DATE", help="last day, with all of it (today)")
    workspace_argument(parser)
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    async with opened(env) as machine:
        workspace = await chosen(machine.app, args.workspace)
        now = machine.app.clock()
        first, last = _days(args.since, args.until, now.astimezone(ZoneInfo(workspace.timezone)).date())
        since, until = bounds(first, last, workspace.timezone)
        store = machine.app.store
        episodes = await store.read(lambda tx: tx.episodes(workspace.id, since, until))
        unanswered = await store.read(lambda tx: tx.unanswered(workspace.id, since, until, GAPS))
        calls, spent = await store.read(lambda tx: tx.spent_since(workspace.id, since, until))
    report = report_of(episodes, now, gaps_of(unanswered))
    if args.json:
        about = {"workspace": workspace.id, "since": first, "until": last, "timezone": workspace.timezone}
        model = {"calls": calls, "read": spent.read, "written": spent.written, "dollars": spent.micros / 1_000_000}
        print_json({**about, **report.as_dict(), "model": model})
    else:
        print(f"{workspace.name}, {first} to {last} ({workspace.timezone})\n")
        show(*_lines(report), *_model_lines(calls, spent))
    return 0


def _days(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    last = until or today
    first = since or last - timedelta(days=DAYS - 1)
    if first > last:
        raise Invalid(f"{first} is after {last}. Give --since a day that is not after --until.", "--since")
    return first, last


def bounds(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """From the first midnight to the one after the last day, in the shop's zone, as UTC."""
    here = ZoneInfo(zone)
    ends = (datetime.combine(first, time(), here), datetime.combine(last + timedelta(days=1), time(), here))
    return ends[0].astimezone(UTC), ends[1].astimezone(UTC)


def gaps_of(turns: Sequence[Row]) -> list[KnowledgeGap]:
    """Stored turns that the agent could not answer."""
    from warmline.store.statements import loads, moment

    gaps = []
    for turn in turns:
        best = loads(turn["best"]) if turn["best"] else None
        cited = Citation(best["title"], best["url"]) if best else None
        score = best["score"] if best else None
        gaps.append(
            KnowledgeGap(turn["question"], turn["lang"], moment(turn["at"]), turn["conversation"], cited, score)
        )
    return gaps


def _lines(report: Report) -> Iterator[str]:
    confirmed, assumed = (report.outcomes[each] for each in (Outcome.RESOLVED_CONFIRMED, Outcome.RESOLVED_ASSUMED))
    yield f"Resolution rate  {_percent(report.resolution_rate)}"
    yield f"  confirmed by the shopper  {_percent(report.confirmed_rate)}  ({confirmed.count})"
    yield f"  assumed after a quiet day  {_percent(report.assumed_rate)}  ({assumed.count})"
    yield f"Routed to team   {_percent(report.routed_to_team)}  ({report.outcomes[Outcome.ROUTED].count})"
    yield f"Both of {report.asked.count} conversations with a question; {_pending(report)}."
    yield ""
    yield "Conversations by outcome"
    yield from (f"  {outcome.value.replace('_', ' '):20} {count.count}" for outcome, count in report.outcomes.items())
    yield ""
    yield "Handoffs"
    yield from (f"  {name:20} {count.count}" for name, count in _handoffs(report))
    yield f"  {'first human reply':20} {_wait(report.first_reply)}"
    yield ""
    yield from _gap_lines(report.unanswered)


def _model_lines(calls: int, spent: Spent) -> Iterator[str]:
    """Nothing where no language model was asked."""
    if calls:
        yield ""
        yield (
            f"Language model   {calls} calls, {spent.read} tokens read, {spent.written} written,"
            f" {dollars(spent.micros)} US dollars"
        )


def _pending(report: Report) -> str:
    pending = report.outcomes[Outcome.PENDING].count
    return f"{pending} more {'is' if pending == 1 else 'are'} pending and not counted yet"


def _handoffs(report: Report) -> Iterator[tuple[str, Count]]:
    yield "offered", report.offered
    yield "accepted", report.accepted
    yield "declined", report.declined
    yield "left before e-mail", report.left_before_email
    yield "stuck", report.stuck
    yield "came back in 7 days", report.reopened


def _gap_lines(gaps: Sequence[KnowledgeGap]) -> Iterator[str]:
    yield "Questions without an answer" if gaps else "No question was left without an answer."
    for gap in gaps:
        best = f"  (nearest: {gap.best.title})" if gap.best else ""
        yield f"  {gap.at:%Y-%m-%d}  [{gap.lang}] {' '.join(gap.question.split())[:200]}{best}"


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.0f} %"


def _wait(wait: timedelta | None) -> str:
    if wait is None:
        return "–"
    seconds = round(wait.total_seconds())
    if seconds < 60:
        return f"{seconds} s (median)"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min (median)" if hours else f"{minutes} min (median)"
