"""Rules that the merchant wrote in words: a model says whether they apply; without one they apply to nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.shop import ANSWERABLE, UNANSWERABLE, Shopper, Town, a_town
from tests.flows.test_model import NO_LIMITS, turn_of
from warmline.domain.model import Breaker
from warmline.sandbox.credentials import ADA_EMAIL
from warmline.sandbox.model import Prompt, ScriptedModel

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("journeys")]

RULES: dict[str, Any] = {
    "weddings": {"action": "hand_off", "about": "The order is meant for a wedding party"},
    "jobs": {"action": "suppress", "about": "Somebody is looking for employment with this company"},
    "resellers": {"action": "route", "about": "Somebody buys goods for another business", "tag": "b2b"},
    "german": {"action": "hand_off", "about": "Das Paket ist beschädigt angekommen", "languages": ["de"]},
}
WEDDING = "Our wedding party is on Saturday. How long may I return something?"


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel(delay=0.0) as model:
        yield model


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory, model: ScriptedModel) -> AsyncIterator[Town]:
    told: dict[str, Any] = {
        "WARMLINE_LLM": "openai:scripted",
        "WARMLINE_LLM_URL": model.url,
        "WARMLINE_LLM_TIMEOUT": "4",
    }
    async with a_town(tmp_path_factory.mktemp("words"), **told) as town:
        yield town


@pytest.fixture(autouse=True)
def well(model: ScriptedModel, town: Town) -> None:
    model.behaviour, model.reply = "grounded", None
    model.calls.clear()
    assert town.machine.app.writer is not None
    town.machine.app.writer.breaker = Breaker()


async def fired(town: Town, shopper: Shopper, word: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = await turn_of(town, shopper, word["reply_to"])
    return found


async def test_a_rule_in_words_offers_a_person_before_any_reply(town: Town, model: ScriptedModel) -> None:
    shopper = await (await town.shop(rules=RULES, limits=NO_LIMITS)).shopper()
    word = await shopper.ask(WEDDING)
    assert "a matter for our team" in word["text"] and "sources" not in word
    await shopper.until(lambda event: event.get("step") == "offered")
    trace = await fired(town, shopper, word)
    assert trace["rules"] == ["rule:weddings"] and trace["model"]["why"] == "a rule decides"
    assert len(model.calls) == 1, "the answer was asked for, too"
    asked = Prompt.of(model.calls[0])
    assert asked.question == WEDDING and len(asked.rules) == 3, "a rule of another language was read"


async def test_what_fits_no_rule_is_answered(town: Town, model: ScriptedModel) -> None:
    shopper = await (await town.shop(rules=RULES, limits=NO_LIMITS)).shopper()
    word = await shopper.ask(ANSWERABLE)
    assert word["text"].startswith("You may return anything") and len(model.calls) == 2
    assert (await fired(town, shopper, word))["rules_in_words"] == {"read": 3, "applied": []}


async def test_suppress_and_route_in_words(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"}, rules=RULES)
    seeker = await shop.shopper()
    word = await seeker.ask("I am looking for employment as an astronaut in your company, with a purple sunshade")
    assert word["text"] == "I don't have a reliable answer to that." and "offered" not in seeker.steps()
    buyer = await shop.shopper()
    await buyer.ask(f"{UNANSWERABLE} I buy the goods for my business.")
    await buyer.choose("accept")
    await buyer.email(ADA_EMAIL)
    await buyer.until_notice("ticket")
    (ticket,) = [each for each in shop.sandbox.tickets("zendesk") if buyer.id in (each.external_id or "")]
    assert "b2b" in ticket.tags


@pytest.mark.parametrize("behaviour", ["500", "hang", "garbage", "wrong_schema", "obedient"])
async def test_a_model_that_fails_applies_no_rule_and_the_trace_says_so(
    town: Town, model: ScriptedModel, behaviour: str
) -> None:
    shopper = await (await town.shop(rules=RULES, limits=NO_LIMITS)).shopper()
    model.behaviour = behaviour
    word = await shopper.ask(WEDDING)
    assert "60 days" in word["text"] or word["choices"], "neither quoted nor asked back"
    trace = await fired(town, shopper, word)
    assert trace["rules"] == [] and trace["rules_in_words"]["why"], trace


async def test_a_model_cannot_name_a_rule_that_is_not_on_the_list(town: Town, model: ScriptedModel) -> None:
    shopper = await (await town.shop(rules=RULES, limits=NO_LIMITS)).shopper()
    model.behaviour, model.reply = "obedient", lambda prompt: {"rules": [99, 0, -1]}
    word = await shopper.ask(WEDDING)
    trace = await fired(town, shopper, word)
    assert trace["rules"] == [] and "schema" in trace["rules_in_words"]["why"]


@pytest.mark.parametrize("said", ["I want to talk to a human", "I will kill myself at the wedding party", "thank you"])
async def test_what_stands_above_all_rules_is_not_read(town: Town, model: ScriptedModel, said: str) -> None:
    shopper = await (await town.shop(rules=RULES, limits=NO_LIMITS)).shopper()
    await shopper.ask(said)
    assert model.calls == []


async def test_without_a_model_a_rule_in_words_applies_to_nobody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(town.machine.app, "writer", None)
    shopper = await (await town.shop(rules=RULES, limits=NO_LIMITS)).shopper()
    word = await shopper.ask(WEDDING)
    assert "60 days" in word["text"] or word["choices"]
    assert (await fired(town, shopper, word))["rules_in_words"] == {"why": "no language model is set up"}


async def test_over_the_budget_no_rule_is_read(
    town: Town, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await town.shop(rules=RULES, limits=NO_LIMITS | {"model_cents_per_day": 1})
    writer = town.machine.app.writer
    assert writer is not None
    monkeypatch.setattr(writer, "price", lambda *given: 20_000)
    shopper = await shop.shopper()
    word = await shopper.ask(WEDDING)
    assert model.calls == [] and "budget" in (await fired(town, shopper, word))["rules_in_words"]["why"]
