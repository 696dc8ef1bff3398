"""Every page of the console for everybody: axe in three looks, small and enlarged screens, and the keyboard alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.mall import Mall
from tests.browser.office import ACCEPT, AXE, LIGHT, Console, console, no_violation, waiting
from tests.console.test_pages import ELSEWHERE, TABLE
from tests.flows.server_process import ServerProcess
from tests.flows.shop import UNANSWERABLE, Shop
from warmline.sandbox.credentials import ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_console")]

GUESTS = ("/sign-in", "/join", "/reset", "/setup")
SETTINGS = tuple(
    f"/settings/{page}"
    for page in (
        "shop", "handoff", "answers", "answers/cases", "rules", "rules/edit",
        "connections", "helpdesks/zendesk", "helpdesks/gorgias", "helpdesks/email",
        "helpdesks/webhook", "profiles/klaviyo", "members", "keys", "embed", "me",
    )
)  # fmt: skip
OTHERS = (
    "/inbox",
    "/inbox?show=open",
    "/inbox/needs-person",
    "/dashboard",
    "/dashboard/conversations?number=all",
    "/knowledge",
    "/knowledge/add",
    "/knowledge/write",
    "/knowledge/test?q=Can+you+engrave+the+box%3F",
    "/nowhere",
)
PARTS = {"/", "/inbox/stream", "/knowledge/reading", "/settings/embed/seen"}
"""What is no page of its own: a way to one, a stream, and pieces that pages read again."""


async def test_every_page_of_the_console_stands_in_a_list() -> None:
    listed = {path.partition("?")[0] for path in (*SETTINGS, *OTHERS, *GUESTS)}
    pages = {route.partition(" ")[2] for route in (*TABLE, *ELSEWHERE) if route.startswith("GET ")}
    kinds = {"/settings/helpdesks/{name}", "/settings/profiles/{name}", "/inbox/{id}", "/knowledge/{id}"}
    assert pages - PARTS - kinds - listed == set()


async def furnished(mall: Mall) -> tuple[Shop, str, tuple[str, ...]]:
    """A shop in which every page has something to show; somebody who waits, and the pages of single things."""
    rules = {
        "b2b": {"action": "route", "phrases": ["wholesale"], "tag": "b2b"},
        "law": {"action": "hand_off", "about": "Law"},
    }
    shop = await mall.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"}, rules=rules)
    mall.town.sandbox.add_fault("zendesk", "refuse_ticket", operation="create", times=1)
    refused = await waiting(shop, "piotr@shopper.example")
    await refused.until(lambda event: event.get("step") == "stuck")
    await shop.change(handoff={})
    shopper = await waiting(shop)
    article = (await mall.town.machine.app.store.read(lambda tx: tx.articles(shop.workspace)))[0]
    return shop, shopper.id, (f"/knowledge/{article.id}", f"/inbox/{refused.id}", f"/inbox/{shopper.id}")


LOOKS: tuple[dict[str, Any], ...] = (
    LIGHT, {"color_scheme": "dark"}, {"color_scheme": "dark", "forced_colors": "active"},
)  # fmt: skip


async def states(marta: Console, look: Mapping[str, Any]) -> None:
    """Every page that shows what is wrong, what is new, and what two people did at once."""
    page = marta.page
    await marta.go("/settings/handoff")
    await page.locator("#handoff").evaluate(
        "form => { form.elements['slot.0.0.from'].value = 'nine'; form.elements['link.0.label'].value = 'x';"
        " form.querySelector('[name=hours][value=week]').checked = true;"
        " form.querySelector('[name=method][value=message]').checked = true; form.requestSubmit(); }"
    )
    await page.locator(".summary").wait_for()
    await no_violation(page, "handoff with errors", look)
    assert await page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    await marta.go("/settings/handoff")
    await page.locator("#handoff").evaluate(
        "form => { form.elements.seen.value = 'before'; form.elements['away.en'].value = 'Later';"
        " form.requestSubmit(); }"
    )
    await page.locator(".conflict-actions").wait_for()
    await no_violation(page, "conflict", look)
    await marta.go("/settings/helpdesks/gorgias")
    await page.get_by_role("button", name="Test and save").click()
    await page.locator(".check-row.bad").wait_for()
    await no_violation(page, "a connection that is refused", look)
    await marta.go("/settings/keys")
    await page.get_by_label("What is it for?").fill("Export")
    await page.get_by_label("Reports").check()
    await page.get_by_role("button", name="Make the key").click()
    await page.locator(".secret").wait_for()
    await page.locator("details.confirm summary").first.click()
    await no_violation(page, "a new key, and the question before it is revoked", look)
    await marta.go("/settings/members")
    await page.get_by_role("button", name="Make an invitation").click()
    await page.locator("[aria-invalid=true]").wait_for()
    assert await page.evaluate("document.activeElement.id") == "email"
    await no_violation(page, "an invitation to nobody", look)


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "forced"])
async def test_axe_finds_nothing_on_any_page_or_state(mall: Mall, look: dict[str, Any]) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in widget/")
    shop, _, single = await furnished(mall)
    marta = await console(mall, shop, **look)
    for path in (*SETTINGS, *OTHERS, *single):
        await marta.go(path)
        await no_violation(marta.page, path, look)
    await marta.page.locator(ACCEPT).click()
    await marta.page.locator("#reply-text").wait_for()
    await no_violation(marta.page, "accepted", look)
    await states(marta, look)
    await marta.page.context.clear_cookies()
    for path in GUESTS:
        await marta.go(path)
        await no_violation(marta.page, path, look)
    await marta.page.context.close()


BEYOND = """[...document.querySelectorAll("main *")].filter((node) => node.getBoundingClientRect().right > innerWidth)
    .slice(0, 3).map((node) => node.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("lang", ["en", "pl"])
async def test_no_page_scrolls_sideways_at_320_and_at_twice_the_size(mall: Mall, lang: str) -> None:
    shop, _, single = await furnished(mall)
    # 200 % of 1280 points is a page of 640.
    for width, height in ((320, 700), (640, 400)):
        marta = await console(mall, shop, lang=lang, viewport={"width": width, "height": height})
        wide = []
        for path in (*SETTINGS, *OTHERS, *single, *GUESTS):
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


async def test_by_keyboard_alone_the_first_owner_a_new_password_and_the_way_in(the_mall: Mall, tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    await asyncio.to_thread(server.start)
    context = await the_mall.browser.new_context(locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(25_000)
    page = await context.new_page()
    try:
        link = re.search(r"/setup#\S+", server.log())
        assert link, server.log()
        await page.goto(server.url + link[0])
        for field, text in (("Name of the shop", "Acme"), ("Your name", "Ola"), ("E-mail", "ola@acme.example")):
            await tab_to(page, field)
            await page.keyboard.type(text)
        await tab_to(page, "Password")
        await page.keyboard.type("a password of words")
        await tab_to(page, "Begin")
        await press(page, "Enter")
        await page.wait_for_url("**/settings/handoff")
        await page.goto(f"{server.url}/settings/me")
        await tab_to(page, "Present password")
        await page.keyboard.type("not this one at all")
        await tab_to(page, "New password")
        await page.keyboard.type("other words in a row")
        await press(page, "Enter")
        # The first wrong field has the focus: the right word is typed at once.
        await expect(page.locator("#old-error")).to_contain_text("This is not your present password.")
        await expect(page.locator("#old")).to_be_focused()
        await page.keyboard.type("a password of words")
        await tab_to(page, "New password")
        await page.keyboard.type("other words in a row")
        await press(page, "Enter")
        await expect(page.locator(".flash")).to_contain_text("Your password is changed.")
        await tab_to(page, "Sign out everywhere")
        await press(page, "Enter")
        await page.wait_for_url("**/sign-in**")
        await tab_to(page, "E-mail")
        await page.keyboard.type("ola@acme.example")
        await tab_to(page, "Password")
        await page.keyboard.type("other words in a row")
        await press(page, "Enter")
        await page.wait_for_url("**/inbox")
    finally:
        await context.close()
        await asyncio.to_thread(server.stop)
