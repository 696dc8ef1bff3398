"""What a shop knows comes into memory beside its shoppers' questions, however long that takes."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.agent.shop import an_article
from tests.store.conftest import ACME, add_shop, store_at
from warmline.actions import load_knowledge as loading
from warmline.actions.app import App
from warmline.actions.load_knowledge import load_in_a_turn
from warmline.agent import answer
from warmline.agent.answer import KeylessAgent
from warmline.agent.base import Shelf, Unit
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST
from warmline.agent.shop import Shop
from warmline.domain.ids import SourceId
from warmline.domain.knowledge import Article, SourceKind
from warmline.errors import ModelError
from warmline.live.memory import MemoryLive
from warmline.store.base import Transaction


class Shared(Encoders):
    """Its bulk queue is `busy` with another shop for ever, or broken."""

    busy = False

    async def encode(self, model: str, units: Sequence[Unit]) -> list[bytes]:
        if self.busy:
            await asyncio.Event().wait()
        raise ModelError("no encoder can be loaded")


@dataclass
class Builder:
    """Builds a shop's index, when the test lets it."""

    may: threading.Event = field(default_factory=threading.Event)
    begun: list[int] = field(default_factory=list)
    broken: bool = False

    def __call__(self, shelf: Shelf, models: Sequence[str]) -> Shop:
        self.begun.append(shelf.revision)
        assert self.may.wait(20)
        if self.broken:
            raise RuntimeError("no room for an index")
        return Shop(shelf, models)


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Builder:
    made = Builder()
    monkeypatch.setattr(answer, "Shop", made)
    monkeypatch.setattr(answer, "FINISH_WITHIN", 0.05)
    monkeypatch.setattr(answer, "FINISH_SOON", 0.05)
    return made


@pytest.fixture
async def app(tmp_path: Path, builder: Builder) -> AsyncIterator[App]:
    store, agent = store_at(tmp_path / "warmline.db"), KeylessAgent(Shared([FAST]))
    await store.start()
    await store.write(lambda tx: add_shop(tx, ACME))
    yield App(store, MemoryLive(), agent, None, None, None, "")  # type: ignore[arg-type]  # nothing is read or sent
    builder.may.set()
    await agent.close()
    await store.close()


async def learn(app: App, text: str) -> int:
    """The new revision."""
    article = an_article("shipping", "Shipping", text)

    def save(tx: Transaction) -> int:
        source = tx.source(ACME, SourceKind.FILES, "help/")
        stored = Article(article.id, SourceId(source.id), article.page, article.learned_at)
        tx.save_article(ACME, stored)
        tx.save_chunks(ACME, stored.id, app.agent.split(stored))
        tx.raise_knowledge(ACME)
        return tx.workspace(ACME).knowledge_revision

    return await app.store.write(save)


async def test_a_load_outlives_the_turn_that_began_it(app: App, builder: Builder) -> None:
    """It was thrown away with the turn, so that no turn of a large shop ever finished it."""
    revision = await learn(app, "Shipping costs 5 euro.")
    for _ in range(4):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(load_in_a_turn(app, ACME), 0.05)
    assert app.agent.revision(ACME) is None
    builder.may.set()
    await asyncio.wait_for(load_in_a_turn(app, ACME), 20)
    assert app.agent.revision(ACME) == revision and builder.begun == [revision]


async def test_a_turn_waits_a_moment_for_the_new_index_and_then_asks_the_older_one(
    app: App, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "PATIENCE", 0.1)
    builder.may.set()
    older = await learn(app, "Shipping costs 5 euro.")
    await load_in_a_turn(app, ACME)
    builder.may.clear()
    newer = await learn(app, "Shipping costs 6 euro.")
    began = time.monotonic()
    await load_in_a_turn(app, ACME)
    assert time.monotonic() - began < 5 and app.agent.revision(ACME) == older
    builder.may.set()
    await app.agent.settle(ACME)
    assert app.agent.revision(ACME) == newer


async def test_during_a_crawl_one_index_is_built_at_a_time_and_the_last_is_the_newest(
    app: App, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "PATIENCE", 0.01)
    builder.may.set()
    first = await learn(app, "Shipping costs 5 euro.")
    await load_in_a_turn(app, ACME)
    builder.may.clear()
    newest = first
    for euro in range(10):
        newest = await learn(app, f"Shipping costs {euro} euro.")
        await load_in_a_turn(app, ACME)
    builder.may.set()
    await app.agent.settle(ACME)
    assert app.agent.revision(ACME) == newest
    assert builder.begun == [first, first + 1, newest]


async def test_a_small_shop_answers_what_it_has_just_learnt_though_another_is_being_learnt(
    app: App, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # with the real times
    monkeypatch.setattr(Shared, "busy", True)
    for text in ("Shipping costs 5 euro.", "Shipping costs 6 euro."):
        revision = await learn(app, text)
        await load_in_a_turn(app, ACME)
        assert app.agent.revision(ACME) == revision


async def test_a_load_that_fails_is_told_and_tried_again(
    app: App, builder: Builder, caplog: pytest.LogCaptureFixture
) -> None:
    revision = await learn(app, "Shipping costs 5 euro.")
    builder.may.set()
    builder.broken = True
    with pytest.raises(RuntimeError):  # there is nothing to answer from
        await load_in_a_turn(app, ACME)
    builder.broken = False
    await load_in_a_turn(app, ACME)
    assert app.agent.revision(ACME) == revision
    newer, builder.broken = await learn(app, "Shipping costs 6 euro."), True
    caplog.clear()
    with caplog.at_level(logging.WARNING, "warmline.agent.answer"):
        await load_in_a_turn(app, ACME)
    assert app.agent.revision(ACME) == revision and "no room for an index" in caplog.text
    builder.broken = False
    await load_in_a_turn(app, ACME)
    assert app.agent.revision(ACME) == newer


@pytest.mark.parametrize("end", ["close", "forget"])
async def test_closing_and_forgetting_end_what_is_loaded(app: App, builder: Builder, end: str) -> None:
    await learn(app, "Shipping costs 5 euro.")
    turns = [asyncio.create_task(load_in_a_turn(app, ACME)) for _ in range(3)]
    async with asyncio.timeout(20):
        while not builder.begun:  # noqa: ASYNC110 an event of another thread
            await asyncio.sleep(0.01)
        assert isinstance(app.agent, KeylessAgent)
        if end == "close":
            await app.agent.close()
        else:
            app.agent.forget(ACME)
        ended = await asyncio.gather(*turns, return_exceptions=True)
    assert [str(each) for each in ended] == ["the agent was closed"] * 3
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("renew:")]
    assert app.agent.revision(ACME) is None
