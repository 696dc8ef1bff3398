"""Fail points: off without a plan, exact with one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from warmline import failpoints


@pytest.fixture(autouse=True)
def _off_again() -> Iterator[None]:
    yield
    failpoints.follow(None)


async def seven() -> int:
    return 7


async def test_without_a_plan_the_call_itself_is_returned() -> None:
    call = seven()
    assert failpoints.step("x", call) is call
    assert await call == 7


@pytest.mark.parametrize(("plan", "reached"), [("x.before=raise", 0), ("x.after=raise", 1), ("x.before=raise@2", 1)])
async def test_a_point_raises_before_or_after_the_call(plan: str, reached: int) -> None:
    made = []

    async def call() -> None:
        made.append(1)

    async def twice() -> None:
        await failpoints.step("x", call())
        await failpoints.step("x", call())

    failpoints.follow(plan)
    with pytest.raises(RuntimeError, match="fail point x"):
        await twice()
    assert len(made) == reached


async def test_what_was_reached_is_written_down_once(tmp_path: Path) -> None:
    failpoints.follow(f"trace={tmp_path / 'trace'};x.after=wait:0.01")
    for _ in "12":
        assert await failpoints.step("x", seven()) == 7
    assert (tmp_path / "trace").read_text() == "x.before\nx.after\n"


def test_a_commit_is_named_after_its_place_and_what_it_runs() -> None:
    def save(tx: object) -> None:
        """A function of its own."""

    place = "test_failpoints.test_a_commit_is_named_after_its_place_and_what_it_runs"
    assert failpoints.name_of(lambda tx: seven()) == f"{place}:seven"
    assert failpoints.name_of(lambda tx: tx.finish(place)) == f"{place}:finish"
    assert failpoints.name_of(partial(save, 1)) == failpoints.name_of(save) == f"{place}:save"


def test_death_is_sudden() -> None:
    program = "from warmline import failpoints as f\ntry: f.before_commit(print)\nfinally: print('cleaned up')"
    env = os.environ | {failpoints.VARIABLE: "builtins.print.before=die"}
    ended = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (failpoints.DIED, b"")


@pytest.mark.parametrize("plan", ["x=explode", "x", "x=wait"])
def test_a_plan_that_makes_no_sense_is_refused(plan: str) -> None:
    with pytest.raises(ValueError, match="none of die, raise, wait"):
        failpoints.follow(plan)
