"""The merchant's escalation rules, end to end: before any reply, and never against a wish for a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.shop import ANSWERABLE, UNANSWERABLE, Town, a_town
from tests.flows.test_model import turn_of
from warmline.actions.read_rules import try_rules
from warmline.agent import examples
from warmline.domain.knowledge import Turn
from warmline.sandbox.credentials import ADA_EMAIL

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("journeys")]

RULES: dict[str, Any] = {
    "returns_by_people": {"action": "hand_off", "phrases": ["return something"]},
    "jobs": {"action": "suppress", "examples": ["Are you hiring?", "I would like to work for you", "open positions"]},
    "resellers": {"action": "route", "phrases": ["wholesale"], "helpdesk": "zendesk", "tag": "b2b"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


async def test_a_rule_offers_a_person_instead_of_an_answer(town: Town) -> None:
    shopper = await (await town.shop(rules=RULES)).shopper()
    answer = await shopper.ask(f"{ANSWERABLE} I want to return something.")
    assert "a matter for our team" in answer["text"] and "sources" not in answer
    await shopper.until(lambda event: event.get("step") == "offered")


async def test_what_is_like_an_example_offers_nobody_but_a_wish_is_honoured(town: Town) -> None:
    shopper = await (await town.shop(rules=RULES)).shopper()
    answer = await shopper.ask("Are you hiring people?")
    assert answer["text"] == "I don't have a reliable answer to that."
    assert "offered" not in shopper.steps()
    await shopper.say("I want to talk to a human")
    await shopper.until(lambda event: event.get("step") == "needs_email")


async def test_a_route_sends_the_handoff_elsewhere_with_its_tag(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), rules=RULES)
    shopper = await shop.shopper()
    answer = await shopper.ask(f"{UNANSWERABLE} For wholesale.")
    assert "They reply by e-mail" in answer["text"]
    await shopper.choose("accept")
    await shopper.email(ADA_EMAIL)
    await shopper.until_notice("ticket")
    (ticket,) = [each for each in shop.sandbox.tickets("zendesk") if shopper.id in (each.external_id or "")]
    assert "b2b" in ticket.tags
    other = await shop.shopper()
    await other.choose("request")
    await other.email(ADA_EMAIL)
    await other.until_notice("auto_reply")


POLISH_ONLY: dict[str, Any] = {
    "collectors": {"action": "hand_off", "phrases": ["VIP"], "languages": ["pl"]},
    "castings": {"action": "suppress", "phrases": ["casting"], "languages": ["pl"]},
    "jobs": {
        "action": "suppress",
        "examples": ["szukam pracy w cyrku jako pogromca słoni", "Are you hiring?"],
        "languages": ["pl"],
    },
    "resellers": {"action": "route", "phrases": ["B2B"], "languages": ["pl"], "helpdesk": "zendesk", "tag": "b2b_pl"},
}
"""Words that are the same in both languages: what differs is the language of the shopper."""


async def test_a_handoff_rule_of_one_language_lets_others_be_answered(town: Town) -> None:
    shop = await town.shop(rules=POLISH_ONLY)
    inside, outside = await shop.shopper(locale="pl"), await shop.shopper()
    held = await inside.ask("Jestem klientem VIP. Ile mam czasu na zwrot?")
    assert "sources" not in held
    await inside.until(lambda event: event.get("step") == "offered")
    assert (await turn_of(town, inside, held["reply_to"]))["rules"] == ["rule:collectors"]
    answered = await outside.ask(f"VIP: {ANSWERABLE}")
    assert "60 days" in answered["text"]
    assert (await turn_of(town, outside, answered["reply_to"]))["rules"] == []


@pytest.mark.parametrize(
    ("inside", "outside", "rule"),
    [
        ("Kiedy będzie casting do reklamy fioletowych słoni?", "When is the casting for your purple elephants?",
         "castings"),
        ("Szukam pracy jako pogromca słoni", "Are you hiring people?", "jobs"),
    ],
)  # fmt: skip
async def test_a_suppressing_rule_of_one_language_lets_others_be_offered_a_person(
    town: Town, inside: str, outside: str, rule: str
) -> None:
    shop = await town.shop(rules=POLISH_ONLY)
    pole, guest = await shop.shopper(locale="pl"), await shop.shopper()
    word = await pole.ask(inside)
    assert "sources" not in word and "offered" not in pole.steps()
    assert (await turn_of(town, pole, word["reply_to"]))["rules"] == [f"rule:{rule}"]
    other = await guest.ask(outside)
    assert (await turn_of(town, guest, other["reply_to"]))["rules"] == []
    await guest.until(lambda event: event.get("step") == "offered")


async def test_a_route_of_one_language_leaves_others_where_they_go(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), rules=POLISH_ONLY)
    inside, outside = await shop.shopper(locale="pl"), await shop.shopper()
    await inside.ask("Czy sprzedajecie B2B okulary dla astronautów, którzy jeżdżą na słoniach?")
    await outside.ask(f"{UNANSWERABLE} For B2B.")
    for shopper in (inside, outside):
        await shopper.until(lambda event: event.get("step") == "offered")
        await shopper.choose("accept")
        await shopper.email(ADA_EMAIL)
    await inside.until_notice("ticket")
    await outside.until_notice("auto_reply")
    (ticket,) = [each for each in shop.sandbox.tickets("zendesk") if inside.id in (each.external_id or "")]
    assert "b2b_pl" in ticket.tags
    assert not [each for each in shop.sandbox.tickets("zendesk") if outside.id in (each.external_id or "")]


async def test_a_rule_of_one_language_follows_the_shopper_not_the_widget(town: Town) -> None:
    shopper = await (await town.shop(rules=POLISH_ONLY)).shopper()
    assert "60 days" in (await shopper.ask(f"VIP: {ANSWERABLE}"))["text"]
    held = await shopper.ask("Jestem klientem VIP od wielu lat. Kiedy dostanę zwrot pieniędzy?")
    assert (await turn_of(town, shopper, held["reply_to"]))["rules"] == ["rule:collectors"]
    await shopper.until(lambda event: event.get("step") == "offered")


async def test_a_safety_signal_has_words_of_its_own(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    answer = await shopper.ask("I want to kill myself")
    assert "112" in answer["text"]
    await shopper.until(lambda event: event.get("step") == "offered")


async def test_who_tries_a_message_waits_for_the_examples_of_all_rules(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "EXAMPLES_WITHIN", 0.01)
    new = {f"rule{n}": {"action": "suppress", "examples": [f"new words {n}", f"other words {n}"]} for n in range(6)}
    shop = await town.shop(rules=new)
    app = town.machine.app
    workspace = await app.store.read(lambda tx: tx.workspace(shop.workspace))
    once = await app.agent.think(workspace.id, Turn("other words 5", rules=workspace.rules))
    assert "rules_not_ready" in once.trace
    tried = await try_rules(app, workspace, "other words 5")
    assert "rules_not_ready" not in tried.trace and "rule:rule5" in tried.fired.names
