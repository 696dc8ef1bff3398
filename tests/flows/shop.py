"""A running Warmline over real HTTP, with the sandbox beside it, and people who use it."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from warmline.actions.learn_source import learn_source
from warmline.bootstrap import Machine
from warmline.cli.server import listen, serve
from warmline.domain.ids import SiteKey, WorkspaceId
from warmline.domain.knowledge import SourceKind
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role, parse_workspace
from warmline.sandbox import Sandbox
from warmline.sandbox.credentials import (
    GORGIAS_API_KEY,
    GORGIAS_EMAIL,
    KLAVIYO_API_KEY,
    SUPPORT_MAILBOX,
    WEBHOOK_SECRET,
    WEBHOOK_URL,
    ZENDESK_CLIENT_ID,
    ZENDESK_CLIENT_SECRET,
)
from warmline.settings import read_settings
from warmline.store.base import Integration, Transaction
from warmline.store.calendars import holidays_of

ORIGIN = "https://shop.example"
HELP = """---
title: Returns
lang: en
url: https://shop.example/help/returns
---
# Returns

## How long may I return something?

You may return anything that you bought from us within 60 days of delivery. The item must be unused and in its box.
Print the return label from your account and hand the parcel to any courier point.

## When do I get my money back?

We refund the full price within five working days after the parcel has reached our warehouse in Kraków. The money goes
back to the card or the account that you paid with.
"""
HELP_PL = """---
title: Zwroty
lang: pl
url: https://shop.example/pl/zwroty
---
# Zwroty

## Ile mam czasu na zwrot?

Wszystko, co kupiono w naszym sklepie, można zwrócić w ciągu 60 dni od dostawy. Produkt musi być nieużywany i w pudełku.
Etykietę zwrotną można wydrukować na swoim koncie i oddać paczkę w dowolnym punkcie kurierskim.

## Kiedy dostanę zwrot pieniędzy?

