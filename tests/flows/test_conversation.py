"""A conversation, not single questions: what was said before counts, and a person is offered when it goes badly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from tests.fixtures.many import fill
from tests.flows.shop import ANSWERABLE, UNANSWERABLE, Shop, Shopper, Town, a_town
from tests.flows.test_model import turn_of
from warmline.agent.alike import AGAIN
from warmline.domain.matter import touches
from warmline.domain.office_hours import OfficeHours
from warmline.domain.waits import AMONG, FEWEST, MOST, RECENT, usual_wait
from warmline.domain.wording import duration, say

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("journeys")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


async def test_an_answer_that_did_not_help_is_met_by_the_offer_of_a_person(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    answer = await shopper.ask(ANSWERABLE)
    rated = await shopper.post("/helped", {"seq": answer["seq"], "helped": False})
    assert rated.json()["state"]["step"] == "offered"
    told = await shopper.until(lambda event: "not being helpful" in event.get("text", ""))
    assert told["author"]["kind"] == "agent"
    await shopper.post("/helped", {"seq": answer["seq"], "helped": False})
    await shopper.look()
    assert shopper.texts().count("not being helpful") == 1


async def test_under_a_custom_message_it_is_met_by_the_message(town: Town) -> None:
    shop = await town.shop(handoff={"method": "message", "message": {"en": "See our FAQ."}})
    shopper = await shop.shopper()
    answer = await shopper.ask(ANSWERABLE)
    rated = await shopper.post("/helped", {"seq": answer["seq"], "helped": False})
    assert rated.json()["state"]["step"] is None
    await shopper.until_notice("custom")


async def test_the_same_question_again_is_met_by_the_offer(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    await shopper.ask(ANSWERABLE)
    again = await shopper.ask(ANSWERABLE)
    assert "not being helpful" in again["text"] and "sources" not in again
    await shopper.until(lambda event: event.get("step") == "offered")


async def test_anger_is_offered_a_person_and_still_answered(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    answer = await shopper.ask(f"{ANSWERABLE} This is ridiculous!")
    assert "60 days" in answer["text"] and "not being helpful" in answer["text"]
    await shopper.until(lambda event: event.get("step") == "offered")
    assert (await shopper.choose("decline"))["step"] == "declined"


ANOTHER_WAY = (
    "How long may I return something that I bought from you?",
    "How long may I return something after the delivery, please?",
    "How long after delivery is it that I may return something unused?",
)


async def test_turn_after_turn_without_help_is_answered_and_offered_a_person_once(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    asked = [await shopper.ask(each) for each in (ANSWERABLE, *ANOTHER_WAY)]
    assert all("60 days" in answer["text"] for answer in asked), [answer["text"] for answer in asked]
    assert ["not being helpful" in answer["text"] for answer in asked] == [False, False, False, True]
    await shopper.until(lambda event: event.get("step") == "offered")
    trace = await turn_of(town, shopper, asked[-1]["reply_to"])
    assert trace["mood"] == {"unhelpful": 3} and trace["offered"] == "unhelpful"
    again = await shopper.ask("And how long may I return something unused, in its box?")
    assert "not being helpful" not in again["text"], "offered twice"
    assert (await shopper.choose("decline"))["step"] == "declined"
    for said in ANOTHER_WAY:
        await shopper.ask(said)
    assert shopper.texts().count("not being helpful") == 1 and shopper.steps().count("offered") == 1


async def test_an_answer_called_unhelpful_counts_also_when_it_is_not_the_last(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    questions = (ANSWERABLE, "When do I get my money back?", ANOTHER_WAY[0])
    answers = [await shopper.ask(each) for each in questions]
    for answer in answers[:2]:
        rated = await shopper.post("/helped", {"seq": answer["seq"], "helped": False})
        assert rated.json()["state"]["step"] is None, "not the last answer any more"
    word = await shopper.ask(ANOTHER_WAY[1])
    assert "60 days" in word["text"] and "not being helpful" in word["text"]
    await shopper.until(lambda event: event.get("step") == "offered")


async def test_half_an_answer_offers_a_person_for_the_rest(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    answer = await shopper.ask(f"{ANSWERABLE} {UNANSWERABLE}")
    assert "60 days" in answer["text"] and "To the rest" in answer["text"]
    await shopper.until(lambda event: event.get("step") == "offered")


async def test_two_questions_in_one_sentence_are_both_answered(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    answer = await shopper.ask("How long may I return something and when do I get my money back?")
    assert "60 days" in answer["text"] and "five working days" in answer["text"]


async def test_thanks_in_any_words_are_no_question(town: Town) -> None:
    shopper = await (await town.shop()).shopper(locale="pl")
    await shopper.ask("Ile mam czasu na zwrot?")
    for said in ("aha, rozumiem, dzięki za informację", "super, to wszystko i do widzenia"):
        assert "sources" not in await shopper.ask(said)
    assert "offered" not in shopper.steps()


async def test_yes_in_other_words_and_an_address_in_a_message(town: Town) -> None:
    shopper = await (await town.shop()).shopper(locale="pl")
    await shopper.ask("Czy macie rower na Marsa?")
    await shopper.until(lambda event: event.get("step") == "offered")
    await shopper.say("no dobra, połącz mnie")
    await shopper.until(lambda event: event.get("step") == "needs_email")
    await shopper.say("mój adres to ada@example.com, dzięki")
    await shopper.until(lambda event: event.get("step") == "delivered")


async def test_a_refused_offer_is_made_again_for_a_new_question_only(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    await shopper.ask("Do you rent bicycles on Mars?")
    await shopper.until(lambda event: event.get("step") == "offered")
    await shopper.say("No thanks, I'll look around")
    await shopper.until(lambda event: event.get("step") == "declined")
    for said in ("But can you rent me bicycles on Mars?", "that's a pity", "USELESS ROBOT!"):
        assert "Shall I" not in (await shopper.ask(said))["text"]
    assert "Shall I" in (await shopper.ask("Who painted the old harbour tower?"))["text"]
    assert shopper.texts().count("Shall I") == 2


@pytest.mark.parametrize(
    ("locale", "asked", "again"),
    [
        ("en", "Do you repair old lamps?", "so nobody of yours mends a broken light then?"),
        ("pl", "Macie okulary dla astronautów?", "czyli naprawdę nic na oczy dla kosmonautów?"),
    ],
)
async def test_a_refused_question_in_other_words_is_the_same_question(
    town: Town, locale: str, asked: str, again: str
) -> None:
    assert not touches(asked, again), "the words alone would tell"
    shopper = await (await town.shop()).shopper(locale)
    await shopper.ask(asked)
    await shopper.until(lambda event: event.get("step") == "offered")
    await shopper.choose("decline")
    told = await shopper.ask(again)
    assert told["text"] == say("unsure.declined", locale)
    trace = await turn_of(town, shopper, told["reply_to"])
    assert trace["limits"]["refused"] >= AGAIN
    assert shopper.steps() == ["offered", "declined"]


async def test_an_address_that_answers_the_offer_is_consent(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    await shopper.ask("Do you rent bicycles on Mars?")
    await shopper.until(lambda event: event.get("step") == "offered")
    await shopper.say("Yes please, my email is ada@example.com")
    await shopper.until(lambda event: event.get("step") == "delivered")
    assert "needs_email" not in [event.get("step") for event in shopper.log]


async def test_a_shopper_may_change_the_language(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    await shopper.ask(ANSWERABLE)
    answer = await shopper.ask("Ile mam czasu na zwrot?")
    assert "60 dni" in answer["text"]


async def test_who_waits_reads_the_usual_wait_once_it_is_measured(town: Town) -> None:
    shop = await town.shop()
    await shop.teammate("Marta")
    first = await shop.shopper()
    await first.choose("request")
    await first.post("/email", {"skip": True})
    assert (await first.until_notice("queued"))["text"] == "Your question is with our team."
    store = town.machine.app.store
    await fill(store, shop.workspace, 150, datetime.now(UTC), days=6, waiting=0)
    waits = await store.read(lambda tx: tx.waits(shop.workspace, datetime.now(UTC) - RECENT, MOST, AMONG))
    assert len(waits) > FEWEST
    few = await store.read(lambda tx: tx.waits(shop.workspace, datetime.now(UTC) - RECENT, MOST, 3))
    assert len(few) <= 3 and few == waits[: len(few)], "the latest, and no further back"
    usual = usual_wait(waits, OfficeHours())
    assert usual is not None
    for lang, words in (("en", "Usual wait: "), ("pl", "Zwykły czas oczekiwania: ")):
        shopper = await shop.shopper(lang)
        await shopper.choose("request")
        await shopper.post("/email", {"skip": True})
        assert f"{words}{duration(usual, lang)}." in (await shopper.until_notice("queued"))["text"]


KAYAKS, BAGS = "do you sell kayaks?", "do you rent sleeping bags to schools?"


async def card_of(shop: Shop, shopper: Shopper) -> Any:
    return (await (await shop.teammate()).get(f"/conversations/{shopper.id}"))["handoff"]


async def test_the_card_shows_the_question_and_its_evidence_not_a_no_or_thanks(town: Town) -> None:
    shop = await town.shop()
    shopper = await shop.shopper()
    await shopper.ask(KAYAKS)
    assert (await shopper.choose("decline"))["step"] == "declined"
    await shopper.ask("ok thanks")
    await shopper.say("I want to talk to a human")
    await shopper.until(lambda event: event.get("step") == "needs_email")
    await shopper.email("ann@example.com")
    card = await card_of(shop, shopper)
    assert card["question"] == KAYAKS
    assert card["best"] is not None, "it was looked up"


async def test_who_accepts_after_a_second_question_asks_both(town: Town) -> None:
    shop = await town.shop()
    shopper = await shop.shopper()
    await shopper.ask(KAYAKS)
    await shopper.until(lambda event: event.get("step") == "offered")
    assert "either" in (await shopper.ask(BAGS))["text"]
    await shopper.say("yes please")
    await shopper.until(lambda event: event.get("step") == "needs_email")
    await shopper.email("ann@example.com")
    assert (await card_of(shop, shopper))["question"] == f"{KAYAKS}\n{BAGS}"
    assert shopper.steps().count("offered") == 1


async def test_a_question_asked_while_an_offer_stood_is_refused_with_it(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    await shopper.ask(KAYAKS)
    await shopper.ask(BAGS)
    await shopper.say("no")
    await shopper.until(lambda event: event.get("step") == "declined")
    assert "Shall I" not in (await shopper.ask(BAGS))["text"]
    assert shopper.steps().count("offered") == 1


@pytest.mark.parametrize("said", ["Great!", "perfect, thanks", "ok"])
async def test_praise_of_an_answer_is_no_yes_to_an_older_offer(town: Town, said: str) -> None:
    shopper = await (await town.shop()).shopper()
    await shopper.ask(KAYAKS)
    assert "60 days" in (await shopper.ask(ANSWERABLE))["text"]
    await shopper.ask(said)
    assert shopper.state["step"] == "offered"
    await shopper.say("yes, connect me")
    await shopper.until(lambda event: event.get("step") == "needs_email")


@pytest.mark.parametrize("said", ["I don't want to give my email", "no email, just chat"])
async def test_who_gives_no_address_keeps_the_person_where_the_team_answers_in_the_chat(town: Town, said: str) -> None:
    shop = await town.shop()
    await shop.teammate()
    shopper = await shop.shopper()
    await shopper.say("can I speak to a real person please")
    await shopper.until(lambda event: event.get("step") == "needs_email")
    await shopper.say(said)
    await shopper.until(lambda event: event.get("step") == "owed")
    assert "declined" not in shopper.steps()


async def test_where_the_team_answers_by_mail_it_is_said_that_an_address_is_needed(town: Town) -> None:
    shopper = await (await town.shop(connect=("zendesk",), handoff={"helpdesk": "zendesk"})).shopper()
    await shopper.say("can I speak to a real person please")
    await shopper.until(lambda event: event.get("step") == "needs_email")
    assert "needs an address" in (await shopper.ask("I don't want to give my email"))["text"]
    assert "looks incomplete" in (await shopper.ask("bob at example dot com"))["text"]
    assert shopper.state["step"] == "needs_email"
    await shopper.say("never mind")
    await shopper.until(lambda event: event.get("step") == "declined")


async def test_an_address_that_is_only_told_of_is_not_taken_and_the_question_is_answered(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    await shopper.say("I want to talk to a human")
    await shopper.until(lambda event: event.get("step") == "needs_email")
    answer = await shopper.ask(f"{ANSWERABLE} I wrote to info@othershop.com about it before")
    assert answer.get("choices") or "60 days" in answer["text"], "looked up like any question"
    assert shopper.state["step"] == "needs_email"


async def test_a_switched_off_agent_hears_wishes_and_safety_signals(town: Town) -> None:
    shop = await town.shop(workspace={"agent": False})
    worried = await shop.shopper()
    told = await worried.ask("I want to kill myself")
    assert say("safety.self_harm", "en") in told["text"]
    wishing = await shop.shopper()
    await wishing.say("I want to talk to a human")
    await wishing.until(lambda event: event.get("step") == "needs_email")
    assert "offered" not in wishing.steps()


VAGUE = "what about sending things back to you"
"""Near a page, and not near enough for an answer."""


async def test_choices_have_a_way_to_a_person_unless_the_offers_own_buttons_stand_there(town: Town) -> None:
    shop = await town.shop()
    none = {"label": say("choices.none", "en"), "text": say("choices.none", "en")}
    assert none in (await (await shop.shopper()).ask(VAGUE))["choices"]
    shopper = await shop.shopper()
    await shopper.ask(KAYAKS)
    choices = (await shopper.ask(VAGUE))["choices"]
    assert choices and none not in choices and shopper.state["step"] == "offered"
