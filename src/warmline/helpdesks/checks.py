"""A connection check: named steps, each with its result and the way out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from warmline.domain.connection import Checked, CheckStep, Tell, nobody
from warmline.errors import HelpdeskError, Throttled, Unclear


class NotGood(Exception):
    """A step found something that a person must mend."""


@dataclass(frozen=True)
class Step:
    """`run` returns a detail worth reading. When it raises NotGood or a refusal, `remedy` is what to do."""

    name: str
    run: Callable[[], Awaitable[str]]
    remedy: str


async def run(steps: Sequence[Step], tell: Tell = nobody) -> Checked:
    """Every step up to the first that fails; later ones are listed as not reached. `tell` hears each before it runs."""
    done: list[CheckStep] = []
    for step in steps:
        tell([*done, CheckStep(step.name, None), *_rest(steps, done)])
        try:
            done.append(CheckStep(step.name, True, await step.run()))
        except (Throttled, Unclear) as error:
            return Checked([*done, CheckStep(step.name, None, str(error)), *_rest(steps, done)], unclear=True)
        except (NotGood, HelpdeskError) as error:
            return Checked([*done, CheckStep(step.name, False, str(error), step.remedy), *_rest(steps, done)])
    return Checked(done)


def _rest(steps: Sequence[Step], done: Sequence[CheckStep]) -> list[CheckStep]:
    return [CheckStep(step.name, None) for step in steps[len(done) + 1 :]]