Pełną cenę oddajemy w ciągu pięciu dni roboczych od dotarcia paczki do magazynu w Krakowie. Pieniądze wracają na kartę
albo konto, z którego zapłacono.
"""
ANSWERABLE = "How long may I return something?"
UNANSWERABLE = "Do you sell sunglasses for astronauts who ride purple elephants?"

_NAMES = itertools.count(1)
_ACCOUNTS: Mapping[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "zendesk": (
        "helpdesk",
        {"subdomain": "acme", "client_id": ZENDESK_CLIENT_ID},
        {"client_secret": ZENDESK_CLIENT_SECRET},
    ),
    "gorgias": ("helpdesk", {"account": "acme", "email": GORGIAS_EMAIL}, {"api_key": GORGIAS_API_KEY}),
    "email": ("helpdesk", {"to": SUPPORT_MAILBOX}, {}),
    "webhook": ("helpdesk", {"url": WEBHOOK_URL}, {"secret": WEBHOOK_SECRET}),
    "klaviyo": ("profiles", {}, {"api_key": KLAVIYO_API_KEY}),
}


@dataclass
class Town:
    """One server and one sandbox; each test opens a shop of its own in it."""

    machine: Machine
    sandbox: Sandbox
    url: str
    help: Path
    clock: Clock
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def client(self, path: str, **more: Any) -> httpx.AsyncClient:
        """Closed with the town."""
        made = httpx.AsyncClient(base_url=f"{self.url}{path}", timeout=40, **more)
        self.clients.append(made)
        return made

    async def shop(self, *, connect: tuple[str, ...] = (), identity_secret: Any = None, **tables: Any) -> Shop:
        """A new workspace with two help pages. `tables` as in `apply`; limits are off unless given."""
        n = next(_NAMES)
        workspace = {"name": f"Shop {n}", "site": f"pk_{n}", "origins": [ORIGIN], "timezone": "Europe/Warsaw"}
        limits = {"handoffs_per_network_day": 0, "handoffs_per_address_day": 0, "handoffs_per_visitor_day": 0}
        given = {"limits": limits} | dict(tables) | {"workspace": workspace | dict(tables.get("workspace", {}))}
        parsed = parse_workspace(given, holidays_of)

        def save(tx: Transaction) -> None:
            tx.save_workspace(parsed, datetime.now(UTC))
            for name in connect:
                kind, settings, secrets = _ACCOUNTS[name]
                tx.save_integration(
                    parsed.id, Integration(name, kind, settings, {}, secrets, None, 1), datetime.now(UTC)
                )
            if identity_secret:
                tx.set_identity_keys(parsed.id, {"secret": identity_secret})

        await self.machine.app.store.write(save)
        await learn_source(self.machine.app, parsed.id, str(self.help), SourceKind.FILES)
        return Shop(self, parsed.id, parsed.site)


@dataclass
class Clock:
    """The real time, moved by hand."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Shop:
    town: Town
    workspace: WorkspaceId
    site: SiteKey

    @property
    def sandbox(self) -> Sandbox:
        return self.town.sandbox

    async def change(self, **tables: Mapping[str, Any]) -> None:
        """The merchant saves other settings."""
        now = datetime.now(UTC)

        def save(tx: Transaction) -> None:
            before = tx.workspace(self.workspace)
            tx.save_workspace(parse_workspace(dict(before.tables) | dict(tables), holidays_of, id=before.id), now)

        await self.town.machine.app.store.write(save)

    async def shopper(self, locale: str = "en", **more: Any) -> Shopper:
        http = self.town.client("/api/widget")
        answer = await http.post("/conversations", json={"site": self.site, "locale": locale} | more)
        assert answer.status_code == 201, answer.text
        started = answer.json()
        http.headers["Authorization"] = f"Bearer {started['token']}"
        return Shopper(http, started["conversation"]["id"], started)

    async def teammate(self, name: str = "Marta", role: Role = Role.SUPPORT, available: bool = True) -> Colleague:
        email = EmailAddress(f"{name.lower()}@{self.workspace}.example")

        def hire(tx: Transaction) -> str:
            teammate = tx.add_teammate(self.workspace, email, name, role, datetime.now(UTC))
            return tx.add_key(teammate, [], "test", datetime.now(UTC))

        key = await self.town.machine.app.store.write(hire)
        http = self.town.client("/api/v1", headers={"Authorization": f"Bearer {key}"})
        colleague = Colleague(http)
        if available:
            await colleague.put("/me/presence", {"status": "available"})
        return colleague


@dataclass
class Shopper:
    """Somebody with the widget open. `log` is what they saw, in order."""

    http: httpx.AsyncClient
    id: str
    started: Mapping[str, Any]
    log: list[dict[str, Any]] = field(default_factory=list)
    cursor: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    said: int = 0

    async def say(self, text: str) -> int:
        """Send a message; its seq."""
        self.said += 1
        body = {"client_id": f"said-{self.said:08}", "text": text}
        answer = await self.post("/messages", body)
        assert answer.status_code == 201, answer.text
        seq: int = answer.json()["seq"]
        return seq

    async def ask(self, text: str) -> dict[str, Any]:
        """Send a message and wait for the agent's word on it."""
        seq = await self.say(text)
        return await self.until(lambda event: event["kind"] == "message" and event.get("reply_to") == seq)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        return await self.http.post(f"/conversations/{self.id}{path}", json=body)

    async def choose(self, choice: str, **more: Any) -> dict[str, Any]:
        answer = await self.post("/handoff", {"choice": choice} | more)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()["state"]
        return state

    async def email(self, address: str) -> httpx.Response:
        return await self.post("/email", {"email": address})

    async def look(self, wait: float = 0) -> None:
        """Read on from the cursor."""
        answer = await self.http.get(f"/conversations/{self.id}/events?after={self.cursor}&wait={wait}")
        assert answer.status_code == 200, answer.text
        found = answer.json()
        self.log += found["events"]
        self.cursor, self.state = found["cursor"], found["state"]

    async def until(self, wanted: Any, seconds: float = 30) -> dict[str, Any]:
        """The first event, seen or to come, that `wanted` accepts."""
        end = time.monotonic() + seconds
        while True:
            for event in self.log:
                if wanted(event):
                    return event
            assert time.monotonic() < end, f"never came; the log is {[shown(each) for each in self.log]}"
            await self.look(wait=1)

    async def until_notice(self, notice: str, seconds: float = 30) -> dict[str, Any]:
        return await self.until(lambda event: event.get("notice") == notice, seconds)

    def notices(self) -> list[str]:
        return [event["notice"] for event in self.log if event.get("notice")]

    def texts(self) -> str:
        return "\n".join(event["text"] for event in self.log if event["kind"] == "message")

    def steps(self) -> list[str]:
        return [event["step"] for event in self.log if event["kind"] == "handoff"]


