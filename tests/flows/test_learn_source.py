"""Learning a large shop leaves the event loop to the shoppers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.agent.shop import NOW
from tests.store.conftest import ACME, add_shop, store_at
from warmline.actions.app import App
from warmline.actions.learn_source import encode_knowledge, store_pages
from warmline.agent.answer import KeylessAgent
from warmline.agent.base import Crawled, Known
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST
from warmline.domain.effect import Effect, EffectKind
from warmline.domain.ids import ArticleId, SourceId
from warmline.domain.knowledge import Article, Page, Section, SourceKind
from warmline.live.memory import MemoryLive
from warmline.store.base import Transaction

CHUNKS = 4_000
LONGEST = 0.1
"""Seconds; on the event loop the texts of so many chunks take two to five times that."""


def a_long_page() -> Page:
    words = [f"word{n}" for n in range(97)]
    sections = [
        Section((f"Part {n}",), " ".join(f"{n} {k} {' '.join(words[(n + k * 7) % 80 :][:11])}." for k in range(8)))
        for n in range(CHUNKS)
    ]
    return Page("terms.md", "Terms", "en", None, tuple(sections))


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    store, agent = store_at(tmp_path / "warmline.db"), KeylessAgent(Encoders([FAST]))
    await store.start()
    yield App(store, MemoryLive(), agent, None, None, None, "")  # type: ignore[arg-type]  # nothing is read or sent
    await agent.close()
    await store.close()


@asynccontextmanager
async def nobody_waits() -> AsyncIterator[None]:
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.005)
            worst = max(worst, time.monotonic() - began - 0.005)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.02)
    yield
    await asyncio.sleep(0.01)
    watching.cancel()
    assert worst < LONGEST, f"nobody was answered for {1000 * worst:.0f} ms"


async def test_learning_a_large_shop_leaves_the_event_loop_alone(app: App) -> None:
    """Its pages and what the background does then; all vectors are there, so that nothing else takes time."""
    page = a_long_page()
    chunks = app.agent.split(Article(ArticleId("terms"), SourceId("none"), page, NOW))
    made = {unit.digest: b"made before" for unit in app.agent.units(chunks)}
    assert len(chunks) >= CHUNKS

    def before(tx: Transaction) -> None:
        add_shop(tx, ACME)
        tx.add_vectors(ACME, FAST, made)
        tx.owe(ACME, Effect(EffectKind.ENCODE, f"encode:{ACME}"), app.clock())

    await app.store.write(before)
    source = await app.store.write(lambda tx: tx.source(ACME, SourceKind.FILES, "help/"))
    async with nobody_waits():
        await store_pages(app, ACME, source, [Crawled(page, Known(None, None, page.digest))], {})
    [effect] = await app.store.read(lambda tx: tx.pending_effects(ACME, EffectKind.ENCODE))
    async with nobody_waits():
        await encode_knowledge(app, effect)
    assert not await app.store.read(lambda tx: tx.pending_effects(ACME, EffectKind.ENCODE))
