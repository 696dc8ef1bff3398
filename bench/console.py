"""How long the server takes for pages of the console when the shop has many conversations.

    .venv/bin/python -m bench.console                 10,000 conversations over 30 days

Budget: 95 of 100 pages within 100 ms, from the request to the last byte, in this process (no network, no browser). "The
first" is the first view of that page, after what a server makes ready beside its start.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from datetime import UTC, datetime

import httpx

from bench.floor import load, ms, quantile
from bench.running import a_folder
from tests.fixtures.many import fill
from warmline.bootstrap import Machine
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role, Workspace, parse_workspace
from warmline.settings import read_settings
from warmline.store.base import Transaction
from warmline.store.calendars import countries, holidays_of
from warmline.web.app import make_app
from warmline.web.console.prepare import prepare
from warmline.web.console.session import cookie_name
from warmline.web.door import Door

OWN = "https://chat.example"
BUDGET = 0.1
PAGES = (
    "/dashboard", "/inbox", "/inbox?show=open", "/inbox?show=closed", "/inbox/{id}?show=waiting", "/inbox/needs-person",
    "/dashboard/conversations?number=routed", "/knowledge", "/settings/handoff", "/settings/answers",
    "/settings/connections", "/settings/helpdesks/zendesk",
)  # fmt: skip


async def main(conversations: int, rounds: int) -> None:
    with a_folder() as folder:
        async with Machine(read_settings({"WARMLINE_DATA": str(folder)})) as machine:
            now = datetime.now(UTC)
            workspace = parse_workspace({"workspace": {"name": "Acme", "timezone": "Europe/Warsaw"}}, holidays_of)
            session = await machine.app.store.write(lambda tx: furnish(tx, workspace, now))
            await fill(machine.app.store, workspace.id, conversations, now)
            door = Door(machine.app, (), OWN)
            app = make_app(door)
            transport = httpx.ASGITransport(app)
            cookies = {cookie_name(door, "session"): session}
            countries()  # as `serve` does, once it is ready
            await prepare(app, door, 0)
            async with httpx.AsyncClient(transport=transport, base_url=OWN, cookies=cookies) as http:
                for path in PAGES:
                    await measure(http, path.format(id=f"cnv_{conversations - 1:032x}"), rounds)
    print(f"{conversations:,} conversations; {load()}")


def furnish(tx: Transaction, workspace: Workspace, now: datetime) -> str:
    tx.save_workspace(workspace, now)
    owner = tx.add_teammate(workspace.id, EmailAddress("owner@acme.example"), "Marta", Role.OWNER, now)
    return tx.open_session(owner, [], now)


async def measure(http: httpx.AsyncClient, path: str, rounds: int) -> None:
    waits, first = [], 0.0
    for n in range(rounds + 3):
        begun = time.perf_counter()
        answer = await http.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        first = first or time.perf_counter() - begun
        if n >= 3:
            waits.append(time.perf_counter() - begun)
    slow = quantile(waits, 95)
    verdict = "kept" if slow <= BUDGET else "missed"
    print(f"{path[:40]:42} p50 {ms(quantile(waits, 50))}, p95 {ms(slow)}  {verdict}; the first {ms(first)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    asyncio.run(main(given.conversations, given.rounds))
