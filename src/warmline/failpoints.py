"""Named places where a test may end this process, raise or wait: before and after every commit and every call outside.

Off unless WARMLINE_TEST_FAIL_POINTS is set when the process starts, which only tests do. It holds, by semicolon:

    NAME=die              end at once, as a power cut would: no finally block runs
    NAME=raise            RuntimeError
    NAME=wait:2.5         seconds
    NAME=die@3            the third time that it is reached
    trace=PATH            write each name that is reached into this file, once

A commit is named after its place and what it runs: `deliver_ticket._create:_begin.before` is reached when the
work is done and nothing is on disk yet, `.after` when it is on disk and nobody has heard of it.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

VARIABLE = "WARMLINE_TEST_FAIL_POINTS"
DIED = 86
"""The exit code of a process that was told to die."""


class Plan:
    """What shall happen where. Raises ValueError when it cannot be read."""

    def __init__(self, text: str) -> None:
        self._trace: str | None = None
        self._wanted: dict[str, tuple[str, int]] = {}
        self._reached: Counter[str] = Counter()
        self._lock = threading.Lock()
        for part in filter(None, text.split(";")):
            name, _, what = part.partition("=")
            action, _, nth = what.partition("@")
            if name == "trace":
                self._trace = what
            elif action in {"die", "raise"} or action.startswith("wait:"):
                self._wanted[name] = action, int(nth or 1)
            else:
                raise ValueError(f"{VARIABLE} holds {part!r}, which is none of die, raise, wait:SECONDS")

    def reach(self, name: str) -> float:
        """Seconds to wait here; or it does not return, or raises."""
        with self._lock:
            self._reached[name] += 1
            count = self._reached[name]
        if self._trace is not None and count == 1:
            self._note(self._trace, name)
        action, nth = self._wanted.get(name, ("", 0))
        if count != nth:
            return 0.0
        if action == "die":
            os._exit(DIED)
        if action == "raise":
            raise RuntimeError(f"fail point {name}")
        return float(action.partition(":")[2])

    def _note(self, path: str, name: str) -> None:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, f"{name}\n".encode())
        os.close(file)


_plan = Plan(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None


def follow(text: str | None) -> None:
    """Another plan from now on, or none. Raises ValueError."""
    global _plan
    _plan = Plan(text) if text else None


def step(name: str, doing: Awaitable[T]) -> Awaitable[T]:
    """A call to the outside, with a point before and after it."""
    return doing if _plan is None else _between(_plan, name, doing)


def before_commit(work: Callable[..., Any]) -> None:
    """The work is done; it is not on disk."""
    if _plan is not None:
        time.sleep(_plan.reach(f"{name_of(work)}.before"))


def after_commits(works: Sequence[Callable[..., Any]]) -> None:
    """They are on disk; their callers have not heard of it. Nothing is raised here: it would be a lie."""
    if _plan is not None:
        for work in works:
            with suppress(RuntimeError):
                time.sleep(_plan.reach(f"{name_of(work)}.after"))


def name_of(work: Callable[..., Any]) -> str:
    """`module.function:what` of a write: where it stands, and the first thing that it calls."""
    target = work.func if isinstance(work, partial) else work
    module = target.__module__.rpartition(".")[2]
    place, _, _ = target.__qualname__.partition(".<locals>")
    code = getattr(target, "__code__", None)
    if target.__name__ == "<lambda>" and code is not None and code.co_names:
        return f"{module}.{place}:{code.co_names[0]}"
    return f"{module}.{target.__qualname__.replace('.<locals>.', ':')}"


async def _between(plan: Plan, name: str, doing: Awaitable[T]) -> T:
    try:
        await asyncio.sleep(plan.reach(f"{name}.before"))
    except RuntimeError:
        if asyncio.iscoroutine(doing):
            doing.close()
        raise
    result = await doing
    await asyncio.sleep(plan.reach(f"{name}.after"))
    return result
