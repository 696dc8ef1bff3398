"""G4, G13 in the browser: two servers behind one address, and the one that both browsers talk to is killed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.mall import Mall, a_mall_before
from tests.browser.talk import Talk, console, prepare, said_by_both
from tests.fixtures.postgres import running_postgres
from tests.flows.server_process import ServerProcess

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_widget")]

SITE = "pk_failover"
KEY = "q7Jx2mVw9cT4nB8kL1sD6fG3hP0aZ5yR"


@dataclass
class Crossing:
    """One address; behind it the first server, and the second from the moment that the first is dead."""

    mall: Mall
    servers: tuple[ServerProcess, ServerProcess]
    cookie: dict[str, str]

    def kill_the_first(self) -> None:
        first, second = self.servers
        self.mall.wire.others = (second.port,)
        first.kill()


@contextlib.asynccontextmanager
async def a_crossing(the_mall: Mall, folder: Path) -> AsyncIterator[Crossing]:
    first, second = (ServerProcess(folder / name / "data") for name in "ab")
    with running_postgres() as database:
        async with a_mall_before(the_mall.town, first.port, the_mall.browser) as mall:
            env = {
                "WARMLINE_DATABASE_URL": database,
                "WARMLINE_SECRET_KEY": KEY,
                "WARMLINE_PUBLIC_URL": mall.wire.url,
            }
            for server in (first, second):
                server.data.mkdir(parents=True)
                server.env = env
            cookie = await prepare(env | {"WARMLINE_DATA": str(first.data)}, mall.wire.url, SITE, mall.origin, "en")
            await asyncio.gather(*(asyncio.to_thread(server.start) for server in (first, second)))
            try:
                yield Crossing(mall, (first, second), cookie)
            finally:
                for visit in mall.visits:
                    await visit.page.context.close()
                await asyncio.gather(*(asyncio.to_thread(server.stop) for server in (first, second)))


async def test_g4_g13_a_server_dies_and_both_browsers_go_on_at_the_other(the_mall: Mall, tmp_path: Path) -> None:
    async with a_crossing(the_mall, tmp_path) as crossing:
        mall, url = crossing.mall, crossing.mall.wire.url
        visit = await mall.visit(SITE)
        await visit.open()
        await visit.button("Talk to a person").click()
        await visit.button("Continue without e-mail").click()
        await visit.sees("Your question is with our team.")
        marta = await console(mall, url, crossing.cookie, str((await visit.token(SITE))["id"]))
        await marta.locator(".thread-head [data-act=accept] button").click()
        await visit.sees("Marta has joined")
        talk = Talk(visit, marta, url, SITE)
        await talk.speak("at the first")
        crossing.kill_the_first()
        await talk.speak("after its death")
        await talk.speak("and on")
        assert await talk.both_equal_the_store() == said_by_both(["at the first", "after its death", "and on"])
