"""All chunks of one workspace in memory: screen every row, then decide among the best few hundred exactly."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warmline.agent import score
from warmline.agent.base import Shelf, Unit
from warmline.agent.lexical import Gram, Lexical
from warmline.agent.models.vectors import DEEP, DIMENSIONS, FAST
from warmline.agent.split import full_unit, heading_path, part_units, title_unit
from warmline.agent.table import Table
from warmline.agent.text import fold
from warmline.domain.knowledge import Chunk

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]

CANDIDATES = 256
BEST = 10


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index reads it."""

    text: str
    lang: str
    vectors: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a question. `part` is the best sentence's or phrasing's number; `exact` says that the question
    is word for word this chunk's title, heading path or phrasing."""

    chunk: Chunk
    score: float
    views: Mapping[str, float]
    part: int
    exact: bool


@dataclass(frozen=True, slots=True, eq=False)
class Screened:
    """The rows that come into question (sorted), with all that needs no deep encoder: the fast encoder's cosines (of
    parts: one after the other, `flat` their numbers, `starts` where each row's begin), the views that come from words,
    and the `share` of the question's grams that each holds."""

    grams: Sequence[Gram]
    rows: Rows
    exact: Rows
    flat: Rows
    starts: Rows
    fast: score.Cosines
    words: Mapping[str, Floats]
    share: Floats


