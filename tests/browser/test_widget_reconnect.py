"""G4 in the browser: shopper and teammate through killed servers and dropped streams; both logs equal the store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.mall import Mall, a_mall_before
from tests.browser.talk import Talk, console, prepare
from tests.browser.words import RIDDLE, said
from tests.flows.server_process import ServerProcess
from tests.flows.shop import ANSWERABLE, UNANSWERABLE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_widget")]

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
        env = {"WARMLINE_DATA": str(server.data), "WARMLINE_PORT": str(server.port)}
        cookie = await prepare(env, server.url, SITE, mall.origin, lang)
        await asyncio.to_thread(server.start)
        try:
            yield Street(mall, server, cookie)
        finally:
            for visit in mall.visits:
                await visit.page.context.close()
            await asyncio.to_thread(server.stop)


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
        marta = await console(mall, street.server.url, street.cookie, id)
        talk = Talk(visit, marta, street.server.url, SITE, lang)
        await marta.locator(".thread-head [data-act=accept] button").click()
        await visit.sees(said(lang, "joined", name="Marta"))
        await talk.speak(f"{lang}: whole")
        mall.wire.cut()
        await talk.speak(f"{lang}: cut")
        street.server.kill()
        await visit.say(f"{lang}: said to nobody")
        await visit.sees(said(lang, "failed"))
        await asyncio.to_thread(street.server.start)
        await visit.button(said(lang, "failed")).click()
        await expect(visit.button(said(lang, "failed"))).to_have_count(0)
        await talk.speak(f"{lang}: after the kill")
        assert len(await talk.both_equal_the_store()) == 1 + 7


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
