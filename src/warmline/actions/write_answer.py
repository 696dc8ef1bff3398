"""An answer that the team wrote itself: learned at once, like a page, and forgotten at once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from warmline.actions.app import App
from warmline.actions.learn_source import store_pages
from warmline.agent.base import Crawled, Known
from warmline.domain.effect import Effect, EffectKind
from warmline.domain.ids import ArticleId, WorkspaceId
from warmline.domain.knowledge import Article, Page, Section, SourceKind
from warmline.domain.message import clean_text
from warmline.errors import Conflict, NotFound
from warmline.store.base import Transaction

WRITTEN = "written"
"""The address of the one source that holds them all."""
MAX_TITLE, MAX_TEXT, MAX_PHRASING = 300, 20_000, 500


@dataclass(frozen=True, slots=True)
class Written:
    """`phrasings` are shoppers' own words for the question. `url` is shown as the answer's source."""

    title: str
    text: str
    lang: str
    url: str | None = None
    phrasings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """The article that somebody changes, as it stood before their eyes. `id` None: they write a new one."""

    id: ArticleId | None
    digest: str


async def write_answer(
    app: App, workspace: WorkspaceId, answer: Written, over: Seen | None = None
) -> tuple[ArticleId, bool]:
    """(article, is it new). One of the same title and language takes the place of the one before.

    Raises Invalid; and Conflict `changed` when what stands there is not what they saw `over`: nothing is saved then.
    """
    page = _page(answer)
    source = await app.store.write(lambda tx: tx.source(workspace, SourceKind.WRITTEN, WRITTEN))
    known = await app.store.read(lambda tx: tx.known_pages(source.id))
    id = _id(workspace, page.key)
    crawled = Crawled(page, Known(None, None, page.digest))

    def unchanged(tx: Transaction) -> None:
        if over is not None:
            _refuse_unseen(tx, workspace, over, id, page)

    await store_pages(app, workspace, source, [crawled], {page.key: id}, unchanged)
    await app.store.write(lambda tx: _encode_later(tx, app, workspace))
    return id, page.key not in known


async def remove_answer(app: App, workspace: WorkspaceId, id: ArticleId) -> None:
    """Forget it. Raises Conflict for a page of a site or file, which would come back; NotFound."""
    await app.store.write(lambda tx: _remove(tx, app, workspace, id))


def digest_of(tx: Transaction, workspace: WorkspaceId, id: ArticleId) -> str:
    """What an article says now, as a mark; empty when there is none."""
    try:
        return tx.article(workspace, id).page.digest
    except NotFound:
        return ""


def article_id(workspace: WorkspaceId, answer: Written) -> ArticleId:
    """Where it would stand. Raises Invalid."""
    return _id(workspace, _page(answer).key)


def _refuse_unseen(tx: Transaction, workspace: WorkspaceId, over: Seen, id: ArticleId, page: Page) -> None:
    there = digest_of(tx, workspace, id)
    if over.id in (None, id):
        changed = there != over.digest and there != page.digest
    else:  # its title moves it to a place that must be free
        changed = digest_of(tx, workspace, over.id) != over.digest or there not in ("", page.digest)
    if changed:
        raise Conflict("Somebody saved this answer in the meantime.", "changed")


def _page(answer: Written) -> Page:
    title = clean_text(answer.title, MAX_TITLE, "title").strip()
    text = clean_text(answer.text, MAX_TEXT, "text")
    phrasings = tuple(clean_text(each, MAX_PHRASING, "phrasings") for each in answer.phrasings)
    key = f"{answer.lang}/{' '.join(title.casefold().split())}"
    return Page(key, title, answer.lang, answer.url, (Section((), text),), phrasings)


def _id(workspace: WorkspaceId, key: str) -> ArticleId:
    """The same for the same answer, so that two who write it at once write one article."""
    return ArticleId(f"art_{hashlib.sha256(f'{workspace}/{key}'.encode()).hexdigest()[:32]}")


def _remove(tx: Transaction, app: App, workspace: WorkspaceId, id: ArticleId) -> None:
    article: Article = tx.article(workspace, id)
    if not any(each.id == article.source and each.kind is SourceKind.WRITTEN for each in tx.sources(workspace)):
        raise Conflict(
            "This page would come back at the next reading of its source. Exclude it instead.", "not_written"
        )
    tx.retire(article.source, [article.page.key])
    tx.raise_knowledge(workspace)
    _encode_later(tx, app, workspace)


def _encode_later(tx: Transaction, app: App, workspace: WorkspaceId) -> None:
    tx.owe(workspace, Effect(EffectKind.ENCODE, f"encode:{workspace}"), app.clock())