@dataclass
class Colleague:
    """A teammate with an API key."""

    http: httpx.AsyncClient

    async def post(self, path: str, body: Mapping[str, Any] | None = None, expect: int = 200) -> Any:
        answer = await self.http.post(path, json=body)
        assert answer.status_code == expect, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def put(self, path: str, body: Mapping[str, Any]) -> Any:
        answer = await self.http.put(path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def get(self, path: str) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def shown(event: Mapping[str, Any]) -> str:
    """An event in a few words, for a failing test."""
    detail = event.get("text") or event.get("step") or event.get("owner") or event.get("by")
    return f"{event['seq']} {event['kind']} {detail}"


@asynccontextmanager
async def a_town(folder: Path, mail: bool = True, **env: str) -> AsyncIterator[Town]:
    """Start everything; `mail` False: no mail server."""
    with Sandbox() as sandbox:
        async with a_server(folder, sandbox, mail, **env) as town:
            yield town


@asynccontextmanager
async def a_server(folder: Path, sandbox: Sandbox, mail: bool = True, **env: str) -> AsyncIterator[Town]:
    """One server in this process, over real HTTP."""
    help = folder / "help"
    help.mkdir(parents=True)
    (help / "returns.md").write_text(HELP, encoding="utf-8")
    (help / "zwroty.md").write_text(HELP_PL, encoding="utf-8")
    sock = listen("127.0.0.1", 0)
    settings = read_settings(
        {
            "WARMLINE_DATA": str(folder / "data"),
            "WARMLINE_PORT": str(sock.getsockname()[1]),
            "WARMLINE_ZENDESK_BASE_URL": sandbox.url("zendesk"),
            "WARMLINE_GORGIAS_BASE_URL": sandbox.url("gorgias"),
            "WARMLINE_WEBHOOK_BASE_URL": sandbox.url("webhook"),
            "WARMLINE_KLAVIYO_BASE_URL": sandbox.url("klaviyo"),
            "WARMLINE_HELPDESK_TIMEOUT": "2",
            "WARMLINE_INDEX_DELAY": "0.3",
            "WARMLINE_HELPDESK_REQUESTS": "60000",
        }
        | ({"WARMLINE_SMTP_URL": f"{sandbox.smtp_url}?from=hello@shop.example"} if mail else {})
        | env
    )
    async with Machine(settings, works=True) as machine:
        clock = Clock()
        machine.app.clock = clock
        machine.app.timings = replace(machine.app.timings, poll=timedelta(seconds=0.1), reply_mail=timedelta(seconds=1))
        ready = asyncio.Event()
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(machine, sock, ready.set, stop))
        await asyncio.wait_for(ready.wait(), 20)
        town = Town(machine, sandbox, f"http://127.0.0.1:{sock.getsockname()[1]}", help, clock)
        try:
            yield town
        finally:
            for client in town.clients:
                await client.aclose()
            stop.set()
            await serving
