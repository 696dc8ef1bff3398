"""Truth to the shopper: what was passed on stands behind a signed link, and a late ticket is told of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from tests.flows.shop import Shop, Shopper, Town, a_town
from tests.flows.test_second import a_wish
from warmline.domain.effect import EffectState
from warmline.sandbox.seen import SeenMail

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("receipt")]

TO_ZENDESK = {"handoff": {"helpdesk": "zendesk"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def calm(town: Town) -> AsyncIterator[None]:
    yield
    town.sandbox.clear_faults()


async def a_ticket(town: Town, locale: str = "en") -> tuple[Shop, Shopper, str]:
    """A shopper with a ticket, and the path of their receipt."""
    shop = await town.shop(connect=("zendesk",), **TO_ZENDESK)
    shopper = await shop.shopper(locale)
    await shopper.say("The zip of my <b>tent</b> is broken.")
    await shopper.choose("request")
    await shopper.email("anna@example.com")
    notice = await shopper.until_notice("ticket")
    [link] = notice["links"]
    return shop, shopper, urlsplit(link["url"]).path


async def read(town: Town, path: str, **headers: str) -> httpx.Response:
    """As anybody with the link, without any cookie or token."""
    async with httpx.AsyncClient(base_url=town.url) as anybody:
        return await anybody.get(path, headers=headers)


async def test_the_receipt_says_what_was_passed_on_to_whom_and_how_the_answer_comes(town: Town) -> None:
    shop, shopper, path = await a_ticket(town)
    page = await read(town, path)
    assert page.status_code == 200
    assert "The zip of my &lt;b&gt;tent&lt;/b&gt; is broken." in page.text
    assert f"Shop {shop.workspace.rpartition('-')[2]}, by Zendesk" in page.text
    assert shopper.state["ticket"]["reference"] in page.text
    assert "By e-mail to a…@example.com" in page.text and "anna@example.com" not in page.text.split("<ol>")[0]
    for secret in ("asked", "no_answer", "confidence", "score", "<script"):
        assert secret not in page.text
    assert page.headers["cache-control"] == "no-store" and "noindex" in page.headers["x-robots-tag"]
    assert page.headers["referrer-policy"] == "no-referrer" and "set-cookie" not in page.headers
    assert "script-src" not in page.headers["content-security-policy"]


async def test_a_polish_shopper_reads_it_in_polish(town: Town) -> None:
    _, _, path = await a_ticket(town, "pl")
    page = await read(town, path)
    assert 'lang="pl"' in page.text and "Co przekazano" in page.text and "Numer sprawy" in page.text


async def test_a_link_that_was_changed_or_is_too_old_shows_nothing(town: Town) -> None:
    _, other, mine = await a_ticket(town)
    named, _, signature = mine.rpartition(".")
    workspace, conversation, n, until = named.rpartition("/")[2].rsplit(".", 3)
    longer = f"/receipt/{workspace}.{conversation}.{n}.{int(until) + 1}.{signature}"
    second = f"/receipt/{workspace}.{conversation}.2.{until}.{signature}"
    forged = mine[:-1] + ("1" if mine[-1] == "0" else "0")
    nonsense = [f"/receipt/{text}" for text in ("x", ".", other.id, "a.b.c.d.e", "%00", "x" * 4000)]
    for path in (longer, second, forged, *nonsense):
        assert (await read(town, path)).status_code == 404, path
    assert (await read(town, mine)).status_code == 200
    town.clock.ahead += timedelta(days=91)
    gone = await read(town, mine, **{"Accept-Language": "pl"})
    assert gone.status_code == 404 and "90 dni" in gone.text
    town.clock.ahead -= timedelta(days=91)


async def letters(town: Town, to: str, shop: Shop) -> list[SeenMail]:
    return [each for each in town.sandbox.mails() if to in each.recipients and "We have your question" in each.subject]


async def late(town: Town, address: str, leaves: bool) -> tuple[Shop, Shopper]:
    """A ticket that arrives on the second try, a shopper who stays or has left."""
    shop = await town.shop(connect=("zendesk",), **TO_ZENDESK)
    town.sandbox.add_fault("zendesk", "error_before", operation="create")
    shopper = await shop.shopper()
    await shopper.say("The zip of my tent is broken.")
    await shopper.choose("request")
    assert (await shopper.email(address)).status_code == 200
    await shopper.until_notice("saved")
    assert "ticket" not in shopper.state, "a reference only when there is a ticket"
    if leaves:
        town.clock.ahead += timedelta(minutes=5)
        town.sandbox.clear_faults()
        town.clock.ahead += timedelta(minutes=5)
    return shop, shopper


async def test_who_has_left_reads_by_mail_that_the_late_ticket_is_there(town: Town) -> None:
    shop, shopper = await late(town, "left@example.com", leaves=True)
    end = time.monotonic() + 25
    while not (found := await letters(town, "left@example.com", shop)):
        assert time.monotonic() < end
        await asyncio.sleep(0.1)
    await shopper.look()
    reference = shopper.state["ticket"]["reference"]
    assert len(found) == 1 and reference in found[0].subject and reference in found[0].text
    path = next(urlsplit(word).path for word in found[0].text.split() if "/receipt/" in word)
    assert reference in (await read(town, path)).text


async def test_who_is_still_there_reads_it_in_the_chat_and_gets_no_mail(town: Town) -> None:
    shop, shopper = await late(town, "here@example.com", leaves=False)
    async with shopper.http.stream("GET", f"/conversations/{shopper.id}/stream") as stream:
        assert stream.status_code == 200
        lines = stream.aiter_lines()
        await asyncio.wait_for(anext(lines), 20)
        town.sandbox.clear_faults()
        await shopper.until_notice("ticket")
        await receipt_settled(town, shop, shopper)
    assert await letters(town, "here@example.com", shop) == []


async def receipt_settled(town: Town, shop: Shop, shopper: Shopper) -> None:
    """The mail was owed, and its time has come."""
    end = time.monotonic() + 25
    while True:
        state = await town.machine.app.store.read(lambda tx: tx.effect_state(shop.workspace, f"receipt:{shopper.id}-1"))
        if state is EffectState.DONE:
            return
        assert time.monotonic() < end, state
        await asyncio.sleep(0.1)


async def test_who_was_not_kept_waiting_gets_no_second_word(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), **TO_ZENDESK)
    shopper = await a_wish(shop)
    await shopper.until_notice("ticket")
    town.clock.ahead += timedelta(minutes=5)
    await asyncio.sleep(0.5)
    assert await letters(town, "anna@example.com", shop) == []
