"""The Inbox by keys: they mean what is open."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.mall import Mall
from tests.browser.office import Console, console, waiting
from tests.flows.shop import Shop, Shopper
from warmline.domain.ids import ConversationId
from warmline.domain.owner import OwnerKind

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_console")]


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
