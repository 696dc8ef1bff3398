"""F7, G4, G16, L4: a spoilt network, a killed server, slow readers, floods; and each log equals the store's."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import resource
import socket
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]
import pytest

from tests.fixtures.listener import API, Listener, same, told
from tests.fixtures.wire import Wire, a_wire
from tests.flows.server_process import ServerProcess
from warmline.actions.app import App
from warmline.actions.start_conversation import Start, start_conversation
from warmline.bootstrap import Machine
from warmline.domain.ids import SiteKey
from warmline.domain.message import VISITOR, Message
from warmline.domain.workspace import parse_workspace
from warmline.settings import read_settings
from warmline.store.calendars import holidays_of

pytestmark = pytest.mark.xdist_group("kill")

SITE = "pk_reconnect"
LIMITS = {"messages_per_minute": 0, "conversations_per_network_hour": 0}


@contextlib.asynccontextmanager
async def a_running_shop(
    folder: Path, before: Callable[[App], Awaitable[None]] | None = None, **limits: int
) -> AsyncIterator[ServerProcess]:
    """A server process with one shop whose agent is silent: what is said is what is told. `before` it starts."""
    data = folder / "data"
    tables = {
        "workspace": {"name": "Reconnect", "site": SITE, "agent": False},
        "handoff": {"method": "message", "message": {"en": "See our pages."}},
        "limits": LIMITS | limits,
    }
    async with Machine(read_settings({"WARMLINE_DATA": str(data)})) as machine:
        await machine.app.store.write(
            lambda tx: tx.save_workspace(parse_workspace(tables, holidays_of), datetime.now(UTC))
        )
        if before is not None:
            await before(machine.app)
    server = ServerProcess(data)
    await asyncio.to_thread(server.start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


async def begin(http: httpx.AsyncClient) -> tuple[str, str]:
    """A new conversation: its id and token."""
    answer = await http.post(API, json={"site": SITE})
    assert answer.status_code == 201, answer.text
    return answer.json()["conversation"]["id"], answer.json()["token"]


async def say(http: httpx.AsyncClient, chat: tuple[str, str], client_id: str, text: str) -> None:
    """Say it, again and again until it is acknowledged."""
    id, token = chat
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(httpx.TransportError):
                body, headers = {"client_id": client_id, "text": text}, {"Authorization": f"Bearer {token}"}
                answer = await http.post(f"{API}/{id}/messages", json=body, headers=headers)
                if answer.status_code in {200, 201}:
                    return
                assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.1)


async def chatter(http: httpx.AsyncClient, chat: tuple[str, str], dice: random.Random) -> None:
    for n in itertools.count():
        await say(http, chat, f"chatter-{n:06}", f"line {n}")
        await asyncio.sleep(dice.random() / 5)


@contextlib.asynccontextmanager
async def background(*work: asyncio.Task[None]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for each in work:
            each.cancel()
        await asyncio.gather(*work, return_exceptions=True)


async def all_back(listeners: list[Listener], since: float, seconds: float) -> float:
    """Until each listens again on a connection made after `since` (monotonic); how long that took from now."""
    began = time.monotonic()
    while not all(each.listening and each.back_at >= since for each in listeners):
        assert time.monotonic() < began + seconds, f"{sum(not each.listening for each in listeners)} are still away"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def all_told(
    http: httpx.AsyncClient, listeners: list[Listener], chats: list[tuple[str, str]]
) -> dict[str, list[dict[str, object]]]:
    """The store's logs once nothing more comes (an answer may still be on its way), after comparing all with them."""
    async with asyncio.timeout(30):
        while True:
            stores = {id: await told(http, id, token) for id, token in chats}
            if all(len(each.log) == len(stores[each.id]) for each in listeners):
                break
            await asyncio.sleep(0.1)
    same(listeners, stores)
    return stores


async def test_f7_g4_a_spoilt_network_and_a_killed_server_leave_every_log_equal_to_the_store(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}")
    dice = random.Random(seed)
    # A line that is half open counts as a stream until the server finds out.
    async with a_running_shop(tmp_path, streams_per_visitor=12) as server, a_wire(server.port) as wire:
        wire.dice = dice
        async with httpx.AsyncClient(base_url=server.url, timeout=5) as http:
            chats = [await begin(http) for _ in range(4)]
            listeners = [
                Listener(wire.port, id, token, random.Random(seed + n), pause=(0.1, 0.3))
                for n, (id, token) in enumerate(chats * 3)
            ]
            living = [asyncio.create_task(each.live()) for each in listeners]
            talking = [asyncio.create_task(chatter(http, chat, random.Random(seed + 99))) for chat in chats]
            async with background(*living):
                async with background(*talking):
                    await all_back(listeners, 0, 20)
                    await spoil(wire, server, listeners)
                stores = await all_told(http, listeners, chats)
    assert min(len(log) for log in stores.values()) > 20, "something was said all the time"
    assert min(each.breaks for each in listeners) >= 3, "and every one of them was cut off again and again"


