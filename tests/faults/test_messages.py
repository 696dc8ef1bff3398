"""F3: what was acknowledged is there after kill -9, once, in order and under the number that was acknowledged (G1-G3).

Each shopper keeps a log of its own: what it sent, and the seq that came back. It repeats a message with the same
client_id until it is answered, so most messages that meet a death are sent twice. More: WARMLINE_F3_MESSAGES and
WARMLINE_F3_KILLS; the same again: WARMLINE_SEED.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.faults.crowd import PATIENCE, beside, how_many, seed_of
from tests.faults.zygote import QuickServer, Zygote
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role, parse_workspace
from warmline.store.base import Transaction
from warmline.store.calendars import holidays_of

SHOPPERS = 40
NO_LIMITS = dict.fromkeys(("messages_per_minute", "conversations_per_network_hour", "handoffs_per_network_day"), 0)


@dataclass
class Line:
    """A connection that is opened again whenever it breaks. As little of HTTP as will do: the client must be quick."""

    port: int
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None
    broken: int = 0

    async def until(self, method: str, path: str, token: str, body: Mapping[str, Any] | None, *good: int) -> Any:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                status, answer = await asyncio.wait_for(self._ask(method, path, token, body), 10)
            except (OSError, EOFError, TimeoutError):
                self.broken += 1
                self.close()
                await asyncio.sleep(0.03)
                continue
            if status in good:
                return answer
            assert status == 503, (status, answer)
            await asyncio.sleep(0.05)
        raise AssertionError(f"{path} was never answered")

    async def _ask(self, method: str, path: str, token: str, body: Mapping[str, Any] | None) -> tuple[int, Any]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        raw = json.dumps(body).encode() if body is not None else b""
        head = (
            f"{method} /api/widget{path} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        )
        self._writer.write(head.encode() + raw)
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        length = next(int(line.partition(":")[2]) for line in lines if line.lower().startswith("content-length:"))
        return int(lines[0].split()[1]), json.loads(await self._reader.readexactly(length))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


@dataclass
class Talker:
    """A shopper who waits for a teammate and writes meanwhile."""

    line: Line
    n: int
    id: str = ""
    token: str = ""
    log: list[tuple[int, str, str]] = field(default_factory=list)
    """(seq, client_id, text) of what was acknowledged."""

    async def begin(self) -> None:
        started = await self.line.until("POST", "/conversations", "", {"site": "pk_talk"}, 201)
        self.id, self.token = started["conversation"]["id"], started["token"]
        await self._post("/handoff", {"choice": "request"}, 200)
        await self._post("/email", {"skip": True}, 200)

    async def talk(self, messages: int) -> None:
        for n in range(messages):
            client_id, text = f"message-{n:06}", f"{self.n} says {n} {'🛟' * (n % 7)}"
            answer = await self._post("/messages", {"client_id": client_id, "text": text}, 201, 200)
            self.log.append((answer["seq"], client_id, text))

    async def compare(self) -> None:
        events: list[Any] = []
        while True:
            after = events[-1]["seq"] if events else 0
            found = await self.line.until(
                "GET", f"/conversations/{self.id}/events?after={after}", self.token, None, 200
            )
            events += found["events"]
            if not found["more"]:
                break
        said = [
            (event["seq"], event["client_id"], event["text"])
            for event in events
            if event.get("author", {}).get("kind") == "visitor"
        ]
        assert said == self.log, f"shopper {self.n}: the store and the client's log differ"
        assert [seq for seq, _, _ in self.log] == sorted({seq for seq, _, _ in self.log})

    async def _post(self, path: str, body: Mapping[str, Any], *good: int) -> Any:
        return await self.line.until("POST", f"/conversations/{self.id}{path}", self.token, body, *good)


@pytest.mark.xdist_group("kill")
async def test_f3_g1_every_acknowledged_message_is_there_after_20_kills(tmp_path: Path, zygote: Zygote) -> None:
    await talk_through_kills(
        tmp_path, zygote, how_many("WARMLINE_F3_MESSAGES", 5_000), how_many("WARMLINE_F3_KILLS", 20)
    )


@pytest.mark.slow
@pytest.mark.xdist_group("kill")
async def test_f3_g1_every_acknowledged_message_is_there_after_200_kills(tmp_path: Path, zygote: Zygote) -> None:
    messages = how_many("WARMLINE_F3_MESSAGES", 200_000)
    await talk_through_kills(tmp_path, zygote, messages, how_many("WARMLINE_F3_KILLS", 200))


async def talk_through_kills(folder: Path, zygote: Zygote, messages: int, kills: int) -> None:
    dice = random.Random(seed_of())
    server = QuickServer(zygote, folder / "data")
    async with beside(server.data, {}) as machine:
        await machine.app.store.write(_furnish)
    await asyncio.to_thread(server.start)
    talkers = [Talker(Line(server.port), n) for n in range(SHOPPERS)]
    await asyncio.gather(*(talker.begin() for talker in talkers))
    began = time.monotonic()
    talking = [asyncio.create_task(talker.talk(messages // SHOPPERS)) for talker in talkers]
    for kill in range(1, kills + 1):
        await _said(talkers, messages * (kill - dice.random()) / (kills + 1))
        server.kill()
        await asyncio.to_thread(server.start)
    await asyncio.gather(*talking)
    took = time.monotonic() - began
    await asyncio.gather(*(talker.compare() for talker in talkers))
    for talker in talkers:
        talker.line.close()
    assert server.stop() == 0, server.tail()
    total, broken = sum(len(talker.log) for talker in talkers), sum(talker.line.broken for talker in talkers)
    print(f"{total} messages acknowledged in {took:.0f} s with {kills} kills, {broken} broken calls: all there, once")
    assert total == messages // SHOPPERS * SHOPPERS and broken >= kills, "the kills hit nobody"


async def _said(talkers: list[Talker], messages: float) -> None:
    while sum(len(talker.log) for talker in talkers) < messages:  # noqa: ASYNC110 an event for each would slow them
        await asyncio.sleep(0.003)


def _furnish(tx: Transaction) -> None:
    tables = {"workspace": {"name": "Talk", "site": "pk_talk", "agent": False}, "limits": NO_LIMITS}
    workspace, now = parse_workspace(tables, holidays_of), datetime.now(UTC)
    tx.save_workspace(workspace, now)
    marta = tx.add_teammate(workspace.id, EmailAddress("marta@talk.example"), "Marta", Role.SUPPORT, now)
    tx.set_available(marta.id, now + timedelta(days=2))
