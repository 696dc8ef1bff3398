"""The Inbox by keys: they mean what is open, and whoever works by keyboard keeps their place."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.mall import Mall
from tests.browser.office import ACCEPT, Console, console, waiting
from tests.flows.shop import Shop, Shopper
from warmline.domain.ids import ConversationId
from warmline.domain.owner import OwnerKind

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_console")]

HEAD = "#thread-head"


async def owner_of(mall: Mall, shop: Shop, shopper: Shopper) -> OwnerKind:
    id = ConversationId(str(shopper.id))
    return (await mall.town.machine.app.store.read(lambda tx: tx.conversation(shop.workspace, id))).owner.kind


async def two_waiting(mall: Mall) -> tuple[Shop, Shopper, Shopper, Console]:
    shop = await mall.shop()
    first = await waiting(shop)
    second = await waiting(shop, "ola@shopper.example")
    return shop, first, second, await console(mall, shop)


async def test_a_accepts_what_is_open_and_never_the_first_of_the_list(mall: Mall) -> None:
    shop, first, second, marta = await two_waiting(mall)
    await marta.go(f"/inbox/{second.id}?show=waiting")
    await expect(marta.page.locator(f"[data-row='{first.id}'] button")).to_be_visible()
    await marta.page.keyboard.press("a")
    await expect(marta.page.get_by_text("You joined the chat.")).to_be_visible()
    assert await owner_of(mall, shop, second) is OwnerKind.TEAMMATE
    # It is theirs now: there is nothing left to accept here, and a key pressed twice means no other shopper.
    await marta.page.keyboard.press("a")
    await marta.page.keyboard.press("r")
    await expect(marta.page.get_by_label("Your reply")).to_be_focused()
    await marta.page.keyboard.press("Escape")
    await marta.page.keyboard.press("e")
    await expect(marta.page.get_by_role("button", name="Answered")).to_be_focused()
    await marta.page.keyboard.press("Escape")
    await marta.page.keyboard.press("a")
    await marta.page.get_by_role("button", name="Hand back").click()
    await expect(marta.page.get_by_text("Handed back to the assistant.")).to_be_visible()
    await marta.page.keyboard.press("a")
    await marta.page.reload()
    await expect(marta.page.locator("#foot")).to_contain_text("Take over")
    assert await owner_of(mall, shop, first) is OwnerKind.QUEUE
    assert await owner_of(mall, shop, second) is OwnerKind.AGENT


async def test_a_with_nothing_open_accepts_the_row_in_focus_or_the_first(mall: Mall) -> None:
    shop, first, second, marta = await two_waiting(mall)
    await marta.go("/inbox")
    await marta.page.locator(f"[data-row='{second.id}'] a").focus()
    await marta.page.keyboard.press("a")
    await marta.page.keyboard.press("k")
    await expect(marta.page.locator(f"[data-row='{first.id}'] a")).to_be_focused()
    assert await owner_of(mall, shop, first) is OwnerKind.QUEUE
    await marta.page.keyboard.press("a")
    await expect(marta.page.get_by_text("You joined the chat.")).to_be_visible()
    assert await owner_of(mall, shop, second) is OwnerKind.QUEUE


async def test_the_head_of_a_thread_says_what_was_just_done_and_the_focus_is_not_lost(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await waiting(shop)
    marta = await console(mall, shop)
    page, head = marta.page, marta.page.locator(HEAD)
    await marta.go(f"/inbox/{shopper.id}?show=waiting")
    await page.locator(ACCEPT).click()
    await expect(head).to_contain_text("with you")
    await expect(head).not_to_contain_text("waiting")
    await expect(page.locator(ACCEPT)).to_have_count(0)
    await expect(page.get_by_label("Your reply")).to_be_focused()
    await head.get_by_role("button", name="Hand back").click()
    await expect(head.get_by_role("button", name="Hand back")).to_have_count(0)
    await expect(head).not_to_contain_text("with you")
    await expect(page.get_by_role("log")).to_be_focused()
    await page.locator("#foot").get_by_role("button", name="Take over").click()
    await expect(page.get_by_label("Your reply")).to_be_focused()
    await head.locator("summary").click()
    await page.get_by_role("button", name="Answered").click()
    await expect(page.locator("#foot")).to_contain_text("This conversation is closed.")
    await expect(head.locator("#close-menu")).to_have_count(0)
    await expect(page.get_by_role("log")).to_be_focused()
    assert marta.complaints == []


async def test_what_comes_in_leaves_the_focus_and_an_open_menu_in_the_head_where_they_are(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await waiting(shop)
    marta, tom = await console(mall, shop), await console(mall, shop, "Tom")
    page, head = marta.page, marta.page.locator(HEAD)
    await marta.go(f"/inbox/{shopper.id}?show=waiting")
    await page.locator(ACCEPT).focus()
    await page.keyboard.press("e")
    await expect(page.get_by_role("button", name="Answered")).to_be_focused()
    # Drawn anew while she chooses: what differs is there, and she is where she was.
    await page.evaluate("document.querySelector('#thread-head h2').textContent = 'Somebody else'")
    await shopper.say("Are you there?")
    await expect(head.locator("h2")).to_have_text("anna@shopper.example")
    await expect(page.get_by_role("button", name="Answered")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.locator(ACCEPT).focus()
    await tom.go(f"/inbox/{shopper.id}?show=waiting")
    await tom.page.locator(ACCEPT).click()
    await expect(head).to_contain_text("with Tom")
    await expect(page.locator(ACCEPT)).to_have_count(0)
    await expect(page.get_by_role("log")).to_be_focused()
