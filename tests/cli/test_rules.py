"""`warmline rules test`: what a message triggers, why, and which rules nobody could test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.shop import WORKSPACE, Shop
from warmline.sandbox.model import Prompt, ScriptedModel

RULES = """
    [rules.returns]
    action = "hand_off"
    phrases = ["send back"]

    [rules.jobs]
    action = "suppress"
    examples = ["Are you hiring?", "I would like to work for you"]

    [rules.weddings]
    action = "route"
    about = "The order is meant for a wedding party"
    tag = "wedding"

    [rules.damage]
    action = "hand_off"
    about = "Das Paket ist beschädigt angekommen"
    languages = ["de"]
"""
WEDDING = "Our wedding party is on Saturday, may I send back the glasses after it?"


@pytest.fixture
def model(shop: Shop) -> Iterator[ScriptedModel]:
    with ScriptedModel(delay=0.0) as model:
        shop.env |= {"WARMLINE_LLM": "openai:scripted", "WARMLINE_LLM_URL": model.url, "WARMLINE_LLM_TIMEOUT": "4"}
        yield model


def rules_of(said: Any) -> dict[str, str]:
    return {each["name"]: each["because"] for each in said.json["rules"]}


async def test_a_rule_in_words_is_told_with_its_reason(shop: Shop, model: ScriptedModel) -> None:
    await shop.applied(WORKSPACE, RULES)
    said = await shop.run("rules", "test", WEDDING)
    assert said.code == 0, said.err
    assert "returns: offers a person instead of an answer\n  because “send back” is in it" in said.out
    assert "weddings: sends a handoff to the same place with the tag wedding" in said.out
    assert (
        "because the language model says that this is what it is about: “The order is meant for a wedding party”"
        in (said.out)
    )
    assert "not tested, since this was read as en: damage (de)" in said.out and "not read" not in said.out
    assert Prompt.of(model.calls[0]).rules == ["The order is meant for a wedding party"]
    said = await shop.run("rules", "test", WEDDING, "--json")
    assert rules_of(said) == {"returns": "phrase", "weddings": "words"}
    assert said.json["not_tested"] == {"in_words": [], "why": None, "languages": ["damage"]}


async def test_what_no_rule_in_words_is_about_is_read_and_triggers_none(shop: Shop, model: ScriptedModel) -> None:
    await shop.applied(WORKSPACE, RULES)
    said = await shop.run("rules", "test", "How tall are the glasses?")
    assert said.code == 1 and "no rule is triggered" in said.out and "not read" not in said.out
    assert len(model.calls) == 1


async def test_in_its_language_a_rule_in_words_is_read(shop: Shop, model: ScriptedModel) -> None:
    await shop.applied(WORKSPACE, RULES)
    said = await shop.run("rules", "test", "Mein Paket ist gestern beschädigt hier angekommen.", "--json")
    assert (said.json["lang"], rules_of(said)) == ("de", {"damage": "words"})


async def test_examples_are_named_as_the_reason(shop: Shop) -> None:
    await shop.applied(WORKSPACE, RULES)
    said = await shop.run("rules", "test", "Are you hiring people?")
    assert said.code == 0 and "jobs: offers nobody" in said.out and "because it is like its examples" in said.out
    assert rules_of(await shop.run("rules", "test", "Are you hiring people?", "--json")) == {"jobs": "examples"}


async def test_without_a_model_it_says_which_rules_were_not_tested(shop: Shop) -> None:
    await shop.applied(WORKSPACE, RULES)
    said = await shop.run("rules", "test", "Our wedding party is on Saturday")
    assert said.code == 1
    assert "no rule by phrases or examples is triggered" in said.out
    assert "not tested: weddings. Rules in words were not read: no language model is set up" in said.out
    said = await shop.run("rules", "test", WEDDING, "--json")
    assert rules_of(said) == {"returns": "phrase"}
    assert said.json["not_tested"]["in_words"] == ["weddings"]
    assert said.json["not_tested"]["why"] == "no language model is set up"


async def test_a_model_that_fails_is_no_answer_to_the_test(shop: Shop, model: ScriptedModel) -> None:
    await shop.applied(WORKSPACE, RULES)
    model.behaviour = "500"
    said = await shop.run("rules", "test", "Our wedding party is on Saturday")
    assert said.code == 1 and "not tested: weddings. Rules in words were not read: " in said.out


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("I want to talk to a human", "a wish for a person stands above them"),
        ("I will kill myself at the wedding party", "a safety signal stands above them"),
        ("thank you", "this is small talk"),
    ],
)
async def test_what_stands_above_rules_in_words_is_said(
    shop: Shop, model: ScriptedModel, message: str, why: str
) -> None:
    await shop.applied(WORKSPACE, RULES)
    said = await shop.run("rules", "test", message)
    assert f"Rules in words were not read: {why}" in said.out and model.calls == []
