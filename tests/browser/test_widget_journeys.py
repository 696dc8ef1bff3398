"""What shoppers go through, in a browser, on a page of another origin than the server's."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from playwright.async_api import expect

from tests.browser.mall import Mall, Visit
from tests.flows.shop import ANSWERABLE, UNANSWERABLE, Shop
from warmline.domain.ids import ConversationId
from warmline.domain.message import MESSAGE_LIMIT, THE_AGENT, Message
from warmline.store.base import Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_widget")]

CLOSED: dict[str, Any] = {"office_hours": {"mon": []}}
YES, NO = "Yes, connect me", "No, thanks"


def to(helpdesk: str) -> dict[str, Any]:
    return {"handoff": {"method": "ticket", "helpdesk": helpdesk}}


async def unsure(mall: Mall, shop: Shop, **screen: Any) -> Visit:
    """A visit that has just been offered a person."""
    visit = await mall.visit(shop, **screen)
    await visit.open()
    await visit.say(UNANSWERABLE)
    await visit.sees("I don't have a reliable answer")
    return visit


async def the_id(visit: Visit, shop: Shop) -> str:
    return str((await visit.token(shop.site))["id"])


async def test_an_answer_with_its_source_and_nothing_from_anybody_else(mall: Mall) -> None:
    shop = await mall.shop()
    visit = await mall.visit(shop)
    await visit.open()
    await visit.sees("You are chatting with an AI assistant.")
    await visit.say(ANSWERABLE)
    await visit.sees("60 days")
    source = visit.chat.get_by_role("link", name="Returns")
    assert await source.get_attribute("href") == "https://shop.example/help/returns"
    assert await source.get_attribute("rel") == "noopener noreferrer"
    await visit.button("Yes").click()
    await expect(visit.button("No")).to_have_count(0)
    assert visit.foreign() == [] and visit.complaints == []
    token = (await visit.token(shop.site))["token"]
    assert not [each.url for each in visit.requests if token in each.url], "T6: the token travels in a header only"


@pytest.mark.parametrize("vendor", ["zendesk", "gorgias"])
async def test_no_answer_yes_a_typo_first_becomes_one_ticket(mall: Mall, vendor: str) -> None:
    shop = await mall.shop((vendor,), **to(vendor))
    visit = await unsure(mall, shop)
    await visit.button("Yes, pass it on").click()
    field = visit.chat.get_by_label("Which e-mail address should we reply to?")
    await expect(field).to_be_focused()
    await visit.sees("You chose: Yes, pass it on")
    await expect(visit.button("Continue without e-mail")).to_have_count(0)
    for typed, told in [("", "Enter your e-mail address."), ("anna@", "This address looks incomplete.")]:
        await field.fill(typed)
        await visit.button("Continue").click()
        await visit.sees(told)
        assert await field.get_attribute("aria-invalid") == "true"
    await field.fill(f"Anna.{vendor}@gmial.com")
    await visit.button("Continue").click()
    await visit.button(f"Did you mean Anna.{vendor}@gmail.com?").click()
    await visit.sees("Done. Our team has your question", 15)
    await visit.sees(f"Anna.{vendor}@gmail.com")
    await visit.sees("Reference:")
    await visit.sees("This chat is closed.")
    id = await the_id(visit, shop)
    assert len([each for each in shop.sandbox.tickets(vendor) if id in (each.external_id or "")]) == 1
    await visit.button("Start a new one").click()
    await expect(visit.composer).to_be_visible()
    await visit.say(ANSWERABLE)
    await visit.sees("60 days")
    assert await the_id(visit, shop) != id


async def test_the_same_odd_address_again_confirms_it(mall: Mall) -> None:
    visit = await unsure(mall, await mall.shop(("zendesk",), **to("zendesk")))
    await visit.button("Yes, pass it on").click()
    await visit.chat.locator("#email").fill("anna@gmial.com")
    await visit.button("Continue").click()
    await visit.sees("Did you mean anna@gmail.com?")
    await visit.button("Continue").click()
    await visit.sees("anna@gmial.com", 15)
    await visit.sees("This chat is closed.", 15)


async def test_no_thanks_goes_on_with_the_assistant(mall: Mall) -> None:
    shop = await mall.shop()
    await shop.teammate()
    visit = await unsure(mall, shop)
    await visit.button(NO).click()
    await visit.sees("You chose: No, thanks")
    await visit.sees("All right. Ask me anything else.")
    await visit.say(ANSWERABLE)
    await visit.sees("60 days")
    await expect(visit.button("Talk to a person")).to_be_visible()


async def test_a_person_is_asked_for_accepts_talks_and_hands_back(mall: Mall) -> None:
    shop = await mall.shop()
    marta = await shop.teammate()
    visit = await mall.visit(shop)
    await visit.open()
    await visit.button("Talk to a person").click()
    await visit.button("Continue without e-mail").click()
    await visit.sees("Your question is with our team.")
    await expect(visit.button("Talk to a person")).to_have_count(0)
    id = await the_id(visit, shop)
    await visit.say("Dark green thread would be lovely.")
    await marta.post(f"/conversations/{id}/accept")
    await visit.sees("Marta has joined the chat.")
    await expect(visit.chat.get_by_role("dialog")).not_to_contain_text("AI assistant")
    await marta.post(f"/conversations/{id}/typing", expect=204)
    await visit.sees("Marta is typing")
    await marta.post(f"/conversations/{id}/reply", {"text": "Hi Anna! See https://shop.example/labels."})
    await visit.sees("Hi Anna!")
    await expect(visit.chat.get_by_text("Marta is typing")).to_have_count(0)
    link = visit.log.get_by_role("link", name="https://shop.example/labels")
    assert await link.get_attribute("href") == "https://shop.example/labels"
    await visit.say("Lovely!")
    await visit.sees("Sent")
    assert [each for each in visit.requests if each.url.endswith("/typing")]
    await marta.post(f"/conversations/{id}/hand-back")
    await visit.sees("The AI assistant is back.")
    await visit.say(ANSWERABLE)
    await visit.sees("60 days")
    await expect(visit.button("Talk to a person")).to_be_visible()
    assert visit.complaints == []


async def test_outside_office_hours_it_says_when_the_team_is_back(mall: Mall) -> None:
    shop = await mall.shop(office_hours={"mon-sun": ["00:00-00:01"]})
    visit = await unsure(mall, shop)
    await visit.button("Yes, pass it on").click()
    await visit.chat.locator("#email").fill("anna@example.com")
    await visit.button("Continue").click()
    await visit.sees("Our team is away right now.")
    await visit.sees("We're back:")
    await visit.sees("Team is away")
    await visit.say("Size M, graphite.")
    await visit.sees("Size M, graphite.")
    await expect(visit.composer).to_be_visible()


async def test_inside_hours_with_nobody_there_the_auto_reply_is_a_card(mall: Mall) -> None:
    visit = await unsure(mall, await mall.shop())
    await visit.button("Yes, pass it on").click()
    await visit.chat.locator("#email").fill("anna@example.com")
    await visit.chat.locator("#email").press("Enter")
    await visit.sees("Everyone is busy right now.")


async def test_a_custom_message_shows_its_links_and_offers_no_person(mall: Mall) -> None:
    links = [{"label": "Help centre", "url": "https://shop.example/help"}]
    visit = await mall.visit(await mall.shop(handoff={"method": "message", "message": {"en": "See:"}, "links": links}))
    await visit.open()
    await expect(visit.button("Talk to a person")).to_have_count(0)
    await visit.say(UNANSWERABLE)
    link = visit.log.get_by_role("link", name=re.compile("Help centre"))
    await expect(link).to_contain_text("shop.example/help")
    assert await link.get_attribute("href") == "https://shop.example/help"
    assert "ask for a person" not in await visit.chat.get_by_role("dialog").inner_text()


async def test_a_helpdesk_that_is_down_says_saved_and_delivers_later(mall: Mall) -> None:
    shop = await mall.shop(("zendesk",), **to("zendesk"))
    visit = await unsure(mall, shop)
    # Slow as well, so that the moment before the first failure can be seen.
    shop.sandbox.add_fault("zendesk", "slow", seconds=1.2)
    shop.sandbox.add_fault("zendesk", "error_before")
    try:
        await visit.button("Yes, pass it on").click()
        await visit.chat.locator("#email").fill("late@example.com")
        await visit.button("Continue").click()
        await visit.sees("Passing it on…")
        await visit.sees("Your request is saved.", 12)
    finally:
        shop.sandbox.clear_faults("zendesk")


async def test_a_message_that_was_lost_is_tried_again_and_arrives_once(mall: Mall) -> None:
    shop = await mall.shop()
    visit = await mall.visit(shop)
    await visit.open()
    await visit.say(ANSWERABLE)
    await visit.sees("60 days")
    mall.wire.lose = b"/messages"
    await visit.say("Is this here once?")
    await visit.button("Not sent. Try again").click()
    await expect(visit.button("Not sent. Try again")).to_have_count(0)
    await visit.page.wait_for_timeout(500)
    assert (await visit.bubbles()).count("Is this here once?") == 1
    assert await stored(shop, await the_id(visit, shop)) == [ANSWERABLE, "Is this here once?"]


async def test_a_server_that_goes_away_and_comes_back_loses_nothing(mall: Mall) -> None:
    shop = await mall.shop()
    marta = await shop.teammate()
    visit = await mall.visit(shop)
    await visit.open()
    await visit.button("Talk to a person").click()
    await visit.button("Continue without e-mail").click()
    await visit.sees("Your question is with our team.")
    id = await the_id(visit, shop)
    await marta.post(f"/conversations/{id}/accept")
    await visit.sees("Marta has joined")
    mall.wire.cut()
    for n in range(3):
        await marta.post(f"/conversations/{id}/reply", {"text": f"while it was cut {n}"})
    await visit.sees("while it was cut 2")
    mall.wire.down()
    await visit.sees("Reconnecting")
    await visit.say("typed while it was down")
    await visit.sees("Not sent. Try again")
    await marta.post(f"/conversations/{id}/reply", {"text": "while it was down"})
    mall.wire.up = True
    await visit.page.evaluate("dispatchEvent(new Event('online'))")
    await visit.sees("while it was down")
    await expect(visit.chat.get_by_text("Reconnecting")).to_have_count(0)
    await visit.button("Not sent. Try again").click()
    await expect(visit.button("Not sent. Try again")).to_have_count(0)
    await visit.page.reload()
    await visit.open()
    await visit.sees("while it was cut 0")
    await visit.sees("typed while it was down")
    shown = await visit.bubbles()
    assert [each for each in shown if "while it" in each] == [
        *[f"while it was cut {n}" for n in range(3)],
        "while it was down",
        "typed while it was down",
    ]


async def test_offline_keeps_the_message_and_sends_it_by_itself(mall: Mall) -> None:
    visit = await mall.visit(await mall.shop())
    await visit.open()
    await visit.page.context.set_offline(True)
    await visit.say(ANSWERABLE)
    await expect(visit.chat.locator(".failed")).to_contain_text("You're offline. It is sent once")
    await visit.page.context.set_offline(False)
    await visit.sees("60 days")


@pytest.mark.parametrize("talked", [False, True])
async def test_a_person_asked_for_offline_is_asked_for_by_itself_and_once(mall: Mall, talked: bool) -> None:
    shop = await mall.shop()
    visit = await mall.visit(shop)
    await visit.open()
    if talked:
        await visit.say(ANSWERABLE)
        await visit.sees("60 days")
    await visit.page.context.set_offline(True)
    for _ in range(2):
        await visit.button("Talk to a person").click()
        await expect(visit.chat.get_by_role("alert")).to_have_text("You're offline. It is sent once you're back.")
    async with visit.page.expect_response("**/handoff") as answer:
        await visit.page.context.set_offline(False)
    assert (await answer.value).ok
    await visit.sees("Which e-mail address should we reply to?")
    await expect(visit.chat.get_by_text("offline")).to_have_count(0)
    id = ConversationId(await the_id(visit, shop))
    log = await mall.town.machine.app.store.read(lambda tx: tx.log(id))
    assert [each.data["step"] for each in log if each.kind == "handoff"] == ["needs_email"]


async def test_a_text_that_is_too_long_is_not_cut_and_says_so(mall: Mall) -> None:
    visit = await mall.visit(await mall.shop())
    await visit.open()
    await visit.composer.focus()
    await visit.page.keyboard.insert_text("tent " * 1700)
    told = visit.chat.get_by_role("alert")
    await expect(told).to_have_text(f"Too long: at most {MESSAGE_LIMIT:,} characters.")
    await visit.composer.press("Enter")
    assert len(await visit.composer.input_value()) == 8500 and len(await visit.bubbles()) == 1, "only the greeting"
    await visit.composer.fill("tent " * 1600)
    await expect(told).to_have_count(0)
    send = visit.button("Send")
    colour = (
        "getComputedStyle(document.querySelector('warmline-chat').shadowRoot.querySelector('.send')).backgroundColor"
    )
    await visit.page.mouse.move(0, 0)
    at_rest = await visit.page.evaluate(colour)
    await send.hover()
    assert await visit.page.evaluate(colour) == at_rest, "white on the grey of a button that does nothing"
    await visit.composer.press("Enter")
    await expect(visit.composer).to_have_value("")
    await expect(visit.chat.locator(".group.me .meta")).not_to_contain_text("Sending")
    assert len(await visit.bubbles()) > 1 and await visit.chat.locator(".failed").count() == 0


async def test_two_tabs_and_a_reload_show_the_same_chat(mall: Mall) -> None:
    shop = await mall.shop()
    first = await mall.visit(shop)
    second = await mall.visit(shop, context=first.page.context)
    await second.open()
    await first.open()
    await first.say(ANSWERABLE)
    await second.sees("60 days")
    await second.say("And from the other tab?")
    await first.sees("And from the other tab?")
    await first.composer.fill("half a sentence")
    await first.page.reload()
    await first.open()
    await expect(first.composer).to_have_value("half a sentence")
    await first.sees("And from the other tab?")
    for visit in (first, second):
        shown = await visit.bubbles()
        assert shown.count(ANSWERABLE) == 1 and shown.count("And from the other tab?") == 1


async def test_a_closed_panel_counts_what_it_missed(mall: Mall) -> None:
    shop = await mall.shop()
    marta = await shop.teammate()
    visit = await mall.visit(shop)
    await visit.open()
    await visit.button("Talk to a person").click()
    await visit.button("Continue without e-mail").click()
    await visit.sees("Your question is with our team.")
    id = await the_id(visit, shop)
    await marta.post(f"/conversations/{id}/accept")
    await visit.sees("Marta has joined")
    await visit.composer.press("Escape")
    await expect(visit.chat.get_by_role("dialog")).to_have_count(0)
    await marta.post(f"/conversations/{id}/reply", {"text": "Hi Anna! Yes, up to 24 letters."})
    launcher = visit.chat.get_by_role("button", name="Open chat, 1 new message")
    await launcher.wait_for()
    await expect(visit.chat.locator(".preview")).to_contain_text("Hi Anna! Yes, up to 24 letters.")
    await visit.button("Dismiss").click()
    await expect(visit.chat.locator(".preview")).to_have_count(0)
    await launcher.click()
    await visit.sees("Hi Anna!")
    await visit.composer.press("Escape")
    await expect(visit.chat.get_by_role("button", name="Open chat", exact=True)).to_be_focused()


async def test_a_link_from_a_mail_leads_back_into_the_chat_on_another_device(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await shop.shopper()
    await shopper.ask(ANSWERABLE)
    conversation = shopper.id

    def link(tx: Transaction) -> str:
        return tx.add_link(shop.workspace, "resume", conversation, timedelta(days=1), 3, mall.town.clock())

    secret = await mall.town.machine.app.store.write(link)
    visit = await mall.visit(shop, fragment=f"#warmline-resume={secret}")
    await visit.sees("Welcome back")
    await visit.sees("60 days")
    assert await visit.page.evaluate("location.hash") == ""
    expired = await mall.visit(shop, fragment="#warmline-resume=nothing-of-the-kind")
    await expired.sees("This link has expired or was used already.")


async def test_polish_from_the_page_and_from_the_script(mall: Mall) -> None:
    shop = await mall.shop(("zendesk",), **to("zendesk"))
    visit = await mall.visit(shop, "polish", locale="pl-PL")
    await visit.open("Otwórz czat")
    await visit.sees("Rozmawiasz z asystentem AI.")
    await visit.say("Ile mam czasu na zwrot?")
    await visit.sees("60 dni")
    await visit.sees("Czy to pomogło?")
    await visit.say("Czy sprzedajecie okulary dla astronautów na fioletowych słoniach?")
    await visit.button("Tak, przekaż").click()
    await visit.sees("Wybór: Tak, przekaż")
    await visit.chat.locator("#email").fill("ania@example.com")
    await visit.button("Dalej").click()
    await visit.sees("Gotowe.", 15)
    await visit.sees("Ten czat jest zakończony.")
    other = await mall.visit(shop, attributes='data-lang="pl"')
    await other.open("Otwórz czat")
    await expect(other.composer).to_have_attribute("placeholder", "Napisz wiadomość")


async def test_a_signed_in_shopper_sees_the_address_and_may_change_it(mall: Mall) -> None:
    secret = "0123456789abcdefghijklmnopqrstuvwxyz-test"
    shop = await mall.shop(("zendesk",), identity_secret=secret, **to("zendesk"))
    claims = {"sub": "customer-7", "aud": shop.site, "iat": int(time.time()), "exp": int(time.time()) + 300}
    claims |= {"email": "signed@example.com", "email_verified": True}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret))
    visit = await mall.visit(shop)
    await visit.page.evaluate("token => warmline('identify', {token})", token)
    await visit.open()
    await visit.say(UNANSWERABLE)
    await visit.sees("We'll reply to")
    await visit.button("Change").click()
    await visit.button("Cancel").click()
    await visit.button("Yes, pass it on").click()
    await visit.sees("Done. Our team has your question", 15)
    await visit.sees("signed@example.com")


async def test_choices_are_buttons_that_say_the_whole_question(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await shop.shopper()
    visit = await mall.visit(shop)
    await visit.page.evaluate(
        "([site, kept]) => localStorage.setItem(`warmline:${site}`, JSON.stringify(kept))",
        [shop.site, kept(shopper)],
    )
    await visit.page.reload()
    await add_message(shop, shopper.id, "Did you mean one of these?", [{"label": "Returns", "text": ANSWERABLE}])
    await visit.open()
    await visit.button("Returns").click()
    await visit.sees("60 days")
    assert ANSWERABLE in await visit.bubbles()
    await expect(visit.button("Returns")).to_have_count(0)


def kept(shopper: Any) -> dict[str, Any]:
    return {"id": shopper.id, "token": shopper.started["token"], "at": 4e12, "seen": 0, "rated": {}, "ways": {}}


async def add_message(shop: Shop, id: Any, text: str, choices: list[dict[str, str]]) -> None:
    def say(tx: Transaction) -> None:
        conversation = tx.conversation(shop.workspace, id)
        conversation.say(Message(THE_AGENT, text, choices=tuple(choices)), shop.town.clock())
        tx.save(conversation)

    await shop.town.machine.app.store.write(say)


async def stored(shop: Shop, id: Any) -> list[str]:
    """What the shopper said, as the server has it."""

    def load(tx: Transaction) -> list[str]:
        found = tx.messages_between(id, 0, tx.conversation(shop.workspace, id).seq)
        return [each.data["text"] for each in found if each.data["author"]["kind"] == "visitor"]

    return await shop.town.machine.app.store.read(load)
