"""What every live channel must do: wake whoever listens, here and elsewhere, and never stand in the way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from nats.aio.client import Client

from tests.live.conftest import running_nats
from warmline.live.base import Live
from warmline.live.memory import HINTS_KEPT, MemoryLive
from warmline.live.nats import NatsLive
from warmline.live.postgres import PostgresLive
from warmline.live.wire import Told, decode, encode

pytestmark = pytest.mark.xdist_group("postgres")

TOPICS = ["cnv_01", "inbox:wsp_1", "a.b.*.>", "with space", "zażółć", "x" * 500, "'; DROP TABLE x; --"]
NOWHERE = "127.0.0.1:9"


@pytest.fixture(params=["memory", "nats", "postgres"])
def new_live(request: pytest.FixtureRequest) -> Callable[[], Live]:
    """Makes the live channel of one more process. Memory has one process only."""
    match request.param:
        case "nats":
            url = request.getfixturevalue("nats_url")
            return lambda: NatsLive(url)
        case "postgres":
            url = request.getfixturevalue("fresh_postgres_url")
            return lambda: PostgresLive(url)
        case _:
            shared = MemoryLive()
            return lambda: shared


@asynccontextmanager
async def two_processes(new_live: Callable[[], Live]) -> AsyncIterator[tuple[Live, Live]]:
    here, there = new_live(), new_live()
    await here.start()
    await there.start()
    try:
        await until_they_hear_each_other(here, there)
        yield here, there
    finally:
        await here.close()
        await there.close()


async def until_they_hear_each_other(here: Live, there: Live) -> None:
    for speaker, hearer in ((here, there), (there, here)):
        async with hearer.listen("hello") as ear:
            async with asyncio.timeout(15):
                while {"ping": 1} not in await ear.wait(0.1):
                    await speaker.tell("hello", {"ping": 1})


async def took(wait: float, ear_wait: Callable[[float], object]) -> float:
    began = time.monotonic()
    await ear_wait(wait)  # type: ignore[misc]  # any listener's wait
    return time.monotonic() - began


async def test_a_change_wakes_listeners_here_and_there(new_live: Callable[[], Live]) -> None:
    async with two_processes(new_live) as (here, there), here.listen("cnv") as near, there.listen("cnv") as far:
        await here.tell("cnv")
        assert await took(10, near.wait) < 5
        assert await took(10, far.wait) < 5


@pytest.mark.parametrize("topic", TOPICS)
async def test_hints_pass_in_order_and_only_to_their_topic(new_live: Callable[[], Live], topic: str) -> None:
    async with two_processes(new_live) as (here, there), there.listen(topic) as far, there.listen(topic + "x") as other:
        for number in range(3):
            await here.tell(topic, {"typing": number})
        heard: list[object] = []
        async with asyncio.timeout(10):
            while len(heard) < 3:
                heard += await far.wait(5)
        assert heard == [{"typing": 0}, {"typing": 1}, {"typing": 2}]
        assert await took(0.1, other.wait) >= 0.09


async def test_nobody_hears_their_own_echo(new_live: Callable[[], Live]) -> None:
    async with two_processes(new_live) as (here, there), here.listen("cnv") as near, there.listen("cnv") as far:
        await here.tell("cnv", {"n": 1})
        assert await near.wait(5) == [{"n": 1}]
        if here is not there:
            assert await far.wait(5) == [{"n": 1}]
            assert await took(0.3, near.wait) >= 0.29


async def test_a_hint_before_the_wait_is_not_lost(new_live: Callable[[], Live]) -> None:
    live = new_live()
    async with live.listen("cnv") as ear:
        await live.tell("cnv", {"n": 1})
        await live.tell("cnv")
        assert await ear.wait(0) == [{"n": 1}]
        assert await took(0.1, ear.wait) >= 0.09


async def test_a_slow_listener_loses_the_oldest_hints_only() -> None:
    live = MemoryLive()
    async with live.listen("cnv") as ear:
        for number in range(HINTS_KEPT + 10):
            await live.tell("cnv", {"n": number})
        assert [hint["n"] for hint in await ear.wait(0)] == list(range(10, HINTS_KEPT + 10))


async def test_a_hint_too_large_or_odd_still_wakes(new_live: Callable[[], Live]) -> None:
    async with two_processes(new_live) as (here, there), there.listen("cnv") as far:
        for hint in ({"text": "ż" * 200_000}, {"text": object()}, {"text": "\x00\ud800"}):
            await here.tell("cnv", hint)
            assert await took(10, far.wait) < 5


async def test_closing_wakes_everybody_and_leaves_no_task(new_live: Callable[[], Live]) -> None:
    before = asyncio.all_tasks()
    live = new_live()
    await live.start()
    async with live.listen("cnv") as ear:
        waiting = asyncio.create_task(took(30, ear.wait))
        await asyncio.sleep(0.3)
        await live.close()
        assert await waiting < 10
    await asyncio.sleep(0.1)
    assert asyncio.all_tasks() == before
    await live.tell("cnv")


async def test_closing_ends_in_whatever_moment_of_connecting_it_comes(nats_url: str) -> None:
    """The client's own waiting swallows a cancellation now and then; a stop must not wait for ever."""
    for n in range(100):
        live = NatsLive(nats_url)
        await live.start()
        await asyncio.sleep(n * 1e-4)
        closing = asyncio.create_task(live.close())
        await asyncio.wait([closing], timeout=5)
        assert closing.done(), f"it hung when it came {n * 1e-4:.4f} s after the start"


