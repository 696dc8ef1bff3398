"""Sources, articles, chunks and vectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from warmline.domain.ids import ArticleId, ChunkId, ConversationId, SourceId, WorkspaceId, fresh
from warmline.domain.knowledge import Article, Chunk, Page, Section, Source, SourceKind
from warmline.errors import NotFound
from warmline.store.statements import Row, Statements, dumps, listed, loads, maybe_micros, maybe_moment, micros, moment

NOWHERE = ArticleId("")
"""In place of an article: this question has no answer here."""
_FEW = 400
"""Values in one IN list at most."""


class Knowledge(Statements):
    """What the shop knows."""

    def source(self, workspace: WorkspaceId, kind: SourceKind, address: str) -> Source:
        """The source with this address, made when it is new."""
        row = self.row(
            "SELECT * FROM source WHERE workspace = :workspace AND address = :address",
            workspace=workspace,
            address=address,
        )
        if row is not None:
            return _source(row)
        source = Source(SourceId(fresh("src")), kind, address)
        self.put("source", id=source.id, workspace=workspace, kind=kind.value, address=address)
        return source

    def sources(self, workspace: WorkspaceId) -> list[Source]:
        rows = self.rows("SELECT * FROM source WHERE workspace = :workspace ORDER BY address", workspace=workspace)
        return [_source(row) for row in rows]

    def source_learned(self, source: SourceId, now: datetime) -> None:
        self.run("UPDATE source SET learned_at = :now WHERE id = :id", id=source, now=micros(now))

    def remove_source(self, workspace: WorkspaceId, address: str) -> None:
        """The source, its articles and their chunks."""
        row = self.row(
            "SELECT id FROM source WHERE workspace = :workspace AND address = :address",
            workspace=workspace,
            address=address,
        )
        if row is not None:
            self.run("DELETE FROM article WHERE source = :id", id=row["id"])
            self.run("DELETE FROM source WHERE id = :id", id=row["id"])

    def known_pages(self, source: SourceId) -> dict[str, Row]:
        """Key → row (id, digest, etag, last_modified) of the source's articles."""
        rows = self.rows("SELECT id, key, digest, etag, last_modified FROM article WHERE source = :id", id=source)
        return {row["key"]: row for row in rows}

    def save_article(
        self, workspace: WorkspaceId, article: Article, etag: str | None = None, last_modified: str | None = None
    ) -> ArticleId:
        """Add the article, or put it in the place of the one with its key, whose id it gets: the id that it has now.
        An excluded one stays excluded."""
        page = article.page
        [row] = self.rows(
            "INSERT INTO article (id, workspace, source, key, title, lang, url, page, digest, etag, last_modified,"
            " learned_at, valid_until, excluded) VALUES (:id, :workspace, :source, :key, :title, :lang, :url, :page,"
            " :digest, :etag, :last_modified, :learned_at, :valid_until, 0)"
            " ON CONFLICT (source, key) DO UPDATE SET title = excluded.title,"
            " lang = excluded.lang, url = excluded.url, page = excluded.page, digest = excluded.digest,"
            " etag = excluded.etag, last_modified = excluded.last_modified, learned_at = excluded.learned_at,"
            " valid_until = excluded.valid_until RETURNING id",
            id=article.id,
            workspace=workspace,
            source=article.source,
            key=page.key,
            title=page.title,
            lang=page.lang,
            url=page.url,
            page=dumps(_page_data(page)),
            digest=page.digest,
            etag=etag,
            last_modified=last_modified,
            learned_at=micros(article.learned_at),
            valid_until=maybe_micros(page.valid_until),
        )
        return ArticleId(row["id"])

    def save_chunks(self, workspace: WorkspaceId, article: ArticleId, chunks: Sequence[Chunk]) -> None:
        """These and no others are the article's chunks."""
        self.run("DELETE FROM chunk WHERE article = :id", id=article)
        for chunk in chunks:
            self.put(
                "chunk",
                id=chunk.id,
                workspace=workspace,
                article=article,
                ordinal=chunk.ordinal,
                headings=dumps(list(chunk.headings)),
                text=chunk.text,
                phrasings=dumps(list(chunk.phrasings)),
            )

    def retire(self, source: SourceId, keys: Iterable[str]) -> int:
        """Forget articles that have vanished from their source; how many."""
        return sum(
            self.run("DELETE FROM article WHERE source = :source AND key = :key", source=source, key=key)
            for key in keys
        )

    def articles(self, workspace: WorkspaceId) -> list[Article]:
        rows = self.rows("SELECT * FROM article WHERE workspace = :workspace ORDER BY title", workspace=workspace)
        return [_article(row) for row in rows]

    def article(self, workspace: WorkspaceId, id: ArticleId) -> Article:
        row = self.row("SELECT * FROM article WHERE id = :id AND workspace = :workspace", id=id, workspace=workspace)
        if row is None:
            raise NotFound("There is no such article.")
        return _article(row)

    def set_excluded(self, workspace: WorkspaceId, id: ArticleId, excluded: bool) -> None:
        """Keep it out of answers, or let it in again. Raises NotFound."""
        changed = self.run(
            "UPDATE article SET excluded = :excluded WHERE id = :id AND workspace = :workspace",
            id=id,
            workspace=workspace,
            excluded=int(excluded),
        )
        if changed != 1:
            raise NotFound("There is no such article.")

    def chunks(self, workspace: WorkspaceId, now: datetime) -> list[Chunk]:
        """All chunks that may be used now: not of excluded articles, nor of those past their date."""
        rows = self.rows(
            "SELECT c.*, a.title, a.lang, a.url, a.learned_at, a.valid_until FROM chunk c"
            " JOIN article a ON a.id = c.article"
            " WHERE c.workspace = :workspace AND a.excluded = 0 AND (a.valid_until IS NULL OR a.valid_until > :now)"
            " ORDER BY a.id, c.ordinal",
            workspace=workspace,
            now=micros(now),
        )
        taught = self.phrasings(workspace)
        return [_with_phrasings(_chunk(row), taught) for row in rows]

    def add_phrasing(
        self,
        workspace: WorkspaceId,
        wording: str,
        article: ArticleId,
        now: datetime,
        conversation: ConversationId | None = None,
    ) -> None:
        """From now on this is a way to ask for the article (or, with NOWHERE, for what the shop does not know).

        `conversation` is where a shopper said it: with that it will be forgotten.
        """
        self.put(
            "phrasing",
            conflict="workspace, wording",
            workspace=workspace,
            wording=wording,
            article=article,
            at=micros(now),
            conversation=conversation,
        )

    def drop_phrasing(self, workspace: WorkspaceId, wording: str, conversation: ConversationId) -> bool:
        """Forget what a judgement in this conversation taught; whether there was anything."""
        gone = self.run(
            "DELETE FROM phrasing WHERE workspace = :workspace AND wording = :wording AND conversation = :conversation",
            workspace=workspace,
            wording=wording,
            conversation=conversation,
        )
        return gone > 0

    def phrasings(self, workspace: WorkspaceId) -> Mapping[ArticleId, tuple[str, ...]]:
        """Article → the wordings that shoppers' questions added; NOWHERE → those without an answer."""
        rows = self.rows("SELECT article, wording FROM phrasing WHERE workspace = :w ORDER BY at, wording", w=workspace)
        found: dict[ArticleId, list[str]] = {}
        for row in rows:
            found.setdefault(ArticleId(row["article"]), []).append(row["wording"])
        return {article: tuple(wordings) for article, wordings in found.items()}

    def wordings(
        self, workspace: WorkspaceId, articles: Iterable[ArticleId], now: datetime
    ) -> dict[ArticleId, tuple[str, set[str]]]:
        """Article → (title, its own phrasings and those that shoppers' questions added), of those of these articles
        that answers may use now."""
        few = listed(articles)
        names = ", ".join(f":{name}" for name in few) or "NULL"
        rows = self.rows(
            "SELECT a.id, a.title, c.phrasings FROM article a"  # noqa: S608 our own names
            " LEFT JOIN chunk c ON c.article = a.id AND c.ordinal = 0"
            f" WHERE a.workspace = :workspace AND a.id IN ({names}) AND a.excluded = 0"
            " AND (a.valid_until IS NULL OR a.valid_until > :now)",
            workspace=workspace,
            now=micros(now),
            **few,
        )
        taught = self.rows(
            f"SELECT article, wording FROM phrasing WHERE workspace = :workspace AND article IN ({names})",  # noqa: S608
            workspace=workspace,
            **few,
        )
        found = {ArticleId(row["id"]): (row["title"], {*loads(row["phrasings"] or "[]")}) for row in rows}
        for row in taught:
            if row["article"] in found:
                found[row["article"]][1].add(row["wording"])
        return found

    def vectors(self, workspace: WorkspaceId, model: str) -> dict[str, bytes]:
        rows = self.rows(
            "SELECT digest, data FROM vector WHERE workspace = :workspace AND model = :model",
            workspace=workspace,
            model=model,
        )
        return {row["digest"]: bytes(row["data"]) for row in rows}

    def known_vectors(self, workspace: WorkspaceId, model: str, digests: Sequence[str]) -> set[str]:
        """Which of these texts this model has a vector for."""
        found: set[str] = set()
        for start in range(0, len(digests), _FEW):
            few = listed(digests[start : start + _FEW])
            names = ", ".join(f":{name}" for name in few)
            rows = self.rows(
                f"SELECT digest FROM vector WHERE workspace = :workspace AND model = :model AND digest IN ({names})",  # noqa: S608 names are our own
                workspace=workspace,
                model=model,
                **few,
            )
            found |= {row["digest"] for row in rows}
        return found

    def add_vectors(self, workspace: WorkspaceId, model: str, vectors: Mapping[str, bytes]) -> None:
        for digest, data in vectors.items():
            self.put(
                "vector",
                conflict="workspace, model, digest",
                workspace=workspace,
                model=model,
                digest=digest,
                data=data,
            )

    def drop_vectors(self, workspace: WorkspaceId, keep: Mapping[str, set[str]]) -> int:
        """Forget vectors of texts that no chunk has any more, and of models that are gone. `keep`: model → digests."""
        dropped = 0
        for row in self.rows("SELECT model, digest FROM vector WHERE workspace = :w", w=workspace):
            if row["digest"] not in keep.get(row["model"], set()):
                dropped += self.run(
                    "DELETE FROM vector WHERE workspace = :w AND model = :m AND digest = :d",
                    w=workspace,
                    m=row["model"],
                    d=row["digest"],
                )
        return dropped

    def knowledge_size(self, workspace: WorkspaceId) -> tuple[int, int]:
        """(articles, chunks)."""
        articles = self.row("SELECT count(*) AS n FROM article WHERE workspace = :w", w=workspace)
        chunks = self.row("SELECT count(*) AS n FROM chunk WHERE workspace = :w", w=workspace)
        return (articles["n"] if articles else 0, chunks["n"] if chunks else 0)


