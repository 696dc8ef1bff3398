"""F9: two servers on PostgreSQL with NATS between them are stopped and started one after the other, and one is killed.

Shoppers come all the time, by one address that leads to whichever server answers, each with a stream open. Whenever a
server is told to stop, an answer is being thought of there, and tickets are on their way to slow vendors. In the end
each stream's log equals the store's, position by position, and the sandbox counts one ticket for each handoff.

-m slow goes round ten times; WARMLINE_F9_ROUNDS gives another count.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.crowd import (
    DESKS,
    FarSandbox,
    Patient,
    a_client,
    all_arrive,
    all_is_told,
    beside,
    counts,
    how_many,
    open_shops,
    sandbox_apart,
    seed_of,
    settings_for,
)
from tests.faults.zygote import QuickServer, Zygote
from tests.fixtures.listener import API, Listener, same, told
from tests.fixtures.postgres import running_postgres
from tests.fixtures.wire import Wire, a_wire
from tests.live.conftest import running_nats
from warmline.domain.workspace import parse_workspace
from warmline.failpoints import VARIABLE
from warmline.store.calendars import holidays_of

KEY = "q7Jx2mVw9cT4nB8kL1sD6fG3hP0aZ5yR"
THINKS, VENDOR_TAKES = 3.0, 0.8
"""Seconds that the first thought of each process takes, and each ticket."""
STOPS_WITHIN = 30.0
MANY = 3
"""So many tickets are on their way, or streams open, before a server goes."""


@dataclass
class House:
    """Two servers behind one address, and everybody who came."""

    servers: Sequence[QuickServer]
    wire: Wire
    sandbox: FarSandbox
    dice: random.Random
    people: list[Patient] = field(default_factory=list)
    widgets: list[Listener] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Who asked the agent: conversation and token."""
    on_their_way: list[int] = field(default_factory=list)
    """Tickets that were owed when a server was told to stop."""

    def come(self, many: int, within: float) -> list[asyncio.Task[None]]:
        desks = list(DESKS)
        came = []
        for _ in range(many):
            n = len(self.people)
            self.people.append(Patient([self.wire.url], n, desks[n % len(desks)], random.Random(self.dice.random())))
            came.append(asyncio.create_task(self._life(self.people[-1], within)))
        self.tasks += came
        return came

    async def _life(self, patient: Patient, within: float) -> None:
        async with a_client() as http, asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch(patient))
            await patient.live(http, within)
            await watching

    async def _watch(self, patient: Patient) -> None:
        """Opens the stream as soon as there is a conversation; it stays open to the end."""
        while not patient.token:  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.02)
        self.listen(patient.id, patient.token)

    def listen(self, id: str, token: str) -> None:
        self.widgets.append(Listener(self.wire.port, id, token, random.Random(self.dice.random()), pause=(0.2, 0.5)))
        self.tasks.append(asyncio.create_task(self.widgets[-1].live()))

    async def ask(self, server: QuickServer) -> None:
        """A question to this very server, the first that it thinks about: it will take a while."""
        async with httpx.AsyncClient(base_url=server.url, timeout=5) as http:
            started = (await http.post(API, json={"site": "pk_thinker"})).json()
            id, token = started["conversation"]["id"], started["token"]
            body = {"client_id": "a-question", "text": "How long may I return something?"}
            answer = await http.post(f"{API}/{id}/messages", json=body, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 201, answer.text
        self.asked.append((id, token))
        self.listen(id, token)

    async def restart(self, server: QuickServer) -> float:
        """Seconds that the stop took."""
        await until(lambda: self.owed() >= MANY)
        await self.ask(server)
        self.on_their_way.append(self.owed())
        began = time.monotonic()
        code = await asyncio.to_thread(server.stop)
        took = time.monotonic() - began
        assert code == 0, server.tail()
        assert took < STOPS_WITHIN
        await asyncio.to_thread(server.start)
        return took

    def owed(self) -> int:
        """Agreed to, and not yet there."""
        return sum(each.consented for each in self.people) - len(counts(self.sandbox))

    async def judge(self) -> None:
        """Nothing lost, nothing doubled, and every stream heard every event once, in order."""
        async with beside(self.servers[0].data, self.servers[0].env) as machine:
            await all_arrive(self.sandbox, machine, self.people)
        await all_is_told(self.people)
        async with httpx.AsyncClient(base_url=self.wire.url, timeout=10) as http:
            for id, token in self.asked:
                await _answered_once(http, id, token)
            stores = {each.id: await told(http, each.id, each.token) for each in self.widgets}
        async with asyncio.timeout(20):
            while any(len(each.log) < len(stores[each.id]) for each in self.widgets):  # noqa: ASYNC110 a log tells nobody
                await asyncio.sleep(0.05)
        same(self.widgets, stores)
        found = counts(self.sandbox)
        assert {id: n for id, n in found.items() if n != 1} == {}, "doubled"
        assert found.keys() == {each.ticket for each in self.people}


async def until(true: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(0.05)


async def _answered_once(http: httpx.AsyncClient, id: str, token: str) -> None:
    end = time.monotonic() + 40
    while True:
        said = [each for each in await told(http, id, token) if each.get("author", {}).get("kind") == "agent"]
        answers = [each for each in said if each.get("reply_to")]
        if answers:
            assert len(answers) == 1, "answered twice"
            return
        assert time.monotonic() < end, "a question that nobody answered"
        await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def a_house(folder: Path, zygote: Zygote) -> AsyncIterator[House]:
    seed = seed_of()
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(running_postgres())
        (folder / "bus").mkdir()
        bus = stack.enter_context(running_nats(folder / "bus"))
        sandbox = stack.enter_context(sandbox_apart(seed))
        env = settings_for(sandbox) | {
            "WARMLINE_SECRET_KEY": KEY,
            "WARMLINE_DATABASE_URL": database,
            "WARMLINE_BUS_URL": bus,
            "WARMLINE_HELPDESK_TIMEOUT": "5",
            VARIABLE: f"answer.think.before=wait:{THINKS}",
        }
        await open_shops(folder / "0" / "data", env)
        await _open_thinker(folder / "0" / "data", env)
        for desk in DESKS:
            sandbox.add_fault(desk, "slow", operation="create", seconds=VENDOR_TAKES)
        servers = [QuickServer(zygote, folder / str(n) / "data", env) for n in range(2)]
        for server in servers:
            server.data.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(server.start)
        async with a_wire(servers[0].port, servers[1].port) as wire:
            house = House(servers, wire, sandbox, random.Random(seed))
            try:
                yield house
            finally:
                for task in house.tasks:
                    task.cancel()
                await asyncio.gather(*house.tasks, return_exceptions=True)
        for server in servers:
            if server.pid is not None:
                assert server.stop() == 0, server.tail()


async def _open_thinker(data: Path, env: dict[str, Any]) -> None:
    tables = {"workspace": {"name": "thinker", "site": "pk_thinker"}, "limits": {"messages_per_minute": 0}}
    async with beside(data, env) as machine:
        await machine.app.store.write(
            lambda tx: tx.save_workspace(parse_workspace(tables, holidays_of), datetime.now(UTC))
        )


@pytest.mark.xdist_group("kill")
async def test_f9_g9_a_rolling_restart_under_load_loses_nothing_and_doubles_nothing(
    tmp_path: Path, zygote: Zygote
) -> None:
    await roll(tmp_path, zygote, how_many("WARMLINE_F9_ROUNDS", 1))


@pytest.mark.slow
@pytest.mark.xdist_group("kill")
async def test_f9_g9_ten_rolling_restarts_under_load_lose_nothing_and_double_nothing(
    tmp_path: Path, zygote: Zygote
) -> None:
    await roll(tmp_path, zygote, how_many("WARMLINE_F9_ROUNDS", 10))


async def roll(folder: Path, zygote: Zygote, rounds: int) -> None:
    took: list[float] = []
    async with a_house(folder, zygote) as house:
        for _ in range(rounds):
            for server in house.servers:
                came = house.come(10, within=3)
                took.append(await house.restart(server))
                await asyncio.gather(*came)
        await house.judge()
        breaks = sum(each.breaks for each in house.widgets)
        print(f"{len(took)} stops under load, the longest {max(took):.1f} s; {len(house.people)} handoffs,")
        print(f"{house.on_their_way} on their way at each stop; {len(house.widgets)} streams came back {breaks} times")
    assert min(took) > THINKS / 2, "each stop waited for what was being thought"
    assert sum(house.on_their_way) > 0, "nothing was on its way"
    assert breaks >= len(took)


@pytest.mark.xdist_group("kill")
async def test_g4_g13_who_followed_a_server_that_dies_goes_on_at_the_other(tmp_path: Path, zygote: Zygote) -> None:
    async with a_house(tmp_path, zygote) as house:
        both, house.wire.others = house.wire.others, ()  # everybody begins at the one that dies
        came = house.come(12, within=2)
        await until(lambda: sum(each.listening for each in house.widgets) >= MANY)
        house.wire.others = both
        await asyncio.to_thread(house.servers[0].kill)
        await asyncio.gather(*came)
        house.servers = house.servers[1:]
        await until(lambda: all(each.listening for each in house.widgets))
        # What the dead one held is taken over when its lease ends, and the clock is real here: no ticket is awaited.
        async with httpx.AsyncClient(base_url=house.wire.url, timeout=10) as http:
            stores = {each.id: await told(http, each.id, each.token) for each in house.widgets}
        async with asyncio.timeout(20):
            while any(len(each.log) < len(stores[each.id]) for each in house.widgets):  # noqa: ASYNC110 a log tells nobody
                await asyncio.sleep(0.05)
        for each in house.widgets:
            assert each.gaps == []
            assert each.log[: len(stores[each.id])] == stores[each.id]
        breaks = sum(each.breaks for each in house.widgets)
        print(f"{len(house.widgets)} streams, {breaks} broken by the death, all on at the other server")
        assert breaks >= MANY
