"""How episodes end, and the two figures: always a recount of the log, never set by hand (DESIGN.md section 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from warmline.domain.conversation_state import QUIET
from warmline.domain.message import AuthorKind, Event, EventKind, Verdict
from warmline.domain.owner import CloseReason


class Outcome(StrEnum):
    PENDING = "pending"
    SPAM = "spam"
    EMPTY = "empty"
    ROUTED = "routed"
    UNRESOLVED = "unresolved"
    RESOLVED_CONFIRMED = "resolved_confirmed"
    RESOLVED_ASSUMED = "resolved_assumed"


@dataclass(frozen=True, slots=True)
class Episode:
    """What the log says of one stretch of a conversation. `after` reads one more event.

    `unread` is True while the last visitor's message has had no word from agent or teammate: it counts as a question
    until the agent finds that it was small talk.
    """

    n: int = 1
    started_at: datetime | None = None
    last_at: datetime | None = None
    unread: bool = False
    asked: bool = False
    answered: bool = False
    helped: bool | None = None
    offered: int = 0
    declined: int = 0
    accepted: int = 0
    delivered: int = 0
    stuck: int = 0
    step: str | None = None
    spam: bool = False
    closed: bool = False
    ended: bool = False
    wanted_at: datetime | None = None
    first_reply_at: datetime | None = None
    reason: str | None = None

    def after(self, event: Event) -> Episode:
        """The episode with one more event; the next one when that event begins it."""
        if event.kind is EventKind.EPISODE:
            return Episode(n=event.data["n"], started_at=event.at, last_at=event.at)
        seen = replace(self, started_at=self.started_at or event.at)
        match event.kind:
            case EventKind.MESSAGE:
                return _after_message(replace(seen, last_at=event.at), event)
            case EventKind.HANDOFF:
                return _after_step(replace(seen, last_at=event.at), event)
            case EventKind.HELPED:
                return replace(seen, helped=event.data["helped"], last_at=event.at)
            case EventKind.OUTSIDE if event.data["author"]["kind"] == AuthorKind.TEAMMATE:
                first = seen.first_reply_at or event.at
                return replace(seen, asked=seen.has_question, unread=False, first_reply_at=first)
            case EventKind.REOPENED:
                return replace(seen, closed=False, last_at=event.at)
            case EventKind.CLOSED:
                return replace(seen, closed=True, spam=event.data.get("reason") == CloseReason.SPAM)
            case _:
                return seen

    @property
    def has_question(self) -> bool:
        """Did the shopper ask something? What nobody read yet counts: it may not be left out by being ignored."""
        return self.asked or self.unread

    @property
    def left_before_email(self) -> bool:
        return self.step == "needs_email"

    def outcome(self, now: datetime) -> Outcome:
        """The first that holds, in the order of DESIGN.md section 2."""
        if not self._over(now):
            return Outcome.PENDING
        if self.spam:
            return Outcome.SPAM
        if not self.has_question and not self.accepted:
            return Outcome.EMPTY
        if self.delivered:
            return Outcome.ROUTED
        if self.unread or not self.answered or self.helped is False or self._wanted_in_vain:
            return Outcome.UNRESOLVED
        return Outcome.RESOLVED_CONFIRMED if self.helped else Outcome.RESOLVED_ASSUMED

    @property
    def _wanted_in_vain(self) -> bool:
        return self.step in {"needs_email", "owed", "stuck"}

    def _over(self, now: datetime) -> bool:
        return self.closed or self.ended or (self.last_at is not None and now - self.last_at >= QUIET)


def _after_message(episode: Episode, event: Event) -> Episode:
    author = event.data["author"]["kind"]
    if author == AuthorKind.VISITOR:
        return episode if event.data.get("aside") else replace(episode, unread=True)
    if author == AuthorKind.TEAMMATE:
        first = episode.first_reply_at or event.at
        return replace(episode, asked=episode.has_question, unread=False, first_reply_at=first)
    verdict = event.data.get("verdict")
    if verdict is None:
        return episode
    if verdict == Verdict.SMALL_TALK:
        return replace(episode, unread=False)
    return replace(episode, asked=True, unread=False, answered=verdict == Verdict.ANSWER, helped=None)


def _after_step(episode: Episode, event: Event) -> Episode:
    step = event.data["step"]
    seen = replace(episode, step=step, reason=event.data.get("reason", episode.reason))
    match step:
        case "offered":
            return replace(seen, offered=seen.offered + 1)
        case "declined":
            return replace(seen, declined=seen.declined + 1)
        case "needs_email":
            return replace(seen, wanted_at=seen.wanted_at or event.at)
        case "owed":
            return replace(seen, accepted=seen.accepted + 1, wanted_at=seen.wanted_at or event.at)
        case "delivered":
            return replace(seen, delivered=seen.delivered + 1)
        case "stuck":
            return replace(seen, stuck=seen.stuck + 1)
        case _:
            return seen


def recount(events: Iterable[Event]) -> list[Episode]:
    """All episodes of one conversation from its whole log; each but the last has ended."""
    episodes = [Episode()]
    for event in events:
        if event.kind is EventKind.EPISODE:
            episodes[-1] = replace(episodes[-1], ended=True)
            episodes.append(episodes[-1].after(event))
        else:
            episodes[-1] = episodes[-1].after(event)
    return episodes


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of episodes by outcome. Rates are None when nothing was asked."""

    pending: int = 0
    spam: int = 0
    empty: int = 0
    routed: int = 0
    unresolved: int = 0
    resolved_confirmed: int = 0
    resolved_assumed: int = 0

    @property
    def asked(self) -> int:
        """Episodes in which the shopper asked something and that are no longer pending: what both rates divide by."""
        return self.routed + self.unresolved + self.resolved_confirmed + self.resolved_assumed

    @property
    def resolution_rate(self) -> float | None:
        return (self.resolved_confirmed + self.resolved_assumed) / self.asked if self.asked else None

    @property
    def routed_to_team(self) -> float | None:
        return self.routed / self.asked if self.asked else None


def tally(outcomes: Iterable[Outcome]) -> Figures:
    counts = dict.fromkeys(Outcome, 0)
    for outcome in outcomes:
        counts[outcome] += 1
    return Figures(**{outcome.value: count for outcome, count in counts.items()})
