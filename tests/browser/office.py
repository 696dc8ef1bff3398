"""Teammates' browsers at the console of a shop in the town, and shoppers who wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.browser.mall import Mall
from tests.flows.shop import UNANSWERABLE, Shop, Shopper
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role
from warmline.store.base import Transaction
from warmline.web.access import own_origin
from warmline.web.console.session import cookie_name
from warmline.web.door import Door

LIGHT = {"color_scheme": "light"}
AXE = Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
ACCEPT = ".thread-head [data-act=accept] button"


class Console:
    """A teammate's browser at the console of one shop."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.complaints: list[str] = []
        page.on(
            "console", lambda told: self.complaints.append(told.text) if told.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: self.complaints.append(f"thrown: {error}"))

    async def go(self, path: str) -> None:
        await self.page.goto(self.base + path)


async def console(mall: Mall, shop: Shop, name: str = "Marta", lang: str = "en", **screen: Any) -> Console:
    machine = mall.town.machine
    now = datetime.now(UTC)

    def hire(tx: Transaction) -> str:
        email = EmailAddress(f"{name.lower()}@{shop.workspace}.example")
        who = tx.teammate_by_email(shop.workspace, email)
        who = who or tx.add_teammate(shop.workspace, email, name, Role.OWNER, now)
        tx.set_language(who.id, lang)
        tx.set_available(who.id, now + timedelta(minutes=2))
        return tx.open_session(who, [], now)

    session = await machine.app.store.write(hire)
    door = Door(machine.app, (), own_origin(machine.settings.url))
    screen = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "reduced_motion": "reduce"} | screen
    context = await mall.browser.new_context(**screen)
    context.set_default_timeout(25_000)
    await context.add_cookies([{"name": cookie_name(door, "session"), "value": session, "url": mall.town.url}])
    return Console(await context.new_page(), mall.town.url)


async def waiting(shop: Shop, email: str = "anna@shopper.example") -> Shopper:
    shopper = await shop.shopper(page={"url": "https://shop.example/tents/2", "title": "Tarn 2"})
    await shopper.say(UNANSWERABLE)
    await shopper.post("/handoff", {"choice": "request"})
    await shopper.post("/email", {"email": email})
    return shopper


async def no_violation(page: Page, where: str, look: Mapping[str, Any] | None = None) -> None:
    """axe finds nothing. In another look than the light one only the colours differ, and only they are asked for."""
    only = "" if look is None or look == LIGHT else "runOnly: ['color-contrast'], "
    await page.evaluate(AXE.read_text())
    found = await page.evaluate(f"axe.run({{{only}resultTypes: ['violations']}}).then(r => r.violations.map("
                                "v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 160) + ' ' +"
                                " (n.any[0] ? n.any[0].message : '')).slice(0, 3).join(' | ')))")  # fmt: skip
    assert found == [], (where, found)
