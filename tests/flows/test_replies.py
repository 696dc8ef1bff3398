"""A yes, a no and thanks in words that no list holds, end to end: one ticket, or none, and the offer stands else."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.flows.shop import ANSWERABLE, UNANSWERABLE, Shop, Shopper, Town, a_town
from tests.flows.test_model import turn_of
from warmline.agent.small_talk import small_talk
from warmline.domain.consent import heard
from warmline.domain.handoff import Offered
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.knowledge import Thought, Turn
from warmline.domain.wording import say

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("journeys")]

YES = {"en": "I would be glad of that", "pl": "byłoby cudownie, przekażcie proszę"}
NO = {"en": "there is really no need for that", "pl": "nie ma potrzeby nikogo w to angażować"}
ASK = {"en": UNANSWERABLE, "pl": "Czy sprzedajecie okulary dla astronautów na fioletowych słoniach?"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


async def offered(shop: Shop, locale: str) -> Shopper:
    shopper = await shop.shopper(locale)
    await shopper.ask(ASK[locale])
    await shopper.until(lambda event: event.get("step") == "offered")
    return shopper


def is_listed(text: str) -> bool:
    """Would the word lists have done without the encoders?"""
    return heard(text, Offered()).consent is not None or small_talk(text) is not None


@pytest.mark.parametrize("locale", ["en", "pl"])
async def test_an_unlisted_yes_makes_one_ticket(town: Town, locale: str) -> None:
    assert not is_listed(YES[locale])
    shop = await town.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
    shopper = await offered(shop, locale)
    seq = await shopper.say(YES[locale])
    await shopper.until(lambda event: event.get("step") == "needs_email")
    await shopper.until(lambda event: event.get("text") == say("email.ask", locale) and event["reply_to"] == seq)
    trace = await turn_of(town, shopper, seq)
    assert trace["read"]["as"] == "yes" and trace["verdict"] == "Replied"
    await shopper.email("ann@example.com")
    await shopper.until_notice("ticket")
    assert len([each for each in shop.sandbox.tickets("zendesk") if shopper.id in (each.external_id or "")]) == 1


@pytest.mark.parametrize("locale", ["en", "pl"])
async def test_an_unlisted_no_declines_and_may_be_taken_back(town: Town, locale: str) -> None:
    assert not is_listed(NO[locale])
    shopper = await offered(await town.shop(), locale)
    told = await shopper.ask(NO[locale])
    assert told["text"] == say("declined", locale)
    assert shopper.steps() == ["offered", "declined"]
    await shopper.choose("request")
    await shopper.until(lambda event: event.get("step") == "needs_email")


@pytest.mark.parametrize("locale", ["en", "pl"])
async def test_a_no_that_was_read_is_taken_back_with_a_word(town: Town, locale: str) -> None:
    shop = await town.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
    shopper = await offered(shop, locale)
    await shopper.ask(NO[locale])
    await shopper.say({"en": "yes please", "pl": "tak, poproszę"}[locale])
    await shopper.until(lambda event: event.get("step") == "needs_email")
    await shopper.email("ann@example.com")
    await shopper.until_notice("ticket")
    [ticket] = [each for each in shop.sandbox.tickets("zendesk") if shopper.id in (each.external_id or "")]
    assert ASK[locale][:30] in ticket.subject


async def test_a_no_in_so_many_words_is_a_no(town: Town) -> None:
    shopper = await offered(await town.shop(), "en")
    await shopper.say("no")
    await shopper.until(lambda event: event.get("step") == "declined")
    await shopper.ask("yes please")
    assert shopper.steps() == ["offered", "declined"]


@pytest.mark.parametrize("question", ["yes but how long does that take", "how long will your team need for it"])
async def test_a_question_is_answered_and_the_offer_stands(town: Town, question: str) -> None:
    shopper = await offered(await town.shop(), "en")
    await shopper.ask(question)
    assert shopper.steps() == ["offered"]
    state = await shopper.choose("accept")
    assert state["step"] == "needs_email"


async def test_after_an_answer_the_same_words_are_no_yes(town: Town) -> None:
    shopper = await offered(await town.shop(), "en")
    await shopper.ask(ANSWERABLE)
    await shopper.ask(YES["en"])
    assert shopper.steps() == ["offered"]


MERE_REMARK = {"en": "haha my brother in law will be so jealous", "pl": "no i babcia miała rację haha"}


@pytest.mark.parametrize("locale", ["en", "pl"])
async def test_a_remark_on_an_answer_gets_a_word_and_no_offer(town: Town, locale: str) -> None:
    shopper = await (await town.shop()).shopper(locale)
    await shopper.ask(ANSWERABLE)
    told = await shopper.ask(MERE_REMARK[locale])
    assert shopper.steps() == []
    trace = await turn_of(town, shopper, told["reply_to"])
    assert trace["verdict"] == "Chatted"
    assert told["text"] == say(trace["read"]["as"], "en"), "the language is that of the last question"
    assert trace["read"]["as"] in {"remark", "thanks", "bye"} and trace["read"]["sure"] >= trace["read"]["cut"]


async def test_the_same_remark_out_of_the_blue_is_a_question(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    told = await shopper.ask(MERE_REMARK["en"])
    assert (await turn_of(town, shopper, told["reply_to"]))["verdict"] != "Chatted"


async def test_trouble_told_after_an_answer_is_no_remark(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    await shopper.ask(ANSWERABLE)
    told = await shopper.ask("well my astronaut glasses never came, thanks a lot")
    assert (await turn_of(town, shopper, told["reply_to"]))["verdict"] != "Chatted"


async def test_an_address_given_after_an_answer_comes_back_to_the_offer(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
    shopper = await offered(shop, "en")
    await shopper.ask(ANSWERABLE)
    await shopper.say("do ask them about the glasses then. my mail is ann@example.com")
    await shopper.until_notice("ticket")
    assert "needs_email" not in shopper.steps()


async def test_without_an_offer_the_same_words_are_a_question(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    told = await shopper.ask(YES["en"])
    trace = await turn_of(town, shopper, told["reply_to"])
    # Which of the two depends on whether the deep encoder has seen the shop yet.
    assert trace["verdict"] in {"CouldNotAnswer", "Asked"} and "read" not in trace
    assert {"accepted", "needs_email", "owed"}.isdisjoint(shopper.steps())


async def test_a_yes_read_late_leaves_what_the_button_said(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shopper writes a yes, and while the agent reads it presses "No"."""
    shop = await town.shop()
    shopper = await offered(shop, "en")
    agent = town.machine.app.agent
    think = agent.think

    async def slowly(workspace: WorkspaceId, turn: Turn) -> Thought:
        thought = await think(workspace, turn)
        await shopper.choose("decline")
        return thought

    monkeypatch.setattr(agent, "think", slowly)
    seq = await shopper.say(YES["en"])
    end = time.monotonic() + 25
    while (await upto(shop, shopper)) < seq and time.monotonic() < end:
        await shopper.look(wait=0.1)
    assert await upto(shop, shopper) == seq
    assert shopper.steps() == ["offered", "declined"]


