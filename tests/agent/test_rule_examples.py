"""Examples of rules are read ahead of all indexing, and never hold an answer up: what is not ready is left out once."""

from __future__ import annotations

import asyncio
import logging
import time
import zlib
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from warmline.agent import answer, examples
from warmline.agent.answer import KeylessAgent
from warmline.agent.base import Unit
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import DEEP, DIMENSIONS, FAST, pack
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import Thought, Turn
from warmline.domain.rules import Action, Rule
from warmline.errors import ModelError

SHOP = WorkspaceId("shop")


class Paced(Encoders):
    """Takes so long for each urgent text; its bulk queue is busy for ever unless it is `idle`."""

    def __init__(self, seconds: float = 0.0, idle: bool = False) -> None:
        super().__init__([FAST, DEEP])
        self.seconds, self.idle, self.broken = seconds, idle, False
        self.read: list[str] = []

    async def warm(self) -> None: ...

    async def _ask(self, model: str, units: Sequence[Unit], urgent: bool) -> list[bytes]:
        if not urgent and not self.idle:
            await asyncio.Event().wait()
        await asyncio.sleep(self.seconds * len(units))
        if self.broken and len(units) > 1:
            raise ModelError("the encoder process died")
        self.read += [unit.text for unit in units]
        return [_vector(model, unit.text) for unit in units]


def _vector(model: str, text: str) -> bytes:
    row = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIMENSIONS[model])
    return pack(row.astype(np.float32)[None])[0]


def rules(shop: str, count: int, examples: int) -> tuple[Rule, ...]:
    return tuple(
        Rule(f"{shop}{n}", Action.SUPPRESS, examples=tuple(f"{shop} says {n} and {k}" for k in range(examples)))
        for n in range(count)
    )


async def ask(agent: KeylessAgent, question: str, some: Sequence[Rule]) -> Thought:
    return await agent.think(SHOP, Turn(question, "en", rules=some))


@pytest.fixture
async def encoders() -> Paced:
    return Paced()


@pytest.fixture
async def agent(encoders: Paced) -> AsyncIterator[KeylessAgent]:
    made = KeylessAgent(encoders)
    yield made
    await made.close()


async def test_a_new_rule_does_not_wait_for_pages_that_are_learnt(agent: KeylessAgent) -> None:
    async with asyncio.timeout(5):
        thought = await ask(agent, "Acme says 0 and 1", rules("Acme", 1, 2))
    assert [rule.name for rule in thought.fired.rules] == ["Acme0"]
    assert "rules_not_ready" not in thought.trace


async def test_many_examples_hold_no_answer_up_and_are_ready_for_a_later_one(
    agent: KeylessAgent, encoders: Paced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "EXAMPLES_WITHIN", 0.2)
    encoders.seconds, some = 0.005, rules("Acme", 10, 20)
    began = time.monotonic()
    first = await ask(agent, "Acme says 9 and 19", some)
    assert time.monotonic() - began < 0.9, "one second is what all of them take"
    late = first.trace["rules_not_ready"]
    assert "Acme9" in late and "Acme0" not in late
    assert {f"rule:{each.name}" for each in some if each.name not in late} == first.trace["limits"].keys()
    encoders.seconds = 0.0
    async with asyncio.timeout(10):
        while "rules_not_ready" in (then := await ask(agent, "Acme says 9 and 19", some)).trace:
            pass
    assert [rule.name for rule in then.fired.rules] == ["Acme9"]


async def test_a_shop_with_many_examples_does_not_hold_up_one_with_two(
    agent: KeylessAgent, encoders: Paced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "EXAMPLES_WITHIN", 0.3)
    encoders.seconds = 0.005
    await ask(agent, "Where is my parcel", rules("Large", 20, 40))
    small = await ask(agent, "Small says 0 and 1", rules("Small", 1, 2))
    assert [rule.name for rule in small.fired.rules] == ["Small0"]


async def test_learning_a_shop_makes_no_rule_wait_again(
    agent: KeylessAgent, encoders: Paced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "KEPT_VECTORS", 10)
    encoders.idle, some = True, rules("Acme", 2, 3)
    await ask(agent, "Where is my parcel", some)
    await agent.encode(FAST, [Unit("passage", f"page {n}") for n in range(100)])
    encoders.read.clear()
    await ask(agent, "How much is a lamp", some)
    assert not [text for text in encoders.read if text.startswith("Acme")]


async def test_after_a_broken_encoder_the_next_turn_tries_again(
    agent: KeylessAgent, encoders: Paced, caplog: pytest.LogCaptureFixture
) -> None:
    encoders.broken, some = True, rules("Acme", 1, 3)
    with caplog.at_level(logging.WARNING, "warmline.agent.answer"):
        assert (await ask(agent, "Acme says 0 and 1", some)).trace["rules_not_ready"] == ["Acme0"]
    assert "examples of rules" in caplog.text
    encoders.broken = False
    assert [rule.name for rule in (await ask(agent, "Acme says 0 and 1", some)).fired.rules] == ["Acme0"]


async def test_no_more_is_kept_than_there_is_room_for(
    agent: KeylessAgent, encoders: Paced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "KEPT_EXAMPLES", 6)
    for shop in ("One", "Two", "Three"):
        thought = await ask(agent, f"{shop} says 1 and 2", rules(shop, 2, 3))
        assert [rule.name for rule in thought.fired.rules] == [f"{shop}1"]
    assert len(agent._examples._kept) == 6


async def test_closing_ends_what_is_made_in_the_background(encoders: Paced, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "EXAMPLES_WITHIN", 0.01)
    agent = KeylessAgent(encoders)
    encoders.seconds = 0.05
    await ask(agent, "Where is my parcel", rules("Acme", 10, 40))
    await agent.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "rule-examples"]
