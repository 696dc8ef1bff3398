"""The figures of a stretch of time: a recount of its episodes, each number with the conversations it counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Protocol

from warmline.domain.handoff import HandoffReason
from warmline.domain.knowledge import KnowledgeGap
from warmline.domain.outcome import Episode, Outcome

DURABLE = timedelta(days=7)
"""A resolved conversation that comes back within this time was not resolved for good."""

RESOLVED = frozenset({Outcome.RESOLVED_CONFIRMED, Outcome.RESOLVED_ASSUMED})
ASKED = RESOLVED | {Outcome.ROUTED, Outcome.UNRESOLVED}
"""What both rates divide by: episodes in which the shopper asked something and that are no longer pending."""


class CountedEpisode(Protocol):
    """An episode and the conversation it belongs to, such as `store.base.EpisodeRow`."""

    @property
    def conversation(self) -> str: ...

    @property
    def episode(self) -> Episode: ...


@dataclass(frozen=True, slots=True)
class Count:
    """How many episodes, and their conversations (one may hold two episodes)."""

    count: int = 0
    conversations: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"count": self.count, "conversations": list(self.conversations)}


@dataclass(frozen=True, slots=True)
class Report:
    """Rates are 0..1, or None when nobody asked anything. `first_reply` is from the wish for a person to their word."""

    asked: Count
    outcomes: dict[Outcome, Count]
    offered: Count
    accepted: Count
    declined: Count
    left_before_email: Count
    stuck: Count
    reopened: Count
    replied: Count
    first_reply: timedelta | None
    unanswered: tuple[KnowledgeGap, ...] = ()

    @property
    def confirmed_rate(self) -> float | None:
        return self._share(Outcome.RESOLVED_CONFIRMED)

    @property
    def assumed_rate(self) -> float | None:
        return self._share(Outcome.RESOLVED_ASSUMED)

    @property
    def resolution_rate(self) -> float | None:
        return self._share(*RESOLVED)

    @property
    def routed_to_team(self) -> float | None:
        return self._share(Outcome.ROUTED)

    def as_dict(self) -> dict[str, Any]:
        """JSON of all of it."""
        return {
            "asked": self.asked.as_dict(),
            "resolution_rate": self.resolution_rate,
            "resolution_rate_confirmed": self.confirmed_rate,
            "resolution_rate_assumed": self.assumed_rate,
            "routed_to_team": self.routed_to_team,
            "outcomes": {outcome.value: count.as_dict() for outcome, count in self.outcomes.items()},
            "handoffs": {
                "offered": self.offered.as_dict(),
                "accepted": self.accepted.as_dict(),
                "declined": self.declined.as_dict(),
                "left_before_email": self.left_before_email.as_dict(),
                "stuck": self.stuck.as_dict(),
            },
            "reopened": self.reopened.as_dict(),
            "first_human_reply": {
                "median_seconds": self.first_reply.total_seconds() if self.first_reply is not None else None,
                **self.replied.as_dict(),
            },
            "unanswered": [_gap(gap) for gap in self.unanswered],
        }

    def _share(self, *outcomes: Outcome) -> float | None:
        if not self.asked.count:
            return None
        return sum(self.outcomes[outcome].count for outcome in outcomes) / self.asked.count


def report_of(episodes: Sequence[CountedEpisode], now: datetime, unanswered: Sequence[KnowledgeGap] = ()) -> Report:
    """The figures of these episodes as they stand at `now`. Tests of the team's own are left out."""
    ended: dict[Outcome, list[CountedEpisode]] = {outcome: [] for outcome in Outcome}
    asked, offered, accepted, declined, left, stuck, replied = [list[CountedEpisode]() for _ in range(7)]
    waits: list[timedelta] = []
    # One way through all of them: a busy shop's Dashboard counts thousands after each change.
    for row in episodes:
        episode = row.episode
        if episode.reason == HandoffReason.TEST:
            continue
        end = episode.outcome(now)
        ended[end].append(row)
        if end in ASKED:
            asked.append(row)
        if episode.offered:
            offered.append(row)
        if episode.accepted:
            accepted.append(row)
        if episode.declined:
            declined.append(row)
        if episode.left_before_email and end is not Outcome.PENDING:
            left.append(row)
        if episode.step == "stuck":
            stuck.append(row)
        if (wait := _wait(episode)) is not None:
            replied.append(row)
            waits.append(wait)
    return Report(
        asked=_count(asked),
        outcomes={outcome: _count(rows) for outcome, rows in ended.items()},
        offered=_count(offered),
        accepted=_count(accepted),
        declined=_count(declined),
        left_before_email=_count(left),
        stuck=_count(stuck),
        reopened=_count(_reopened(ended)),
        replied=_count(replied),
        first_reply=_median(waits),
        unanswered=tuple(unanswered),
    )


def _count(rows: Sequence[CountedEpisode]) -> Count:
    return Count(len(rows), tuple(dict.fromkeys(row.conversation for row in rows)))


def _wait(episode: Episode) -> timedelta | None:
    """From the wish for a person to a person's first word."""
    if episode.wanted_at is None or episode.first_reply_at is None:
        return None
    return max(episode.first_reply_at - episode.wanted_at, timedelta(0))


def _median(waits: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(wait.total_seconds() for wait in waits)) if waits else None


def _reopened(ended: Mapping[Outcome, Sequence[CountedEpisode]]) -> list[CountedEpisode]:
    """Resolved episodes whose conversation went on within seven days."""
    begun: dict[str, list[Episode]] = defaultdict(list)
    for rows in ended.values():
        for row in rows:
            if row.episode.n > 1:
                begun[row.conversation].append(row.episode)
    return [
        row
        for end in (Outcome.RESOLVED_CONFIRMED, Outcome.RESOLVED_ASSUMED)
        for row in ended[end]
        if row.conversation in begun and _went_on(row.episode, begun[row.conversation])
    ]


def _went_on(resolved: Episode, all_of_it: Sequence[Episode]) -> bool:
    following = next((each for each in all_of_it if each.n == resolved.n + 1), None)
    if following is None or following.started_at is None or resolved.last_at is None:
        return False
    return following.started_at - resolved.last_at <= DURABLE


def _gap(gap: KnowledgeGap) -> dict[str, Any]:
    return {
        "question": gap.question,
        "lang": gap.lang,
        "at": gap.at.isoformat(),
        "conversation": gap.conversation,
        "best": {"title": gap.best.title, "url": gap.best.url} if gap.best else None,
        "score": gap.score,
    }
