"""Learn what a source holds: only what has changed costs anything, and what has vanished is retired."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from warmline.actions.app import App
from warmline.agent.base import Crawled, Found, Known, Problem, Unchanged, Unit
from warmline.domain.effect import Effect, EffectKind, OwedEffect
from warmline.domain.ids import ArticleId, WorkspaceId, fresh
from warmline.domain.knowledge import Article, Chunk, Source, SourceKind
from warmline.store.base import NOWHERE, Transaction

Progress = Callable[[int, int], None]

BATCH_PAGES = 16
BATCH_UNITS = 64


@dataclass(slots=True)
class Learned:
    """What came of it. `problems` are for the merchant: where, and why."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    problems: list[Problem] = field(default_factory=list)


async def learn_source(
    app: App,
    workspace: WorkspaceId,
    address: str,
    kind: SourceKind,
    progress: Progress = lambda done, all: None,
    read_from: str | None = None,
) -> Learned:
    """Read the site, folder or file at `address`. New knowledge answers when this returns, in every process.

    `read_from` is where it lies now when its address is only its name, such as an upload's.

    Raises Invalid when there is no such file; a page that cannot be read is a problem and stops nothing.
    """
    source = await app.store.write(lambda tx: tx.source(workspace, kind, address))
    rows = await app.store.read(lambda tx: tx.known_pages(source.id))
    limit = (await app.store.read(lambda tx: tx.workspace(workspace))).limits.crawl_pages or 1_000_000
    known = {key: Known(row["etag"], row["last_modified"], row["digest"]) for key, row in rows.items()}
    ids = {key: ArticleId(row["id"]) for key, row in rows.items()}
    learned, seen = Learned(), set[str]()
    pages = app.reader.read(read_from or address, limit=limit, known=known, progress=progress)
    async for batch in _batches(pages):
        changed = [each for each in batch if isinstance(each, Crawled)]
        learned.problems += [each for each in batch if isinstance(each, Problem)]
        learned.unchanged += sum(isinstance(each, Unchanged) for each in batch)
        keys = {each.page.key for each in changed} - seen
        seen |= {_key(each) for each in batch if not isinstance(each, Problem)}
        await store_pages(app, workspace, source, changed, ids)
        learned.new += len(keys - known.keys())
        learned.changed += len(keys & known.keys())
    gone = _vanished(set(known), seen, learned.problems)
    learned.retired = await app.store.write(lambda tx: _end(tx, app, workspace, source, gone, learned))
    return learned


def _key(found: Crawled | Unchanged) -> str:
    return found.url if isinstance(found, Unchanged) else found.page.key


def _vanished(known: set[str], seen: set[str], problems: Sequence[Problem]) -> set[str]:
    """Pages that the source has no more. A page that only failed this time stays; without any page nothing goes."""
    if not seen:
        return set()
    failed = {problem.where for problem in problems if not problem.gone}
    return {key for key in known - seen if not any(key == where or key.startswith(f"{where}#") for where in failed)}


async def _batches(pages: AsyncIterator[Found]) -> AsyncIterator[list[Found]]:
    batch: list[Found] = []
    async for found in pages:
        batch.append(found)
        if len(batch) >= BATCH_PAGES:
            yield batch
            batch = []
    if batch:
        yield batch


async def store_pages(
    app: App,
    workspace: WorkspaceId,
    source: Source,
    pages: Sequence[Crawled],
    ids: Mapping[str, ArticleId],
    allowed: Callable[[Transaction], None] = lambda tx: None,
) -> None:
    """Split, encode by the fast model what has no vector yet, then one write that makes it all answer.

    What `allowed` raises, it raises in that write: nothing is stored then.
    """
    if not pages:
        return
    articles = [
        (Article(ids.get(each.page.key) or ArticleId(fresh("art")), source.id, each.page, app.clock()), each.known)
        for each in pages
    ]
    chunks = {article.id: await asyncio.to_thread(app.agent.split, article) for article, _ in articles}
    every = [chunk for some in chunks.values() for chunk in some]
    units = await asyncio.to_thread(app.agent.units, every)
    await encode_missing(app, workspace, app.agent.models[0], units)

    def save(tx: Transaction) -> None:
        allowed(tx)
        _save(tx, app, workspace, articles, chunks)

    await app.store.write(save)


