"""Where a handoff goes on, as a shopper sees it in a browser: a Zendesk ticket in the chat, a mail, a second place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.mall import Mall, Visit
from tests.flows.shop import UNANSWERABLE, Shop, Shopper
from tests.flows.test_two_way import Case
from warmline.sandbox.credentials import SUPPORT_MAILBOX
from warmline.store.base import Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_widget")]

SECOND = ("zendesk", "gorgias")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def calm(mall: Mall) -> AsyncIterator[None]:
    yield
    mall.town.sandbox.clear_faults()
    mall.town.clock.ahead = timedelta(0)


async def passed_on(mall: Mall, shop: Shop, address: str) -> tuple[Visit, str]:
    """A question without an answer, yes, an address; and the id of the conversation."""
    visit = await mall.visit(shop)
    await visit.open()
    await visit.say(UNANSWERABLE)
    await visit.sees("I don't have a reliable answer")
    await visit.button("Yes, pass it on").click()
    await visit.chat.locator("#email").fill(address)
    await visit.button("Continue").click()
    return visit, str((await visit.token(shop.site))["id"])


async def holds(true: Callable[[], bool], seconds: float = 25) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(0.1)


def in_order(shown: list[str], *wanted: str) -> bool:
    """Each of them once, in this order."""
    return [text for text in shown if text in wanted] == list(wanted)


async def in_the_chat(mall: Mall) -> Shop:
    """A shop whose Zendesk answers in the chat."""
    shop = await mall.shop(("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})

    def connect(tx: Transaction) -> None:
        there = tx.integration(shop.workspace, "zendesk")
        assert there is not None
        changed = replace(there, settings={**there.settings, "continues_in": "chat"})
        tx.save_integration(shop.workspace, changed, datetime.now(UTC))

    await mall.town.machine.app.store.write(connect)
    return shop


async def test_a_zendesk_ticket_goes_on_in_the_chat_both_ways_until_it_is_solved(mall: Mall) -> None:
    shop = await in_the_chat(mall)
    visit, id = await passed_on(mall, shop, "anna.chat@example.com")
    await visit.sees("They answer here and write to")
    [ticket] = [each for each in shop.sandbox.tickets("zendesk") if id in (each.external_id or "")]
    shopper = Shopper(shop.town.client("/api/widget"), id, {})
    case = Case(shop, "zendesk", shopper, await shop.teammate(), ticket.id)
    await case.hook()
    case.reply("Nobody outside may read this.", public=False)
    case.reply("Yes, in green and in grey.")
    await visit.sees("Yes, in green and in grey.")
    await visit.sees("Sam Support")
    await visit.say("In grey, please.")
    await holds(lambda: case.said_there("In grey, please.") == 1)
    mall.wire.cut()
    case.reply("Grey it is.")
    await visit.sees("Grey it is.")
    await visit.page.reload()
    await visit.open()
    await visit.sees("Grey it is.")
    assert in_order(await visit.bubbles(), "Yes, in green and in grey.", "In grey, please.", "Grey it is.")
    assert "Nobody outside may read this." not in await visit.chat.get_by_role("dialog").inner_text()
    shop.sandbox.solve("zendesk", case.id)
    await visit.sees("This chat is closed.")
    assert case.said_there("In grey, please.") == 1, "what was written here never comes back as another comment"
    assert case.said_there("Grey it is.") == 1
    assert not [each for each in visit.complaints if each.startswith("thrown")]


async def test_a_handoff_by_mail_is_one_letter_that_answers_to_the_shopper(mall: Mall) -> None:
    shop = await mall.shop(("email",), handoff={"method": "ticket", "helpdesk": "email"})
    visit, id = await passed_on(mall, shop, "anna.mail@example.com")
    await visit.sees("Done. Our team has your question", 15)
    await visit.sees("anna.mail@example.com")
    await visit.sees("This chat is closed.")
    letters = [message_from_bytes(each.raw) for each in shop.sandbox.mails() if each.recipients == [SUPPORT_MAILBOX]]
    [letter] = [each for each in letters if id in str(each["X-Warmline-Handoff"])]
    assert "anna.mail@example.com" in str(letter["Reply-To"])
    assert [part.get_content_type() for part in letter.walk()].count("text/plain") >= 1
    assert await visit.chat.get_by_text("Reference:").count() == 0, "a mailbox gives no number, so none is shown"
    await expect(visit.button("Start a new one")).to_be_visible()


async def test_a_second_destination_takes_over_and_the_shopper_reads_the_truth_all_the_time(mall: Mall) -> None:
    second = {"method": "ticket", "helpdesk": "zendesk", "second": "gorgias", "second_after_minutes": 1}
    shop = await mall.shop(("zendesk", "gorgias"), handoff=second)
    shop.sandbox.add_fault("zendesk", "reset_before", operation="create")
    visit, id = await passed_on(mall, shop, "anna.second@example.com")
    await visit.sees("Your request is saved.", 20)
    assert await visit.chat.get_by_text("Reference:").count() == 0, "there is no ticket yet"
    mall.town.clock.ahead = timedelta(minutes=2)
    await visit.sees("Done. Our team has your question")
    await visit.sees("Reference:")
    counts = {desk: sum(id in (each.external_id or "") for each in shop.sandbox.tickets(desk)) for desk in SECOND}
    assert counts == {"zendesk": 0, "gorgias": 1}
    assert sum("Your request is saved." in each for each in await visit.bubbles()) <= 1
