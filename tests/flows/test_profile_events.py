"""What Klaviyo is told: each event once, only where the merchant wants it, and never what was said."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.shop import ANSWERABLE, UNANSWERABLE, Shop, Shopper, Town, a_town
from warmline.store.base import Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("two_way")]

ROUTED, RESOLVED, REPLIED = "Routed to team", "Conversation resolved by AI", "Human replied"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


async def a_shop(town: Town, events: bool = True) -> Shop:
    shop = await town.shop(connect=("klaviyo",))

    def switch(tx: Transaction) -> None:
        there = tx.integration(shop.workspace, "klaviyo")
        assert there is not None
        tx.save_integration(shop.workspace, replace(there, settings={"events": events}), datetime.now(UTC))

    await town.machine.app.store.write(switch)
    return shop


def told(shop: Shop, shopper: Shopper) -> list[dict[str, Any]]:
    return [each for each in shop.sandbox.events() if each["properties"]["conversation_id"] == shopper.id]


async def until_told(shop: Shop, shopper: Shopper, *metrics: str) -> list[dict[str, Any]]:
    end = time.monotonic() + 20
    while sorted(each["metric"] for each in told(shop, shopper)) != sorted(metrics):
        assert time.monotonic() < end, [each["metric"] for each in told(shop, shopper)]
        await asyncio.sleep(0.05)
    return told(shop, shopper)


async def routed(shop: Shop) -> Shopper:
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    await shopper.choose("accept")
    await shopper.email(f"ann.{shop.workspace}@example.com")
    await shopper.until(lambda event: event.get("step") == "delivered")
    return shopper


async def test_routed_and_replied_are_told_once_without_a_word_of_what_was_said(town: Town) -> None:
    shop = await a_shop(town)
    town.sandbox.add_fault("klaviyo", "error_after", operation="event", times=1)
    town.sandbox.add_fault("klaviyo", "rate_limited", operation="event", times=1)
    marta = await shop.teammate("Marta")
    shopper = await routed(shop)
    await marta.post(f"/conversations/{shopper.id}/accept")
    for text in ("Only on the moon.", "And on Mars."):
        await marta.post(f"/conversations/{shopper.id}/reply", {"text": text})
    events = await until_told(shop, shopper, ROUTED, REPLIED)
    assert {each["unique_id"] for each in events} == {
        f"warmline-{shopper.id}-1-routed",
        f"warmline-{shopper.id}-1-replied",
    }
    assert all(each["email"] == f"ann.{shop.workspace}@example.com" for each in events)
    asked = next(each for each in events if each["metric"] == ROUTED)["properties"]
    assert (asked["reason"], asked["helpdesk"]) == ("no_answer", "inbox")
    said = json.dumps(events)
    assert not any(word in said for word in ("sunglasses", "elephants", "moon", "Mars", "Marta"))


async def test_what_the_assistant_resolved_is_told_after_a_quiet_day(town: Town) -> None:
    shop = await a_shop(town)
    shopper = await shop.shopper()
    await shopper.ask(ANSWERABLE)

    def leave_address(tx: Transaction) -> None:
        visitor = tx.conversation(shop.workspace, shopper.id).visitor  # type: ignore[arg-type]
        tx.run("UPDATE visitor SET email = 'ben@example.com', proof = 'typed' WHERE id = :id", id=visitor)

    await town.machine.app.store.write(leave_address)
    await asyncio.sleep(0.3)
    assert told(shop, shopper) == [], "nobody knows yet"
    town.clock.ahead = timedelta(hours=25)
    try:
        [event] = await until_told(shop, shopper, RESOLVED)
    finally:
        town.clock.ahead = timedelta(0)
    assert event["unique_id"] == f"warmline-{shopper.id}-1-resolved" and event["email"] == "ben@example.com"


async def test_switched_off_klaviyo_hears_nothing(town: Town) -> None:
    shop = await a_shop(town, events=False)
    shopper = await routed(shop)
    await asyncio.sleep(0.5)
    sql = "SELECT count(*) AS n FROM effect WHERE workspace = :id AND kind = 'event'"
    row = await town.machine.app.store.read(lambda tx: tx.row(sql, id=shop.workspace))
    assert row is not None and row["n"] == 0 and told(shop, shopper) == []
