"""The one hole: a worker paused beyond its lease at a vendor without keys. What comes of it is seen and named."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.shop import Colleague, Shop, Shopper, Town, a_town
from tests.flows.test_needs_person import NEEDS, listed
from tests.flows.test_second import a_wish, made
from warmline.actions.alarms import DOUBLED
from warmline.actions.deliver_ticket import deliver_ticket
from warmline.domain.effect import EffectKind, OwedEffect
from warmline.domain.ticket import TicketRef
from warmline.domain.workspace import Role
from warmline.helpdesks.gorgias.helpdesk import Gorgias
from warmline.sandbox.seen import SeenMail

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("doubles")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        # A paused worker's clock stands still: its own time-out does not end the call.
        town.machine.app.timings = replace(town.machine.app.timings, helpdesk=timedelta(seconds=30))
        yield town


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def calm(town: Town) -> AsyncIterator[None]:
    yield
    town.sandbox.clear_faults()


class Paused:
    """Another worker, stopped just before its request goes out."""

    def __init__(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        self.town, self.reached, self.go_on = town, asyncio.Event(), asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        worker = town.machine.worker
        assert worker is not None
        start: Callable[[OwedEffect], None] = worker._start

        def given_away(effect: OwedEffect) -> None:
            if effect.kind is EffectKind.TICKET and self.task is None:
                self.task = asyncio.create_task(deliver_ticket(town.machine.app, effect))
            else:
                start(effect)

        create = Gorgias.create

        async def held(desk: Gorgias, key: str, body: bytes) -> TicketRef:
            if asyncio.current_task() is self.task:
                self.reached.set()
                await self.go_on.wait()
            return await create(desk, key, body)

        monkeypatch.setattr(worker, "_start", given_away)
        monkeypatch.setattr(Gorgias, "create", held)

    async def wakes(self) -> None:
        assert self.task is not None
        self.go_on.set()
        await asyncio.wait_for(self.task, 20)


@contextmanager
def errors() -> Any:
    """The lines of the log at ERROR. A handler of our own: the server's set-up replaces pytest's."""
    lines: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("warmline.actions.watch_doubles")
    log.addHandler(handler)
    try:
        yield lines
    finally:
        log.removeHandler(handler)


async def mailed(town: Town, address: str) -> SeenMail:
    """The first mail to this address."""
    for _ in range(200):
        found = [each for each in town.sandbox.mails() if address in each.recipients]
        if found:
            return found[0]
        await asyncio.sleep(0.1)
    raise AssertionError(f"no mail came to {address}")


async def a_shop(town: Town) -> tuple[Shop, Colleague]:
    shop = await town.shop(connect=("gorgias",), handoff={"helpdesk": "gorgias"})
    return shop, await shop.teammate("Olga", Role.OWNER)


async def later(town: Town, shopper: Shopper, **time: float) -> None:
    """The lease ends, and the vendor's search can be believed."""
    town.clock.ahead += timedelta(**time)
    await shopper.look()


async def test_g5_a_worker_paused_beyond_its_lease_is_the_hole_and_its_ticket_is_named(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, olga = await a_shop(town)
    late = Paused(town, monkeypatch)
    shopper = await a_wish(shop)
    await asyncio.wait_for(late.reached.wait(), 20)
    await later(town, shopper, minutes=3)
    await shopper.until_notice("ticket")
    assert made(shop, "gorgias", shopper) == 1
    before = DOUBLED._value.get()
    with errors() as lines:
        await late.wakes()
        [need] = await listed(olga, "doubled")
    assert made(shop, "gorgias", shopper) == 2, "this vendor cannot tell a repeated call: the hole is real"
    strangers = {f"#{each.id}" for each in shop.sandbox.tickets("gorgias") if shopper.id in (each.external_id or "")}
    strangers.discard(shopper.state["ticket"]["reference"])
    [stranger] = strangers
    assert stranger in need["why"] and any(stranger in line for line in lines)
    assert DOUBLED._value.get() == before + 1
    letter = await mailed(town, f"olga@{shop.workspace}.example")
    assert stranger in letter.text and shopper.id in letter.text
    whole = await olga.get(f"/conversations/{shopper.id}")
    assert f"A second ticket was made for this handoff: gorgias {stranger}" in str(whole)
    await shopper.look()
    assert shopper.notices().count("ticket") == 1 and stranger not in shopper.texts()
    assert (await olga.http.post(f"{NEEDS}/{need['id']}/send-again")).status_code == 409
    await olga.post(f"{NEEDS}/{need['id']}/settle")
    await listed(olga)


async def test_g5_a_late_ticket_is_adopted_while_nobody_has_made_another(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, olga = await a_shop(town)
    late = Paused(town, monkeypatch)
    town.sandbox.add_fault("gorgias", "error_before", operation="lookup")
    shopper = await a_wish(shop)
    await asyncio.wait_for(late.reached.wait(), 20)
    await later(town, shopper, minutes=3)
    await shopper.until_notice("saved")
    await late.wakes()
    town.sandbox.clear_faults()
    await later(town, shopper, minutes=3)
    await shopper.until_notice("ticket")
    assert made(shop, "gorgias", shopper) == 1
    await later(town, shopper, minutes=3)
    await listed(olga)


async def test_g5_two_tickets_in_one_look_up_are_seen(town: Town) -> None:
    """An index that showed the first too late: the look after the delivery finds both."""
    shop, olga = await a_shop(town)
    town.sandbox.add_fault("gorgias", "reset_after", operation="create", times=1)
    town.sandbox.configure("gorgias", index_delay=600)
    try:
        shopper = await a_wish(shop)
        await shopper.until_notice("saved")
        await later(town, shopper, minutes=3)
        await shopper.until_notice("ticket")
    finally:
        town.sandbox.configure("gorgias", index_delay=0)
    await later(town, shopper, minutes=3)
    await listed(olga, "doubled")
    assert made(shop, "gorgias", shopper) == 2


async def test_g5_a_worker_that_was_paused_before_its_call_does_not_send_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, olga = await a_shop(town)
    store = town.machine.app.store
    write = store.write
    slept: list[bool] = []

    async def slow(work: Any) -> Any:
        done = await write(work)
        if not slept and "_begin" in getattr(work, "__code__", slow.__code__).co_names:
            slept.append(True)
            town.clock.ahead += timedelta(seconds=40)
        return done

    monkeypatch.setattr(store, "write", slow)
    shopper = await a_wish(shop)
    await shopper.until_notice("saved")
    assert slept and made(shop, "gorgias", shopper) == 0
    await shopper.until_notice("ticket")
    assert made(shop, "gorgias", shopper) == 1
    await listed(olga)
