"""How soon a handoff is on the wire after the shopper agreed, and how many a second go out.

    .venv/bin/python -m bench.deliveries              on SQLite
    .venv/bin/python -m bench.deliveries --postgres   on PostgreSQL, durable (from the development tools)

The helpdesk is a webhook that answers at once, so what is measured is the outbox. The floor is one durable commit of
one row by the same database, one after another, and fdatasync on the disk of the data folder, both in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from bench.floor import Floor, load, ms, quantile
from bench.running import Running, Shop, a_folder, set_up
from bench.wire import Shopper
from tests.fixtures.postgres import running_postgres
from warmline.actions.advance_handoff import advance_handoff
from warmline.actions.identify_visitor import give_email
from warmline.actions.start_conversation import Start, start_conversation
from warmline.bootstrap import Machine
from warmline.domain.ids import SiteKey
from warmline.settings import read_settings
from warmline.store.base import Transaction

SHOP = Shop("deliveries", helpdesk="webhook")
BUDGET = 0.250


class Receiver:
    """Answers 200 at once and notes when each event came: key → seconds of the machine's monotonic clock."""

    def __init__(self) -> None:
        self.came: dict[str, float] = {}
        self._news = asyncio.Event()

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._talk, "127.0.0.1", 0)

    async def until(self, count: int, seconds: float = 300) -> None:
        async with asyncio.timeout(seconds):
            while len(self.came) < count:
                self._news.clear()
                await self._news.wait()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                at = time.perf_counter()
                headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
                await reader.readexactly(int(headers[b"content-length"]))
                self.came.setdefault(headers[b"webhook-id"].decode(), at)
                self._news.set()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()


async def main(count: int, postgres: bool) -> None:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(a_folder())
        receiver = Receiver()
        server = await stack.enter_async_context(await receiver.serve())
        env = {"WARMLINE_WEBHOOK_BASE_URL": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}
        if postgres:
            env["WARMLINE_DATABASE_URL"] = stack.enter_context(running_postgres(durable=True))
        running, floor = Running(folder, env), Floor(folder)
        await set_up(running, [SHOP])
        floor.measure()
        commits = await owe(running, count)
        begun = time.perf_counter()
        await asyncio.to_thread(running.start)
        stack.callback(running.stop)
        await receiver.until(count)
        times = sorted(receiver.came.values())
        rate = (len(times) - 1) / (times[-1] - times[0])
        waits = await consent_to_wire(running.port, receiver, min(count, 200))
        floor.measure()
        print(f"{'PostgreSQL' if postgres else 'SQLite'}: {count} deliveries at {rate:,.0f}/s, "
              f"the first {ms(times[0] - begun)} after the start")  # fmt: skip
        per_second = len(commits) / sum(commits)
        print(f"    = {rate / per_second:.2f} x the commit rate ({per_second:,.0f}/s, p50 {ms(quantile(commits, 50))}),"
              f" {rate / floor.rate:.2f} x the fdatasync rate")  # fmt: skip
        p50, p99, commit = quantile(waits, 50), quantile(waits, 99), quantile(commits, 50)
        print(f"    consent → request on the wire: p50 {ms(p50)} = {p50 / commit:.1f} commits, p99 {ms(p99)}")
        print(f"    budget: p99 ≤ {ms(BUDGET)}: {'kept' if p99 <= BUDGET else 'missed'}")
        print(f"{floor} on the disk of the data folder; {load()}")


async def owe(running: Running, count: int) -> list[float]:
    """Make handoffs that nobody delivers yet. How long single commits took, measured between them."""
    commits: list[float] = []
    async with Machine(read_settings(running.settings)) as machine:
        app = machine.app
        for n in range(count):
            begun = await start_conversation(app, Start(SiteKey(SHOP.site)), None, None)
            await advance_handoff(app, begun.visitor, begun.conversation.id, "request", None)
            await give_email(app, begun.visitor, begun.conversation.id, f"shopper-{n}@example.com")
            sent = time.perf_counter()
            await app.store.write(partial(_touch, n))
            commits.append(time.perf_counter() - sent)
    return commits


def _touch(n: int, tx: Transaction) -> Any:
    tx.run("UPDATE workspace SET created_at = created_at + :n", n=n % 2)


async def consent_to_wire(port: int, receiver: Receiver, count: int) -> list[float]:
    """One shopper after another; from sending the address, which is consent's last word, to the first byte there."""
    waits = []
    for n in range(count):
        shopper = await Shopper.arrive(port, SHOP.site)
        await shopper.post("/handoff", {"choice": "request"})
        before, sent = len(receiver.came), time.perf_counter()
        await shopper.post("/email", {"email": f"later-{n}@example.com"})
        await receiver.until(before + 1)
        waits.append(receiver.came[f"warmline-{shopper.id}-1"] - sent)
        await shopper.leave()
    return waits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=500)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    asyncio.run(main(given.count, given.postgres))
