"""What the reports answer: numbers, and the conversations behind them."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic reads this one on Python 3.11

from warmline.web.shapes import PassageShown, When


class Period(TypedDict):
    """Days of the shop's time zone, both inclusive."""

    since: str
    until: str
    timezone: str


class Counted(TypedDict):
    """A number and the conversations that it counts."""

    count: int
    conversations: list[str]


class HandoffCounts(TypedDict):
    offered: Counted
    accepted: Counted
    declined: Counted
    left_before_email: Counted
    stuck: Counted


class FirstReply(Counted):
    median_seconds: float | None


class Gap(TypedDict):
    question: str
    lang: str
    at: When
    conversation: str
    best: PassageShown | None
    score: float | None


class Gaps(TypedDict):
    period: Period
    unanswered: list[Gap]


class Summary(TypedDict):
    """Both rates, what they divide, and each count with its conversations. Rates are None when nobody asked."""

    period: Period
    asked: Counted
    resolution_rate: float | None
    resolution_rate_confirmed: float | None
    resolution_rate_assumed: float | None
    routed_to_team: float | None
    outcomes: dict[str, Counted]
    handoffs: HandoffCounts
    reopened: Counted
    first_human_reply: FirstReply


class BehindRow(TypedDict):
    """A conversation behind a number: what it was about, not who wrote."""

    id: str
    first_line: str
    lang: str | None
    open: bool
    started_at: When
    last_at: When


class Behind(TypedDict):
    """The conversations behind a number, the latest first; `count` counts episodes."""

    period: Period
    count: int
    conversations: list[BehindRow]
