"""A small shop to ask, in two languages."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from warmline.agent.base import Agent, Shelf
from warmline.domain.ids import ArticleId, SourceId, WorkspaceId
from warmline.domain.knowledge import Article, Chunk, Page, Section, SourceKind

SHOP = WorkspaceId("shop")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def an_article(
    key: str,
    title: str,
    *texts: str,
    lang: str = "en",
    headings: Sequence[str] = (),
    phrasings: Sequence[str] = (),
    learned_at: datetime = NOW,
    valid_until: datetime | None = None,
) -> Article:
    """An article; each text is a section, under the heading of the same place."""
    paths: list[tuple[str, ...]] = [(heading,) for heading in headings] or [()] * len(texts)
    sections = tuple(Section(path, text) for path, text in zip(paths, texts, strict=True))
    page = Page(key, title, lang, f"https://shop.example/{key}", sections, tuple(phrasings), valid_until)
    return Article(ArticleId(key), SourceId(f"src_{SourceKind.WRITTEN}"), page, learned_at)


ARTICLES = (
    an_article(
        "returns",
        "Returns",
        "You can return any item within 30 days of delivery. The item must be unused and in its box.",
        "We refund the price to your card within 5 working days after the parcel reaches our warehouse.",
        headings=("How to return an item", "How long does a refund take?"),
    ),
    an_article(
        "zwroty",
        "Zwroty",
        "Każdy produkt możesz zwrócić w ciągu 30 dni od dostawy. Produkt musi być nieużywany i w pudełku.",
        "Pieniądze zwracamy na kartę w ciągu 5 dni roboczych od chwili, gdy paczka dotrze do magazynu.",
        lang="pl",
        headings=("Jak zwrócić produkt", "Jak długo trwa zwrot pieniędzy?"),
    ),
    an_article(
        "shipping",
        "Shipping costs",
        "Shipping costs 5 euro within the European Union. Orders over 50 euro ship free.",
    ),
    an_article(
        "dostawa",
        "Koszty dostawy",
        "Dostawa na terenie Unii Europejskiej kosztuje 20 zł. Zamówienia od 200 zł wysyłamy bezpłatnie.",
        lang="pl",
    ),
    an_article(
        "gift-cards",
        "Gift cards",
        "Gift cards are valid for two years and can be used for every product in our shop.",
        phrasings=("how long can I use my voucher", "does the gift card run out some day"),
    ),
    an_article("blik", "Payment by BLIK", "You can pay with BLIK: type the six digit code from your banking app."),
    an_article("opening", "Opening hours", "Our store in Warsaw is open from Monday to Friday, 9:00 to 17:00."),
    an_article("empty", "Careers", phrasings=("are you hiring people",)),
)


async def learn(
    agent: Agent, articles: Sequence[Article], workspace: WorkspaceId = SHOP, revision: int = 1
) -> list[Chunk]:
    """Split, encode and load these articles."""
    chunks = [chunk for article in articles for chunk in agent.split(article)]
    units = agent.units(chunks)
    digests = [unit.digest for unit in units]
    vectors = {model: dict(zip(digests, await agent.encode(model, units), strict=True)) for model in agent.models}
    await agent.load(workspace, Shelf(revision, chunks, vectors))
    await agent.settle(workspace)
    return chunks


def shared_set(name: str) -> Path:
    """A folder of public questions, which are not ours to copy into the repository."""
    root = Path(os.environ.get("WARMLINE_SHARED", Path(__file__).parents[3] / "shared"))
    folder = root / "eval" / name
    if not folder.is_dir():
        pytest.skip(f"the public question set {name} is not here (set WARMLINE_SHARED)")
    return folder
