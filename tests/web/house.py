"""A small house with two shops behind one door, people of all roles, and a clock that tests move."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from warmline.bootstrap import Machine
from warmline.domain.ids import ArticleId, SourceId, VisitorId, WorkspaceId, fresh
from warmline.domain.knowledge import Article, Page, Section, SourceKind
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role, parse_workspace
from warmline.settings import read_settings
from warmline.store.base import Teammate, Transaction
from warmline.store.calendars import holidays_of
from warmline.web.app import make_app
from warmline.web.door import Door

SHOP, OTHER_SHOP = "https://shop.example", "https://other.example"
OWN = "https://chat.example"
QUESTION = "Can you engrave the box?"
_SAID = itertools.count(1)


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass(frozen=True)
class Chat:
    """A conversation and the token of its visitor."""

    id: str
    token: str

    @property
    def path(self) -> str:
        return f"/api/widget/conversations/{self.id}"

    @property
    def team_path(self) -> str:
        return f"/api/v1/conversations/{self.id}"


@dataclass
class House:
    machine: Machine
    door: Door
    app: FastAPI
    http: httpx.AsyncClient
    clock: Clock
    teammates: dict[str, Teammate] = field(default_factory=dict)

    async def shop(self, name: str, origin: str, **tables: Mapping[str, Any]) -> WorkspaceId:
        given = {"workspace": {"name": name, "origins": [origin]}} | tables
        workspace = parse_workspace(given, holidays_of)
        await self.machine.app.store.write(lambda tx: tx.save_workspace(workspace, self.clock()))
        return workspace.id

    async def key(self, shop: str, role: Role, scopes: tuple[str, ...] = (), name: str | None = None) -> str:
        """A key of a teammate, who is made when they are new."""
        name = name or role.value.title()

        def hire(tx: Transaction) -> str:
            who = self.teammates.get(f"{shop} {name}")
            if who is None:
                email = EmailAddress(f"{name.lower()}@{shop}.example")
                who = tx.add_teammate(WorkspaceId(shop), email, name, role, self.clock())
                self.teammates[f"{shop} {name}"] = who
            return tx.add_key(who, scopes, "test", self.clock())

        return await self.machine.app.store.write(hire)

    async def chat(self, shop: str = "acme", token: str | None = None, **body: Any) -> Chat:
        headers = bearer(token) if token else {}
        answer = await self.http.post("/api/widget/conversations", json={"site": f"pk_{shop}"} | body, headers=headers)
        assert answer.status_code == 201, answer.text
        return Chat(answer.json()["conversation"]["id"], answer.json()["token"])

    async def say(self, chat: Chat, text: str = QUESTION) -> int:
        body = {"client_id": f"said-{next(_SAID):08}", "text": text}
        answer = await self.http.post(f"{chat.path}/messages", json=body, headers=bearer(chat.token))
        assert answer.status_code == 201, answer.text
        seq: int = answer.json()["seq"]
        return seq

    async def waiting(self, shop: str = "acme") -> Chat:
        """Somebody who asked for a person and gave an address."""
        chat = await self.chat(shop)
        await self.say(chat)
        await self.post(chat, "handoff", choice="request")
        answer = await self.post(chat, "email", email="anna@shopper.example")
        assert answer.json()["state"]["step"] == "delivered", answer.text
        return chat

    async def post(self, chat: Chat, verb: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"{chat.path}/{verb}", json=body, headers=bearer(chat.token))

    async def team(self, key: str, chat: Chat, verb: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"{chat.team_path}/{verb}", json=body, headers=bearer(key))

    async def article(self, shop: str = "acme", title: str = "Returns") -> str:
        """A page in the store, without any vector."""

        def add(tx: Transaction) -> str:
            source = tx.source(WorkspaceId(shop), SourceKind.WRITTEN, "written")
            id, key = ArticleId(fresh("art")), fresh("page")
            page = Page(key, title, "en", None, (Section((), "Thirty days."),))
            tx.save_article(WorkspaceId(shop), Article(id, SourceId(source.id), page, self.clock()))
            return id

        return await self.machine.app.store.write(add)

    async def visitor_of(self, chat: Chat) -> VisitorId:
        def find(tx: Transaction) -> VisitorId:
            visitor = tx.visitor_by_token(chat.token, self.clock())
            assert visitor is not None
            return visitor.id

        return await self.machine.app.store.read(find)


@asynccontextmanager
async def a_house(folder: Path, works: bool = False, **env: str) -> AsyncIterator[House]:
    """Two shops, `acme` and `other`, and nobody at work. Without `works` the agent stays silent."""
    settings = read_settings({"WARMLINE_DATA": str(folder)} | env)
    async with Machine(settings, works=works) as machine:
        clock = Clock()
        machine.app.clock = clock
        door = Door(machine.app, settings.trusted_proxies, OWN)
        app = make_app(door)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=OWN) as http:
            house = House(machine, door, app, http, clock)
            no_limits = {"messages_per_minute": 0, "handoffs_per_network_day": 0, "handoffs_per_address_day": 0}
            await house.shop("acme", SHOP, limits=no_limits)
            await house.shop("other", OTHER_SHOP, limits=no_limits)
            yield house


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@dataclass
class Streamed:
    """An open stream: status and headers, and its frames as they come."""

    status: int
    headers: dict[str, str]
    _chunks: asyncio.Queue[bytes | None]
    ended: bool = False

    async def frame(self, seconds: float = 5) -> dict[str, str]:
        """The next frame as its fields; a comment is `{"": text}`; `{}` at the end."""
        async with asyncio.timeout(seconds):
            chunk = await self._chunks.get()
        if chunk is None:
            self.ended = True
            return {}
        lines = chunk.decode().strip("\n").split("\n")
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@asynccontextmanager
async def streaming(app: FastAPI, path: str, headers: Mapping[str, str]) -> AsyncIterator[Streamed]:
    """httpx waits for the end of an answer in this process; a stream has none, so here is a client that does not."""
    gone, started = asyncio.Event(), asyncio.get_running_loop().create_future()
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
    sent = False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            shown = {name.decode(): value.decode() for name, value in message["headers"]}
            started.set_result((message["status"], shown))
        elif message.get("body"):
            await chunks.put(message["body"])
        if message["type"] == "http.response.body" and not message.get("more_body"):
            await chunks.put(None)

    route, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "https",
        "path": route, "raw_path": route.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("chat.example", 443), "state": {},
    }  # fmt: skip
    task = asyncio.create_task(app(scope, receive, send))
    try:
        async with asyncio.timeout(5):
            status, shown = await started
        yield Streamed(status, shown, chunks)
    finally:
        gone.set()
        async with asyncio.timeout(5):
            await task
