"""What a connection check found, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One named step of a connection check. `remedy` is set when it failed; `ok` None means "not reached"."""

    name: str
    ok: bool | None
    detail: str = ""
    remedy: str = ""


Tell = Callable[[Sequence[CheckStep]], None]
"""Hears a check while it runs: all its steps, those behind the one that is being asked without a result."""


def nobody(steps: Sequence[CheckStep]) -> None:
    """A `Tell` for whoever waits for the end."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a connection check. `unclear` when nobody answered: then it is worth trying again."""

    steps: Sequence[CheckStep]
    unclear: bool = False

    @property
    def ok(self) -> bool:
        return all(step.ok for step in self.steps)

    @property
    def complaint(self) -> str:
        """The first failed step and its remedy, as one sentence."""
        failed = next((step for step in self.steps if step.ok is False), None)
        return "" if failed is None else f"{failed.name}: {failed.detail} {failed.remedy}".strip()
