"""Two servers on one PostgreSQL, with NATS between them, behave as one; and the journeys hold there too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.fixtures.postgres import running_postgres
from tests.flows.shop import ANSWERABLE, UNANSWERABLE, Shopper, Town, a_server
from tests.live.conftest import running_nats
from warmline.sandbox import Sandbox

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("postgres")]

Pair = tuple[Town, Town]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with running_postgres() as database, running_nats(tmp_path_factory.mktemp("nats")) as bus:
        yield database, bus


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(services: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    database, bus = services
    env = {
        "WARMLINE_DATABASE_URL": database,
        "WARMLINE_BUS_URL": bus,
        "WARMLINE_SECRET_KEY": "q7Jx2mVw9cT4nB8kL1sD6fG3hP0aZ5yR",
    }
    folder: Path = tmp_path_factory.mktemp("pair")
    with Sandbox() as sandbox:
        async with a_server(folder / "a", sandbox, True, **env) as a, a_server(folder / "b", sandbox, True, **env) as b:
            yield a, b


async def test_g13_a_shopper_at_one_server_meets_a_teammate_at_the_other(pair: Pair) -> None:
    here, there = pair
    shop = await here.shop()
    marta = await shop.teammate("Marta")
    shopper = await shop.shopper()
    assert (await shopper.ask(ANSWERABLE))["sources"]
    await shopper.ask(UNANSWERABLE)
    await shopper.choose("accept")
    await shopper.post("/email", {"skip": True})
    await shopper.until_notice("queued")
    marta.http.base_url = httpx.URL(f"{there.url}/api/v1")
    await marta.post(f"/conversations/{shopper.id}/accept")
    await marta.post(f"/conversations/{shopper.id}/reply", {"text": "Hello from the other side."})
    started = time.monotonic()
    await shopper.until(lambda event: event.get("author", {}).get("kind") == "teammate")
    assert time.monotonic() - started < 5


async def test_g13_new_knowledge_and_settings_of_one_server_hold_at_the_other_at_once(pair: Pair) -> None:
    here, there = pair
    shop = await here.shop()
    shopper = await shop.shopper()
    shopper.http.base_url = httpx.URL(f"{there.url}/api/widget")
    assert (await shopper.ask(ANSWERABLE))["sources"]
    await shop.change(handoff={"method": "message", "message": {"en": "Look elsewhere."}})
    assert (await shopper.ask(UNANSWERABLE))["text"] == "Look elsewhere."


async def test_g5_g13_handoffs_from_both_servers_make_one_ticket_each(pair: Pair) -> None:
    here, there = pair
    shop = await here.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
    shoppers = [await shop.shopper() for _ in range(6)]
    for n, shopper in enumerate(shoppers):
        if n % 2:
            shopper.http.base_url = httpx.URL(f"{there.url}/api/widget")
    shop.sandbox.add_fault("zendesk", "error_after", operation="create", times=2)
    await asyncio.gather(*(_hand_off(n, shopper) for n, shopper in enumerate(shoppers)))
    counts = shop.sandbox.count_by_external_id("zendesk")
    assert [counts.get(f"warmline-{shopper.id}-1") for shopper in shoppers] == [1] * len(shoppers)


async def _hand_off(n: int, shopper: Shopper) -> None:
    await shopper.choose("request")
    await shopper.choose("request")
    await shopper.email(f"pair{n}@example.com")
    await shopper.until_notice("ticket", seconds=30)


async def test_two_teammates_at_two_servers_accept_and_one_wins(pair: Pair) -> None:
    here, there = pair
    shop = await here.shop()
    marta, tom = await shop.teammate("Marta"), await shop.teammate("Tom")
    tom.http.base_url = httpx.URL(f"{there.url}/api/v1")
    for _ in range(5):
        shopper = await shop.shopper()
        await shopper.choose("request")
        await shopper.post("/email", {"skip": True})
        answers = await asyncio.gather(
            marta.http.post(f"/conversations/{shopper.id}/accept"), tom.http.post(f"/conversations/{shopper.id}/accept")
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_g8_g13_a_take_over_at_one_server_ends_the_thinking_at_the_other(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = pair
    shop = await here.shop()
    marta = await shop.teammate("Marta")
    shopper = await shop.shopper()
    thinking, ended = asyncio.Event(), asyncio.Event()

    async def for_ever(*_: object) -> None:
        thinking.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.set()
            raise

    for town in pair:
        monkeypatch.setattr(town.machine.app.agent, "think", for_ever)
    await shopper.say(ANSWERABLE)
    await asyncio.wait_for(thinking.wait(), 20)
    marta.http.base_url = httpx.URL(f"{there.url}/api/v1")
    await marta.post(f"/conversations/{shopper.id}/take-over")
    await asyncio.wait_for(ended.wait(), 5)
    await shopper.until_notice("joined")
    assert not [event for event in shopper.log if event.get("author", {}).get("kind") == "agent"]
