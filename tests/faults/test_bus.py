"""F6: the bus between two servers is killed or paused; polling takes over within 5 s, and nothing is lost or doubled.

A shopper's stream hangs at one server, a teammate writes at the other. Every event must arrive, once and in order, and
while the bus is away within the 5 s that the catalogue allows. A paused bus is the worse one: nobody is told.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.crowd import how_many, seed_of
from tests.fixtures.postgres import running_postgres
from tests.flows.shop import Colleague, Shopper, a_server
from tests.live.conftest import running_nats
from warmline.sandbox import Sandbox

PATIENCE = 5.0
SLACK = 3.0
"""Seconds more that a crowded machine may take for a read and a frame; the sweep itself goes round every 4."""
pytestmark = pytest.mark.xdist_group("postgres")


@dataclass
class Ear:
    """A stream of the shopper, and when each event came."""

    shopper: Shopper
    log: list[dict[str, Any]] = field(default_factory=list)
    came: dict[str, float] = field(default_factory=dict)

    async def listen(self, url: str) -> None:
        path = f"{url}/api/widget/conversations/{self.shopper.id}/stream"
        async with self.shopper.http.stream("GET", path, timeout=httpx.Timeout(60)) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: {") and '"events"' in line:
                    for event in json.loads(line[6:])["events"]:
                        self.log.append(event)
                        self.came.setdefault(event.get("text", ""), time.monotonic())

    async def hears(self, text: str, within: float) -> float:
        """Seconds that it took."""
        began = time.monotonic()
        while text not in self.came:
            assert time.monotonic() - began < within, f"{text!r} did not come within {within:.0f} s"
            await asyncio.sleep(0.02)
        return self.came[text] - began


class Bus:
    """A NATS server that can be frozen and killed."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.url, self._port = folder, "", -1

    @contextmanager
    def running(self) -> Iterator[None]:
        for old in self._folder.glob("*.ports"):
            old.unlink()  # a killed one leaves its own, and process numbers begin again
        with running_nats(self._folder, self._port) as self.url:
            self._port = int(self.url.rpartition(":")[2])
            [self.pid] = (int(path.stem.rpartition("_")[2]) for path in self._folder.glob("*.ports"))
            try:
                yield
            finally:
                self.tell(signal.SIGCONT)

    def tell(self, number: signal.Signals) -> None:
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            assert number is signal.SIGCONT


@asynccontextmanager
async def a_talk(folder: Path) -> AsyncIterator[tuple[Bus, Ear, Colleague]]:
    """Two servers; the shopper's stream at the first, Marta at the second. The bus is not running yet."""
    bus = Bus(folder)
    with bus.running():
        pass  # only to learn a port that is free
    with running_postgres() as database, Sandbox() as sandbox:
        env = {
            "WARMLINE_DATABASE_URL": database,
            "WARMLINE_BUS_URL": bus.url,
            "WARMLINE_SECRET_KEY": "q7Jx2mVw9cT4nB8kL1sD6fG3hP0aZ5yR",
        }
        async with (
            a_server(folder / "a", sandbox, True, **env) as here,
            a_server(folder / "b", sandbox, True, **env) as there,
        ):
            shop = await here.shop()
            marta = await shop.teammate("Marta")
            shopper = await shop.shopper()
            await shopper.choose("request")
            await shopper.post("/email", {"skip": True})
            marta.http.base_url = httpx.URL(f"{there.url}/api/v1")
            await marta.post(f"/conversations/{shopper.id}/accept")
            ear = Ear(shopper)
            listening = asyncio.create_task(ear.listen(here.url))
            try:
                yield bus, ear, marta
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


async def says(marta: Colleague, ear: Ear, text: str, within: float) -> float:
    await marta.post(f"/conversations/{ear.shopper.id}/reply", {"text": text})
    return await ear.hears(text, within)


async def nothing_is_missing(ear: Ear, said: list[str]) -> None:
    """The stream and the store are equal, position by position."""
    read = -1
    while read < ear.shopper.cursor:  # an answer holds 500 events at most
        read = ear.shopper.cursor
        await ear.shopper.look()
    assert [event["seq"] for event in ear.log] == [event["seq"] for event in ear.shopper.log]
    assert ear.log == ear.shopper.log
    assert [event["text"] for event in ear.log if event.get("author", {}).get("kind") == "teammate"] == said


async def test_f6_g4_a_bus_killed_and_paused_costs_5_seconds_and_no_event(tmp_path: Path) -> None:
    said: list[str] = []
    slowest = {"alive": 0.0, "paused": 0.0, "dead": 0.0}

    async def say(state: str, ear: Ear, marta: Colleague) -> None:
        said.append(f"{state} {len(said)}")
        slowest[state] = max(slowest[state], await says(marta, ear, said[-1], PATIENCE + SLACK))

    async with a_talk(tmp_path) as (bus, ear, marta):
        await say("dead", ear, marta)
        with bus.running():
            await _until_it_carries(marta, ear, said)
            await say("alive", ear, marta)
            bus.tell(signal.SIGSTOP)
            for _ in range(2):
                await say("paused", ear, marta)
            bus.tell(signal.SIGCONT)
            await say("alive", ear, marta)
            bus.tell(signal.SIGKILL)
            await say("dead", ear, marta)
        await nothing_is_missing(ear, said)
    print("slowest event, in seconds: " + ", ".join(f"{state} {each:.1f}" for state, each in slowest.items()))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # what the client could not connect
async def test_f6_g4_random_cuts_of_the_bus_lose_no_event(tmp_path: Path) -> None:
    """WARMLINE_F6_SECONDS of random cuts; an hour before a release."""
    dice = random.Random(seed_of())
    said: list[str] = []
    end = time.monotonic() + how_many("WARMLINE_F6_SECONDS", 3600)
    async with a_talk(tmp_path) as (bus, ear, marta):
        while time.monotonic() < end:
            with bus.running():
                for number in (signal.SIGCONT, signal.SIGSTOP, signal.SIGCONT, signal.SIGKILL):
                    bus.tell(number)
                    for _ in range(dice.randrange(4)):
                        said.append(f"{number.name} {len(said)}")
                        await says(marta, ear, said[-1], PATIENCE + SLACK)
        await nothing_is_missing(ear, said)
        print(f"{len(said)} replies through random cuts: all there, once, in order")


async def _until_it_carries(marta: Colleague, ear: Ear, said: list[str]) -> None:
    """The servers connect again by themselves; then a reply takes no sweep."""
    for _ in range(20):
        said.append(f"hello {len(said)}")
        if await says(marta, ear, said[-1], PATIENCE + SLACK) < 0.5:
            return
    raise AssertionError("the bus never came back")
