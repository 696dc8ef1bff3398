"""A source is learnt by several at once, or names a page twice: each page is one article, with its own chunks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from tests.store.conftest import ACME
from warmline.actions.app import App
from warmline.actions.learn_source import Learned, learn_source
from warmline.agent.answer import KeylessAgent
from warmline.agent.base import Crawled, Known, Unit
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST
from warmline.domain.knowledge import Page, Section, SourceKind
from warmline.live.memory import MemoryLive
from warmline.store.base import Store


class Instant(Encoders):
    async def encode(self, model: str, units: Sequence[Unit]) -> list[bytes]:
        return [b"a vector"] * len(units)


class Pages:
    """Gives these pages once `readers` have begun."""

    def __init__(self, *pages: Page, readers: int = 1) -> None:
        self._pages, self._begun = pages, asyncio.Barrier(readers)

    async def read(self, address: str, **given: Any) -> AsyncIterator[Crawled]:
        await self._begun.wait()
        for page in self._pages:
            yield Crawled(page, Known(None, None, page.digest))


def a_page(n: int, text: str = "We deliver on Mondays.") -> Page:
    return Page(f"p{n}.md", f"Page {n}", "en", None, (Section((), text), Section(("More",), f"This is page {n}.")))


def an_app(store: Store, reader: Pages) -> App:
    return App(store, MemoryLive(), KeylessAgent(Instant([FAST])), reader, None, None, "")  # type: ignore[arg-type]


async def check(app: App, texts: Sequence[str]) -> None:
    """Each chunk is what splitting its article makes, so what is learnt again without a change stays the same."""
    articles = await app.store.read(lambda tx: tx.articles(ACME))
    chunks = await app.store.read(lambda tx: tx.chunks(ACME, app.clock()))
    split = [chunk for article in articles for chunk in app.agent.split(article)]
    assert {(each.id, each.article) for each in chunks} == {(each.id, each.article) for each in split}
    assert sorted(each.text for each in chunks) == sorted(texts)


async def learn(app: App) -> Learned:
    return await learn_source(app, ACME, "help/", SourceKind.FILES)


async def test_two_may_read_a_new_source_at_once(store: Store) -> None:
    """The chunks of the second bore ids of articles that there were not: FOREIGN KEY constraint failed."""
    pages = [a_page(n) for n in range(20)]
    app = an_app(store, Pages(*pages, readers=2))
    await asyncio.gather(learn(app), learn(app))
    await check(app, [section.text for page in pages for section in page.sections])
    assert len(await store.read(lambda tx: tx.sources(ACME))) == 1


@pytest.mark.parametrize("apart", [0, 20])
async def test_a_source_may_name_a_page_twice_and_the_last_one_counts(store: Store, apart: int) -> None:
    between = [a_page(n) for n in range(1, apart + 1)]
    app = an_app(store, Pages(a_page(0, "The first."), *between, a_page(0, "The last.")))
    learned = await learn(app)
    assert (learned.new, learned.changed) == (1 + apart, 0)
    pages = [*between, a_page(0, "The last.")]
    await check(app, [section.text for page in pages for section in page.sections])