async def spoil(wire: Wire, server: ServerProcess, listeners: list[Listener]) -> None:
    """Each fault once, and how soon everybody is back: within five seconds of its end."""

    async def back(fault: str, seconds: float = 5) -> None:
        took = await all_back(listeners, time.monotonic(), seconds)
        print(f"{fault}: everybody is back after {took:.1f} s")

    wire.cut()
    await back("cut")
    wire.delay, wire.shuffle = 0.15, 0.5
    await asyncio.sleep(0.7)
    wire.cut(0.7)
    await back("cut, slow and out of order")
    # Half of them hear nothing more, and are not told so: it takes them their silence to find out.
    wire.freeze(0.5)
    await back("half open", 5 + max(each.silence for each in listeners))
    wire.whole()
    server.kill()
    await asyncio.to_thread(server.start)
    await back("killed")
    wire.down()
    await asyncio.sleep(1)
    wire.whole()
    await back("down for a while")


@pytest.mark.slow
async def test_l4_500_clients_come_back_from_a_killed_server_within_ten_seconds(tmp_path: Path) -> None:
    """As the widget comes back: after one to two seconds, spread."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    async with a_running_shop(tmp_path) as server, httpx.AsyncClient(base_url=server.url, timeout=60) as http:
        chats = [await begin(http) for _ in range(500)]
        listeners = [Listener(server.port, *chat, random.Random(n), silence=30) for n, chat in enumerate(chats)]
        async with background(*(asyncio.create_task(each.live()) for each in listeners)):
            await all_back(listeners, 0, 60)
            server.kill()
            killed = time.monotonic()
            await asyncio.to_thread(server.start)
            took = await all_back(listeners, killed, 30)
            whole = time.monotonic() - killed
            print(f"500 clients were back {took:.1f} s after the server said that it was ready, {whole:.1f} s after")
            print("the kill -9, its start included")
            for n in range(0, len(chats), 20):
                await asyncio.gather(*(say(http, chat, "after-it-all", "still here") for chat in chats[n : n + 20]))
            await all_told(http, listeners, chats)
    assert took <= 10


# G16: who harms whom


async def latency(http: httpx.AsyncClient, chat: tuple[str, str], listener: Listener, n: int) -> list[float]:
    """Seconds from sending a message to hearing it, for `n` of them."""
    took = []
    for number in range(n):
        before, began = len(listener.log), time.monotonic()
        await say(http, chat, f"timed-{time.monotonic_ns()}", f"timed {number}")
        while len(listener.log) == before:  # noqa: ASYNC110 a log tells nobody when it grows
            await asyncio.sleep(0.001)
        took.append(time.monotonic() - began)
        await asyncio.sleep(0.01)
    return took


def crawl(port: int, chat: tuple[str, str]) -> socket.socket:
    """A reader with the smallest window that there is, who asks for everything and then takes nothing."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    sock.connect(("127.0.0.1", port))
    head = f"GET {API}/{chat[0]}/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {chat[1]}\r\n\r\n"
    sock.sendall(head.encode())
    return sock


async def settled(process: psutil.Process, within: float = 20) -> int:
    """Its memory in bytes when it has not moved by a megabyte for a second: the first answers of a server load what
    all others use, and on a busy machine they come late."""
    end, since, last = time.monotonic() + within, time.monotonic(), process.memory_info().rss
    while time.monotonic() < end and time.monotonic() - since < 1:
        await asyncio.sleep(0.1)
        if abs(process.memory_info().rss - last) > 1e6:
            since, last = time.monotonic(), process.memory_info().rss
    return int(last)


async def test_g16_slow_readers_and_a_flood_of_connections_harm_only_themselves(tmp_path: Path) -> None:
    slow: list[tuple[str, str]] = []

    async def talk_much(app: App) -> None:
        for _ in range(4):
            started = await start_conversation(app, Start(SiteKey(SITE), "en", None, None, "x"), None, None)
            slow.append((started.conversation.id, started.token))
            for n in range(250):
                started.conversation.say(Message(VISITOR, "x" * 8000, client_id=f"long-{n:04}"), datetime.now(UTC))
            await app.store.write(lambda tx, it=started.conversation: tx.save(it))  # type: ignore[misc]

    async with a_running_shop(tmp_path, talk_much) as server, contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=server.url, timeout=30))
        assert server.process is not None
        weight = psutil.Process(server.process.pid)
        chat = await begin(http)
        listener = Listener(server.port, *chat, random.Random(1), silence=30)
        await stack.enter_async_context(background(asyncio.create_task(listener.live())))
        await all_back([listener], 0, 20)
        alone, before = await latency(http, chat, listener, 40), await settled(weight)
        crawlers = [await asyncio.to_thread(crawl, server.port, each) for each in slow for _ in range(5)]
        # They connect, and never ask.
        flood = [await asyncio.to_thread(socket.create_connection, ("127.0.0.1", server.port)) for _ in range(400)]
        try:
            among, after = await latency(http, chat, listener, 40), await settled(weight)
            refused = await http.get(f"{API}/{slow[0][0]}/stream", headers={"Authorization": f"Bearer {slow[0][1]}"})
        finally:
            for sock in crawlers + flood:
                sock.close()
    assert refused.status_code == 429, "five streams a visitor"
    grown = (after - before) / (len(crawlers) + len(flood)) / 1024
    print(f"p50 {1000 * statistics.median(alone):.1f} ms alone, {1000 * statistics.median(among):.1f} ms among them;")
    print(f"{grown:.0f} KB for each of {len(crawlers)} slow readers of 2 MB and {len(flood)} silent connections")
    assert statistics.median(among) <= max(3 * statistics.median(alone), 0.1)
    # Reading 2 MB windows costs the process 25 MB once; keeping them would be 40 MB more.
    assert after - before < 45e6
