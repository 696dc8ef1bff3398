"""The merchant's two journeys, in English and Polish, from the console to the shopper on another origin."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.mall import Mall, Visit
from tests.browser.office import Console, console
from tests.browser.words import LANGUAGES, RIDDLE, said
from tests.flows.shop import Shop
from warmline.sandbox.credentials import ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET
from warmline.web.console.language import catalogue

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser_console"),
    pytest.mark.parametrize("lang", LANGUAGES),
]
words_of = cache(catalogue)


def say(lang: str, text: str, **values: Any) -> str:
    """The console's words."""
    found = words_of(lang).get(text)
    words = str(found.string) if found and found.string else text
    return words % values if values else words


async def come(mall: Mall, shop: Shop, lang: str) -> Visit:
    visit = await mall.visit(shop, {"pl": "polish"}.get(lang, "plain"), locale={"pl": "pl-PL"}.get(lang, "en-GB"))
    await visit.open(said(lang, "launcher.open"))
    await visit.say(RIDDLE[lang])
    return visit


async def test_zendesk_cannot_be_saved_then_is_connected_chosen_and_gets_the_ticket(mall: Mall, lang: str) -> None:
    shop = await mall.shop()
    marta = await console(mall, shop, lang=lang)
    page = marta.page
    await marta.go("/settings/handoff")
    await page.locator("input[name=helpdesk][value=zendesk]").check()
    save = page.locator("#foot").get_by_role("button", name=say(lang, "Save"), exact=True)
    await expect(save).to_be_disabled()
    await expect(page.locator("#why-off")).to_contain_text(say(lang, "Connect %(name)s first", name="Zendesk"))
    await page.get_by_role("link", name=say(lang, "Connect %(name)s", name="Zendesk")).click()
    await _connect(marta, lang)
    await page.wait_for_url("**/settings/handoff?helpdesk=zendesk")
    await save.click()
    flash = page.locator(".flash")
    await expect(flash).to_contain_text(say(lang, "Saved. New handoffs use this now."))
    for figure in ("Resolution rate", "Routed to team"):
        await expect(flash.get_by_role("link", name=say(lang, figure))).to_have_attribute("href", "/dashboard")

    visit = await come(mall, shop, lang)
    await visit.button(said(lang, "unsure.ticket.yes")).click()
    address = f"anna.{lang}@{shop.workspace}.example"
    await visit.chat.locator("#email").fill(address)
    await visit.button(said(lang, "email.send")).click()
    await expect(visit.chat.locator(".card.ticket")).to_contain_text(address)
    made = [each for each in shop.sandbox.tickets("zendesk") if each.email == address]
    assert len(made) == 1 and any(RIDDLE[lang] in each.text for each in made[0].messages)
    # The browser notes the one answer that refused the wrong secret.
    assert all("422" in each for each in marta.complaints) and visit.complaints == []


async def _connect(marta: Console, lang: str) -> None:
    """First with a wrong secret: the step that failed is named with its remedy, and what was typed stays."""
    page = marta.page
    await page.locator("#subdomain").fill("acme")
    await page.locator("#client_id").fill(ZENDESK_CLIENT_ID)
    await page.locator("#client_secret").fill("wrong-but-well-formed")
    await page.get_by_role("button", name=say(lang, "Test and save")).click()
    refused = page.locator("#checked .bad")
    await expect(refused.first).to_be_visible()
    await expect(page.locator("#checked")).to_contain_text(say(lang, "The credentials are not accepted"))
    await expect(page.locator("#subdomain")).to_have_value("acme")
    await expect(page.locator("#client_id")).to_have_value(ZENDESK_CLIENT_ID)
    await page.locator("#client_secret").fill(ZENDESK_CLIENT_SECRET)
    await page.get_by_role("button", name=say(lang, "Test and save")).click()


async def test_what_a_shopper_was_not_answered_is_written_and_answers_the_next(mall: Mall, lang: str) -> None:
    shop = await mall.shop()
    visit = await come(mall, shop, lang)
    await visit.sees(said(lang, "unsure.declined"))
    marta = await console(mall, shop, lang=lang)
    page = marta.page
    await marta.go("/dashboard")
    await page.get_by_role("link", name=say(lang, "Write answer")).first.click()
    await expect(page.locator("#title")).to_have_value(RIDDLE[lang])
    await expect(page.locator("#lang")).to_have_value(lang)
    answer = {"en": "Yes, in three sizes.", "pl": "Tak, w trzech rozmiarach."}[lang]
    await page.locator("#text").fill(answer)
    await page.get_by_role("button", name=say(lang, "Save and test")).click()
    await expect(page.locator("#verdict")).to_contain_text(say(lang, "Pass: the assistant answers this."))
    await page.get_by_role("button", name=say(lang, "Test again")).click()
    await expect(page.locator("#verdict")).to_contain_text(say(lang, "Pass: the assistant answers this."))
    again = await come(mall, shop, lang)
    await expect(again.log.locator(".bubble", has_text=answer[-10:])).to_have_count(1)
    assert marta.complaints == [] and again.complaints == []
