"""G4 in the browser: shopper and teammate through killed servers and dropped streams; both logs equal the store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.mall import Mall, Visit, a_mall_before
from tests.browser.words import RIDDLE, said
from tests.fixtures.listener import told
from tests.flows.server_process import ServerProcess
from tests.flows.shop import ANSWERABLE, UNANSWERABLE
from warmline.bootstrap import Machine
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role, parse_workspace
from warmline.settings import read_settings
from warmline.store.base import Transaction
from warmline.store.calendars import holidays_of
from warmline.web.access import own_origin
from warmline.web.console.session import cookie_name
from warmline.web.door import Door

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser")]

SITE = "pk_restart"


@dataclass
class Street:
    """A mall before a server that can be killed, and a teammate's way in."""

    mall: Mall
    server: ServerProcess
    cookie: dict[str, str]

    async def restart(self) -> None:
        self.server.kill()
        await asyncio.to_thread(self.server.start)


@contextlib.asynccontextmanager
async def a_street(the_mall: Mall, folder: Path, lang: str) -> AsyncIterator[Street]:
    server = ServerProcess(folder / "data")
    async with a_mall_before(the_mall.town, server.port, the_mall.browser) as mall:
        cookie = await prepare(server, mall.origin, lang)
        await asyncio.to_thread(server.start)
        try:
            yield Street(mall, server, cookie)
        finally:
            for visit in mall.visits:
                await visit.page.context.close()
            await asyncio.to_thread(server.stop)


async def prepare(server: ServerProcess, origin: str, lang: str) -> dict[str, str]:
    """A shop that knows nothing, so that everything goes to people, and Marta with the Inbox open."""
    env = {"WARMLINE_DATA": str(server.data), "WARMLINE_PORT": str(server.port)}
    tables = {
        "workspace": {"name": "Restart", "site": SITE, "origins": [origin], "locale": lang},
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
        return {"name": cookie_name(door, "session"), "value": session, "url": f"http://127.0.0.1:{server.port}"}


@pytest.mark.parametrize("lang", ["en", pytest.param("pl", marks=pytest.mark.slow)])
async def test_g4_shopper_and_teammate_through_killed_servers_and_dropped_streams(
    the_mall: Mall, tmp_path: Path, lang: str
) -> None:
    async with a_street(the_mall, tmp_path, lang) as street:
        mall = street.mall
        visit = await mall.visit(SITE, {"pl": "polish"}.get(lang, "plain"), locale={"pl": "pl-PL"}.get(lang, "en-GB"))
        await visit.open(said(lang, "launcher.open"))
        # The answer may be owed when the server dies: whoever comes after gives it, once.
        async with visit.page.expect_response("**/messages"):
            await visit.say(RIDDLE[lang])
        await street.restart()
        await visit.sees(said(lang, "unsure.declined"))
        await visit.button(said(lang, "unsure.live.yes")).click()
        await visit.button(said(lang, "email.skip")).click()
        await visit.sees(said(lang, "queued"))
        id = str((await visit.token(SITE))["id"])
        marta = await console(street, id)
        await marta.locator(".thread-head [data-act=accept] button").click()
        await visit.sees(said(lang, "joined", name="Marta"))
        await speak(visit, marta, f"{lang}: whole")
        mall.wire.cut()
        await speak(visit, marta, f"{lang}: cut")
        street.server.kill()
        await visit.say(f"{lang}: said to nobody")
        await visit.sees(said(lang, "failed"))
        await asyncio.to_thread(street.server.start)
        await visit.button(said(lang, "failed")).click()
        await expect(visit.button(said(lang, "failed"))).to_have_count(0)
        await speak(visit, marta, f"{lang}: after the kill")
        async with httpx.AsyncClient(base_url=street.server.url, timeout=30) as http:
            log = await told(http, id, (await visit.token(SITE))["token"])
        store = [event for event in log if event["kind"] == "message"]
        people = [each["text"] for each in store if each["author"]["kind"] in {"visitor", "teammate"}]
        assert len(people) == 1 + 7
        # Position by position: what the shopper sees, after a reload too, and what the teammate sees.
        spoken = [
            each["text"]
            for each in store
            if (each["author"]["kind"] != "system" or each["notice"] == "greeting")
            # The form asks the same.
            and each["text"] != said(lang, "email.ask")
        ]
        assert [plain(each) for each in await visit.bubbles()] == spoken
        shown = marta.locator("#log .line-visitor .said, #log .line-teammate .said, #log .line-me .said")
        await expect(shown).to_have_text(people)
        await visit.page.reload()
        await visit.open(said(lang, "launcher.open"))
        await visit.sees(people[-1])
        assert [plain(each) for each in await visit.bubbles()] == spoken
        assert not [each for each in visit.complaints if each.startswith("thrown")]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


async def console(street: Street, id: str) -> Page:
    context = await street.mall.browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(25_000)
    await context.add_cookies([street.cookie])  # type: ignore[list-item]  # a plain dict of Playwright's keys
    page = await context.new_page()
    street.mall.visits.append(Visit(page, street.mall))
    await page.goto(f"{street.server.url}/inbox/{id}?show=waiting")
    return page


async def speak(visit: Visit, marta: Page, what: str) -> None:
    """Each says something and the other sees it."""
    await visit.say(f"{what}, says the shopper")
    await expect(marta.locator("#log")).to_contain_text(f"{what}, says the shopper")
    reply = marta.locator("#reply-text")
    await reply.fill(f"{what}, says Marta")
    await reply.press("Control+Enter")
    await visit.sees(f"{what}, says Marta")
    await expect(marta.locator(".is-pending")).to_have_count(0)


@pytest.mark.parametrize("keeps", ["whole", "body"])
async def test_behind_a_proxy_that_keeps_streams_back_the_widget_polls_by_itself(mall: Mall, keeps: str) -> None:
    shop = await mall.shop()
    marta = await shop.teammate()
    mall.wire.keeps = keeps  # type: ignore[assignment]  # one of the two
    visit = await mall.visit(shop)
    await visit.open()
    await visit.button("Talk to a person").click()
    await visit.button("Continue without e-mail").click()
    # Nothing comes by the stream; after eight seconds the widget asks instead.
    await visit.sees("Your question is with our team.")
    id = str((await visit.token(shop.site))["id"])
    await marta.post(f"/conversations/{id}/accept")
    await visit.sees("Marta has joined")
    await marta.post(f"/conversations/{id}/reply", {"text": "By the long way round."})
    await visit.sees("By the long way round.")
    await visit.say("I see you!")
    await visit.sees("Sent")
    assert [each for each in visit.requests if "/events?" in each.url and "wait=25" in each.url]
    assert await visit.chat.get_by_text("Reconnecting").count() == 0
    assert (await visit.bubbles()).count("I see you!") == 1


async def test_a_line_that_is_half_open_is_found_out_by_the_first_message(mall: Mall) -> None:
    shop = await mall.shop()
    visit = await mall.visit(shop)
    await visit.open()
    await visit.say(ANSWERABLE)
    await visit.sees("60 days")
    # The stream will say nothing for ever, and nobody was told; its own silence would show after 40 s.
    mall.wire.freeze(streams=True)
    await visit.say(UNANSWERABLE)
    await visit.sees("I don't have a reliable answer")
    assert (await visit.bubbles()).count(UNANSWERABLE) == 1
    assert await visit.chat.get_by_text("Reconnecting").count() == 0
