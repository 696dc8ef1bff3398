"""Passing a conversation to people: the steps, the reasons, and the one method the merchant chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from warmline.domain.effect import Attempt
from warmline.domain.ids import Seq
from warmline.domain.ticket import TicketRef
from warmline.domain.visitor import Contact

INBOX = "inbox"
MAX_LINKS = 5
MOST_QUESTIONS = 5
"""Lines that a handoff keeps of what was asked, the last ones."""


class HandoffReason(StrEnum):
    """Why a handoff happened; kept for ever."""

    NO_ANSWER = "no_answer"
    ASKED = "asked"
    RULE = "rule"
    FRUSTRATION = "frustration"
    UNHELPFUL = "unhelpful"
    AGENT_FAILURE = "agent_failure"
    AGENT_OFF = "agent_off"
    BY_TEAMMATE = "by_teammate"
    API = "api"
    TEST = "test"
    """A teammate tries the way; it counts nowhere."""


@dataclass(frozen=True, slots=True)
class SendTicket:
    """People take over: in the Inbox, or in the helpdesk of this name."""

    helpdesk: str = INBOX
    second: str | None = None
    """Who takes over what the first has not taken in time."""
    second_after: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class CustomMessage:
    """No person is offered: this text (per language) with 0 to 5 links is shown instead."""

    texts: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()

    def text_in(self, lang: str, fallback: str) -> str | None:
        """The text in this language, else in the shop's; None when the merchant wrote neither."""
        return self.texts.get(lang) or self.texts.get(fallback) or next(iter(self.texts.values()), None)


HandoffMethod = SendTicket | CustomMessage


@dataclass(frozen=True, slots=True)
class Second:
    """Who takes over at `at` when nobody has the handoff by then."""

    helpdesk: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Bound:
    """What is fixed when a handoff becomes owed: where it goes, what it holds, whom to answer, who takes over.

    Only a take-over by `second` changes it, and then there is no second any more.
    """

    helpdesk: str
    upto: Seq
    contact: Contact | None
    at: datetime
    second: Second | None = None
    follows: str | None = None
    """The helpdesk's id of a closed ticket that this one goes on from."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The shopper was asked; nothing is promised yet."""


@dataclass(frozen=True, slots=True)
class NeedsEmail:
    """The shopper agreed; `skippable` when a teammate could answer in the chat at once."""

    skippable: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """Promised: an effect stands in the same commit."""

    bound: Bound
    saved_told: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """People have it: in the queue of the Inbox, or as a ticket.

    `mirrored`: the chat goes on with the ticket, both ways. Fixed here: another setting later changes later handoffs.
    """

    bound: Bound
    ticket: TicketRef | None = None
    away_told: bool = False
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Stuck:
    """The helpdesk refused this ticket for good; a person must look. Nothing is lost."""

    bound: Bound
    why: str
    saved_told: bool = False


@dataclass(frozen=True, slots=True)
class Declined:
    """The shopper said no; a new handoff needs a new question or wish."""


HandoffStep = Offered | NeedsEmail | Owed | Delivered | Stuck | Declined


@dataclass(frozen=True, slots=True)
class Handoff:
    """The n-th accepted handoff of a conversation, or the offer of it.

    `question` is what the agent could not answer, a line for each thing asked while the offer stood; `requested_at`
    starts the wait clock, which never resets.
    """

    n: int
    reason: HandoffReason
    step: HandoffStep
    question: str | None = None
    requested_at: datetime | None = None

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple((self.question or "").splitlines())

    def also_for(self, question: str) -> Handoff:
        """The same handoff, for one question more."""
        lines = dict.fromkeys([*self.questions, *question.splitlines()])
        return replace(self, question="\n".join(list(lines)[-MOST_QUESTIONS:]))

    @property
    def name(self) -> str:
        """The step's name in the API."""
        return step_name(self.step)

    @property
    def bound(self) -> Bound | None:
        match self.step:
            case Owed(bound) | Delivered(bound) | Stuck(bound):
                return bound
            case _:
                return None

    @property
    def pending(self) -> bool:
        """Under way: offered, waiting for an address, owed or stuck."""
        return not isinstance(self.step, Delivered | Declined)

    @property
    def undecided(self) -> bool:
        """The shopper was asked and has not answered: an offer or the question for an address stands."""
        return isinstance(self.step, Offered | NeedsEmail)

    def at(self, step: HandoffStep) -> Handoff:
        return replace(self, step=step)


def step_name(step: HandoffStep) -> str:
    match step:
        case Offered():
            return "offered"
        case NeedsEmail():
            return "needs_email"
        case Owed():
            return "owed"
        case Delivered():
            return "delivered"
        case Stuck():
            return "stuck"
        case Declined():
            return "declined"
        case _:
            assert_never(step)


_FOLLOWS: dict[type[HandoffStep] | None, frozenset[type[HandoffStep]]] = {
    None: frozenset({Offered, NeedsEmail, Owed}),
    Offered: frozenset({NeedsEmail, Owed, Declined}),
    NeedsEmail: frozenset({Owed, Declined}),
    Owed: frozenset({Owed, Delivered, Stuck}),
    Stuck: frozenset({Owed, Delivered}),
    Delivered: frozenset({Owed}),
    Declined: frozenset({Offered, NeedsEmail, Owed}),
}
"""Which step may follow which. From Declined only a new handoff starts."""


def may_follow(before: HandoffStep | None, after: HandoffStep) -> bool:
    if isinstance(before, Owed | Delivered) and isinstance(after, Owed):
        return is_taken_over(before, after)
    return type(after) in _FOLLOWS[type(before) if before is not None else None]


def is_taken_over(before: Owed | Delivered, after: Owed) -> bool:
    """From the one destination to the second, and from the queue only while there is no ticket."""
    second = before.bound.second
    ticket = before.ticket if isinstance(before, Delivered) else None
    return second is not None and ticket is None and after.bound.helpdesk == second.helpdesk


class Takeover(StrEnum):
    """What the second destination may do now."""

    NEVER = "never"
    """None was named, people have it, or the second could not answer the shopper: it has no address."""
    WAIT = "wait"
    LOOK = "look"
    """Unknown at the first: an attempt may have made a ticket, so it is looked up before anybody takes over."""
    NOW = "now"


def takeover(step: HandoffStep, queued: bool, attempt: Attempt, now: datetime) -> Takeover:
    """May the second destination take over? Only when every attempt at the first is known to have made nothing.

    `queued`: it waits in the Inbox and nobody has accepted it. `attempt` is what is known of the last try elsewhere.
    """
    match step:
        case Owed(bound) | Stuck(bound):
            pass
        case Delivered(bound, None) if queued and bound.helpdesk == INBOX:
            pass
        case _:
            return Takeover.NEVER
    if bound.second is None or (bound.second.helpdesk != INBOX and bound.contact is None):
        return Takeover.NEVER
    if now < bound.second.at:
        return Takeover.WAIT
    return Takeover.NOW if attempt is Attempt.NONE else Takeover.LOOK