class Index:
    """Built once from a shelf, then only read: safe to search from several threads."""

    def __init__(self, shelf: Shelf) -> None:
        self.revision = shelf.revision
        self.chunks = tuple(shelf.chunks)
        parts = [part_units(chunk) or [full_unit(chunk)] for chunk in self.chunks]
        self._starts = np.cumsum([0, *(len(of_chunk) for of_chunk in parts)])
        self._folded = ["\n".join(f" {fold(unit.text)} " for unit in of_chunk) for of_chunk in parts]
        self._encoded = {model: self._encode(model, shelf.vectors.get(model, {}), parts) for model in DIMENSIONS}
        self._lexical = Lexical([_document(chunk) for chunk in self.chunks])
        self._langs = np.array([chunk.lang for chunk in self.chunks])
        self._exact = self._wordings()
        self.langs = frozenset(chunk.lang for chunk in self.chunks if chunk.lang)
        self.articles = len({chunk.article for chunk in self.chunks})

    def search(self, query: Query) -> list[Hit]:
        """The best chunks, best first."""
        return self.decide(self.screen(query), query)

    def screen(self, query: Query) -> Screened:
        """What can be said before the deep encoder has read the question; its vector is not looked at."""
        grams = self._lexical.grams(query.text)
        foreign = (self._langs != query.lang) & (self._langs != "")
        exact = np.array(self._exact.get(fold(query.text), []), dtype=np.int64)
        rows = _joined(self._candidates(query, grams, foreign), exact)
        flat, starts = self._parts_of(rows)
        fast = self._cosines(FAST, query, rows, flat)
        bm25, share = self._lexical.exact(rows, grams)
        away = foreign[rows]
        words = {
            "foreign": away.astype(np.float32),
            "lex": np.where(away, np.float32(0), score.lex(bm25)),
            "cov_full": np.where(away, np.float32(0), share),
            "unknown": np.full(len(rows), _unknown(grams), dtype=np.float32),
        }
        return Screened(grams, rows, exact, flat, starts, fast, words, share)

    def decide(self, found: Screened, query: Query) -> list[Hit]:
        """The best of what was screened, best first."""
        if not self.chunks:
            return []
        views, parts = self._views(query, found)
        seen = {**views, **found.words}
        seen["cov"] = self._coverage(found, seen)
        return self._hits(found.rows, seen, parts, found.exact)

    def _encode(self, model: str, vectors: Mapping[str, bytes], parts: Sequence[Sequence[Unit]]) -> _Encoded:
        full = [full_unit(chunk).digest for chunk in self.chunks]
        title = [title_unit(chunk).digest for chunk in self.chunks]
        part = [unit.digest for of_chunk in parts for unit in of_chunk]
        present = [digest for digest in dict.fromkeys([*full, *title, *part]) if digest in vectors]
        row_of = {digest: row for row, digest in enumerate(present)}
        rows = [np.array([row_of.get(digest, -1) for digest in digests], dtype=np.int64)
                for digests in (full, title, part)]  # fmt: skip
        screened = model == FAST and len(self.chunks) > CANDIDATES
        return _Encoded(Table([vectors[digest] for digest in present], DIMENSIONS[model], screened), *rows)

    def _wordings(self) -> Mapping[str, Sequence[int]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for row, chunk in enumerate(self.chunks):
            # "Price" stands over many a section; a heading of some words is as good as a question.
            heading = [text for text in chunk.headings[-1:] if len(text.split()) >= 3]
            for wording in {fold(text) for text in (chunk.title, heading_path(chunk), *heading, *chunk.phrasings)}:
                if wording:
                    found[wording].append(row)
        return dict(found)

    def _candidates(self, query: Query, grams: Sequence[Gram], foreign: NDArray[np.bool_]) -> Rows:
        """All rows of a small shop; of a large one those that the fast encoder's sign bits and the words find best."""
        count = len(self.chunks)
        if count <= CANDIDATES:
            return np.arange(count)
        rough = score.rough(self._estimates(query))
        # Coverage is too dear for every row, so the words count twice in its place.
        words = 2 * score.lex(self._lexical.rough_scores(grams))
        rough += np.where(foreign, np.float32(score.WEIGHTS["foreign"]), words)
        return np.asarray(np.argpartition(rough, -CANDIDATES)[-CANDIDATES:], dtype=np.int64)

    def _estimates(self, query: Query) -> score.Cosines:
        encoded = self._encoded[FAST]
        if FAST not in query.vectors or not len(encoded.table):
            return _nothing(len(self.chunks))
        cosines = encoded.table.estimates(query.vectors[FAST])
        part = np.fmax.reduceat(cosines[encoded.part], self._starts[:-1])
        return score.Cosines(cosines[encoded.full], cosines[encoded.title], part)

    def _views(self, query: Query, found: Screened) -> tuple[dict[str, Floats], Rows]:
        flat, starts, fast = found.flat, found.starts, found.fast
        deep = self._cosines(DEEP, query, found.rows, flat)
        seen = score.views(_best(fast, starts), _best(deep, starts))
        single = score.views(fast, deep)
        strength = single["u_part"] + single["e_part"]
        lengths = np.diff(np.append(starts, len(flat)))
        best = [int(strength[at : at + length].argmax()) for at, length in zip(starts, lengths, strict=True)]
        return seen, np.array(best, dtype=np.int64)

    def _parts_of(self, rows: Rows) -> tuple[Rows, Rows]:
        """The part numbers of these rows, one after the other, and where each row's begin."""
        lengths = self._starts[rows + 1] - self._starts[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
        flat = np.arange(lengths.sum()) + np.repeat(self._starts[rows] - starts, lengths)
        return flat, starts

    def _cosines(self, model: str, query: Query, rows: Rows, flat: Rows) -> score.Cosines:
        encoded = self._encoded[model]
        if model not in query.vectors:
            return score.Cosines(*(np.full(len(at), np.nan, dtype=np.float32) for at in (rows, rows, flat)))
        vector, table = query.vectors[model], encoded.table
        return score.Cosines(
            table.cosines(vector, encoded.full[rows]),
            table.cosines(vector, encoded.title[rows]),
            table.cosines(vector, encoded.part[flat]),
        )

    def _coverage(self, screened: Screened, seen: Mapping[str, Floats]) -> Floats:
        """The share of the question's gram weight in the best part.

        No part covers more than its whole chunk, whose share is known: so rows are tried best chance first, until none
        that is left can come among the best any more.
        """
        grams, rows, exact = screened.grams, screened.rows, screened.exact
        found = np.zeros(len(rows), dtype=np.float32)
        total = sum(gram.weight for gram in grams)
        if not total:
            return found
        weight = score.WEIGHTS["cov"]
        so_far = score.fused(seen)
        chance = so_far + weight * screened.share * (1 - seen["foreign"])
        best: list[float] = []
        for at in np.argsort(-chance).tolist():
            if len(best) == BEST and chance[at] < best[0] and rows[at] not in exact:
                continue
            if not seen["foreign"][at]:
                found[at] = self._best_share(int(rows[at]), grams) / total
            sum_so_far = float(so_far[at] + weight * found[at])
            heapq.heappush(best, sum_so_far)
            if len(best) > BEST:
                heapq.heappop(best)
        return found

    def _best_share(self, row: int, grams: Sequence[Gram]) -> float:
        parts = self._folded[row].split("\n")
        return max(sum([gram.weight for gram in grams if gram.text in part]) for part in parts)

    def _hits(self, rows: Rows, seen: Mapping[str, Floats], parts: Rows, exact: Rows) -> list[Hit]:
        scores = score.fused(seen)
        order = sorted(range(len(rows)), key=lambda at: (-float(scores[at]), int(rows[at])))[:BEST]
        order += [at for at in np.flatnonzero(np.isin(rows, exact)).tolist() if at not in order]
        return [
            Hit(
                chunk=self.chunks[rows[at]],
                score=float(scores[at]),
                views={name: float(values[at]) for name, values in seen.items()},
                part=int(parts[at]),
                exact=bool(rows[at] in exact),
            )
            for at in order
        ]


@dataclass(frozen=True, slots=True)
class _Encoded:
    """One encoder's table, and the table rows of each chunk's whole text and title and of each part."""

    table: Table
    full: Rows
    title: Rows
    part: Rows


def _joined(rows: Rows, others: Rows) -> Rows:
    """Both, sorted, each once. NumPy's `union1d` imports a module of its own in the middle of the first question."""
    return np.sort(np.concatenate([rows, others[~np.isin(others, rows)]]))


def _unknown(grams: Sequence[Gram]) -> float:
    """The share of the question's grams, by weight, that stand nowhere in this knowledge."""
    total = sum(gram.weight for gram in grams)
    return sum(gram.weight for gram in grams if gram.last == gram.first) / total if total else 0.0


def _document(chunk: Chunk) -> str:
    """What BM25 reads: the title twice, the text, the phrasings."""
    title = f" {fold(heading_path(chunk))} "
    return "\n".join([title, title, f" {fold(chunk.text)} ", *(f" {fold(text)} " for text in chunk.phrasings)])


def _best(cosines: score.Cosines, starts: Rows) -> score.Cosines:
    return score.Cosines(cosines.full, cosines.title, np.fmax.reduceat(cosines.part, starts))


def _nothing(count: int) -> score.Cosines:
    missing = np.full(count, np.nan, dtype=np.float32)
    return score.Cosines(missing, missing, missing)
