"""BM25 over folded character 3- and 4-grams: exact words, in any inflection, with typos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warmline.agent.text import fold

Words = NDArray[np.uint64]
Rows = NDArray[np.int64]
Floats = NDArray[np.float32]

WIDTHS = (3, 4)
SATURATION = 1.2
LENGTH = 0.75
BATCH = 2_000
POSTINGS_READ = 600_000
"""Enough to read every posting of a shop with some thousand chunks. In a larger one the commonest grams are left out
of the first look at all chunks; those that come into question get their exact score."""

_HASH_BITS, _ROW_BITS, _COUNT_BITS = 40, 20, 4
_MOST_COUNTED = 2**_COUNT_BITS - 1
_STEP = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Gram:
    """A 3- or 4-gram of the question, as text and as it is stored, with its weight in this knowledge."""

    text: str
    weight: float
    first: int
    last: int


class Lexical:
    """An inverted index of all chunks' grams. A posting is a row number and a byte for its weight."""

    def __init__(self, documents: Sequence[str]) -> None:
        keys = _keys(documents)
        self.size = len(documents)
        grams = keys >> np.uint64(_ROW_BITS + _COUNT_BITS)
        starts = np.flatnonzero(np.diff(grams, prepend=~grams[:1]))
        self._grams = grams[starts]
        self._starts = np.append(starts, len(keys))
        self._rows = ((keys >> np.uint64(_COUNT_BITS)) & np.uint64(2**_ROW_BITS - 1)).astype(np.uint32)
        self._impacts = _impacts(keys, self._rows, self.size)

    def grams(self, question: str) -> list[Gram]:
        """The question's grams, rarest first; one that no document has weighs most."""
        texts = sorted(set(_grams_of(f" {fold(question)} ")), key=lambda text: (len(text), text))
        if not texts:
            return []
        hashes = np.concatenate([_hashes([text for text in texts if len(text) == width]) for width in WIDTHS])
        at = np.searchsorted(self._grams, hashes)
        found = []
        for text, gram, place in zip(texts, hashes, at, strict=True):
            known = place < len(self._grams) and self._grams[place] == gram
            first, last = (int(self._starts[place]), int(self._starts[place + 1])) if known else (0, 0)
            weight = np.log1p((self.size - (last - first) + 0.5) / (last - first + 0.5))
            found.append(Gram(text, float(weight), first, last))
        return sorted(found, key=lambda gram: (gram.last - gram.first, gram.text))

    def rough_scores(self, grams: Sequence[Gram]) -> Floats:
        """BM25 of every document, for as many of these grams, rarest first, as can be read in a few milliseconds."""
        scores = np.zeros(self.size, dtype=np.float32)
        left = POSTINGS_READ
        for gram in grams:
            left -= gram.last - gram.first
            if left < 0:
                break
            impacts = self._impacts[gram.first : gram.last].astype(np.float32)
            scores[self._rows[gram.first : gram.last]] += impacts * np.float32(gram.weight * _IMPACT_STEP)
        return scores

    def exact(self, rows: Rows, grams: Sequence[Gram]) -> tuple[Floats, Floats]:
        """BM25 of these documents (sorted row numbers), and the share of the grams' weight that each holds."""
        weights = np.array([gram.weight for gram in grams], dtype=np.float32)
        impacts = np.zeros((len(grams), len(rows)), dtype=np.float32)
        for gram, found in zip(grams, impacts, strict=True):
            if gram.last > gram.first:
                posted = self._rows[gram.first : gram.last]
                place = np.minimum(np.searchsorted(posted, rows), len(posted) - 1)
                found[:] = np.where(posted[place] == rows, self._impacts[gram.first : gram.last][place], 0)
        # einsum, as BLAS would wake its threads for this little.
        bm25 = np.einsum("i,ij->j", weights, impacts) * np.float32(_IMPACT_STEP)
        share = np.einsum("i,ij->j", weights, (impacts > 0).astype(np.float32)) / max(float(weights.sum()), 1e-9)
        return bm25.astype(np.float32), share.astype(np.float32)


_IMPACT_STEP = (SATURATION + 1) / 255


def _keys(documents: Sequence[str]) -> Words:
    """Sorted (gram, row, count) triples, packed in one number each so that a plain sort orders them."""
    batches = [_batch_keys(documents[start : start + BATCH], start) for start in range(0, len(documents), BATCH)] or [
        np.zeros(0, dtype=np.uint64)
    ]
    keys = np.concatenate(batches)
    keys.sort()
    return keys


def _batch_keys(documents: Sequence[str], first_row: int) -> Words:
    lengths = np.array([len(document) + 1 for document in documents])
    codes = np.frombuffer("\n".join([*documents, ""]).encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    rows = np.repeat(np.arange(first_row, first_row + len(documents), dtype=np.uint64), lengths)
    inside = codes != 10
    parts = []
    for width in WIDTHS:
        stop = len(codes) - width + 1
        if stop <= 0:
            continue
        whole = np.logical_and.reduce([inside[n : stop + n] for n in range(width)])
        hashes = _mix([codes[n : stop + n] for n in range(width)])[whole]
        parts.append((hashes << np.uint64(_ROW_BITS)) | rows[:stop][whole])
    return _counted(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.uint64)


def _counted(pairs: Words) -> Words:
    pairs.sort()
    starts = np.flatnonzero(np.diff(pairs, prepend=~pairs[:1]))
    counts = np.diff(np.append(starts, len(pairs)))
    packed = (pairs[starts] << np.uint64(_COUNT_BITS)) | np.minimum(counts, _MOST_COUNTED).astype(np.uint64)
    return np.asarray(packed, dtype=np.uint64)


def _impacts(keys: Words, rows: NDArray[np.uint32], size: int) -> NDArray[np.uint8]:
    """BM25's term weight of each posting, in 255 steps of its bound."""
    counts = (keys & np.uint64(_MOST_COUNTED)).astype(np.float32)
    lengths = np.bincount(rows, weights=counts, minlength=size).astype(np.float32)
    mean = max(float(lengths.mean()), 1.0) if size else 1.0
    floor = np.float32(SATURATION) * (1 - np.float32(LENGTH) + np.float32(LENGTH) * lengths / np.float32(mean))
    return np.maximum(np.rint(255 * counts / (counts + floor[rows])), 1).astype(np.uint8)


def _grams_of(text: str) -> list[str]:
    return [text[at : at + width] for width in WIDTHS for at in range(len(text) - width + 1)]


def _hashes(grams: Sequence[str]) -> Words:
    """The hashes of grams of one length."""
    codes = np.array([[ord(character) for character in gram] for gram in grams], dtype=np.uint64)
    return _mix(list(codes.T)) if grams else np.zeros(0, dtype=np.uint64)


def _mix(columns: Sequence[Words]) -> Words:
    """A 40-bit hash of each row of characters."""
    mixed = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        mixed = (mixed + column) * _STEP
        mixed ^= mixed >> np.uint64(29)
    return np.asarray((mixed * _STEP) >> np.uint64(64 - _HASH_BITS), dtype=np.uint64)
