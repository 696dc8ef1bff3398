"""Shoppers who repeat every call until it is answered and keep a log of what was acknowledged; and what to compare it
with: the stand-ins' own count of tickets by external id, never a table of ours."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from warmline.actions.retry_deliveries import retry_deliveries
from warmline.bootstrap import Machine
from warmline.domain.workspace import parse_workspace
from warmline.errors import Invalid, NotFound
from warmline.sandbox import SandboxClient
from warmline.sandbox.credentials import (
    GORGIAS_API_KEY,
    GORGIAS_EMAIL,
    WEBHOOK_SECRET,
    WEBHOOK_URL,
    ZENDESK_CLIENT_ID,
    ZENDESK_CLIENT_SECRET,
)
from warmline.sandbox.http import Json
from warmline.settings import read_settings
from warmline.store.base import Integration, Transaction
from warmline.store.calendars import holidays_of

DESKS: Mapping[str, Integration] = {
    "zendesk": Integration(
        "zendesk",
        "helpdesk",
        {"subdomain": "acme", "client_id": ZENDESK_CLIENT_ID},
        {},
        {"client_secret": ZENDESK_CLIENT_SECRET},
        None,
        1,
    ),
    "gorgias": Integration(
        "gorgias",
        "helpdesk",
        {"account": "acme", "email": GORGIAS_EMAIL},
        {},
        {"api_key": GORGIAS_API_KEY},
        None,
        1,
    ),
    # It cannot be searched and drops doubles itself: what is counted is (id, bytes), so a repeat must be the same.
    "webhook": Integration("webhook", "helpdesk", {"url": WEBHOOK_URL}, {}, {"secret": WEBHOOK_SECRET}, None, 1),
}
PATIENCE = 150.0
TIMEOUT, INDEX_DELAY, SEARCH_LAGS = 1.5, 1.0, 0.9
"""Seconds: of a call to a helpdesk, what our servers believe of its search, and what the sandbox takes.

The shortest pause of a retry is 0.5 s: a lag below it would let a look-up that comes too early pass for a good one."""


def seed_of(name: str = "WARMLINE_SEED") -> int:
    """A fresh seed, or the one that the environment gives; printed, so that a run can be repeated."""
    seed = int(os.environ.get(name) or random.SystemRandom().randrange(1 << 30))
    print(f"{name}={seed}")
    return seed


def how_many(name: str, usual: int) -> int:
    """A count that the environment may change."""
    return int(os.environ.get(name, usual))


class FarSandbox(SandboxClient):
    """A sandbox in another process; `urls` is what it says of itself."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        super().__init__(urls["url"], timeout=30)
        self.smtp_url = urls["smtp"]


