"""Every page of the console for everybody: axe in three looks, small and enlarged screens, and the keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.mall import Mall
from tests.browser.office import ACCEPT, AXE, Console, console, no_violation, waiting
from tests.flows.shop import UNANSWERABLE, Shop
from warmline.sandbox.credentials import ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser")]

GUESTS = ("/sign-in", "/join", "/reset", "/setup")
SETTINGS = tuple(
    f"/settings/{page}"
    for page in (
        "shop", "handoff", "connections", "helpdesks/zendesk", "helpdesks/gorgias", "helpdesks/email",
        "helpdesks/webhook", "profiles/klaviyo", "members", "keys", "embed", "me",
    )
)  # fmt: skip
OTHERS = (
    "/inbox",
    "/inbox?show=open",
    "/inbox/needs-person",
    "/dashboard",
    "/knowledge",
    "/knowledge/add",
    "/knowledge/write",
    "/nowhere",
)
LOOKS: tuple[dict[str, Any], ...] = (
    {"color_scheme": "light"}, {"color_scheme": "dark"}, {"color_scheme": "dark", "forced_colors": "active"},
)  # fmt: skip


async def states(marta: Console) -> None:
    """Every page that shows what is wrong, what is new, and what two people did at once."""
    page = marta.page
    await marta.go("/settings/handoff")
    await page.locator("#handoff").evaluate(
        "form => { form.elements['slot.0.0.from'].value = 'nine'; form.elements['link.0.label'].value = 'x';"
        " form.querySelector('[name=hours][value=week]').checked = true;"
        " form.querySelector('[name=method][value=message]').checked = true; form.requestSubmit(); }"
    )
    await page.locator(".summary").wait_for()
    await no_violation(page, "handoff with errors")
    assert await page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    await marta.go("/settings/handoff")
    await page.locator("#handoff").evaluate(
        "form => { form.elements.seen.value = 'before'; form.elements['away.en'].value = 'Later';"
        " form.requestSubmit(); }"
    )
    await page.locator(".conflict-actions").wait_for()
    await no_violation(page, "conflict")
    await marta.go("/settings/helpdesks/zendesk")
    await page.get_by_role("button", name="Test and save").click()
    await page.locator(".check-row.bad").wait_for()
    await no_violation(page, "a connection that is refused")
    await marta.go("/settings/keys")
    await page.get_by_label("What is it for?").fill("Export")
    await page.get_by_label("Reports").check()
    await page.get_by_role("button", name="Make the key").click()
    await page.locator(".secret").wait_for()
    await page.locator("details.confirm summary").first.click()
    await no_violation(page, "a new key, and the question before it is revoked")
    await marta.go("/settings/members")
    await page.get_by_role("button", name="Make an invitation").click()
    await page.locator("[aria-invalid=true]").wait_for()
    assert await page.evaluate("document.activeElement.id") == "email"
    await no_violation(page, "an invitation to nobody")


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "forced"])
async def test_axe_finds_nothing_on_any_page_or_state(mall: Mall, look: dict[str, Any]) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in widget/")
    shop = await mall.shop()
    shopper = await waiting(shop)
    marta = await console(mall, shop, **look)
    for path in (*SETTINGS, *OTHERS, f"/inbox/{shopper.id}"):
        await marta.go(path)
        await no_violation(marta.page, path)
    await marta.page.locator(ACCEPT).click()
    await marta.page.locator("#reply-text").wait_for()
    await no_violation(marta.page, "accepted")
    await states(marta)
    await marta.page.context.clear_cookies()
    for path in GUESTS:
        await marta.go(path)
        await no_violation(marta.page, path)
    await marta.page.context.close()


BEYOND = """[...document.querySelectorAll("body *")].filter((node) => node.getBoundingClientRect().right > innerWidth)
    .slice(0, 3).map((node) => node.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("lang", ["en", "pl"])
async def test_no_page_scrolls_sideways_at_320_and_at_twice_the_size(mall: Mall, lang: str) -> None:
    shop = await mall.shop()
    shopper = await waiting(shop)
    # 200 % of 1280 points is a page of 640.
    for width, height in ((320, 700), (640, 400)):
        marta = await console(mall, shop, lang=lang, viewport={"width": width, "height": height})
        wide = []
        for path in (*SETTINGS, *OTHERS, f"/inbox/{shopper.id}", *GUESTS):
            await marta.go(path)
            if await marta.page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append((path, await marta.page.evaluate(BEYOND)))
        assert wide == [], width
        await marta.page.context.close()


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


FOCUSED = """() => {
  const at = document.activeElement;
  const named = at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText || "";
  const drawn = [null, "::after"].some((part) => getComputedStyle(at, part).outlineStyle !== "none");
  return [named.trim(), drawn];
}"""


async def tab_to(page: Page, words: str, most: int = 80) -> None:
    """Tab until what has the focus is called so. It is seen: a ring is drawn around it."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        name, drawn = await page.evaluate(FOCUSED)
        if name.startswith(words):
            assert drawn, f"the focus on {words} is not seen"
            return
    raise AssertionError(f"no way by Tab to {words}")


async def test_by_keyboard_alone_from_the_list_to_a_closed_conversation(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await waiting(shop)
    marta = await console(mall, shop)
    page = marta.page
    await marta.go("/inbox")
    await tab_to(page, "anna@shopper.example")
    await press(page, "Enter")
    await page.locator("#thread-head").wait_for()
    await press(page, "a")
    await page.locator("#reply-text").wait_for()
    await press(page, "r")
    await expect(page.locator("#reply-text")).to_be_focused()
    await page.keyboard.type("Yes, we can engrave it.")
    await press(page, "Control+Enter")
    await expect(page.locator("#log .said", has_text="Yes, we can engrave it.")).to_have_count(1)
    await expect(page.locator(".is-pending")).to_have_count(0)
    await press(page, "Escape", "e")
    await expect(page.locator("#close-menu .menu-item").first).to_be_focused()
    await press(page, "Enter")
    await expect(page.locator("#foot")).to_contain_text("This conversation is closed.")
    await shopper.until(lambda event: event["kind"] == "closed")
    await page.context.close()


async def test_by_keyboard_alone_zendesk_is_connected_and_chosen(mall: Mall) -> None:
    shop = await mall.shop()
    marta = await console(mall, shop)
    page = marta.page
    await marta.go("/settings/helpdesks/zendesk?back=handoff")
    await tab_to(page, "Address of your Zendesk")
    await page.keyboard.type("acme")
    await tab_to(page, "Identifier")
    await page.keyboard.type(ZENDESK_CLIENT_ID)
    await tab_to(page, "Secret")
    await page.keyboard.type(ZENDESK_CLIENT_SECRET)
    await tab_to(page, "Test and save")
    await press(page, "Enter")
    await page.wait_for_url("**/settings/handoff?helpdesk=zendesk")
    await tab_to(page, "Save")
    await press(page, "Enter")
    await expect(page.locator(".flash")).to_contain_text("Saved. New handoffs use this now.")
    assert await chosen(shop) == "zendesk"
    await page.context.close()


async def chosen(shop: Shop) -> str:
    found = await shop.town.machine.app.store.read(lambda tx: tx.workspace(shop.workspace))
    return str(found.helpdesk)


async def test_by_keyboard_alone_a_question_gets_its_answer(mall: Mall) -> None:
    shop = await mall.shop()
    await (await shop.shopper()).ask(UNANSWERABLE)
    marta = await console(mall, shop)
    page = marta.page
    await marta.go("/dashboard")
    await tab_to(page, "Write answer")
    await press(page, "Enter")
    await page.wait_for_url("**/knowledge/write**")
    await tab_to(page, "Answer")
    await page.keyboard.type("Yes, in three sizes.")
    await tab_to(page, "Save and test")
    await press(page, "Enter")
    await expect(page.locator("#verdict")).to_contain_text("Pass: the assistant answers this.")
    await tab_to(page, "Test again")
    await press(page, "Enter")
    await expect(page.locator("#verdict")).to_contain_text("Pass: the assistant answers this.")
    await page.context.close()
