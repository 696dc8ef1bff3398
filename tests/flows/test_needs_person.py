"""What does not go on by itself is on one list, with the ways out, until it has arrived or somebody has it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.shop import Colleague, Shop, Shopper, Town, a_town
from tests.flows.test_second import a_wish, made
from warmline.actions.connect_integration import save_connection
from warmline.domain.workspace import Role
from warmline.store.base import Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("needs")]

TO_ZENDESK = {"handoff": {"helpdesk": "zendesk"}}
NEEDS = "/inbox/needs-person"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def calm(town: Town) -> AsyncIterator[None]:
    yield
    town.sandbox.clear_faults()


async def a_shop(town: Town) -> tuple[Shop, Colleague]:
    shop = await town.shop(connect=("zendesk",), **TO_ZENDESK)
    return shop, await shop.teammate()


async def listed(marta: Colleague, *kinds: str) -> list[Any]:
    """The list, once it holds exactly these kinds."""
    end = time.monotonic() + 25
    while True:
        needs: list[Any] = (await marta.get(NEEDS))["needs"]
        if sorted(need["kind"] for need in needs) == sorted(kinds):
            assert (await marta.get("/inbox/counts"))["needs_person"] == len(kinds)
            return needs
        assert time.monotonic() < end, f"the list is {needs}"
        await asyncio.sleep(0.1)


async def test_a_refused_ticket_is_listed_and_sent_again(town: Town) -> None:
    shop, marta = await a_shop(town)
    town.sandbox.add_fault("zendesk", "refuse_ticket", operation="create", times=1)
    shopper = await a_wish(shop)
    [need] = await listed(marta, "refused")
    assert need["conversation"] == shopper.id and need["helpdesk"] == "zendesk"
    assert need["tries"] == 1 and need["why"] and not need["may_exist"]
    await marta.post(f"{NEEDS}/{need['id']}/send-again")
    await shopper.until_notice("ticket")
    await listed(marta)
    assert made(shop, "zendesk", shopper) == 1


async def test_a_refused_ticket_is_taken_here_and_never_made_there(town: Town) -> None:
    shop, marta = await a_shop(town)
    town.sandbox.add_fault("zendesk", "refuse_ticket", operation="create", times=1)
    shopper = await a_wish(shop)
    [need] = await listed(marta, "refused")
    await marta.post(f"{NEEDS}/{need['id']}/take")
    await shopper.until_notice("joined")
    await listed(marta)
    town.clock.ahead += timedelta(minutes=20)
    await asyncio.sleep(0.5)
    assert made(shop, "zendesk", shopper) == 0 and shopper.state["owner"] == "teammate"


async def unknown(town: Town, how: str) -> tuple[Shop, Colleague, Shopper, Any]:
    """A try whose end nobody knows, at a helpdesk whose search does not answer."""
    shop, marta = await a_shop(town)
    town.sandbox.add_fault("zendesk", how, operation="create", times=1)
    town.sandbox.add_fault("zendesk", "error_before", operation="lookup")
    shopper = await a_wish(shop)
    await shopper.until_notice("saved")
    await tried(marta, shopper)
    town.clock.ahead += timedelta(minutes=3)
    [need] = await listed(marta, "unknown")
    assert need["may_exist"]
    return shop, marta, shopper, need


async def tried(marta: Colleague, shopper: Shopper) -> None:
    """Until a try has ended: "saved" is also said five seconds after a busy worker's begin."""
    end = time.monotonic() + 25
    while True:
        handoff = (await marta.get(f"/conversations/{shopper.id}"))["handoff"]
        if any(each["ended_at"] for each in handoff["tried"]):
            return
        assert time.monotonic() < end, handoff
        await asyncio.sleep(0.1)


async def test_g5_what_may_be_a_ticket_is_not_taken_but_looked_up_and_found(town: Town) -> None:
    shop, marta, shopper, need = await unknown(town, "reset_after")
    refused = await marta.http.post(f"{NEEDS}/{need['id']}/take")
    assert refused.status_code == 409 and "may already be in zendesk" in refused.json()["detail"]
    town.sandbox.clear_faults()
    await marta.http.post(f"{NEEDS}/{need['id']}/take")
    await shopper.until_notice("ticket")
    await listed(marta)
    assert made(shop, "zendesk", shopper) == 1


async def test_g5_after_seven_days_a_take_still_looks_before_it_takes(town: Town) -> None:
    shop, marta, shopper, _ = await unknown(town, "reset_before")
    town.clock.ahead += timedelta(days=8)
    marta = await shop.teammate("Tom")
    end = time.monotonic() + 25
    while (await marta.get("/inbox/counts"))["stuck"] != 1:
        assert time.monotonic() < end
        await asyncio.sleep(0.1)
    [need] = await listed(marta, "unknown")
    refused = await marta.http.post(f"{NEEDS}/{need['id']}/take")
    assert refused.status_code == 409
    town.sandbox.clear_faults()
    refused = await marta.http.post(f"{NEEDS}/{need['id']}/take")
    assert refused.status_code == 409
    [need] = await listed(marta, "refused")
    await marta.post(f"{NEEDS}/{need['id']}/take")
    await listed(marta)
    whole = await marta.get(f"/conversations/{shopper.id}")
    assert whole["conversation"]["owner"]["name"] == "Tom" and made(shop, "zendesk", shopper) == 0


async def test_who_looked_there_says_so_and_the_usual_rules_go_on(town: Town) -> None:
    shop, marta, shopper, need = await unknown(town, "reset_before")
    await marta.post(f"{NEEDS}/{need['id']}/not-there")
    await shopper.until_notice("ticket")
    assert made(shop, "zendesk", shopper) == 1
    await listed(marta)
    assert (await marta.http.post(f"{NEEDS}/{need['id']}/not-there")).status_code == 404


