"""The report recounts episodes; each number names its conversations."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from warmline.domain.knowledge import Citation, KnowledgeGap
from warmline.domain.outcome import Episode, Outcome
from warmline.domain.report import report_of

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
AGO = NOW - timedelta(days=3)


@dataclass(frozen=True)
class Row:
    conversation: str
    episode: Episode


def row(conversation: str, **facts: Any) -> Row:
    return Row(conversation, replace(Episode(started_at=AGO, last_at=AGO), **facts))


ANSWERED = {"asked": True, "answered": True}


def test_rates_divide_by_those_who_asked_and_name_what_is_pending() -> None:
    report = report_of(
        [
            row("c1", **ANSWERED, helped=True),
            row("c2", **ANSWERED),
            row("c3", asked=True, delivered=1, accepted=1),
            row("c4", asked=True),
            row("c5"),
            row("c6", asked=True, answered=True, last_at=NOW),
            row("c7", spam=True, closed=True),
        ],
        NOW,
    )
    assert report.asked.conversations == ("c1", "c2", "c3", "c4")
    assert (report.confirmed_rate, report.assumed_rate, report.resolution_rate) == (0.25, 0.25, 0.5)
    assert report.routed_to_team == 0.25
    assert {outcome: count.conversations for outcome, count in report.outcomes.items()} == {
        Outcome.PENDING: ("c6",),
        Outcome.SPAM: ("c7",),
        Outcome.EMPTY: ("c5",),
        Outcome.ROUTED: ("c3",),
        Outcome.UNRESOLVED: ("c4",),
        Outcome.RESOLVED_CONFIRMED: ("c1",),
        Outcome.RESOLVED_ASSUMED: ("c2",),
    }


def test_without_questions_there_is_no_rate() -> None:
    report = report_of([row("c1")], NOW)
    assert report.resolution_rate is None
    assert report.routed_to_team is None


def test_the_steps_of_handoffs_are_counted_by_episode() -> None:
    report = report_of(
        [
            row("c1", asked=True, offered=2, declined=1, step="declined"),
            row("c2", asked=True, offered=1, step="needs_email"),
            row("c3", asked=True, step="needs_email", last_at=NOW),
            row("c4", asked=True, accepted=1, stuck=1, step="stuck"),
            row("c5", asked=True, accepted=1, stuck=1, delivered=1, step="delivered"),
        ],
        NOW,
    )
    assert report.offered.conversations == ("c1", "c2")
    assert report.declined.conversations == ("c1",)
    assert report.left_before_email.conversations == ("c2",)
    assert report.accepted.conversations == ("c4", "c5")
    assert report.stuck.conversations == ("c4",)


def test_the_first_human_reply_is_the_median_wait() -> None:
    waits = [10, 60, 3600]
    rows = [
        row(f"c{n}", asked=True, wanted_at=AGO, first_reply_at=AGO + timedelta(seconds=s)) for n, s in enumerate(waits)
    ]
    report = report_of([*rows, row("c9", wanted_at=AGO)], NOW)
    assert report.first_reply == timedelta(minutes=1)
    assert report.replied.count == 3


def test_a_resolved_conversation_that_comes_back_within_a_week_is_reopened() -> None:
    back = AGO + timedelta(days=1)
    rows = [row("c1", **ANSWERED, ended=True), row("c1", n=2, asked=True, started_at=back, last_at=back)]
    report = report_of([*rows, row("c2", **ANSWERED)], NOW)
    assert report.reopened.conversations == ("c1",)
    late = [rows[0], replace(rows[1], episode=replace(rows[1].episode, started_at=AGO + timedelta(days=8)))]
    assert report_of(late, NOW).reopened.count == 0


def test_as_dict_is_json_and_holds_every_number() -> None:
    gap = KnowledgeGap("Do you ship to Malta?", "en", NOW, "c4", Citation("Shipping", "https://shop.example/s"), 0.3)
    said = json.loads(json.dumps(report_of([row("c1", **ANSWERED, helped=True)], NOW, [gap]).as_dict()))
    assert said["resolution_rate"] == said["resolution_rate_confirmed"] == 1.0
    assert said["outcomes"]["resolved_confirmed"] == {"count": 1, "conversations": ["c1"]}
    assert said["first_human_reply"]["median_seconds"] is None
    assert said["unanswered"][0]["best"] == {"title": "Shipping", "url": "https://shop.example/s"}