def _save(
    tx: Transaction,
    app: App,
    workspace: WorkspaceId,
    articles: Sequence[tuple[Article, Known]],
    chunks: Mapping[ArticleId, Sequence[Chunk]],
) -> None:
    for article, known in articles:
        id = tx.save_article(workspace, article, known.etag, known.last_modified)
        # Somebody else may have read this page first, or the source has it twice: the chunks bear the article's id.
        own = chunks[article.id] if id == article.id else app.agent.split(replace(article, id=id))
        tx.save_chunks(workspace, id, own)
    tx.raise_knowledge(workspace)


async def encode_missing(app: App, workspace: WorkspaceId, model: str, units: Sequence[Unit]) -> int:
    """Vectors for the texts that this model has not seen; how many."""
    missing = await app.store.read(lambda tx: _unknown(tx, workspace, model, units))
    for start in range(0, len(missing), BATCH_UNITS):
        some = missing[start : start + BATCH_UNITS]
        vectors = await app.agent.encode(model, some)
        made = {unit.digest: vector for unit, vector in zip(some, vectors, strict=True)}
        await app.store.write(partial(_add_vectors, workspace, model, made))
    return len(missing)


def _unknown(tx: Transaction, workspace: WorkspaceId, model: str, units: Sequence[Unit]) -> list[Unit]:
    by_digest = {unit.digest: unit for unit in units}
    known = tx.known_vectors(workspace, model, list(by_digest))
    return [unit for digest, unit in by_digest.items() if digest not in known]


def _add_vectors(workspace: WorkspaceId, model: str, made: Mapping[str, bytes], tx: Transaction) -> None:
    tx.add_vectors(workspace, model, made)


def _end(tx: Transaction, app: App, workspace: WorkspaceId, source: Source, gone: set[str], learned: Learned) -> int:
    retired = tx.retire(source.id, gone)
    tx.source_learned(source.id, app.clock())
    if retired:
        tx.raise_knowledge(workspace)
    if learned.new or learned.changed or retired:
        tx.owe(workspace, Effect(EffectKind.ENCODE, f"encode:{workspace}"), app.clock())
    return retired


async def encode_knowledge(app: App, effect: OwedEffect) -> None:
    """In the background: vectors of the better models, and away with those that no text needs any more."""
    workspace = effect.workspace
    revision, chunks, taught = await app.store.read(
        lambda tx: (
            tx.workspace(workspace).knowledge_revision,
            tx.chunks(workspace, app.clock()),
            tx.phrasings(workspace),
        )
    )
    # A large shop has a hundred thousand units: the event loop must not count them.
    units = await asyncio.to_thread(_units, app, chunks, taught.get(NOWHERE, ()))
    made = 0
    for model in app.agent.models:
        made += await encode_missing(app, workspace, model, units)
    digests = await asyncio.to_thread(lambda: {unit.digest for unit in units})
    keep = dict.fromkeys(app.agent.models, digests)
    await app.store.write(lambda tx: _encoded(tx, app, effect, revision, keep, made))


def _units(app: App, chunks: Sequence[Chunk], unanswerable: Sequence[str]) -> list[Unit]:
    return [*app.agent.units(chunks), *(Unit("query", wording) for wording in unanswerable)]


def _encoded(
    tx: Transaction, app: App, effect: OwedEffect, revision: int, keep: dict[str, set[str]], made: int
) -> None:
    """What was learned while this ran is not in `keep`: nothing is dropped then, and the whole is owed once more."""
    again = tx.workspace(effect.workspace).knowledge_revision != revision
    dropped = 0 if again else tx.drop_vectors(effect.workspace, keep)
    if made or dropped:
        tx.raise_knowledge(effect.workspace)
    if tx.finish(effect) and again:
        tx.owe(effect.workspace, Effect(EffectKind.ENCODE, effect.key), app.clock())