async def test_handoffs_that_wait_for_a_paused_account_are_listed_until_it_is_back(town: Town) -> None:
    shop, marta = await a_shop(town)
    town.sandbox.add_fault("zendesk", "refuse_account", operation="create")
    shopper = await a_wish(shop)
    [need] = await listed(marta, "paused")
    assert not need["may_exist"]
    town.sandbox.clear_faults()
    await marta.post(f"{NEEDS}/{need['id']}/send-again")
    await shopper.until_notice("ticket")
    await listed(marta)
    assert made(shop, "zendesk", shopper) == 1


async def test_a_follow_up_that_is_refused_is_listed_and_taken_here(town: Town) -> None:
    shop, marta = await a_shop(town)
    town.sandbox.add_fault("zendesk", "error_before", operation="create", times=1)
    town.sandbox.add_fault("zendesk", "refuse_ticket", operation="append", times=1)
    shopper = await a_wish(shop)
    await shopper.say("It is the green one.")
    await shopper.until_notice("ticket")
    [need] = await listed(marta, "follow_up")
    await marta.post(f"{NEEDS}/{need['id']}/take")
    await listed(marta)
    await shopper.until_notice("joined")
    assert shopper.state["open"] and shopper.state["owner"] == "teammate"


async def test_a_reply_that_cannot_be_mailed_is_listed_until_it_is_settled(town: Town) -> None:
    shop = await town.shop()
    marta = await shop.teammate()
    shopper = await a_wish(shop)
    await marta.post(f"/conversations/{shopper.id}/accept")
    town.clock.ahead += timedelta(minutes=5)
    town.sandbox.add_fault("mail", "refuse_ticket")
    await marta.post(f"/conversations/{shopper.id}/reply", {"text": "We send you a new one."})
    [need] = await listed(marta, "mail")
    await marta.post(f"{NEEDS}/{need['id']}/settle")
    await listed(marta)


async def test_another_shops_lines_are_nobodys(town: Town) -> None:
    shop, marta = await a_shop(town)
    town.sandbox.add_fault("zendesk", "refuse_ticket", operation="create", times=1)
    await a_wish(shop)
    [need] = await listed(marta, "refused")
    other, analyst = await (await town.shop()).teammate("Tom"), await shop.teammate("Ann", Role.ANALYST, False)
    for verb in ("send-again", "take", "not-there", "settle"):
        assert (await other.http.post(f"{NEEDS}/{need['id']}/{verb}")).status_code == 404
        assert (await analyst.http.post(f"{NEEDS}/{need['id']}/{verb}")).status_code == 403
    await listed(other)


async def another_account(shop: Shop, subdomain: str) -> None:
    """The merchant connects another Zendesk in its place."""
    now = shop.town.clock()

    def save(tx: Transaction) -> None:
        before = tx.integration(shop.workspace, "zendesk")
        assert before is not None
        account = replace(before, settings=dict(before.settings) | {"subdomain": subdomain})
        save_connection(tx, shop.workspace, account, now)

    await shop.town.machine.app.store.write(save)


def looked_up(shop: Shop) -> int:
    """Searches for a handoff; the check of a connection searches for a key that nobody has."""
    searches = [each.path for each in shop.sandbox.requests("zendesk") if "external_id=" in each.path]
    return sum("external_id=warmline-check" not in path for path in searches)


async def test_g5_an_open_try_is_never_searched_for_in_another_account(town: Town) -> None:
    shop, marta, shopper, need = await unknown(town, "reset_after")
    await another_account(shop, "newshop")
    town.clock.ahead += timedelta(minutes=3)
    end = time.monotonic() + 25
    while (await marta.get("/inbox/counts"))["stuck"] != 1:
        assert time.monotonic() < end
        await asyncio.sleep(0.1)
    # Only now: a search of the old account may have been under way when the new one was saved.
    town.sandbox.clear_faults()
    before = looked_up(shop)
    [need] = await listed(marta, "unknown")
    assert "https://acme.zendesk.com" in need["why"] and need["may_exist"]
    assert (await marta.http.post(f"{NEEDS}/{need['id']}/take")).status_code == 409
    await marta.post(f"{NEEDS}/{need['id']}/send-again")
    town.clock.ahead += timedelta(minutes=3)
    [need] = await listed(marta, "unknown")
    assert looked_up(shop) == before, "the new account was never asked"
    assert made(shop, "zendesk", shopper) == 1
    await another_account(shop, "acme")
    await marta.post(f"{NEEDS}/{need['id']}/send-again")
    await shopper.until_notice("ticket")
    await listed(marta)
    assert made(shop, "zendesk", shopper) == 1 and shopper.state["ticket"]["helpdesk"] == "zendesk"


async def test_g5_a_follow_up_never_goes_to_another_accounts_ticket(town: Town) -> None:
    shop, marta = await a_shop(town)
    town.sandbox.add_fault("zendesk", "error_before", operation="create", times=1)
    town.sandbox.add_fault("zendesk", "error_before", operation="append")
    shopper = await a_wish(shop)
    await shopper.say("It is the green one.")
    await shopper.until_notice("ticket")
    await another_account(shop, "newshop")
    town.clock.ahead += timedelta(minutes=3)
    [need] = await listed(marta, "follow_up")
    town.sandbox.clear_faults()
    assert "another account" in need["why"]
    [ticket] = [each for each in shop.sandbox.tickets("zendesk") if shopper.id in (each.external_id or "")]
    assert "It is the green one." not in str(ticket)
