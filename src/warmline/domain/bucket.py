"""How fast a vendor may be asked: a token bucket that all workers share (DESIGN.md section 4).

A bucket that is full lets a burst through, and then fills up evenly. Burst and filling together never pass the vendor's
figure, in whatever window of its length they are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

LONGEST_CLOSED = timedelta(minutes=10)
"""So long at most a bucket stays shut, whatever a vendor's Retry-After says."""
STEP = timedelta(milliseconds=50)
"""Between two in line where no rate is known."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `requests` in any window of this length; a look-up takes `look_up` of them."""

    requests: int
    per: timedelta
    look_up: int = 1

    def __post_init__(self) -> None:
        if self.requests < 5:
            raise ValueError("a rate of fewer than 5 requests leaves no room for a burst")

    @property
    def burst(self) -> int:
        return max(1, self.requests // 5)

    @property
    def gap(self) -> timedelta:
        """Between two requests, once the burst is used up."""
        return self.per / (self.requests - self.burst)


@dataclass(frozen=True, slots=True)
class Bucket:
    """`tokens` were there `at` this moment. Until `closed_until` none is given."""

    tokens: float
    at: datetime
    closed_until: datetime | None = None

    def filled(self, rate: Rate | None, now: datetime) -> Bucket:
        """As it is now. After a clock was set back it counts as new: better one burst too many than a day without."""
        if now < self.at:
            return full(rate, now)
        open_since = max(self.at, self.closed_until) if self.closed_until else self.at
        gained = 0.0 if rate is None else max(timedelta(0), now - open_since) / rate.gap
        return Bucket(min(float(rate.burst), self.tokens + gained) if rate else 0.0, now, self.closed_until)

    def free_at(self, rate: Rate | None, cost: int) -> datetime:
        """When so many tokens are there. Of a bucket that was filled just now."""
        start = max(self.at, self.closed_until) if self.closed_until else self.at
        missing = 0.0 if rate is None else min(cost, rate.burst) - self.tokens
        return start if rate is None or missing <= 0 else start + missing * rate.gap

    def taken(self, cost: int) -> Bucket:
        return replace(self, tokens=self.tokens - cost)

    def closed(self, until: datetime) -> Bucket:
        """Emptied and shut: the vendor has said "too many" (429)."""
        until = min(until, self.at + LONGEST_CLOSED)
        return Bucket(0.0, self.at, max(until, self.closed_until) if self.closed_until else until)


def full(rate: Rate | None, now: datetime) -> Bucket:
    return Bucket(float(rate.burst) if rate else 0.0, now)
