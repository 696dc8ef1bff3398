"""`warmline calibrate`: how sure the agent must be, what judged answers say, and what each choice costs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from warmline.cli.session import chosen, json_argument, opened, print_json, show, workspace_argument
from warmline.domain.sureness import CUTS, ENOUGH, SHOWN

if TYPE_CHECKING:
    from warmline.actions.sureness import Standing, Survey


def arguments(parser: argparse.ArgumentParser) -> None:
    workspace_argument(parser)
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.actions.sureness import survey

    async with opened(env) as machine:
        workspace = await chosen(machine.app, args.workspace)
        found = await machine.app.store.read(lambda tx: survey(tx, workspace.id))
    if args.json:
        print_json({"workspace": workspace.id, **asdict(found)})
    else:
        show(*_told(found))
    return 0


def _told(found: Survey) -> Iterator[str]:
    yield f"{found.judged} would-be answers are judged; {found.questions} recent questions were looked up."
    for each in found.standings:
        yield ""
        mark = " (chosen)" if each.sureness is found.chosen else ""
        yield f"{each.sureness.value.capitalize()}{mark}: {each.sureness.target:.0%} of the answers should be right."
        yield from _standing(each, found.questions)
    if found.wanted:
        yield ""
        yield (
            f"Judge {found.wanted} more answers (console: Settings, Answers): {SHOWN} in all. They move the cut as soon"
            f" as {ENOUGH} of them had a probability of {CUTS[0]:.0%} or more; each further one makes it surer."
        )


def _standing(each: Standing, questions: int) -> Iterator[str]:
    if each.cut > 1:
        yield "  Only questions in the very words of a page are answered: no cut keeps this so far."
    else:
        yield f"  It answers from a probability of {each.cut:g}."
    known = each.measured
    if known.judged:
        yield (
            f"  Of the last {known.judged} judged answers {known.right} were right ({known.low:.0%}-{known.high:.0%});"
            f" with a probability of 80% more than {known.bound:.0%} are."
        )
    if questions:
        yield f"  Price: {each.handoffs:.0%} of recent questions are asked back or handed off."
