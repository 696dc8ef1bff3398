"""One owner at a time, one handoff for one wish: nobody talks over a person, and an old handoff never comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.shop import ANSWERABLE, UNANSWERABLE, Colleague, Shop, Shopper, Town, a_town
from tests.flows.test_second import made
from warmline.domain.effect import EffectKind, EffectState, OwedEffect
from warmline.domain.ids import WorkerId
from warmline.store.base import LEASE, Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("owner")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


async def a_shop(town: Town) -> tuple[Shop, Colleague]:
    shop = await town.shop()
    return shop, await shop.teammate()


async def with_marta(town: Town) -> tuple[Colleague, Shopper]:
    """A shopper whose question Marta took."""
    shop, marta = await a_shop(town)
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    await shopper.choose("accept")
    await shopper.email("anna@example.com")
    await marta.post(f"/conversations/{shopper.id}/accept")
    return marta, shopper


@dataclass
class Slow:
    """An agent that thinks until it is told to speak. `cut` counts what was ended in the middle."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    cut: int = 0

    def instead_of(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        think = town.machine.app.agent.think

        async def slowly(*given: Any) -> Any:
            self.begun.set()
            try:
                await self.go_on.wait()
            except asyncio.CancelledError:
                self.cut += 1
                self.ended.set()
                raise
            return await think(*given)

        monkeypatch.setattr(town.machine.app.agent, "think", slowly)


def said_by_agent(shopper: Shopper) -> list[str]:
    return [event["text"] for event in shopper.log if event.get("author", {}).get("kind") == "agent"]


async def idle(town: Town) -> None:
    assert town.machine.worker is not None
    await asyncio.wait_for(town.machine.worker.idle(), 20)


async def test_g8_a_take_over_ends_the_thinking_and_nothing_of_it_is_said(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, marta = await a_shop(town)
    slow = Slow()
    slow.instead_of(town, monkeypatch)
    shopper = await shop.shopper()
    await shopper.say(ANSWERABLE)
    await asyncio.wait_for(slow.begun.wait(), 20)
    await marta.post(f"/conversations/{shopper.id}/take-over")
    await asyncio.wait_for(slow.ended.wait(), 5)  # long before the time-out of a turn would end it
    await shopper.until_notice("joined")
    assert said_by_agent(shopper) == []


async def test_g8_a_late_answer_is_refused_in_its_own_commit(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cut does not come (another process, a lost hint): the commit itself asks who owns the conversation."""
    shop, marta = await a_shop(town)
    slow = Slow()
    slow.instead_of(town, monkeypatch)
    monkeypatch.setattr(town.machine.worker, "_cancel", lambda key: None)
    shopper = await shop.shopper()
    await shopper.say(ANSWERABLE)
    await asyncio.wait_for(slow.begun.wait(), 20)
    monkeypatch.setattr(town.machine.app.live, "tell", _silent)
    await marta.post(f"/conversations/{shopper.id}/take-over")
    slow.go_on.set()
    await idle(town)
    monkeypatch.undo()
    await shopper.until_notice("joined")
    assert slow.cut == 0 and said_by_agent(shopper) == []


async def _silent(*_: Any) -> None:
    """A bus that loses everything."""


async def test_g8_an_older_hint_does_not_cut_what_was_asked_since(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, _ = await a_shop(town)
    slow = Slow()
    slow.instead_of(town, monkeypatch)
    shopper = await shop.shopper()
    await shopper.say(ANSWERABLE)
    await asyncio.wait_for(slow.begun.wait(), 20)
    await town.machine.app.live.tell("dropped", {"key": f"answer:{shopper.id}"})
    await asyncio.sleep(0.3)
    slow.go_on.set()
    await shopper.until(lambda event: event.get("author", {}).get("kind") == "agent")
    assert slow.cut == 0


async def test_g8_after_a_hand_back_the_agent_waits_for_a_word_and_the_old_handoff_stays_old(town: Town) -> None:
    marta, shopper = await with_marta(town)
    await marta.post(f"/conversations/{shopper.id}/reply", {"text": "No, sorry."})
    await shopper.say("A pity.")
    await shopper.look()
    before = len(said_by_agent(shopper))
    await marta.post(f"/conversations/{shopper.id}/hand-back")
    await shopper.until_notice("handback")
    await idle(town)
    await shopper.look()
    assert len(said_by_agent(shopper)) == before, "what was said to the person is not answered again"
    assert shopper.state["step"] is None and shopper.state["handoff"] is None
    stale = await shopper.post("/handoff", {"choice": "accept", "handoff": 1})
    assert stale.status_code == 409
    answer = await shopper.ask(ANSWERABLE)
    assert "60 days" in answer["text"]
    state = await shopper.choose("request")
    assert state["handoff"] == 2 and state["step"] == "delivered"


async def test_g8_a_conversation_that_was_opened_again_is_the_teammates_and_starts_no_handoff(town: Town) -> None:
    marta, shopper = await with_marta(town)
    await marta.post(f"/conversations/{shopper.id}/close", {"reason": "answered"})
    await marta.post(f"/conversations/{shopper.id}/reopen")
    await shopper.look()
    before = len(said_by_agent(shopper))
    await shopper.say("I want to talk to a human")
    await shopper.say(ANSWERABLE)
    await idle(town)
    await shopper.look()
    assert len(said_by_agent(shopper)) == before and shopper.state["owner"] == "teammate"
    assert shopper.state["handoff"] is None


async def test_g5_two_tabs_and_five_times_human_are_one_handoff_and_one_ticket(town: Town) -> None:
    shop = await town.shop(connect=("gorgias",), handoff={"helpdesk": "gorgias"})
    shopper = await shop.shopper()
    await shopper.say("My parcel is lost.")
    for _ in range(5):
        await shopper.say("human")
    presses = [shopper.post("/handoff", {"choice": "request"}) for _ in range(4)]
    assert {answer.status_code for answer in await asyncio.gather(*presses)} == {200}
    both = await asyncio.gather(shopper.email("anna@example.com"), shopper.email("anna@example.com"))
    assert {answer.status_code for answer in both} == {200}
    await asyncio.gather(*(shopper.post("/handoff", {"choice": "accept"}) for _ in range(3)))
    await shopper.until_notice("ticket")
    await idle(town)
    await shopper.look()
    assert made(shop, "gorgias", shopper) == 1
    assert shopper.state["handoff"] == 1 and shopper.notices().count("ticket") == 1
    assert {event["n"] for event in shopper.log if event["kind"] == "handoff"} == {1}


async def test_g5_two_rules_that_fire_are_one_handoff(town: Town) -> None:
    rules = {
        "courier": {"phrases": ["courier"], "action": "hand_off"},
        "damage": {"phrases": ["damage"], "action": "hand_off"},
    }
    shop = await town.shop(connect=("gorgias",), handoff={"helpdesk": "gorgias"}, rules=rules)
    shopper = await shop.shopper()
    await shopper.ask("There is damage, the courier did it.")
    await shopper.until(lambda event: event.get("step") == "offered")
    await shopper.ask("The courier said the damage was there before.")
    assert shopper.steps() == ["offered"], "an offer that stands is not made again"
    await shopper.choose("accept")
    await shopper.email("anna@example.com")
    await shopper.until_notice("ticket")
    assert made(shop, "gorgias", shopper) == 1 and shopper.state["handoff"] == 1


async def test_g9_what_a_dead_worker_held_is_taken_over_when_its_lease_ends(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await town.shop(connect=("gorgias",), handoff={"helpdesk": "gorgias"})
    worker = town.machine.worker
    assert worker is not None
    start, lost = worker._start, list[OwedEffect]()

    def dies(effect: OwedEffect) -> None:
        if effect.kind is EffectKind.TICKET and not lost:
            lost.append(effect)
        else:
            start(effect)

    monkeypatch.setattr(worker, "_start", dies)
    shopper = await shop.shopper()
    await shopper.say("My parcel is lost.")
    await shopper.choose("request")
    await shopper.email("anna@example.com")
    await asyncio.sleep(0.5)
    assert lost and made(shop, "gorgias", shopper) == 0
    town.clock.ahead += LEASE + timedelta(seconds=5)
    await shopper.until_notice("ticket")
    assert made(shop, "gorgias", shopper) == 1
    assert not await town.machine.app.store.write(lambda tx: tx.begin_attempt(lost[0], town.clock(), b""))


async def test_g9_what_a_dead_predecessor_held_is_free_at_once(town: Town) -> None:
    """As a start does it, with the lock of the data folder in its hand: nobody waits for a lease to end."""
    shop, _ = await a_shop(town)
    shopper = await shop.shopper()
    store = town.machine.app.store

    def left_behind(tx: Transaction) -> None:
        tx.run(
            "INSERT INTO effect (id, workspace, conversation, kind, key, data, state, created_at, due, lease_owner,"
            " lease_until, fence, tries, attempt) SELECT 'eff_left', workspace, id, 'saved', 'saved:left',"
            " '{\"n\": 1}', 'pending', last_at, last_at, :dead, last_at + 3600000000, 1, 0, 'none'"
            " FROM conversation WHERE id = :id",
            dead=WorkerId("wrk_dead"),
            id=shopper.id,
        )

    await store.write(left_behind)
    await asyncio.sleep(0.5)
    assert await store.read(lambda tx: tx.effect_state(shop.workspace, "saved:left")) is EffectState.PENDING
    await store.write(lambda tx: tx.let_go_of_all(town.clock()))
    end = time.monotonic() + 20
    while await store.read(lambda tx: tx.effect_state(shop.workspace, "saved:left")) is not EffectState.DONE:
        assert time.monotonic() < end
        await asyncio.sleep(0.1)