async def upto(shop: Shop, shopper: Shopper) -> int:
    """How far the agent has answered."""
    id = ConversationId(shopper.id)
    return (await shop.town.machine.app.store.read(lambda tx: tx.conversation(shop.workspace, id))).answered_upto


REMARK = {"en": "it stands beside the old piano now", "pl": "to stoi teraz koło starego pianina"}
ANOTHER = {"en": "Which glasses do astronauts wear?", "pl": "Jakie okulary noszą astronauci?"}


@pytest.mark.parametrize("locale", ["en", "pl"])
async def test_a_remark_that_is_not_understood_is_asked_back_and_the_offer_stands(town: Town, locale: str) -> None:
    shopper = await offered(await town.shop(), locale)
    told = await shopper.ask(REMARK[locale])
    assert told["text"] == say("unsure.unclear", locale)
    assert shopper.steps() == ["offered"]
    again = await shopper.ask(ANOTHER[locale])
    assert again["text"] == say("unsure.pending", locale)
    await shopper.say({"en": "yes", "pl": "tak"}[locale])
    await shopper.until(lambda event: event.get("step") == "needs_email")


WITH_ADDRESS = {"en": "would you really? that's kind, {}", "pl": "byłoby cudownie, odpiszcie na {}"}


@pytest.mark.parametrize("locale", ["en", "pl"])
async def test_an_address_that_comes_with_an_unlisted_yes_is_taken(town: Town, locale: str) -> None:
    text = WITH_ADDRESS[locale].format("ann@example.com")
    assert not is_listed(text)
    shop = await town.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
    shopper = await offered(shop, locale)
    seq = await shopper.say(text)
    await shopper.until_notice("ticket")
    assert "needs_email" not in shopper.steps()
    [ticket] = [each for each in shop.sandbox.tickets("zendesk") if shopper.id in (each.external_id or "")]
    assert "ann@example.com" in str(ticket)
    trace = await turn_of(town, shopper, seq)
    assert trace["read"]["as"] == "yes"
    assert "ann@example.com" not in str(trace)


WISH = {"en": "I want a human. My e-mail is {}", "pl": "proszę o rozmowę z człowiekiem, {}"}


@pytest.mark.parametrize("locale", ["en", "pl"])
async def test_an_address_that_comes_with_a_wish_for_a_person_is_taken(town: Town, locale: str) -> None:
    shop = await town.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
    shopper = await shop.shopper(locale)
    await shopper.say(WISH[locale].format("eva@example.com"))
    await shopper.until_notice("ticket")
    assert "needs_email" not in shopper.steps()
    [ticket] = [each for each in shop.sandbox.tickets("zendesk") if shopper.id in (each.external_id or "")]
    assert "eva@example.com" in str(ticket)


async def test_an_odd_address_in_a_wish_for_a_person_is_asked_back(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
    shopper = await shop.shopper("en")
    await shopper.say(WISH["en"].format("eva@gmial.com"))
    await shopper.until(lambda event: event.get("text") == say("email.typo", "en", suggestion="eva@gmail.com"))
    assert shopper.steps()[-1] == "needs_email"


async def test_an_address_that_a_wish_only_tells_of_is_not_taken(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
    shopper = await shop.shopper("en")
    await shopper.say("I want to speak to a human, info@shop.example never answers")
    await shopper.until(lambda event: event.get("step") == "needs_email")
    assert not [each for each in shop.sandbox.tickets("zendesk") if shopper.id in (each.external_id or "")]


async def test_an_odd_address_in_an_unlisted_yes_is_asked_back(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
    shopper = await offered(shop, "en")
    await shopper.say(WITH_ADDRESS["en"].format("ann@gmial.com"))
    await shopper.until(lambda event: event.get("text") == say("email.typo", "en", suggestion="ann@gmail.com"))
    assert shopper.steps()[-1] == "needs_email"
    await shopper.email("ann@gmail.com")
    await shopper.until_notice("ticket")
