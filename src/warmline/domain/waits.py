"""How long people usually wait for a person: said to shoppers only when it was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from warmline.domain.office_hours import OfficeHours

RECENT = timedelta(days=7)
FEWEST, MOST = 10, 50
"""Fewer waits say nothing; more than the latest fifty say how it used to be."""
AMONG = 1_000
"""The latest episodes in which they are looked for."""


def usual_wait(waits: Sequence[tuple[datetime, datetime]], hours: OfficeHours) -> timedelta | None:
    """The middle of the waits (wish for a person, a person's first word) that began inside opening hours.

    None when there are too few. Rounded up, for a promise that is kept early is better than the other kind: to a
    minute, from ten minutes on to five, from an hour on to a quarter.
    """
    seconds = [(came - wished).total_seconds() for wished, came in waits if came >= wished and hours.is_open(wished)]
    if len(seconds) < FEWEST:
        return None
    minutes = median(seconds) / 60
    step = 1 if minutes <= 10 else 5 if minutes <= 60 else 15
    return timedelta(minutes=max(1, math.ceil(minutes / step)) * step)