@contextmanager
def sandbox_apart(seed: int) -> Iterator[FarSandbox]:
    """A sandbox in a process of its own: our load must not make it slower than it claims to be."""
    command = [sys.executable, "-m", "warmline.sandbox", "--until-stdin-closes", "--seed", str(seed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        try:
            yield FarSandbox(json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait(10)


def settings_for(sandbox: SandboxClient) -> dict[str, str]:
    return {
        "WARMLINE_ZENDESK_BASE_URL": sandbox.url("zendesk"),
        "WARMLINE_GORGIAS_BASE_URL": sandbox.url("gorgias"),
        "WARMLINE_WEBHOOK_BASE_URL": sandbox.url("webhook"),
        "WARMLINE_HELPDESK_TIMEOUT": str(TIMEOUT),
        "WARMLINE_INDEX_DELAY": str(INDEX_DELAY),
        "WARMLINE_HELPDESK_REQUESTS": "60000",
    }


async def open_shops(data: Path, env: Mapping[str, str], agent: bool = False) -> None:
    """One workspace for each helpdesk, with no limits and, as a rule, no agent."""
    limits = dict.fromkeys(
        ("handoffs_per_network_day", "handoffs_per_address_day", "handoffs_per_visitor_day", "messages_per_minute"), 0
    )

    def save(tx: Transaction) -> None:
        for name, integration in DESKS.items():
            tables = {
                "workspace": {"name": name, "site": f"pk_{name}", "agent": agent},
                "handoff": {"method": "ticket", "helpdesk": name},
                "limits": limits,
            }
            workspace = parse_workspace(tables, holidays_of)
            tx.save_workspace(workspace, datetime.now(UTC))
            tx.save_integration(workspace.id, integration, datetime.now(UTC))

    async with beside(data, env) as machine:
        await machine.app.store.write(save)


def beside(data: Path, env: Mapping[str, str]) -> Machine:
    """What a command beside a running server uses: it owns no effects."""
    return Machine(read_settings(dict(env) | {"WARMLINE_DATA": str(data)}))


@dataclass
class Patient:
    """A shopper. `urls` are the servers it may go to; after a failure it tries another."""

    urls: Sequence[str]
    n: int
    desk: str
    dice: random.Random
    id: str = ""
    token: str = ""
    acknowledged: list[str] = field(default_factory=list)
    consented: bool = False

    @property
    def ticket(self) -> str:
        """The external id that this shopper's ticket must have."""
        return f"warmline-{self.id}-1"

    async def live(self, http: httpx.AsyncClient, within: float) -> None:
        """Say something, want a person, give an address."""
        await asyncio.sleep(self.dice.random() * within)
        started = await self.until(http, "/conversations", {"site": f"pk_{self.desk}"}, 201)
        self.id, self.token = started["conversation"]["id"], started["token"]
        await self.say(http, f"message of shopper {self.n}")
        path = f"/conversations/{self.id}"
        if self.dice.random() < 0.5:
            await asyncio.sleep(self.dice.random() * within)
        await self.until(http, f"{path}/handoff", {"choice": "request"}, 200)
        await self.until(http, f"{path}/email", {"email": f"shopper{self.n}@example.com"}, 200)
        self.consented = True

    async def say(self, http: httpx.AsyncClient, text: str) -> None:
        """Returns when it was acknowledged."""
        body = {"client_id": f"message-{len(self.acknowledged):06}", "text": text}
        await self.until(http, f"/conversations/{self.id}/messages", body, 201, 200)
        self.acknowledged.append(text)

    async def until(self, http: httpx.AsyncClient, path: str, body: Mapping[str, object], *good: int) -> Any:
        end = time.monotonic() + PATIENCE
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = self.dice.choice(self.urls)
        while time.monotonic() < end:
            with contextlib.suppress(httpx.TransportError):
                answer = await http.post(f"{url}/api/widget{path}", json=body, headers=headers)
                if answer.status_code in good:
                    return answer.json()
                assert answer.status_code == 503, f"{path}: {answer.status_code} {answer.text}"
            await asyncio.sleep(0.05)
            url = self.dice.choice(self.urls)
        raise AssertionError(f"{path} was never answered")

    async def reads(self, http: httpx.AsyncClient) -> Json:
        """The whole conversation, as the shopper sees it."""
        headers = {"Authorization": f"Bearer {self.token}"}
        events: list[Any] = []
        while True:
            after = events[-1]["seq"] if events else 0
            url = f"{self.urls[0]}/api/widget/conversations/{self.id}/events?after={after}"
            answer = await http.get(url, headers=headers)
            assert answer.status_code == 200, answer.text
            found = answer.json()
            events += found["events"]
            if not found["more"]:
                return {**found, "events": events}


@asynccontextmanager
async def a_client() -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=50)
    async with httpx.AsyncClient(timeout=5, limits=limits, trust_env=False) as http:
        yield http


def counts(sandbox: SandboxClient) -> dict[str, int]:
    """Tickets by external id at all helpdesks: the only oracle."""
    return {id: n for desk in DESKS for id, n in sandbox.count_by_external_id(desk).items()}


async def all_arrive(sandbox: SandboxClient, machine: Machine, who: Sequence[Patient]) -> None:
    """Make the vendors honest, have what waits sent now, as a teammate would, and wait until it is there."""
    for desk in DESKS:
        sandbox.clear_faults(desk)
    end = time.monotonic() + PATIENCE + len(who) / 2
    while True:
        await send_now(machine)
        there = await asyncio.to_thread(counts, sandbox)
        missing = [each for each in who if each.ticket not in there]
        if not missing:
            return
        assert time.monotonic() < end, f"lost: {len(missing)} of {len(who)}, such as {missing[0].ticket}"
        # Each round wakes everything that waits; a long line needs time in between to move.
        await asyncio.sleep(0.5 + len(missing) / 100)


async def send_now(machine: Machine) -> None:
    """The button *Send now* of the console, for every helpdesk."""
    workspaces = await machine.app.store.read(lambda tx: tx.workspaces())
    for workspace in workspaces:
        for desk in DESKS:
            with contextlib.suppress(NotFound, Invalid):  # not connected here; or no clear answer yet
                await retry_deliveries(machine.app, workspace.id, desk)


async def all_is_told(who: Sequence[Patient]) -> None:
    """Each conversation holds what was acknowledged, once, in order, and says "delivered" once."""
    async with a_client() as http:
        for patient in who:
            end = time.monotonic() + PATIENCE
            while (found := await patient.reads(http))["state"]["step"] != "delivered":
                assert time.monotonic() < end, (patient.id, found["state"])
                await asyncio.sleep(0.3)
            said = [event["text"] for event in found["events"] if event.get("author", {}).get("kind") == "visitor"]
            assert said == patient.acknowledged
            notices = [event.get("notice") for event in found["events"]]
            assert notices.count("ticket") == 1 and notices.count("saved") <= 1, notices
