"""A browser without scripts at the console: it keeps cookies, sends forms and goes where they lead."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from selectolax.lexbor import LexborHTMLParser

from tests.web.house import OWN, House, a_house
from warmline.domain.ids import WorkspaceId
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role
from warmline.store.base import Teammate, Transaction
from warmline.web.console.session import cookie_name


@dataclass
class Desk:
    """A teammate who is signed in."""

    house: House
    http: httpx.AsyncClient
    teammate: Teammate

    async def see(self, path: str, expect: int = 200) -> str:
        """The page's markup."""
        answer = await self.http.get(path, headers={"accept": "text/html"})
        assert answer.status_code == expect, (path, answer.status_code, answer.text[:400])
        return answer.text

    async def send(
        self, path: str, expect: int = 200, files: dict[str, tuple[str, bytes]] | None = None, **fields: str
    ) -> str:
        """A form with the token of this browser; where it leads to is opened."""
        token = re.search(r'name="csrf" value="([^"]+)"', await self.see("/settings/me"))
        assert token is not None
        answer = await self.http.post(
            path, data={"csrf": token[1], **fields}, files=files or {}, headers={"accept": "text/html", "origin": OWN},
            follow_redirects=True,
        )  # fmt: skip
        assert answer.status_code == expect, (path, answer.status_code, answer.text[-800:])
        self.at = answer.url.raw_path.decode()
        return answer.text

    at: str = ""


def is_harmless(markup: str) -> bool:
    """Nothing in it runs: every script is a file of ours, no handler, no foreign picture, no javascript: address."""
    for node in LexborHTMLParser(markup).css("*"):
        given = {name.lower(): value or "" for name, value in node.attributes.items()}
        if node.tag == "script" and not given.get("src", "").startswith("/console/static/"):
            return False
        if node.tag in {"img", "iframe", "object", "embed", "base", "style"} or any(
            name.startswith("on") for name in given
        ):
            return False
        if any(given.get(name, "").strip().lower().startswith(("javascript:", "data:")) for name in ("href", "action")):
            return False
    return True


def words(markup: str) -> str:
    """What a reader reads: no tags, single spaces."""
    bare = re.sub(r"<(script|style|template)\b.*?</\1>", " ", markup, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


@asynccontextmanager
async def a_desk(house: House, role: Role = Role.OWNER, name: str = "Marta", lang: str = "en") -> AsyncIterator[Desk]:
    """Somebody of the shop `acme` at a browser of their own."""

    def hire(tx: Transaction) -> tuple[Teammate, str]:
        email = EmailAddress(f"{name.lower()}.{role.value}@acme.example")
        known = tx.teammate_by_email(WorkspaceId("acme"), email)
        who = known or tx.add_teammate(WorkspaceId("acme"), email, name, role, house.clock())
        tx.set_language(who.id, lang)
        return who, tx.open_session(who, [], house.clock())

    teammate, session = await house.machine.app.store.write(hire)
    cookies = {cookie_name(house.door, "session"): session}
    transport = httpx.ASGITransport(house.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=OWN, cookies=cookies) as http:
        yield Desk(house, http, teammate)


@asynccontextmanager
async def a_console(folder: Path, works: bool = False) -> AsyncIterator[tuple[House, Desk]]:
    """The small house of the web tests, and Marta, its owner, at her desk."""
    async with a_house(folder, works) as house, a_desk(house) as desk:
        yield house, desk
