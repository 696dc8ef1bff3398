"""Pages that teach the assistant, with hostile words in every field: judging, phrasings, saved cases, rules.

Axe in three looks, nothing runs, and nothing is wider than a phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.mall import Mall
from tests.browser.office import AXE, console, no_violation
from tests.browser.test_console_access import BEYOND, LOOKS
from tests.browser.test_console_text import Guard
from tests.flows.shop import ANSWERABLE, Shop
from warmline.actions.write_answer import Written, write_answer
from warmline.domain.ids import ArticleId, ConversationId
from warmline.store.base import Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_console")]

HOSTILE = {
    "tags": '<script>alert(1)</script><img src=x onerror="alert(2)"> "\'> {{ 7 * 7 }}',
    "long": "Donaudampfschifffahrtsgesellschaft" * 5,
    "rtl": "שלום \u202eהאם אפשר להחזיר? <b>abc",
    "nul": "before\x00after",
}
CASES, RULES = "/settings/answers/cases", "/settings/rules"


async def fill(page: Page, values: Mapping[str, str]) -> None:
    """Type into fields by their names and save, as somebody does who tries it."""
    for name, value in values.items():
        await page.locator(f"#{name}").evaluate("(field, value) => { field.value = value; }", value)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Save", exact=True).click()


async def furnished(mall: Mall) -> tuple[Shop, tuple[str, ...]]:
    """A shop whose cases, rules, pages and shoppers' questions are all hostile; the pages that show them."""
    shop = await mall.shop()
    marta = await console(mall, shop)
    for name, text in HOSTILE.items():
        await marta.go(CASES)
        await fill(marta.page, {"question": text, "page": "Returns"})
        await marta.go(f"{RULES}/edit")
        await fill(
            marta.page, {"name": f"{name}{'W' * (48 - len(name))}", "phrases": text, "examples": text, "about": text}
        )
    await marta.go(CASES)
    async with marta.page.expect_navigation():
        await marta.page.get_by_role("button", name="Run all").click()
    await marta.page.context.close()
    article, _ = await write_answer(
        mall.town.machine.app, shop.workspace, Written(HOSTILE["tags"], HOSTILE["long"], "en", None, (HOSTILE["rtl"],))
    )
    await ask(shop, article)
    return shop, (
        "/dashboard",
        "/settings/answers",
        CASES,
        RULES,
        f"{RULES}/edit?name=tags{'W' * 44}",
        f"/knowledge/{article}",
    )


async def ask(shop: Shop, article: str) -> None:
    """Shoppers ask in hostile words, and the hostile page is found each time."""
    shopper = await shop.shopper()
    await shopper.say(ANSWERABLE)
    await shopper.until(lambda event: event.get("author", {}).get("kind") == "agent")

    def keep(tx: Transaction) -> None:
        conversation = tx.conversation(shop.workspace, ConversationId(shopper.id))
        best: dict[str, object] = {"article": article, "title": HOSTILE["tags"], "url": "javascript:alert(3)"}
        for n, text in enumerate(HOSTILE.values(), 50):
            tx.add_turn(
                conversation, type(conversation.seq)(n), datetime.now(UTC), question=text, lang="en", decision="answer",
                confidence=0.8, best=best, trace={},
            )  # fmt: skip
        tx.add_phrasing(shop.workspace, HOSTILE["long"], ArticleId(article), datetime.now(UTC))

    await shop.town.machine.app.store.write(keep)


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "forced"])
async def test_axe_finds_nothing_and_hostile_words_stay_words(mall: Mall, look: dict[str, Any]) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in widget/")
    shop, pages = await furnished(mall)
    marta = await console(mall, shop, lang="pl" if look["color_scheme"] == "dark" else "en", **look)
    guard = Guard(marta.page, marta.base)
    await guard.begin()
    for path in pages:
        await guard.look(path)
        await no_violation(marta.page, path, look)
    await marta.go(RULES)
    await marta.page.locator("#message").fill(HOSTILE["tags"])
    await marta.page.locator("#try button").click()
    await marta.page.locator("#tried").wait_for()
    await guard.check("tried")
    await no_violation(marta.page, "tried", look)
    await marta.page.context.close()


@pytest.mark.parametrize("lang", ["en", "pl"])
async def test_long_words_do_not_widen_any_of_them(mall: Mall, lang: str) -> None:
    shop, pages = await furnished(mall)
    for width in (320, 1280):
        marta = await console(mall, shop, lang=lang, viewport={"width": width, "height": 700})
        wide = []
        for path in pages:
            await marta.go(path)
            assert "404" not in await marta.page.locator("main").inner_text(), path
            if await marta.page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append((path, await marta.page.evaluate(BEYOND)))
        assert wide == [], width
        if width < 500:
            await marta.go(RULES)
            await expect(marta.page.locator(".places-bar [aria-current]")).to_be_in_viewport(ratio=1)
        await marta.page.context.close()


async def test_from_the_dashboard_a_question_becomes_a_phrasing_by_one_click(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await shop.shopper()
    await shopper.say(ANSWERABLE)
    await shopper.until(lambda event: event.get("author", {}).get("kind") == "agent")
    marta = await console(mall, shop)
    await marta.go("/dashboard")
    await marta.page.locator(".wanting a").first.click()
    card = marta.page.locator("#phrasings")
    await expect(card).to_be_in_viewport()
    await expect(card.locator(".num")).to_have_text("0 / 5")
    await card.get_by_role("button", name="Right page").click()
    await expect(card.locator(".num")).to_have_text("1 / 5")
    await expect(card.locator(".wordings li")).to_have_text([ANSWERABLE])
    await marta.go("/dashboard")
    await expect(marta.page.locator(".pays")).to_contain_text("1 of 50 are judged")
    await expect(marta.page.locator(".wanting .num").first).to_contain_text("1 / 5")
    seen = max(event["seq"] for event in shopper.log)
    await shopper.say("How long may I return a thing?")
    await shopper.until(lambda event: event.get("seq", 0) > seen and event.get("author", {}).get("kind") == "agent")
    await marta.page.reload()
    await marta.page.get_by_role("link", name="Judge answers").click()
    judge = marta.page.locator("#judge")
    await judge.get_by_role("button", name="Wrong page").click()
    await expect(judge).to_contain_text("Still wanted: 48")
    await expect(judge).to_be_in_viewport()  # fifty times from the top of the page would be too much
    assert marta.complaints == []
    await marta.page.context.close()
