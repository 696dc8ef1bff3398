"""What the shop knows: pages replace themselves, vanish with their source, and stay inside their shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.fixtures.conversations import DAY, NOW, SECOND
from tests.store.conftest import ACME, OTHER_SHOP
from warmline.domain.ids import ArticleId, ChunkId, WorkspaceId, fresh
from warmline.domain.knowledge import Article, Chunk, Page, Section, SourceKind
from warmline.errors import NotFound
from warmline.store.base import Store, Transaction


def page(key: str = "delivery.md", text: str = "We deliver on Mondays.", *phrasings: str) -> Page:
    sections = (Section((), "Intro ąę"), Section(("Delivery", "Poland"), text))
    return Page(key, f"Title of {key}", "en", f"https://shop.example/{key}", sections, phrasings)


def learn(tx: Transaction, what: Page, shop: WorkspaceId = ACME, address: str = "help/") -> Article:
    source = tx.source(shop, SourceKind.FILES, address)
    known = tx.known_pages(source.id).get(what.key)
    article = Article(ArticleId(known["id"] if known else fresh("art")), source.id, what, NOW)
    tx.save_article(shop, article, "etag-1", "Mon, 04 May 2026 10:00:00 GMT")
    tx.save_chunks(shop, article.id, chunks_of(article))
    return article


def chunks_of(article: Article) -> Sequence[Chunk]:
    return [
        Chunk(
            ChunkId(f"{article.id}-{n}"), article.id, n, article.page.title, section.headings, section.text,
            article.page.lang, article.page.url, article.page.phrasings if n == 0 else (),
        )
        for n, section in enumerate(article.page.sections)
    ]  # fmt: skip


async def test_a_page_comes_back_as_it_was_read(store: Store) -> None:
    article = await store.write(lambda tx: learn(tx, page("a.md", "Text", "When?", "Kiedy?")))
    assert await store.read(lambda tx: tx.articles(ACME)) == [article]
    assert await store.read(lambda tx: tx.article(ACME, article.id)) == article
    assert await store.read(lambda tx: tx.chunks(ACME, NOW)) == list(chunks_of(article))
    assert await store.read(lambda tx: tx.knowledge_size(ACME)) == (1, 2)
    with pytest.raises(NotFound):
        await store.read(lambda tx: tx.article(OTHER_SHOP, article.id))
    with pytest.raises(NotFound):
        await store.read(lambda tx: tx.article(ACME, ArticleId("art_none")))


async def test_a_source_is_made_once_for_each_address(store: Store) -> None:
    def twice(tx: Transaction) -> bool:
        return tx.source(ACME, SourceKind.FILES, "help/") == tx.source(ACME, SourceKind.FILES, "help/")

    assert await store.write(twice)
    await store.write(lambda tx: tx.source(OTHER_SHOP, SourceKind.FILES, "help/"))
    assert len(await store.read(lambda tx: tx.sources(ACME))) == 1


async def test_a_changed_page_takes_the_place_of_the_old_one(store: Store) -> None:
    before = await store.write(lambda tx: learn(tx, page()))
    changed = page(text="We deliver on Tuesdays.")
    after = await store.write(lambda tx: learn(tx, changed))
    assert after.id == before.id
    assert await store.read(lambda tx: tx.articles(ACME)) == [after]
    assert [chunk.text for chunk in await store.read(lambda tx: tx.chunks(ACME, NOW))] == [
        "Intro ąę",
        "We deliver on Tuesdays.",
    ]
    [known] = (await store.read(lambda tx: tx.known_pages(after.source))).items()
    assert known[0] == "delivery.md"
    assert (known[1]["digest"], known[1]["etag"]) == (changed.digest, "etag-1")


async def test_an_excluded_or_outdated_page_is_not_used_and_stays_so_when_it_changes(store: Store) -> None:
    excluded = await store.write(lambda tx: learn(tx, page("a.md")))
    dated = await store.write(lambda tx: learn(tx, replace(page("b.md"), valid_until=NOW + DAY)))

    def mark(tx: Transaction) -> None:
        tx.set_excluded(ACME, excluded.id, True)
        with pytest.raises(NotFound):
            tx.set_excluded(OTHER_SHOP, dated.id, True)

    await store.write(mark)
    again = await store.write(lambda tx: learn(tx, page("a.md", "changed")))
    stored = await store.read(lambda tx: tx.article(ACME, again.id))
    assert (stored.excluded, stored.page.sections[1].text) == (True, "changed")
    assert await store.read(lambda tx: tx.article(ACME, dated.id)) == dated
    [chunk, *_] = await store.read(lambda tx: tx.chunks(ACME, NOW))
    assert (chunk.learned_at, chunk.valid_until) == (NOW, NOW + DAY)
    for at, articles in ((NOW, {dated.id}), (NOW + DAY - SECOND, {dated.id}), (NOW + DAY, set())):
        chunks = await store.read(lambda tx, at=at: tx.chunks(ACME, at))  # type: ignore[misc]
        assert {chunk.article for chunk in chunks} == articles


async def test_a_page_that_vanished_is_forgotten_with_its_chunks(store: Store) -> None:
    gone = await store.write(lambda tx: learn(tx, page("a.md")))
    stays = await store.write(lambda tx: learn(tx, page("b.md")))
    assert await store.write(lambda tx: tx.retire(gone.source, ["a.md", "never.md"])) == 1
    assert await store.read(lambda tx: tx.articles(ACME)) == [stays]
    assert await store.read(lambda tx: tx.knowledge_size(ACME)) == (1, 2)
    await store.write(lambda tx: tx.remove_source(ACME, "help/"))
    await store.write(lambda tx: tx.remove_source(ACME, "never/"))
    assert await store.read(lambda tx: tx.knowledge_size(ACME)) == (0, 0)
    assert await store.read(lambda tx: tx.sources(ACME)) == []


async def test_two_shops_that_read_the_same_folder_know_nothing_of_each_other(store: Store) -> None:
    ours = await store.write(lambda tx: learn(tx, page()))
    await store.write(lambda tx: learn(tx, page(), OTHER_SHOP))
    await store.write(lambda tx: tx.add_vectors(OTHER_SHOP, "use", {"d1": b"theirs"}))
    await store.write(lambda tx: tx.add_vectors(ACME, "use", {"d1": b"ours"}))
    await store.write(lambda tx: tx.remove_source(OTHER_SHOP, "help/"))
    await store.write(lambda tx: tx.drop_vectors(OTHER_SHOP, {}))
    assert [chunk.article for chunk in await store.read(lambda tx: tx.chunks(ACME, NOW))] == [ours.id] * 2
    assert await store.read(lambda tx: tx.vectors(ACME, "use")) == {"d1": b"ours"}
    assert await store.read(lambda tx: tx.chunks(OTHER_SHOP, NOW)) == []
    assert await store.read(lambda tx: tx.vectors(OTHER_SHOP, "use")) == {}


async def test_vectors_carry_their_model_and_are_dropped_with_it(store: Store) -> None:
    await store.write(lambda tx: tx.add_vectors(ACME, "use", {"d1": b"\x00\x01", "d2": b"\xff"}))
    await store.write(lambda tx: tx.add_vectors(ACME, "use", {"d1": b"new"}))
    await store.write(lambda tx: tx.add_vectors(ACME, "e5", {"d1": b"e5"}))
    assert await store.read(lambda tx: tx.vectors(ACME, "use")) == {"d1": b"new", "d2": b"\xff"}
    many = ["d1", *(f"x{n}" for n in range(900)), "d2"]
    assert await store.read(lambda tx: tx.known_vectors(ACME, "use", many)) == {"d1", "d2"}
    assert await store.read(lambda tx: tx.known_vectors(ACME, "use", [])) == set()
    assert await store.write(lambda tx: tx.drop_vectors(ACME, {"use": {"d2"}})) == 2
    assert await store.read(lambda tx: tx.vectors(ACME, "use")) == {"d2": b"\xff"}
    assert await store.read(lambda tx: tx.vectors(ACME, "e5")) == {}
