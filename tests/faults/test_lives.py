"""S1: what happens in lives at random (`lives.py`) leaves every guarantee standing.

25 lives of 50 steps by default, some 20 s of one core; -m slow lives 200. Other counts: WARMLINE_LIVES and
WARMLINE_STEPS.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.faults.lives import Lives


def _how_long(lives: int, steps: int) -> settings:
    return settings(
        max_examples=int(os.environ.get("WARMLINE_LIVES", str(lives))),
        stateful_step_count=int(os.environ.get("WARMLINE_STEPS", str(steps))),
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )


class LongLives(Lives):
    """The same, for longer."""


TestS1Lives = Lives.TestCase
TestS1Lives.settings = _how_long(25, 50)
TestS1LongLives = pytest.mark.slow(LongLives.TestCase)
TestS1LongLives.settings = _how_long(200, 50)
