"""Vectors of single words, kept for all shops: how near are two words, whatever shop they stand in?"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from warmline.agent import background
from warmline.agent.align import MOST_QUESTION_WORDS, Word, words_of
from warmline.agent.base import Unit
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import DIMENSIONS, FAST, restore

MOST_KEPT = 40_000
"""A kilobyte each."""


class WordVectors:
    """Centred unit vectors of folded words, by the fast encoder."""

    def __init__(self, encoders: Encoders) -> None:
        self._encoders = encoders
        self._kept: dict[Word, NDArray[np.float16]] = {}

    async def learn(self, spellings: Mapping[Word, str]) -> None:
        """Encode those that are new, beside other work. Raises ModelError."""
        missing = self._missing(spellings)
        vectors = await self._encoders.encode(FAST, [Unit("query", missing[word]) for word in missing])
        self._keep(missing, await asyncio.to_thread(_centred, vectors))

    async def ask(self, question: str) -> None:
        """The same for a question's words, ahead of other work."""
        spellings = dict(itertools.islice(words_of(question).items(), MOST_QUESTION_WORDS))
        missing = self._missing(spellings)
        if missing:
            self._keep(missing, _centred(await self._encoders.words(list(missing.values()))))

    def rows(self, words: Iterable[Word]) -> NDArray[np.float32]:
        """A row for each word; of zeros where there is none."""
        nothing = np.zeros(DIMENSIONS[FAST], dtype=np.float16)
        found = [self._kept.get(word, nothing) for word in words]
        return np.stack(found).astype(np.float32) if found else np.zeros((0, DIMENSIONS[FAST]), dtype=np.float32)

    def _missing(self, spellings: Mapping[Word, str]) -> dict[Word, str]:
        return {word: spelling for word, spelling in spellings.items() if word not in self._kept}

    def _keep(self, missing: Mapping[Word, str], rows: NDArray[np.float16]) -> None:
        self._kept.update(zip(missing, rows, strict=True))
        for word in list(itertools.islice(self._kept, max(len(self._kept) - MOST_KEPT, 0))):
            self._kept.pop(word, None)


def _centred(vectors: Sequence[bytes]) -> NDArray[np.float16]:
    """What all words have in common is taken out; unit rows."""
    if not vectors:
        return np.zeros((0, DIMENSIONS[FAST]), dtype=np.float16)
    rows = restore(vectors, DIMENSIONS[FAST])
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9) - background.load().middle
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return np.asarray(rows, dtype=np.float16)
