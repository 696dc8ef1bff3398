"""The second destination takes over what the first cannot have taken, and only that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.shop import Shop, Shopper, Town, a_town
from warmline.actions import deliver_ticket as delivery
from warmline.domain.effect import OwedEffect
from warmline.domain.ticket import TicketRef

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("second")]

LATER = timedelta(minutes=2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def calm(town: Town) -> AsyncIterator[None]:
    yield
    town.sandbox.clear_faults()


def first(helpdesk: str, then: str) -> dict[str, Any]:
    return {"handoff": {"helpdesk": helpdesk, "second": then, "second_after_minutes": 1}}


async def a_wish(shop: Shop) -> Shopper:
    """Somebody asked for a person and left an address: the handoff is owed."""
    shopper = await shop.shopper()
    await shopper.say("The zip of my tent is broken.")
    await shopper.choose("request")
    assert (await shopper.email("anna@example.com")).status_code == 200
    return shopper


def made(shop: Shop, vendor: str, shopper: Shopper) -> int:
    """The vendor's own count."""
    return sum(n for key, n in shop.sandbox.count_by_external_id(vendor).items() if shopper.id in key)


async def test_g5_the_inbox_takes_over_what_a_dead_helpdesk_never_made(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), **first("zendesk", "inbox"))
    marta = await shop.teammate()
    town.sandbox.add_fault("zendesk", "error_before")
    shopper = await a_wish(shop)
    await shopper.until_notice("saved")
    assert shopper.state["owner"] == "helpdesk" and shopper.state["reply"] == "email"
    town.clock.ahead += LATER
    await marta.put("/me/presence", {"status": "available"})
    await shopper.until(lambda event: event.get("notice") in {"queued", "auto_reply"})
    await shopper.until(lambda event: event.get("step") == "delivered")
    assert shopper.state["owner"] == "queue" and shopper.state["open"] and "ticket" not in shopper.state
    town.sandbox.clear_faults()
    await marta.post(f"/conversations/{shopper.id}/accept")
    await marta.post(f"/conversations/{shopper.id}/reply", {"text": "Send us a photo of it."})
    await shopper.until(lambda event: event.get("author", {}).get("kind") == "teammate")
    assert made(shop, "zendesk", shopper) == 0


async def test_g5_another_helpdesk_takes_over_and_the_shopper_reads_where_it_is(town: Town) -> None:
    shop = await town.shop(connect=("zendesk", "gorgias"), **first("zendesk", "gorgias"))
    town.sandbox.add_fault("zendesk", "reset_before", operation="create")
    shopper = await a_wish(shop)
    await shopper.until_notice("saved")
    town.clock.ahead += LATER
    await shopper.until_notice("ticket")
    assert shopper.state["ticket"]["helpdesk"] == "gorgias"
    assert shopper.notices().count("saved") == 1
    assert made(shop, "gorgias", shopper) == 1 and made(shop, "zendesk", shopper) == 0


async def test_g5_unknown_at_the_first_is_looked_up_and_found_so_nobody_takes_over(town: Town) -> None:
    shop = await town.shop(connect=("zendesk", "gorgias"), **first("zendesk", "gorgias"))
    town.sandbox.add_fault("zendesk", "reset_after", operation="create")
    town.sandbox.add_fault("zendesk", "error_before", operation="lookup")
    shopper = await a_wish(shop)
    await shopper.until_notice("saved")
    town.clock.ahead += LATER
    await asyncio.sleep(1)
    await shopper.look()
    assert shopper.state["step"] == "owed" and made(shop, "gorgias", shopper) == 0
    town.sandbox.clear_faults()
    town.clock.ahead += LATER
    await shopper.until_notice("ticket")
    assert shopper.state["ticket"]["helpdesk"] == "zendesk"
    assert made(shop, "zendesk", shopper) == 1 and made(shop, "gorgias", shopper) == 0


async def test_g5_looked_up_and_not_there_lets_the_second_go_on(town: Town) -> None:
    shop = await town.shop(connect=("zendesk", "gorgias"), **first("gorgias", "zendesk"))
    town.sandbox.add_fault("gorgias", "reset_before", operation="create")
    town.sandbox.add_fault("gorgias", "error_before", operation="lookup")
    shopper = await a_wish(shop)
    await shopper.until_notice("saved")
    town.clock.ahead += LATER
    await asyncio.sleep(0.5)
    assert made(shop, "zendesk", shopper) == 0
    town.sandbox.clear_faults("gorgias")
    town.clock.ahead += LATER
    await shopper.until_notice("ticket")
    assert shopper.state["ticket"]["helpdesk"] == "zendesk"
    assert made(shop, "gorgias", shopper) == 0 and made(shop, "zendesk", shopper) == 1


async def test_g5_a_late_worker_of_the_first_neither_creates_nor_records(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is held before its attempt, longer than its lease; meanwhile the Inbox has taken over."""
    shop = await town.shop(connect=("zendesk",), **first("zendesk", "inbox"))
    held: list[Any] = []
    paused, go_on = asyncio.Event(), asyncio.Event()
    create = delivery._create

    async def slow(app: Any, job: Any, desk: Any) -> None:
        held.append((job, desk))
        paused.set()
        await go_on.wait()
        await create(app, job, desk)

    monkeypatch.setattr(delivery, "_create", slow)
    shopper = await a_wish(shop)
    await asyncio.wait_for(paused.wait(), 20)
    town.clock.ahead += LATER
    await shopper.until(lambda event: event.get("step") == "delivered")
    go_on.set()
    worker = town.machine.worker
    assert worker is not None
    await asyncio.wait_for(worker.idle(), 20)
    job, desk = held[0]
    late: OwedEffect = job.effect
    assert not await town.machine.app.store.read(lambda tx: tx.still_ours(late))
    assert made(shop, "zendesk", shopper) == 0
    await delivery._arrived(town.machine.app, job, TicketRef("7001", None, "#7001"), desk)
    await shopper.look()
    assert shopper.state["owner"] == "queue" and "ticket" not in shopper.state
    assert "ticket" not in shopper.notices()


async def test_nobody_accepts_in_the_inbox_so_the_second_gets_a_ticket(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), **first("inbox", "zendesk"))
    marta = await shop.teammate(available=False)
    shopper = await a_wish(shop)
    await shopper.until_notice("auto_reply")
    assert shopper.state["owner"] == "queue"
    town.clock.ahead += LATER
    await shopper.until_notice("ticket")
    assert shopper.state["ticket"]["helpdesk"] == "zendesk" and made(shop, "zendesk", shopper) == 1
    refused = await marta.http.post(f"/conversations/{shopper.id}/accept")
    assert refused.status_code == 409


async def test_who_accepts_in_time_keeps_it(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), **first("inbox", "zendesk"))
    marta = await shop.teammate()
    shopper = await a_wish(shop)
    await marta.post(f"/conversations/{shopper.id}/accept")
    town.clock.ahead += LATER
    await asyncio.sleep(0.5)
    await shopper.look()
    assert shopper.state["owner"] == "teammate" and made(shop, "zendesk", shopper) == 0
