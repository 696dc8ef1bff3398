"""A shopper and a teammate talk, each in a browser; what both saw is compared with the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from playwright.async_api import Page, expect

from tests.browser.mall import Mall, Visit
from tests.browser.words import said
from tests.fixtures.listener import told
from warmline.bootstrap import Machine
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role, parse_workspace
from warmline.settings import read_settings
from warmline.store.base import Transaction
from warmline.store.calendars import holidays_of
from warmline.web.access import own_origin
from warmline.web.console.session import cookie_name
from warmline.web.door import Door


async def prepare(env: dict[str, str], url: str, site: str, origin: str, lang: str) -> dict[str, str]:
    """A shop that knows nothing, so that everything goes to people, and Marta: her cookie for the console at `url`."""
    tables = {
        "workspace": {"name": "Restart", "site": site, "origins": [origin], "locale": lang},
        "limits": {"messages_per_minute": 0, "handoffs_per_network_day": 0},
    }

    def save(tx: Transaction) -> str:
        now = datetime.now(UTC)
        workspace = parse_workspace(tables, holidays_of)
        tx.save_workspace(workspace, now)
        marta = tx.add_teammate(workspace.id, EmailAddress("marta@shop.example"), "Marta", Role.OWNER, now)
        tx.set_language(marta.id, lang)
        tx.set_available(marta.id, now + timedelta(hours=1))
        return tx.open_session(marta, [], now)

    async with Machine(read_settings(env)) as machine:
        session = await machine.app.store.write(save)
        door = Door(machine.app, (), own_origin(machine.settings.url))
        return {"name": cookie_name(door, "session"), "value": session, "url": url}


@dataclass
class Talk:
    """Both browsers. `url` is where both reach the server."""

    visit: Visit
    marta: Page
    url: str
    site: str
    lang: str = "en"

    async def speak(self, what: str) -> None:
        """Each says something and the other sees it."""
        await self.visit.say(f"{what}, says the shopper")
        await expect(self.marta.locator("#log")).to_contain_text(f"{what}, says the shopper")
        reply = self.marta.locator("#reply-text")
        await reply.fill(f"{what}, says Marta")
        await reply.press("Control+Enter")
        await self.visit.sees(f"{what}, says Marta")
        await expect(self.marta.locator(".is-pending")).to_have_count(0)

    async def both_equal_the_store(self) -> list[str]:
        """Position by position: what the shopper sees, after a reload too, and what the teammate sees.

        Returns what people said, as the store has it.
        """
        token = await self.visit.token(self.site)
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as http:
            log = await told(http, str(token["id"]), token["token"])
        store = [event for event in log if event["kind"] == "message"]
        people = [each["text"] for each in store if each["author"]["kind"] in {"visitor", "teammate"}]
        spoken = [each["text"] for each in store if self._is_shown(each)]
        assert [plain(each) for each in await self.visit.bubbles()] == spoken
        shown = self.marta.locator("#log .line-visitor .said, #log .line-teammate .said, #log .line-me .said")
        await expect(shown).to_have_text(people)
        await self.visit.page.reload()
        await self.visit.open(said(self.lang, "launcher.open"))
        await self.visit.sees(people[-1])
        assert [plain(each) for each in await self.visit.bubbles()] == spoken
        assert not [each for each in self.visit.complaints if each.startswith("thrown")]
        return people

    def _is_shown(self, message: dict[str, Any]) -> bool:
        """As a bubble: not what the system notes, nor what the form asks in the same words."""
        by_someone = message["author"]["kind"] != "system" or message["notice"] == "greeting"
        return bool(by_someone and message["text"] != said(self.lang, "email.ask"))


async def console(mall: Mall, url: str, cookie: dict[str, str], id: str) -> Page:
    """Marta's Inbox with this conversation."""
    context = await mall.browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(25_000)
    await context.add_cookies([cookie])  # type: ignore[list-item]  # a plain dict of Playwright's keys
    page = await context.new_page()
    mall.visits.append(Visit(page, mall))
    await page.goto(f"{url}/inbox/{id}?show=waiting")
    return page


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def said_by_both(lines: Sequence[str]) -> list[str]:
    """What `speak` puts into the log for each of these."""
    return [f"{line}, says {who}" for line in lines for who in ("the shopper", "Marta")]
