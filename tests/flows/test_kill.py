"""Kill -9 while handoffs are under way: nothing accepted is lost, and the sandbox counts one ticket for each."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.server_process import ServerProcess
from warmline.bootstrap import Machine
from warmline.domain.workspace import parse_workspace
from warmline.sandbox import Sandbox
from warmline.sandbox.credentials import ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET
from warmline.settings import read_settings
from warmline.store.base import Integration, Transaction
from warmline.store.calendars import holidays_of

HANDOFFS = 12
KILLS = 5
SITE = "pk_killed"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@dataclass
class Patient:
    """A shopper whose client repeats every call until it is answered, and keeps a log of what was acknowledged."""

    url: str
    n: int
    id: str = ""
    acknowledged: list[str] = field(default_factory=list)
    consented: bool = False
    token: str = ""

    async def live(self, dice: random.Random) -> None:
        """Say something, want a person, give an address."""
        async with httpx.AsyncClient(base_url=f"{self.url}/api/widget", timeout=5) as http:
            await asyncio.sleep(dice.random() * 3)
            started = await self._until(http, "/conversations", {"site": SITE}, 201)
            self.id = started["conversation"]["id"]
            http.headers["Authorization"] = f"Bearer {started['token']}"
            self.token = started["token"]
            path = f"/conversations/{self.id}"
            for n in range(3):
                text = f"message {n} of shopper {self.n}"
                await self._until(http, f"{path}/messages", {"client_id": f"message-{n:04}", "text": text}, 201, 200)
                self.acknowledged.append(text)
                await asyncio.sleep(dice.random() / 2)
            await self._until(http, f"{path}/handoff", {"choice": "request"}, 200)
            email = f"shopper{self.n}@example.com"
            await self._until(http, f"{path}/email", {"email": email}, 200)
            self.consented = True

    async def _until(self, http: httpx.AsyncClient, path: str, body: dict[str, str], *good: int) -> Any:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            with contextlib.suppress(httpx.TransportError):
                answer = await http.post(path, json=body)
                if answer.status_code in good:
                    return answer.json()
                assert answer.status_code in {503}, answer.text
            await asyncio.sleep(0.1)
        raise AssertionError(f"{path} was never answered")


async def prepare(data: Path, env: dict[str, str]) -> None:
    """One workspace with Zendesk, and no limits."""
    off = {"handoffs_per_network_day": 0, "messages_per_minute": 0}
    tables = {
        "workspace": {"name": "Killed", "site": SITE},
        "handoff": {"method": "ticket", "helpdesk": "zendesk"},
        "limits": off,
    }
    settings = {"subdomain": "acme", "client_id": ZENDESK_CLIENT_ID}
    zendesk = Integration("zendesk", "helpdesk", settings, {}, {"client_secret": ZENDESK_CLIENT_SECRET}, None, 1)

    def save(tx: Transaction) -> None:
        workspace = parse_workspace(tables, holidays_of)
        tx.save_workspace(workspace, datetime.now(UTC))
        tx.save_integration(workspace.id, zendesk, datetime.now(UTC))

    async with Machine(read_settings(env | {"WARMLINE_DATA": str(data)})) as machine:
        await machine.app.store.write(save)


@pytest.mark.xdist_group("kill")
async def test_f1_kill_9_loses_no_handoff_and_doubles_none(tmp_path: Path, sandbox: Sandbox) -> None:
    seed = random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}")
    dice = random.Random(seed)
    env = {
        "WARMLINE_ZENDESK_BASE_URL": sandbox.url("zendesk"),
        "WARMLINE_HELPDESK_TIMEOUT": "1",
        "WARMLINE_INDEX_DELAY": "0.3",
    }
    data = tmp_path / "data"
    await prepare(data, env)
    sandbox.configure("zendesk", index_delay=0.25)
    sandbox.seed(seed)
    for kind, share in (("error_before", 0.15), ("error_after", 0.15), ("reset_after", 0.1), ("silence_after", 0.1)):
        sandbox.add_fault("zendesk", kind, operation="create", probability=share)
    server = ServerProcess(data, env)
    await asyncio.to_thread(server.start)
    shoppers = [Patient(server.url, n) for n in range(HANDOFFS)]
    living = [asyncio.create_task(shopper.live(dice)) for shopper in shoppers]
    for _ in range(KILLS):
        await asyncio.sleep(0.3 + dice.random() * 1.5)
        server.kill()
        await asyncio.to_thread(server.start)
    await asyncio.gather(*living)
    sandbox.clear_faults("zendesk")
    try:
        await _all_arrive(sandbox, shoppers)
        for shopper in shoppers:
            await _nothing_is_missing(server, shopper)
    finally:
        assert server.stop() == 0, server.log()[-2000:]
    counts = sandbox.count_by_external_id("zendesk")
    assert {counts.get(f"warmline-{shopper.id}-1") for shopper in shoppers} == {1}, (seed, counts)
    assert len(counts) == HANDOFFS


async def _all_arrive(sandbox: Sandbox, shoppers: list[Patient]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        counts = sandbox.count_by_external_id("zendesk")
        if all(f"warmline-{shopper.id}-1" in counts for shopper in shoppers):
            # A double would come late: give it the time that it would take.
            await asyncio.sleep(2)
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"only {len(sandbox.count_by_external_id('zendesk'))} of {len(shoppers)} handoffs arrived")


async def _nothing_is_missing(server: ServerProcess, shopper: Patient) -> None:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {shopper.token}"}) as http:
        end = time.monotonic() + 60
        while True:
            answer = await http.get(f"{server.url}/api/widget/conversations/{shopper.id}/events?after=0")
            found = answer.json()
            if found["state"]["step"] == "delivered":
                break
            assert time.monotonic() < end, found["state"]
            await asyncio.sleep(0.2)
    said = [event["text"] for event in found["events"] if event.get("author", {}).get("kind") == "visitor"]
    assert said == shopper.acknowledged
    notices = [event.get("notice") for event in found["events"]]
    assert notices.count("ticket") == 1 and notices.count("saved") <= 1
