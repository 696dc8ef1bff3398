"""One shop in a folder of its own, and the commands called in this process as `warmline` calls them."""

from __future__ import annotations

import asyncio
import json
import textwrap
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from warmline.actions.advance_handoff import advance_handoff
from warmline.actions.app import App
from warmline.actions.identify_visitor import give_email
from warmline.actions.receive_message import receive_message
from warmline.actions.start_conversation import Start, start_conversation
from warmline.bootstrap import Machine
from warmline.cli.command import parse, perform
from warmline.domain.ids import ConversationId, SiteKey, WorkspaceId
from warmline.domain.visitor import Visitor
from warmline.sandbox import Sandbox, credentials
from warmline.settings import read_settings

SECRETS = {
    "ZENDESK_SECRET": credentials.ZENDESK_CLIENT_SECRET,
    "ZENDESK_TOKEN": credentials.ZENDESK_API_TOKEN,
    "GORGIAS_KEY": credentials.GORGIAS_API_KEY,
    "KLAVIYO_KEY": credentials.KLAVIYO_API_KEY,
    "IDENTITY_SECRET": "kQ3v8z-Xw1Lr5TnB9cJm2HsYd7FgPa4E",
    "WRONG_SECRET": "wrong-secret-not-real",
}

WORKSPACE = """
    [workspace]
    name = "Acme"
"""
ZENDESK = f"""
    [helpdesks.zendesk]
    subdomain = "acme"
    client_id = "{credentials.ZENDESK_CLIENT_ID}"
    client_secret = {{env = "ZENDESK_SECRET"}}
"""
GORGIAS = f"""
    [helpdesks.gorgias]
    account = "acme"
    email = "{credentials.GORGIAS_EMAIL}"
    api_key = {{env = "GORGIAS_KEY"}}
"""
KLAVIYO = """
    [profiles.klaviyo]
    api_key = {env = "KLAVIYO_KEY"}
"""
TO_ZENDESK = """
    [handoff]
    helpdesk = "zendesk"
"""
OWNER = """
    [[members]]
    email = "owner@shop.example"
    role = "owner"
"""
ACME = WorkspaceId("acme")


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shop:
    """A data folder, an environment, and a file for `apply`."""

    folder: Path
    sandbox: Sandbox
    capsys: pytest.CaptureFixture[str]
    env: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.env = {
            "WARMLINE_DATA": str(self.folder / "data"),
            "WARMLINE_HELPDESK_TIMEOUT": "1",
            "WARMLINE_PORT": "8123",
            **{
                f"WARMLINE_{name.upper()}_BASE_URL": self.sandbox.url(name)
                for name in ("zendesk", "gorgias", "webhook", "klaviyo")
            },
            **SECRETS,
        }

    @property
    def file(self) -> Path:
        return self.folder / "shop.toml"

    def write(self, *parts: str) -> Path:
        self.file.write_text("".join(textwrap.dedent(part) for part in parts), encoding="utf-8")
        return self.file

    async def run(self, *argv: str) -> Said:
        self.capsys.readouterr()
        code = await perform(*parse(argv), self.env)
        out, err = self.capsys.readouterr()
        return Said(code, out, err)

    async def apply(self, *parts: str, flags: tuple[str, ...] = ()) -> Said:
        return await self.run("apply", str(self.write(*parts)), "--json", "--patience", "1", *flags)

    async def applied(self, *parts: str, flags: tuple[str, ...] = ()) -> Any:
        """It worked; what it printed."""
        said = await self.apply(*parts, flags=flags)
        assert said.code == 0, said.err
        return said.json

    def machine(self, works: bool = False) -> Machine:
        return Machine(read_settings(self.env), works=works)

    def help_pages(self) -> Path:
        pages = self.folder / "help"
        pages.mkdir(exist_ok=True)
        (pages / "returns.md").write_text(
            "---\nurl: /help/returns\n---\n# Can I send back my order?\n\n"
            "You can send back any order within 30 days of delivery. Returns are free inside the European Union.\n"
        )
        (pages / "delivery.md").write_text(
            "# Delivery\n\nWe deliver to Poland within two working days. Delivery to Germany takes four working days.\n"
        )
        return pages


@dataclass(frozen=True)
class Chat:
    """A shopper's conversation, by the actions that the widget's calls lead to."""

    app: App
    visitor: Visitor
    id: ConversationId

    @classmethod
    async def begin(cls, app: App, site: str = "pk_acme") -> Chat:
        started = await start_conversation(app, Start(SiteKey(site), network="192.0.2.1"), None, None)
        return cls(app, started.visitor, started.conversation.id)

    async def say(self, text: str) -> None:
        await receive_message(self.app, self.visitor, self.id, text, uuid4().hex)

    async def hand_off(self, email: str = "anna@example.com") -> None:
        await advance_handoff(self.app, self.visitor, self.id, "request", None)
        await give_email(self.app, self.visitor, self.id, email)

    async def step(self) -> str | None:
        conversation = await self.app.store.read(lambda tx: tx.conversation_of(self.visitor.id, self.id))
        return conversation.handoff.name if conversation.handoff else None

    async def last_words(self) -> str:
        window = await self.app.store.read(lambda tx: tx.window(self.id, 0))
        return next(str(event.data["text"]) for event in reversed(window.events) if "text" in event.data)


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    """Wait until it holds; a worker does its work in between."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 it watches a store
            await asyncio.sleep(0.05)
