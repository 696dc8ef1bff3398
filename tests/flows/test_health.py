"""A dead credential is told of within a minute; its handoffs wait, are counted, and go out once when it is mended."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.shop import Colleague, Shop, Shopper, Town, a_town
from tests.flows.test_needs_person import NEEDS, listed
from tests.flows.test_second import a_wish, made
from warmline.actions.connect_integration import save_connection
from warmline.actions.deliver_ticket import delivery_failed
from warmline.actions.wait_for_account import asked_with, wait_for_account
from warmline.domain.effect import OwedEffect
from warmline.domain.ids import WorkerId
from warmline.domain.workspace import Role
from warmline.errors import AccountRefused
from warmline.sandbox.credentials import GORGIAS_API_KEY, GORGIAS_EMAIL
from warmline.sandbox.seen import SeenMail
from warmline.store.base import Integration, Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("health")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def calm(town: Town) -> AsyncIterator[None]:
    yield
    town.sandbox.clear_faults()
    town.sandbox.add_credential("gorgias", GORGIAS_EMAIL, GORGIAS_API_KEY)


async def a_shop(town: Town) -> tuple[Shop, Colleague]:
    """Connected as the console does it: with its daily check owed."""
    shop = await town.shop(connect=("gorgias",), handoff={"helpdesk": "gorgias"})

    def connect(tx: Transaction) -> None:
        stored = tx.integration(shop.workspace, "gorgias")
        assert stored is not None
        save_connection(tx, shop.workspace, stored, town.clock())

    await town.machine.app.store.write(connect)
    return shop, await shop.teammate("Olga", Role.OWNER)


async def mails(town: Town, shop: Shop) -> list[SeenMail]:
    """What the owner was told about the connection."""
    to = f"olga@{shop.workspace}.example"
    return [each for each in town.sandbox.mails() if to in each.recipients and "refuses the connection" in each.subject]


async def until(wanted: Any, seconds: float = 25) -> None:
    end = time.monotonic() + seconds
    while not await wanted():
        assert time.monotonic() < end
        await asyncio.sleep(0.1)


async def paused(town: Town, shop: Shop) -> str | None:
    found = await town.machine.app.store.read(lambda tx: tx.integration(shop.workspace, "gorgias"))
    assert found is not None
    return found.paused_why


async def test_a_revoked_key_is_mailed_at_once_and_every_waiting_handoff_goes_out_once(town: Town) -> None:
    shop, olga = await a_shop(town)
    town.sandbox.revoke_credential("gorgias", GORGIAS_EMAIL)
    began = time.monotonic()
    shoppers = [await a_wish(shop) for _ in range(3)]

    async def told() -> bool:
        return bool(await mails(town, shop))

    await until(told)
    assert time.monotonic() - began < 60, "within a minute of the first refusal"
    for shopper in shoppers:
        await shopper.until_notice("saved")
        assert shopper.state["step"] == "owed"
    needs = await listed(olga, "paused", "paused", "paused")
    [letter] = await mails(town, shop)
    assert "/settings/helpdesks/gorgias" in letter.text and "None is" in letter.text
    await asyncio.sleep(0.5)
    assert len(await mails(town, shop)) == 1, "one mail, however many handoffs wait"
    town.sandbox.add_credential("gorgias", GORGIAS_EMAIL, GORGIAS_API_KEY)
    await olga.post(f"{NEEDS}/{needs[0]['id']}/send-again")
    for shopper in shoppers:
        await shopper.until_notice("ticket")
    assert [made(shop, "gorgias", shopper) for shopper in shoppers] == [1, 1, 1]
    assert await paused(town, shop) is None
    await listed(olga)


async def test_a_dead_key_is_found_by_the_daily_check_before_any_shopper_meets_it(town: Town) -> None:
    shop, _ = await a_shop(town)
    created = len(town.sandbox.tickets("gorgias"))
    town.sandbox.revoke_credential("gorgias", GORGIAS_EMAIL)
    assert await paused(town, shop) is None
    town.clock.ahead += timedelta(hours=25)

    async def told() -> bool:
        return bool(await mails(town, shop))

    await until(told)
    assert await paused(town, shop)
    health = await town.machine.app.store.read(lambda tx: tx.health(shop.workspace, "gorgias"))
    assert health is not None
    failed = next(step for step in health[0].steps if step.ok is False)
    assert failed.name == "Credentials accepted" and "REST API" in failed.remedy
    assert len(town.sandbox.tickets("gorgias")) == created, "a check makes no ticket"


async def test_a_connection_that_is_well_again_goes_on_by_itself(town: Town) -> None:
    shop, olga = await a_shop(town)
    town.sandbox.revoke_credential("gorgias", GORGIAS_EMAIL)
    shopper: Shopper = await a_wish(shop)
    await shopper.until_notice("saved")
    await listed(olga, "paused")
    town.sandbox.add_credential("gorgias", GORGIAS_EMAIL, GORGIAS_API_KEY)
    town.clock.ahead += timedelta(minutes=16)
    await shopper.until_notice("ticket")
    assert made(shop, "gorgias", shopper) == 1 and await paused(town, shop) is None


async def held_by_us(town: Town, shop: Shop, shopper: Shopper) -> OwedEffect:
    """The waiting delivery, claimed by a worker that looked at the connection a moment ago."""

    def claim(tx: Transaction) -> OwedEffect:
        key = f"ticket:{shopper.id}-1"
        tx.bring_forward(shop.workspace, key, town.clock())
        effect = tx.effect_by_key(shop.workspace, key)
        assert effect is not None
        claimed = tx.claim(effect.id, WorkerId("late"), town.clock())
        assert claimed is not None
        return claimed

    return await town.machine.app.store.write(claim)


async def a_paused_handoff(town: Town) -> tuple[Shop, Shopper, Integration]:
    shop, olga = await a_shop(town)
    town.sandbox.revoke_credential("gorgias", GORGIAS_EMAIL)
    shopper = await a_wish(shop)
    await shopper.until_notice("saved")
    await listed(olga, "paused")
    town.sandbox.add_credential("gorgias", GORGIAS_EMAIL, GORGIAS_API_KEY)
    found = await town.machine.app.store.read(lambda tx: tx.integration(shop.workspace, "gorgias"))
    assert found is not None
    return shop, shopper, found


async def test_a_pause_that_ends_while_a_worker_looks_at_it_is_not_slept_through(town: Town) -> None:
    shop, shopper, paused_one = await a_paused_handoff(town)
    store, now = town.machine.app.store, town.clock
    effect = await held_by_us(town, shop, shopper)
    await store.write(lambda tx: tx.resume_integration(shop.workspace, "gorgias", paused_one.revision))
    waits = await store.write(lambda tx: wait_for_account(tx, effect, "gorgias", now()))
    assert waits is False
    await shopper.until_notice("ticket")
    assert made(shop, "gorgias", shopper) == 1


async def test_a_refusal_of_the_old_key_does_not_pause_the_new_connection(town: Town) -> None:
    shop, shopper, paused_one = await a_paused_handoff(town)
    effect = await held_by_us(town, shop, shopper)
    await town.machine.app.store.write(lambda tx: save_connection(tx, shop.workspace, paused_one, town.clock()))
    with pytest.raises(AccountRefused) as late, asked_with(paused_one):
        raise AccountRefused("401 for the old key")
    await delivery_failed(town.machine.app, effect, late.value)
    assert await paused(town, shop) is None
    await shopper.until_notice("ticket")
    assert made(shop, "gorgias", shopper) == 1 and await paused(town, shop) is None


async def test_a_refusal_that_no_look_can_see_is_tried_less_and_less_and_mailed_once(town: Town) -> None:
    shop, _ = await a_shop(town)
    town.sandbox.add_fault("gorgias", "refuse_account", operation="create")
    shopper = await a_wish(shop)

    async def told() -> bool:
        return bool(await mails(town, shop))

    await until(told)
    tries: list[int] = []
    for _ in range(4):
        town.clock.ahead += timedelta(minutes=16)
        await asyncio.sleep(0.7)
        tries.append(sum(each.operation == "create" for each in town.sandbox.requests("gorgias")))
    assert tries[-1] - tries[0] <= 2, f"it waits longer each time: {tries}"
    assert len(await mails(town, shop)) == 1
    await shopper.look()
    assert shopper.state["step"] == "owed"


async def test_nothing_of_a_credential_is_in_the_log_or_the_mail(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    shop, _ = await a_shop(town)
    with caplog.at_level(logging.INFO):
        town.sandbox.revoke_credential("gorgias", GORGIAS_EMAIL)
        await a_wish(shop)

        async def told() -> bool:
            return bool(await mails(town, shop))

        await until(told)
    assert GORGIAS_API_KEY not in caplog.text and "anna@example.com" not in caplog.text
    assert all(GORGIAS_API_KEY not in each.text for each in await mails(town, shop))
