"""Nothing that a teammate typed is lost: a session ends, a line breaks, a server starts again, two save at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Dialog, Page, expect

from tests.browser.mall import Mall
from tests.browser.office import ACCEPT, Console, console, waiting
from tests.browser.test_widget_reconnect import a_street
from tests.flows.shop import Shop
from warmline.actions.passwords import hash_password
from warmline.domain.visitor import EmailAddress
from warmline.store.base import Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_console")]

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


SAID = "Nothing on this page is lost."
AGAIN = "What you typed is here again. It is not saved yet."


async def over_the_wire(mall: Mall, shop: Shop, name: str = "Marta") -> Console:
    """Her console, over the line that a test may cut."""
    marta = await console(mall, shop, name)
    marta.base = mall.wire.url
    return marta


async def write_hours_and_text(page: Page, text: str) -> None:
    await page.locator("[name='away.en']").fill(text)
    await page.locator("[name=hours][value=week]").check()
    await page.locator("[name='slot.0.0.from']").fill("10:15")
    await page.locator("[name='slot.0.0.to']").fill("16:45")


async def hours_and_text_are(page: Page, text: str) -> None:
    await expect(page.locator("[name='away.en']")).to_have_value(text)
    await expect(page.locator("[name='slot.0.0.from']")).to_have_value("10:15")
    await expect(page.locator("[name='slot.0.0.to']")).to_have_value("16:45")


async def test_settings_survive_a_line_that_is_down(mall: Mall) -> None:
    marta = await over_the_wire(mall, await mall.shop())
    await marta.go("/settings/handoff")
    await write_hours_and_text(marta.page, "Back on Monday.")
    mall.wire.down()
    await marta.page.get_by_role("button", name="Save").click()
    await expect(marta.page.locator("#toasts")).to_contain_text(SAID)
    await hours_and_text_are(marta.page, "Back on Monday.")
    mall.wire.whole()
    await marta.page.get_by_role("button", name="Save").click()
    await expect(marta.page.locator(".flash")).to_contain_text("Saved. New handoffs use this now.")
    await hours_and_text_are(marta.page, "Back on Monday.")
    await marta.page.context.close()


async def test_save_is_pressed_once_though_the_preview_comes_while_it_is_held_down(mall: Mall) -> None:
    """Leaving the last field by pressing Save asks for the preview, which changes what stands around Save."""
    marta = await over_the_wire(mall, await mall.shop())
    page = marta.page
    await marta.go("/settings/handoff")
    await page.locator("[name='away.en']").click()
    await page.keyboard.type("Back on Thursday.")
    box = await page.get_by_role("button", name="Save").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    async with page.expect_response("**/settings/handoff/preview") as preview:
        await page.mouse.down()
    await (await preview.value).finished()
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    await page.mouse.up()
    await expect(page.locator(".flash")).to_contain_text("Saved.")
    await expect(page.locator("[name='away.en']")).to_have_value("Back on Thursday.")
    await page.context.close()


async def test_a_page_that_finishes_loading_while_it_is_saved_does_not_ask_whether_to_leave(mall: Mall) -> None:
    marta = await over_the_wire(mall, await mall.shop())
    page = marta.page
    await marta.go("/settings/handoff")
    await write_hours_and_text(page, "Back on Friday.")
    asked: list[str] = []

    async def stay_out(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    page.on("dialog", stay_out)
    late = "addEventListener('submit', () => dispatchEvent(new PageTransitionEvent('pageshow')))"
    await page.evaluate(late)
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".flash")).to_contain_text("Saved.")
    assert asked == []
    await hours_and_text_are(page, "Back on Friday.")
    await page.context.close()


async def test_settings_that_failed_on_the_way_are_there_again(mall: Mall) -> None:
    marta = await over_the_wire(mall, await mall.shop())
    page = marta.page
    await marta.go("/settings/handoff")
    await write_hours_and_text(page, "Back on Tuesday.")
    await page.route("**/settings/handoff", lambda route: route.abort())
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#handoff")).to_have_count(0)
    await page.unroute_all()
    await marta.go("/settings/handoff")
    await expect(page.locator("#toasts")).to_contain_text(AGAIN)
    await hours_and_text_are(page, "Back on Tuesday.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".flash")).to_contain_text("Saved.")
    # Once it is saved nothing comes back by itself.
    await page.locator("[name='away.en']").fill("Something else")
    await page.locator("[data-discard]").click()
    await marta.go("/settings/handoff")
    await hours_and_text_are(page, "Back on Tuesday.")
    await expect(page.locator("#toasts")).not_to_contain_text(AGAIN)
    await page.context.close()


async def test_an_answer_whose_save_was_never_confirmed_is_there_again_and_saved_once(mall: Mall) -> None:
    marta = await over_the_wire(mall, await mall.shop())
    page = marta.page
    await marta.go("/knowledge/write")
    await page.get_by_label("Question or title").fill("Do you engrave?")
    await page.get_by_label("Answer", exact=True).fill("Yes, for free.")
    mall.wire.lose = b"POST /knowledge/write"
    await page.get_by_role("button", name="Save and test").click()
    await expect(page.get_by_label("Answer", exact=True)).to_have_count(0)
    mall.wire.whole()
    await marta.go("/knowledge/write")
    await expect(page.locator("#toasts")).to_contain_text(AGAIN)
    await expect(page.get_by_label("Answer", exact=True)).to_have_value("Yes, for free.")
    await page.get_by_role("button", name="Save and test").click()
    await expect(page.locator("#verdict")).to_contain_text("Pass: the assistant answers this.")
    await marta.go("/knowledge?q=engrave")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.context.close()


async def test_two_who_save_the_same_settings_see_both_versions(mall: Mall) -> None:
    shop = await mall.shop()
    marta, tom = await console(mall, shop), await console(mall, shop, "Tom")
    for each in (marta, tom):
        await each.go("/settings/handoff")
        await write_hours_and_text(each.page, f"Back when {'Tom' if each is tom else 'Marta'} says so.")
    await marta.page.get_by_role("button", name="Save").click()
    await expect(marta.page.locator(".flash")).to_contain_text("Saved.")
    await tom.page.get_by_role("button", name="Save").click()
    await expect(tom.page.locator("h1")).to_have_text("Somebody else saved in the meantime")
    row = tom.page.locator("tr", has_text="Office-hours message")
    await expect(row).to_contain_text("Back when Marta says so.")
    await expect(row).to_contain_text("Back when Tom says so.")
    await tom.page.get_by_role("button", name="Go on editing mine").click()
    await hours_and_text_are(tom.page, "Back when Tom says so.")
    await tom.page.get_by_role("button", name="Save").click()
    await expect(tom.page.locator(".flash")).to_contain_text("Saved.")
    for each in (marta, tom):
        await each.page.context.close()


async def test_a_reply_that_was_not_sent_stands_there_after_a_reload_and_is_sent_once(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await waiting(shop)
    marta = await over_the_wire(mall, shop)
    page = marta.page
    await marta.go(f"/inbox/{shopper.id}")
    await page.locator(ACCEPT).click()
    reply = page.locator("#reply-text")
    await reply.fill("We can engrave it.")
    mall.wire.down()
    await reply.press("Control+Enter")
    await expect(page.locator(".is-failed")).to_contain_text("We can engrave it.")
    mall.wire.whole()
    # The first try arrived, its answer was lost; the second was never made.
    await page.reload()
    failed = page.locator(".is-failed")
    await expect(failed).to_contain_text("We can engrave it.")
    mall.wire.lose = f"POST /inbox/{shopper.id}/reply".encode()
    await failed.get_by_role("button", name="Try again").click()
    await expect(page.locator("#log .said", has_text="We can engrave it.")).to_have_count(1)
    await page.reload()
    await expect(page.locator("#log .said", has_text="We can engrave it.")).to_have_count(1)
    await expect(page.locator(".is-failed")).to_have_count(0)
    await shopper.until(lambda event: event.get("text") == "We can engrave it.")
    assert shopper.texts().count("We can engrave it.") == 1
    await page.context.close()


@pytest.mark.slow
async def test_settings_and_answers_survive_a_server_that_starts_again(the_mall: Mall, tmp_path: Path) -> None:
    async with a_street(the_mall, tmp_path, "en") as street:
        context = await the_mall.browser.new_context(locale="en-GB", reduced_motion="reduce")
        context.set_default_timeout(25_000)
        await context.add_cookies([street.cookie])  # type: ignore[list-item]  # Playwright's own type of a cookie
        handoff, answer = await context.new_page(), await context.new_page()
        await handoff.goto(f"{street.server.url}/settings/handoff")
        await answer.goto(f"{street.server.url}/knowledge/write")
        await write_hours_and_text(handoff, "Back on Friday.")
        await answer.get_by_label("Question or title").fill("Do you engrave?")
        await answer.get_by_label("Answer", exact=True).fill("Yes, for free.")
        street.server.kill()
        for page in (handoff, answer):
            await page.get_by_role("button", name="Save").click()
            await expect(page.locator("#toasts")).to_contain_text(SAID)
        await asyncio.to_thread(street.server.start)
        await hours_and_text_are(handoff, "Back on Friday.")
        await handoff.get_by_role("button", name="Save").click()
        await expect(handoff.locator(".flash")).to_contain_text("Saved. New handoffs use this now.")
        await answer.get_by_role("button", name="Save and test").click()
        await expect(answer.locator("#verdict")).to_contain_text("Yes, for free.")
        await context.close()