def _source(row: Row) -> Source:
    return Source(SourceId(row["id"]), SourceKind(row["kind"]), row["address"])


def _page_data(page: Page) -> dict[str, Any]:
    return {
        "sections": [{"headings": list(section.headings), "text": section.text} for section in page.sections],
        "phrasings": list(page.phrasings),
    }


def _article(row: Row) -> Article:
    data = loads(row["page"])
    sections = tuple(Section(tuple(section["headings"]), section["text"]) for section in data["sections"])
    page = Page(row["key"], row["title"], row["lang"], row["url"], sections, tuple(data["phrasings"]),
                maybe_moment(row["valid_until"]))  # fmt: skip
    return Article(
        ArticleId(row["id"]),
        SourceId(row["source"]),
        page,
        moment(row["learned_at"]),
        bool(row["excluded"]),
    )


def _with_phrasings(chunk: Chunk, taught: Mapping[ArticleId, tuple[str, ...]]) -> Chunk:
    """A shopper's wording belongs to the article's first chunk, as those of the page do."""
    if chunk.ordinal or chunk.article not in taught:
        return chunk
    return replace(chunk, phrasings=tuple(dict.fromkeys([*chunk.phrasings, *taught[chunk.article]])))


def _chunk(row: Row) -> Chunk:
    return Chunk(
        ChunkId(row["id"]),
        ArticleId(row["article"]),
        row["ordinal"],
        row["title"],
        tuple(loads(row["headings"])),
        row["text"],
        row["lang"],
        row["url"],
        tuple(loads(row["phrasings"])),
        moment(row["learned_at"]),
        maybe_moment(row["valid_until"]),
    )
