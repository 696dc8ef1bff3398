"""A browser without scripts: it keeps cookies, reads forms, and sends them as a person would; and who sits at it."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.web.house import OWN, House, a_house
from warmline.actions.passwords import hash_password
from warmline.domain.ids import WorkspaceId
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role
from warmline.store.base import Teammate, Transaction
from warmline.web.console.session import cookie_name

PASSWORD = "correct horse battery staple"


@dataclass
class Visit:
    """`page` is the last answer, `tree` its HTML."""

    house: House
    http: httpx.AsyncClient
    me: Teammate | None = None
    page: httpx.Response = field(init=False)

    @classmethod
    @asynccontextmanager
    async def of(cls, house: House, **headers: str) -> AsyncIterator[Visit]:
        transport = httpx.ASGITransport(house.app, raise_app_exceptions=False)
        sent = {"Accept": "text/html", "Accept-Language": "en"} | headers
        async with httpx.AsyncClient(transport=transport, base_url=OWN, headers=sent) as http:
            yield cls(house, http)

    @classmethod
    @asynccontextmanager
    async def signed_in(cls, house: House, role: str, shop: str = "acme", **headers: str) -> AsyncIterator[Visit]:
        async with cls.of(house, **headers) as visit:
            visit.me = await a_teammate(house, role, shop)
            await visit.sign_in(visit.me.email)
            assert visit.page.status_code == 303, visit.page.text
            yield visit

    async def sign_in(self, email: str, password: str = PASSWORD, shop: str = "") -> httpx.Response:
        await self.get("/sign-in" + (f"?shop={shop}" if shop else ""))
        return await self.send("form", email=email, password=password)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        self.page = await self.http.get(path, headers=headers)
        return self.page

    async def see(self, path: str, expect: int = 200) -> str:
        """The page's markup."""
        answer = await self.get(path)
        assert answer.status_code == expect, (path, answer.status_code, answer.text[:400])
        return answer.text

    async def do(
        self, path: str, expect: int = 200, files: dict[str, tuple[str, bytes]] | None = None, **fields: str
    ) -> str:
        """A form of some page with this browser's token; where it leads to is opened: `at` says where that is."""
        await self.see("/settings/me")
        token = self.csrf
        self.page = await self.http.post(
            path, data={"csrf": token, **fields}, files=files or {}, headers={"Origin": OWN}, follow_redirects=True
        )
        assert self.page.status_code == expect, (path, self.page.status_code, self.page.text[-800:])
        return self.page.text

    @property
    def teammate(self) -> Teammate:
        """Who is signed in here."""
        assert self.me is not None
        return self.me

    @property
    def at(self) -> str:
        return self.page.url.raw_path.decode()

    async def follow(self) -> httpx.Response:
        """To where the last answer leads."""
        assert self.page.status_code == 303, self.page.text
        return await self.get(self.page.headers["location"])

    async def post(self, path: str, data: Mapping[str, Any], **headers: str) -> httpx.Response:
        """With the token of the page before, as a form of it would."""
        self.page = await self.http.post(path, data={"csrf": self.csrf} | dict(data), headers={"Origin": OWN} | headers)
        return self.page

    async def send(self, form: str, _button: str = "", **typed: Any) -> httpx.Response:
        """The form that this selector finds, as it stands, with what is typed; `_button` is `name=value`."""
        node = self.one(form)
        data: dict[str, Any] = self.fields(form) | typed
        if _button:
            name, _, value = _button.partition("=")
            data[name] = value
        data = {name: value for name, value in data.items() if value is not None}
        action = node.attributes.get("action") or str(self.page.url)
        self.page = await self.http.post(action, data=data, headers={"Origin": OWN})
        return self.page

    @property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.page.text)

    @property
    def text(self) -> str:
        body = self.tree.body
        return " ".join(body.text(separator=" ").split()) if body else ""

    @property
    def csrf(self) -> str:
        node = self.tree.css_first("input[name=csrf]")
        return (node.attributes.get("value") or "") if node else ""

    def one(self, selector: str) -> LexborNode:
        node = self.tree.css_first(selector)
        assert node is not None, f"no {selector} in {self.page.url}: {self.text[:300]}"
        return node

    def fields(self, form: str) -> dict[str, Any]:
        """What a browser would send of it: checked boxes, chosen options, typed texts."""
        found: dict[str, Any] = {}
        for node in self.one(form).css("input, textarea, select"):
            name, kind = node.attributes.get("name"), node.attributes.get("type")
            if not name or "disabled" in node.attributes:
                continue
            if kind in ("radio", "checkbox") and "checked" not in node.attributes:
                continue
            if node.tag == "select":
                chosen = node.css_first("option[selected]") or node.css_first("option")
                found[name] = (chosen.attributes.get("value") or "") if chosen else ""
            elif node.tag == "textarea":
                found[name] = (node.text() or "").lstrip("\n")
            else:
                found[name] = node.attributes.get("value") or ""
        return found

    def error_of(self, name: str) -> str:
        node = self.tree.css_first(f'[id="{name}-error"]')
        return node.text().strip() if node else ""


async def a_teammate(house: House, role: str, shop: str = "acme", password: str = PASSWORD) -> Teammate:
    """Somebody of this role with a password, made once."""
    hashed = await hash_password(password)

    def hire(tx: Transaction) -> Teammate:
        email = EmailAddress(f"{role}@{shop}.example")
        known = tx.teammate_by_email(WorkspaceId(shop), email)
        who = known or tx.add_teammate(WorkspaceId(shop), email, role.title(), Role(role), house.clock())
        if known is None:
            tx.set_password(who.id, hashed)
        return who

    return await house.machine.app.store.write(hire)


@asynccontextmanager
async def a_desk(house: House, role: Role = Role.OWNER, name: str = "Marta", lang: str = "en") -> AsyncIterator[Visit]:
    """Somebody of the shop `acme` who has signed in, at a browser of their own."""

    def hire(tx: Transaction) -> tuple[Teammate, str]:
        email = EmailAddress(f"{name.lower()}.{role.value}@acme.example")
        known = tx.teammate_by_email(WorkspaceId("acme"), email)
        who = known or tx.add_teammate(WorkspaceId("acme"), email, name, role, house.clock())
        tx.set_language(who.id, lang)
        return who, tx.open_session(who, [], house.clock())

    me, session = await house.machine.app.store.write(hire)
    async with Visit.of(house) as visit:
        visit.me = me
        visit.http.cookies.set(cookie_name(house.door, "session"), session)
        yield visit


@asynccontextmanager
async def a_console(folder: Path, works: bool = False, **env: str) -> AsyncIterator[tuple[House, Visit]]:
    """The small house of the web tests, and Marta, its owner, at her desk."""
    async with a_house(folder, works, **env) as house, a_desk(house) as desk:
        yield house, desk


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
