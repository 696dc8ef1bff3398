"""Every journey of a shopper in English and in Polish, on a page of another origin than the server's."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from playwright.async_api import expect

from tests.browser.mall import Mall, Visit
from tests.browser.test_widget_journeys import the_id, to
from tests.browser.words import DAYS, LANGUAGES, QUESTION, RIDDLE, said
from tests.flows.shop import Shop
from tests.flows.test_journeys import the_mail_to

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser_widget"),
    pytest.mark.parametrize("lang", LANGUAGES),
]
SECRET = "0123456789abcdefghijklmnopqrstuvwxyz-test"
NEVER: dict[str, Any] = {"office_hours": {"mon-sun": ["00:00-00:01"]}}


async def come(mall: Mall, shop: Shop, lang: str) -> Visit:
    visit = await mall.visit(shop, {"pl": "polish"}.get(lang, "plain"), locale={"pl": "pl-PL"}.get(lang, "en-GB"))
    await visit.open(said(lang, "launcher.open"))
    return visit


async def unsure(mall: Mall, shop: Shop, lang: str) -> Visit:
    visit = await come(mall, shop, lang)
    await visit.say(RIDDLE[lang])
    await visit.sees(said(lang, "unsure.declined"))
    return visit


async def give(visit: Visit, lang: str, address: str) -> None:
    await visit.chat.locator("#email").fill(address)
    await visit.button(said(lang, "email.send")).click()


async def test_an_answer_has_its_source_and_asks_whether_it_helped(mall: Mall, lang: str) -> None:
    visit = await come(mall, await mall.shop(), lang)
    await visit.sees(said(lang, "greeting"))
    await visit.sees(said(lang, "disclosure"))
    await visit.say(QUESTION[lang])
    await visit.sees(DAYS[lang])
    await expect(visit.log.locator(".source a")).to_have_count(1)
    await visit.sees(said(lang, "helped"))
    assert visit.complaints == [] and visit.foreign() == []


@pytest.mark.parametrize("vendor", ["zendesk", "gorgias"])
async def test_no_answer_yes_typo_first_one_ticket(mall: Mall, lang: str, vendor: str) -> None:
    shop = await mall.shop((vendor,), **to(vendor))
    visit = await unsure(mall, shop, lang)
    await visit.button(said(lang, "unsure.ticket.yes")).click()
    await give(visit, lang, "ania@")
    await visit.sees(said(lang, "email.bad"))
    await give(visit, lang, f"Ania.{lang}.{vendor}@gmial.com")
    meant = f"Ania.{lang}.{vendor}@gmail.com"
    await visit.button(said(lang, "email.typo", suggestion=meant)).click()
    await visit.sees(said(lang, "ticket", email="x").split(". ")[0])
    await visit.sees(meant)
    await visit.sees(said(lang, "ticket.ref", ref="").strip())
    await visit.sees(said(lang, "ended"))
    id = await the_id(visit, shop)
    ticket = [each for each in shop.sandbox.tickets(vendor) if id in (each.external_id or "")]
    assert [each.email for each in ticket] == [meant]
    text = "\n".join(message.text for message in ticket[0].messages)
    assert RIDDLE[lang] in text and said(lang, "unsure.declined") in text, "the whole transcript, in their words"


async def test_declined_goes_on_and_a_person_can_still_be_asked_for(mall: Mall, lang: str) -> None:
    shop = await mall.shop()
    await shop.teammate()
    visit = await unsure(mall, shop, lang)
    await visit.button(said(lang, "unsure.live.no")).click()
    await visit.sees(said(lang, "chose", label=said(lang, "unsure.live.no")))
    await visit.sees(said(lang, "declined").split(".")[0])
    await visit.button(said(lang, "header.person")).click()
    await visit.button(said(lang, "email.skip")).click()
    await visit.sees(said(lang, "queued"))


async def test_the_inbox_live_both_ways_with_typing_and_hand_back(mall: Mall, lang: str) -> None:
    shop = await mall.shop()
    marta = await shop.teammate()
    visit = await unsure(mall, shop, lang)
    await visit.button(said(lang, "unsure.live.yes")).click()
    await give(visit, lang, "anna@example.com")
    await visit.sees(said(lang, "queued"))
    await visit.sees(said(lang, "queued.leave", email="anna@example.com").split(".")[0])
    id = await the_id(visit, shop)
    await marta.post(f"/conversations/{id}/accept")
    await visit.sees(said(lang, "joined", name="Marta"))
    await marta.post(f"/conversations/{id}/typing", expect=204)
    await visit.sees(said(lang, "typing", name="Marta"))
    await marta.post(f"/conversations/{id}/reply", {"text": "Hej, hello!"})
    await visit.sees("Hej, hello!")
    await visit.say("Super, thanks!")
    await visit.sees(said(lang, "sent"))
    await marta.post(f"/conversations/{id}/hand-back")
    await visit.sees(said(lang, "handback", name="Marta"))
    await visit.say(QUESTION[lang])
    await visit.sees(DAYS[lang])
    assert visit.complaints == []


@pytest.mark.parametrize(("tables", "notice"), [({}, "auto_reply"), (NEVER, "away")])
async def test_nobody_there_the_reply_comes_by_mail_and_its_link_leads_back(
    mall: Mall, lang: str, tables: dict[str, Any], notice: str
) -> None:
    shop = await mall.shop(**tables)
    visit = await unsure(mall, shop, lang)
    await visit.button(said(lang, "unsure.ticket.yes")).click()
    await expect(visit.button(said(lang, "email.skip"))).to_have_count(0)
    address = f"ann.{shop.workspace}@example.com"
    await give(visit, lang, address)
    await visit.sees(said(lang, notice, email=address).split(".")[0])
    if notice == "away":
        await visit.sees(said(lang, "away.back", weekday="", time="").split(":")[0])
    id = await the_id(visit, shop)
    await visit.page.context.close()
    mall.visits.remove(visit)
    marta = await shop.teammate()
    await marta.post(f"/conversations/{id}/accept")
    await marta.post(f"/conversations/{id}/reply", {"text": "We can do that for you."})
    mail = await the_mail_to(shop, address)
    assert said(lang, "mail.reply.subject", shop=f"Shop {shop.workspace.split('-')[-1]}") == mail.subject
    link = re.search(r"https?://\S+#warmline-resume=\S+", mail.text)
    assert link is not None and link[0].startswith(mall.origin), "back to the shop's page where they were"
    again = await mall.visit(shop, {"pl": "polish"}.get(lang, "plain"), locale={"pl": "pl-PL"}.get(lang, "en-GB"))
    # Another device: only the link knows of the conversation.
    await again.page.goto("about:blank")
    await again.page.goto(link[0])
    await again.sees(said(lang, "resume.back"))
    await again.sees("We can do that for you.")
    await again.say(f"{lang}: thank you!")
    await again.sees(said(lang, "sent"))


async def test_a_custom_message_with_links_and_no_person(mall: Mall, lang: str) -> None:
    message = {"en": "I can't help with that here, see:", "pl": "Tu w tym nie pomogę, zobacz:"}
    links = [{"label": "FAQ", "url": "https://shop.example/faq"}]
    visit = await come(mall, await mall.shop(handoff={"method": "message", "message": message, "links": links}), lang)
    await expect(visit.button(said(lang, "header.person"))).to_have_count(0)
    await visit.say(RIDDLE[lang])
    await visit.sees(message[lang])
    await expect(visit.log.get_by_role("link")).to_have_attribute("href", "https://shop.example/faq")
    assert await visit.chat.get_by_text(said(lang, "disclosure")).count() == 0


async def test_the_agent_switched_off_offers_a_person_at_the_first_word(mall: Mall, lang: str) -> None:
    shop = await mall.shop(("zendesk",), workspace={"agent": False}, **to("zendesk"))
    visit = await come(mall, shop, lang)
    await visit.say(QUESTION[lang])
    await visit.sees(said(lang, "off.ticket").split("?")[0])
    await visit.button(said(lang, "unsure.ticket.yes")).click()
    await give(visit, lang, f"off.{lang}@example.com")
    await visit.sees(said(lang, "ended"))
    assert DAYS[lang] not in " ".join(await visit.bubbles())
    id = await the_id(visit, shop)
    assert [each for each in shop.sandbox.tickets("zendesk") if id in (each.external_id or "")]


async def test_a_signed_in_shopper_is_asked_for_nothing(mall: Mall, lang: str) -> None:
    shop = await mall.shop(("zendesk",), identity_secret=SECRET, **to("zendesk"))
    address = f"signed.{lang}@example.com"
    claims = {"sub": f"customer-{lang}", "aud": shop.site, "iat": int(time.time()), "exp": int(time.time()) + 300}
    claims |= {"email": address, "email_verified": True}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
    visit = await mall.visit(shop, {"pl": "polish"}.get(lang, "plain"), locale={"pl": "pl-PL"}.get(lang, "en-GB"))
    await visit.page.evaluate("token => warmline('identify', {token})", token)
    await visit.open(said(lang, "launcher.open"))
    await visit.say(RIDDLE[lang])
    await visit.sees(said(lang, "email.known", email="").split("{")[0].strip(" ."))
    await visit.button(said(lang, "unsure.ticket.yes")).click()
    await visit.sees(said(lang, "ended"))
    await expect(visit.chat.locator("#email")).to_have_count(0)
    ticket = next(each for each in shop.sandbox.tickets("zendesk") if each.email == address)
    assert RIDDLE[lang] in "\n".join(message.text for message in ticket.messages)


async def test_nobody_there_and_no_mail_server_says_on_this_page(
    mall: Mall, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mall.town.machine.app, "mail", None)
    visit = await unsure(mall, await mall.shop(), lang)
    await visit.sees(said(lang, "unsure.page").split(". ", 1)[1].split("?")[0])
    # Nobody can be connected to, so the button does not say so.
    await visit.button(said(lang, "unsure.ticket.yes")).click()
    await expect(visit.chat.get_by_label(said(lang, "email.page"))).to_be_visible()
    await expect(visit.button(said(lang, "email.skip"))).to_have_count(0)
    await give(visit, lang, "anna@example.com")
    await visit.sees(said(lang, "auto_reply.page").split(". ")[-1])
    assert await visit.chat.get_by_text("anna@example.com").count() == 0, "nobody promises to write there"
