"""F11: the agent breaks, is late, never ends or says nothing. The shopper gets a person or the merchant's message, in
time, and never silence or a stack trace (G7); and whatever the agent says too late, nobody hears (G8)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import pytest_asyncio

from tests.faults.world import Mind
from tests.flows.shop import Shopper, Town, a_town
from warmline.actions.app import Timings
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import Answered, Citation, CouldNotAnswer, Failed, Thought, Turn

pytestmark = pytest.mark.asyncio(loop_scope="module")

THINKING = 1.5
"""Seconds that the agent gets here, instead of 15."""
SICK = ("breaks", "fails", "is late", "never ends", "says nothing", "says nonsense")
METHODS = {
    "ticket": {"method": "ticket", "helpdesk": "inbox"},
    "message": {"method": "message", "message": {"en": "Please look at our help pages."}},
}


@dataclass
class SickMind(Mind):
    """Does what the question says."""

    ended: list[str] = field(default_factory=list)

    async def think(self, workspace: WorkspaceId, turn: Turn) -> Thought:
        match turn.question.splitlines()[-1]:
            case "breaks":
                raise RuntimeError("Traceback (most recent call last)")
            case "fails":
                return Thought(Failed("500 Internal Server Error"), "en", {})
            case "is late":
                await asyncio.sleep(THINKING + 1)
            case "never ends":
                await asyncio.Event().wait()
            case "says nothing":
                return Thought(Answered("", (), 0.99), "en", {})
            case "says nonsense":
                return Thought(Answered("\x00\x01 \u2028", (), 0.99), "en", {})
            case "takes a while":
                await asyncio.sleep(1)
                self.ended.append("takes a while")
            case "does not know":
                return Thought(CouldNotAnswer(0.1), "en", {})
        return Thought(Answered("Within 60 days.", (Citation("Returns", None),), 0.95), "en", {})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("sick")) as town:
        app = town.machine.app
        app.timings = replace(app.timings, thinking=timedelta(seconds=THINKING))
        yield town


async def test_g7_the_agent_gets_15_seconds_at_most() -> None:
    assert Timings().thinking <= timedelta(seconds=15)


async def test_f11_g7_a_sick_agent_means_a_person_or_the_message_in_time(town: Town) -> None:
    cases: list[tuple[str, str, Shopper]] = []
    for method, handoff in METHODS.items():
        shop = await town.shop(handoff=handoff)
        cases += [(method, mind, await shop.shopper()) for mind in SICK]
    town.machine.app.agent = SickMind()
    took = await asyncio.gather(*(_asked(*case) for case in cases))
    print("slowest word to the shopper: " + f"{max(took):.1f} s of {THINKING} s for thinking")


async def _asked(method: str, mind: str, shopper: Shopper) -> float:
    began = time.monotonic()
    word = await shopper.ask(mind)
    took = time.monotonic() - began
    assert took < THINKING + 5, f"{mind}: {took:.1f} s of silence"
    assert word["text"].strip(" \u2028") and "Traceback" not in word["text"] and "500" not in word["text"], (mind, word)
    if method == "message":
        assert word["text"] == "Please look at our help pages.", mind
    else:
        await shopper.until(lambda event: event["kind"] == "handoff" and event["step"] == "offered")
    return took


async def test_g8_a_person_takes_over_while_the_agent_thinks_and_it_posts_nothing(town: Town) -> None:
    town.machine.app.agent = mind = SickMind()
    shop = await town.shop()
    marta, shopper = await shop.teammate("Marta"), await shop.shopper()
    await shopper.say("takes a while")
    await marta.post(f"/conversations/{shopper.id}/accept")
    await shopper.say("breaks")
    await marta.post(f"/conversations/{shopper.id}/reply", {"text": "I am here."})
    await shopper.until(lambda event: event.get("text") == "I am here.")
    await asyncio.sleep(1.5)
    await shopper.look()
    assert [event for event in shopper.log if event.get("author", {}).get("kind") == "agent"] == []
    assert mind.ended == [], "the generation went on after the take-over"
