"""The merchant's escalation rules, end to end: before any reply, and never against a wish for a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.shop import ANSWERABLE, UNANSWERABLE, Town, a_town
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
    answer = await shopper.ask("Are you hiring people at the moment?")
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


async def test_a_safety_signal_has_words_of_its_own(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    answer = await shopper.ask("I want to kill myself")
    assert "112" in answer["text"]
    await shopper.until(lambda event: event.get("step") == "offered")