async def test_a_thousand_hints_find_every_listener(new_live: Callable[[], Live]) -> None:
    async with two_processes(new_live) as (here, there), contextlib.AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(there.listen(f"cnv_{number}")) for number in range(200)]
        for _ in range(5):
            await asyncio.gather(*(here.tell(f"cnv_{number}") for number in range(200)))
        assert max(await asyncio.gather(*(took(10, ear.wait) for ear in ears))) < 8


# --- a bus that is away


@pytest.mark.parametrize(
    "live", [NatsLive(f"nats://{NOWHERE}"), NatsLive("not a url"), PostgresLive(f"postgresql://x@{NOWHERE}/x")]
)
async def test_without_its_bus_a_process_still_hears_itself(live: Live) -> None:
    began = time.monotonic()
    await live.start()
    async with live.listen("cnv") as ear:
        await live.tell("cnv", {"n": 1})
        assert await ear.wait(1) == [{"n": 1}]
        await asyncio.sleep(0.3)
        for number in range(1500):
            await live.tell("other", {"n": number})
    await live.close()
    assert time.monotonic() - began < 3


async def test_nats_may_come_late_and_come_back(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    here, there = NatsLive(f"nats://127.0.0.1:{port}"), NatsLive(f"nats://127.0.0.1:{port}")
    await here.start()
    await there.start()
    for _ in range(2):
        with running_nats(tmp_path, port):
            await until_they_hear_each_other(here, there)
        await asyncio.sleep(0.1)
        await here.tell("cnv")
    await here.close()
    await there.close()


async def test_after_a_break_everybody_looks_at_the_store(tmp_path: Path) -> None:
    with running_nats(tmp_path) as url:
        port = int(url.rpartition(":")[2])
        live = NatsLive(url)
        await live.start()
        await until_they_hear_each_other(live, live)
        ear_context = live.listen("cnv")
        ear = await ear_context.__aenter__()
    with running_nats(tmp_path, port):
        await ear.wait(0)
        assert await took(15, ear.wait) < 10
    await ear_context.__aexit__(None, None, None)
    await live.close()


async def test_postgres_connections_that_are_cut_come_back(fresh_postgres_url: str) -> None:
    async with two_processes(lambda: PostgresLive(fresh_postgres_url)) as (here, there):
        async with there.listen("cnv") as far:
            with psycopg.connect(fresh_postgres_url, autocommit=True) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'warmline live'"
                    " AND datname = current_database()"
                )
            assert await took(15, far.wait) < 10
        await until_they_hear_each_other(here, there)


async def test_a_login_that_nats_turns_away_is_tried_again(tmp_path: Path) -> None:
    with running_nats(tmp_path, -1, "--user", "warm", "--pass", "line") as url:
        live = NatsLive(url)
        await live.start()
        await asyncio.sleep(0.5)
        await live.tell("cnv")
        await live.close()
        good = url.replace("nats://", "nats://warm:line@")
        async with two_processes(lambda: NatsLive(good)):
            pass


async def test_strangers_on_the_bus_are_ignored(nats_url: str) -> None:
    async with two_processes(lambda: NatsLive(nats_url)) as (here, there), there.listen("cnv") as far:
        stranger = Client()
        await stranger.connect(nats_url)
        for data in (b"", b"\xff", b"[]", b"{}", b'["a", "cnv", 5]', b"[" * 20_000):
            await stranger.publish("warmline.x", data)
        await stranger.close()
        await here.tell("cnv", {"n": 1})
        assert await far.wait(5) == [{"n": 1}]


def test_the_wire_keeps_what_it_is_given() -> None:
    told = Told("o", "zażółć\x00", {"a": [1, None]})
    assert decode(encode(told, 1000)) == told
    assert decode(encode(told, 40)) == told._replace(hint=None)
