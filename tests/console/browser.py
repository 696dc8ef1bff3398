"""A browser without scripts: it keeps cookies, reads forms, and sends them as a person would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.web.house import OWN, House
from warmline.actions.passwords import hash_password
from warmline.domain.ids import WorkspaceId
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role
from warmline.store.base import Teammate, Transaction

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
