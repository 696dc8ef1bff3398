"""The Inbox, Knowledge and the Dashboard in a browser: live both ways, two at once, drafts that stay, and axe."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.async_api import expect

from tests.browser.mall import Mall
from tests.browser.office import ACCEPT, AXE, console, no_violation, waiting
from tests.fixtures.many import fill
from tests.flows.shop import UNANSWERABLE
from warmline.sandbox.credentials import ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_console")]


async def test_queue_accept_chat_both_ways_typing_and_hand_back(mall: Mall) -> None:
    shop = await mall.shop()
    marta = await console(mall, shop)
    await marta.go("/inbox")
    shopper = await waiting(shop)
    row = marta.page.locator(f"[data-row={shopper.id}]")
    await expect(row).to_contain_text("anna@shopper.example")
    await row.get_by_role("link").click()
    await expect(marta.page.locator(".joint")).to_contain_text("Typed, not proven")
    await marta.page.locator(ACCEPT).click()
    await expect(marta.page.get_by_text("You joined the chat.")).to_be_visible()
    reply = marta.page.get_by_label("Your reply")
    await reply.fill("Hi Anna! What should it say?")
    await reply.press("Control+Enter")
    await expect(marta.page.locator("#log")).to_contain_text("Hi Anna! What should it say?")
    await expect(marta.page.locator(".is-pending")).to_have_count(0)
    await shopper.post("/typing", {})
    await expect(marta.page.locator("#typing")).to_contain_text("is typing")
    await shopper.say("Two names and a date.")
    await expect(marta.page.locator("#log")).to_contain_text("Two names and a date.")
    await marta.page.get_by_role("button", name="Hand back").click()
    await expect(marta.page.get_by_text("Handed back to the assistant.")).to_be_visible()
    await expect(marta.page.locator("#foot")).to_contain_text("Take over")
    assert marta.complaints == []


async def test_two_accept_at_once_and_the_second_reads_who_has_it(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await waiting(shop)
    marta, tom = await console(mall, shop), await console(mall, shop, "Tom")
    for each in (marta, tom):
        await each.go(f"/inbox/{shopper.id}?show=waiting")
        await each.page.evaluate("window.form = document.querySelector('.thread-head [data-act=accept]'); 1")
    await marta.page.evaluate("window.form.requestSubmit()")
    await tom.page.evaluate("window.form.requestSubmit()")
    winner, loser = marta, tom
    try:
        await expect(marta.page.get_by_text("You joined the chat.")).to_be_visible(timeout=15_000)
    except AssertionError:
        winner, loser = tom, marta
    name = "Marta" if winner is marta else "Tom"
    await expect(loser.page.get_by_text(f"{name} has this conversation.")).to_be_visible()
    await expect(loser.page.get_by_label("Your reply")).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "pl"])
async def test_a_small_laptop_has_room_for_the_thread(mall: Mall, lang: str) -> None:
    """Nothing that fits on one line is on two, and what belongs together stands side by side."""
    shop = await mall.shop()
    shopper = await waiting(shop, "jan.kowalski@example.com")
    marta = await console(mall, shop, lang=lang, viewport={"width": 1280, "height": 800})
    await marta.go(f"/inbox/{shopper.id}")
    await marta.page.locator(ACCEPT).click()
    await marta.page.locator("#reply-text").wait_for()
    one_line = [".thread-who p", ".log > .day", ".joint-body a", ".talk-name"]
    heights = {
        each: await marta.page.locator(each).first.evaluate("node => node.getBoundingClientRect().height")
        for each in one_line
    }
    assert [each for each, height in heights.items() if height > 30] == []
    name = marta.page.locator(".thread-who h2")
    assert await name.evaluate("node => node.scrollWidth - node.clientWidth") <= 1, "the name is not cut"
    tops = await marta.page.locator("[data-act=reply] button").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().top)"
    )
    assert len(set(tops)) == 1, "the two ways to send"


async def test_a_draft_and_the_focus_survive_what_comes_in(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await waiting(shop)
    marta = await console(mall, shop)
    await marta.go(f"/inbox/{shopper.id}")
    await marta.page.locator(ACCEPT).click()
    reply = marta.page.get_by_label("Your reply")
    await reply.fill("Half a sentence")
    await reply.press("End")
    for n in range(3):
        await shopper.say(f"And one more thing, number {n}.")
    await waiting(shop, "tom@shopper.example")
    await expect(marta.page.locator("#log")).to_contain_text("number 2.")
    await marta.page.keyboard.type(" that goes on")
    await expect(reply).to_have_value("Half a sentence that goes on")
    await expect(reply).to_be_focused()
    await marta.page.reload()
    await expect(marta.page.get_by_label("Your reply")).to_have_value("Half a sentence that goes on")


async def test_a_reply_that_was_not_sent_stays_and_is_sent_once(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await waiting(shop)
    marta = await console(mall, shop)
    await marta.go(f"/inbox/{shopper.id}")
    await marta.page.locator(ACCEPT).click()
    reply = marta.page.get_by_label("Your reply")
    await reply.fill("You can have it engraved.")
    await marta.page.context.set_offline(True)
    await reply.press("Control+Enter")
    again = marta.page.get_by_role("button", name="Try again")
    await again.wait_for()
    await marta.page.context.set_offline(False)
    await again.click()
    await expect(marta.page.locator(".is-pending")).to_have_count(0)
    await expect(marta.page.locator("#log .said", has_text="You can have it engraved.")).to_have_count(1)


async def test_new_rows_wait_behind_a_bar_and_the_title_counts(mall: Mall) -> None:
    shop = await mall.shop()
    await waiting(shop)
    marta = await console(mall, shop)
    await marta.go("/inbox")
    await expect(marta.page).to_have_title("(1) Waiting · Warmline")
    first = marta.page.locator("[data-row]").first
    await first.hover()
    before = await first.get_attribute("data-row")
    await waiting(shop, "ola@shopper.example")
    await expect(marta.page.locator("#new-bar")).to_contain_text("1 new")
    await expect(marta.page).to_have_title("(2) Waiting · Warmline")
    assert await marta.page.locator("[data-row]").count() == 1
    await marta.page.locator("#new-bar").click()
    await expect(marta.page.locator("[data-row]")).to_have_count(2)
    assert await marta.page.locator("[data-row]").first.get_attribute("data-row") == before


async def test_an_unanswered_question_becomes_an_answer_that_answers(mall: Mall) -> None:
    shop = await mall.shop()
    await (await shop.shopper()).ask(UNANSWERABLE)
    marta = await console(mall, shop)
    await marta.go("/dashboard")
    await marta.page.get_by_role("link", name="Write answer").first.click()
    await expect(marta.page.get_by_label("Question or title")).to_have_value(UNANSWERABLE)
    await marta.page.get_by_label("Answer", exact=True).fill("Yes, in three sizes.")
    await marta.page.get_by_role("button", name="Save and test").click()
    await expect(marta.page.locator("#verdict")).to_contain_text("Pass: the assistant answers this.")
    answer = await (await shop.shopper()).ask(UNANSWERABLE)
    assert "Yes, in three sizes." in answer["text"]
    assert marta.complaints == []


async def test_a_refused_ticket_is_sent_again_once_the_cause_is_gone_and_is_one(mall: Mall) -> None:
    shop = await mall.shop(connect=("zendesk",), handoff={"helpdesk": "zendesk"})
    sandbox, email = shop.sandbox, f"anna@{shop.workspace}.example"
    marta = await console(mall, shop)
    sandbox.add_fault("zendesk", "refuse_ticket", operation="create")
    try:
        shopper = await waiting(shop, email)
        await marta.go(f"/inbox/{shopper.id}")
        await expect(marta.page.locator("#foot")).to_contain_text("Zendesk refused this ticket.")
    finally:
        sandbox.clear_faults("zendesk")
    await marta.page.get_by_role("button", name="Send again").click()
    await expect(marta.page.locator("#foot")).to_contain_text("This conversation is handled in Zendesk.")
    await expect(marta.page.get_by_role("link", name="Open ticket")).to_be_visible()
    assert len([ticket for ticket in sandbox.tickets("zendesk") if ticket.email == email]) == 1
    await shopper.until_notice("ticket")


async def test_axe_finds_nothing_in_full_lists_in_polish(mall: Mall) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in widget/")
    shop = await mall.shop()
    shopper = await waiting(shop)
    await fill(shop.town.machine.app.store, shop.workspace, 40, datetime.now(UTC), waiting=3)
    marta = await console(mall, shop, lang="pl")
    for path in ("/inbox", f"/inbox/{shopper.id}", "/dashboard", "/dashboard/conversations?number=all", "/knowledge"):
        await marta.go(path)
        await no_violation(marta.page, path)


async def test_the_steps_of_a_connection_check_appear_as_they_are_done(mall: Mall) -> None:
    marta = await console(mall, await mall.shop())
    page = marta.page
    await marta.go("/settings/helpdesks/zendesk")
    await page.get_by_label("Address of your Zendesk").fill("acme")
    await page.get_by_label("Identifier").fill(ZENDESK_CLIENT_ID)
    await page.get_by_label("Secret").fill(ZENDESK_CLIENT_SECRET)
    mall.town.sandbox.add_fault("zendesk", "slow", operation="lookup", times=1, seconds=2)
    try:
        await page.get_by_role("button", name="Run the test").click()
        asked = page.locator("#checked .asked", has_text="It may read tickets")
        await expect(asked).to_contain_text("Being asked now.")
        # The three before it stand there while the fourth is still out.
        assert await page.locator("#checked .check-row.ok").count() == 3
        await expect(page.locator("#checked .done")).to_contain_text("Everything works.")
        await expect(page.locator("#check-said")).to_contain_text("It may read tickets: passed. Everything works.")
    finally:
        mall.town.sandbox.clear_faults("zendesk")
    await page.get_by_label("Secret").fill("wrong-but-well-formed")
    await page.get_by_role("button", name="Run the test").click()
    await expect(page.locator("#checked .bad")).to_contain_text("The credentials are not accepted")
    await expect(page.locator("#check-said")).to_contain_text("Make a new OAuth client")
    assert marta.complaints == []
    await page.context.close()


async def test_the_count_of_what_needs_a_person_is_live(mall: Mall) -> None:
    shop = await mall.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
    marta, tom = await console(mall, shop), await console(mall, shop, "Tom")
    await marta.go("/inbox")
    await tom.go("/inbox/needs-person")
    await expect(marta.page.locator("#rail-needs")).to_be_hidden()
    await expect(tom.page.locator("#needs")).to_contain_text("Nothing needs you.")
    mall.town.sandbox.add_fault("zendesk", "refuse_ticket", operation="create", times=1)
    await waiting(shop)
    for each in (marta, tom):
        await expect(each.page.locator("#rail-needs .count")).to_have_text("1")
    await expect(tom.page.locator("#needs")).to_contain_text("Zendesk refused this ticket for good.")
    await tom.page.get_by_role("button", name="Take it here").click()
    await expect(marta.page.locator("#rail-needs")).to_be_hidden()
    assert marta.complaints == [] and tom.complaints == []
    for each in (marta, tom):
        await each.page.context.close()
