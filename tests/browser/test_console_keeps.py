"""Nothing that a teammate typed is lost: when their session ends under an open page."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.mall import Mall
from tests.browser.office import ACCEPT, Console, console, waiting
from warmline.actions.passwords import hash_password
from warmline.domain.visitor import EmailAddress
from warmline.store.base import Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser")]

PASSWORD = "a password of words"


async def sign_out_elsewhere(mall: Mall, marta: Console, email: str) -> None:
    """Her sessions end while her pages stay open; she has a password to come back with."""
    hashed = await hash_password(PASSWORD)

    def end(tx: Transaction) -> None:
        for workspace in tx.workspaces():
            if who := tx.teammate_by_email(workspace.id, EmailAddress(email)):
                tx.set_password(who.id, hashed)

    await mall.town.machine.app.store.write(end)


async def sign_in_here(marta: Console, email: str) -> None:
    await expect(marta.page.get_by_text("What you typed is kept")).to_be_visible()
    await marta.page.get_by_label("E-mail").fill(email)
    await marta.page.get_by_label("Password").fill(PASSWORD)
    await marta.page.get_by_role("button", name="Sign in").click()


async def test_settings_survive_a_session_that_ended_and_are_saved_after_signing_in(mall: Mall) -> None:
    shop = await mall.shop()
    marta = await console(mall, shop)
    email = f"marta@{shop.workspace}.example"
    await marta.go("/settings/handoff")
    await marta.page.locator("[name='away.en']").fill("Back on Monday, promised.")
    await sign_out_elsewhere(mall, marta, email)
    await marta.page.get_by_role("button", name="Save").click()
    await sign_in_here(marta, email)
    await expect(marta.page.locator("[name='away.en']")).to_have_value("Back on Monday, promised.")
    await marta.page.get_by_role("button", name="Save").click()
    await expect(marta.page.locator(".flash")).to_contain_text("Saved. New handoffs use this now.")
    await marta.page.context.close()


async def test_an_answer_survives_a_session_that_ended(mall: Mall) -> None:
    shop = await mall.shop()
    marta = await console(mall, shop)
    email = f"marta@{shop.workspace}.example"
    await marta.go("/knowledge/write")
    await marta.page.get_by_label("Question or title").fill("Do you engrave?")
    await marta.page.get_by_label("Answer", exact=True).fill("Yes, for free.")
    await expect(marta.page.get_by_label("Answer", exact=True)).to_have_value("Yes, for free.")
    await sign_out_elsewhere(mall, marta, email)
    await marta.page.get_by_role("button", name="Save and test").click()
    await sign_in_here(marta, email)
    # Shown again, and saved only when she says so.
    await expect(marta.page.get_by_label("Answer", exact=True)).to_have_value("Yes, for free.")
    await marta.page.get_by_role("button", name="Save and test").click()
    await expect(marta.page.locator("#verdict")).to_contain_text("Pass: the assistant answers this.")
    await marta.page.context.close()


async def test_a_reply_survives_a_session_that_ended(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await waiting(shop)
    marta = await console(mall, shop)
    email = f"marta@{shop.workspace}.example"
    await marta.go(f"/inbox/{shopper.id}")
    await marta.page.locator(ACCEPT).click()
    reply = marta.page.locator("#reply-text")
    await reply.fill("We can engrave it by Friday.")
    await sign_out_elsewhere(mall, marta, email)
    await expect(marta.page.get_by_label("Password")).to_be_visible()
    await marta.page.get_by_label("E-mail").fill(email)
    await marta.page.get_by_label("Password").fill(PASSWORD)
    await marta.page.get_by_role("button", name="Sign in").click()
    await expect(reply).to_have_value("We can engrave it by Friday.")
    await reply.press("Control+Enter")
    await expect(marta.page.locator("#log .said", has_text="We can engrave it by Friday.")).to_have_count(1)
    await marta.page.context.close()
