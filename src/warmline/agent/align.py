"""Soft word alignment: does every weighty word of the question have a partner in the passage?

A passage on the right topic that lacks the one fact asked for scores well in every other view. Here each word of the
question looks for its nearest word by vector; a weighty word that finds none is the sign of the missing fact.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from warmline.agent.index import Hit
from warmline.agent.split import heading_path
from warmline.agent.text import clean, fold
from warmline.domain.ids import ChunkId
from warmline.domain.knowledge import Chunk

Floats = NDArray[np.float32]

PARTNER = 0.45
LEAST_WEIGHT = 0.05
COMMON = 2.0
TELLING = 3.0
"""From this weight on a word is worth naming when the passage lacks it."""
WEIGHTIEST = 3
MOST_QUESTION_WORDS = 24
MOST_PASSAGE_WORDS = 400
MOST_VOCABULARY = 6_000
COUNTED_CHUNKS = 4_000
MOST_KEPT = 2_000
"""Chunks whose words are kept: some 20 MB, were they all long."""
ALIGNED_WEIGHT = 4.0
SINGLE_THREADED = 250_000
"""Multiplications below which BLAS stays on one thread; its threads wait for one another by spinning."""

_WORD = re.compile(r"[^\W_]+")

Word = str
"""A folded word: lower case, no diacritics."""


def words_of(text: str) -> dict[Word, str]:
    """The words of a text, each with the first spelling seen."""
    found: dict[Word, str] = {}
    for spelling in _WORD.findall(clean(text)):
        if word := fold(spelling).replace(" ", ""):
            found.setdefault(word, spelling.lower())
    return found


def chunk_words(chunk: Chunk) -> dict[Word, str]:
    """Words of everything that a chunk says; phrasings stand for a text that is only made of them."""
    return words_of("\n".join([heading_path(chunk), chunk.text, *chunk.phrasings]))


@dataclass(frozen=True, slots=True)
class _Words:
    """Of a chunk: its title's words, and its first MOST_PASSAGE_WORDS."""

    title: Sequence[Word]
    entry: Sequence[Word]


class Vocabulary:
    """How telling each word is in one shop, and the spellings that want a vector."""

    def __init__(self, chunks: Sequence[Chunk], background: Mapping[Word, int], texts: int) -> None:
        """`background` counts the texts, of `texts`, that hold a word."""
        step = max(1, -(-len(chunks) // COUNTED_CHUNKS))
        counts: Counter[Word] = Counter()
        self.spellings: dict[Word, str] = {}
        for chunk in chunks[::step]:
            words = chunk_words(chunk)
            counts.update(words.keys())
            for word, spelling in words.items():
                if len(self.spellings) < MOST_VOCABULARY:
                    self.spellings.setdefault(word, spelling)
        self._counts, self._background = counts, background
        self._texts = texts + len(chunks[::step])
        self._words: dict[ChunkId, _Words] = {}

    def words_of(self, chunk: Chunk) -> _Words:
        """The words of a chunk of this shop; those looked at lately are kept."""
        found = self._words.get(chunk.id)
        if found is None:
            found = _Words(list(words_of(heading_path(chunk))), list(chunk_words(chunk))[:MOST_PASSAGE_WORDS])
            if len(self._words) >= MOST_KEPT:
                self._words.clear()
            self._words[chunk.id] = found
        return found

    def weight(self, word: Word) -> float:
        having = self._counts[word] + self._background.get(word, 0)
        return max(math.log((self._texts + 1) / (having + 0.5)) - COMMON, LEAST_WEIGHT)


@dataclass(frozen=True, slots=True)
class _Question:
    words: Sequence[Word]
    weights: Floats
    vectors: Floats


class Rows(Protocol):
    """Centred unit vectors of words, a row each; zeros for a word without one."""

    def rows(self, words: Iterable[Word]) -> Floats: ...


def align(question: str, hits: Sequence[Hit], vocabulary: Vocabulary, vectors: Rows) -> list[Hit]:
    """The hits with the alignment's views, ranked anew where a hit has no phrasings.

    A word without a vector is nobody's partner but its own.
    """
    asked = _question(question, vocabulary, vectors)
    if asked is None:
        return list(hits)
    return sorted((_aligned(hit, asked, vocabulary, vectors) for hit in hits), key=lambda hit: -hit.score)


def missing(question: str, hit: Hit, vocabulary: Vocabulary, vectors: Rows) -> list[str]:
    """The weighty words of the question, as they were written, that have no partner in this passage."""
    asked = _question(question, vocabulary, vectors)
    if asked is None:
        return []
    entry = vocabulary.words_of(hit.chunk).entry
    partners = _partners(asked.words, asked.vectors, entry, vectors.rows(entry))
    spellings = words_of(question)
    pairs = zip(asked.words, asked.weights.tolist(), partners.tolist(), strict=True)
    return [spellings[word] for word, weight, partner in pairs if weight >= TELLING and partner < PARTNER][:WEIGHTIEST]


def _question(text: str, vocabulary: Vocabulary, vectors: Rows) -> _Question | None:
    words = sorted(words_of(text), key=lambda word: -vocabulary.weight(word))[:MOST_QUESTION_WORDS]
    if not words:
        return None
    weights = np.array([vocabulary.weight(word) for word in words], dtype=np.float32)
    return _Question(words, weights, vectors.rows(words))


def _aligned(hit: Hit, asked: _Question, vocabulary: Vocabulary, vectors: Rows) -> Hit:
    known = vocabulary.words_of(hit.chunk)
    title, entry = known.title, known.entry
    to_entry = _partners(asked.words, asked.vectors, entry, vectors.rows(entry))
    in_title = _similar(asked.words, asked.vectors, title, vectors.rows(title))
    to_title = in_title.max(axis=1, initial=0.0)
    back = in_title.max(axis=0, initial=0.0)
    own = np.array([vocabulary.weight(word) for word in title], dtype=np.float32)
    seen = {
        "al_entry": _mean(to_entry, asked.weights),
        "al_title": _mean(to_title, asked.weights),
        "al_back": _mean(back, own),
        "al_low": float(to_entry[:WEIGHTIEST].min()),
        "al_low_title": float(to_title[:WEIGHTIEST].min()),
        "al_alone": _mean((to_entry < PARTNER).astype(np.float32), asked.weights),
    }
    bonus = ALIGNED_WEIGHT * (seen["al_entry"] + seen["al_title"] + seen["al_back"]) / 3
    score = hit.score if hit.chunk.phrasings else hit.score + bonus
    return replace(hit, score=score, views={**hit.views, **seen})


def _mean(values: Floats, weights: Floats) -> float:
    total = float(weights.sum())
    return float((values * weights).sum()) / total if total else 0.0


def _partners(words: Sequence[Word], rows: Floats, others: Sequence[Word], columns: Floats) -> Floats:
    return np.asarray(_similar(words, rows, others, columns).max(axis=1, initial=0.0), dtype=np.float32)


def _similar(words: Sequence[Word], rows: Floats, others: Sequence[Word], columns: Floats) -> Floats:
    """Cosine of each word with each other one; 1 where they are the same, vector or not."""
    found = np.zeros((len(rows), len(columns)), dtype=np.float32)
    step = max(1, SINGLE_THREADED // max(rows.size, 1))
    for start in range(0, len(columns), step):
        found[:, start : start + step] = rows @ columns[start : start + step].T
    place = {other: at for at, other in enumerate(others)}
    for at, word in enumerate(words):
        if word in place:
            found[at, place[word]] = 1.0
    return found
