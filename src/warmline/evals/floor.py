"""The floor that a decision has to beat: BM25 over plain words, standard library only."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

_WORD = re.compile(r"\w+")
SATURATION, LENGTH = 1.2, 0.75


class WordSearch:
    """Documents by their words, as any search box would do it."""

    def __init__(self, documents: Iterable[tuple[str, str]]) -> None:
        """`documents` are (id, text)."""
        self._counts = [(id, Counter(_WORD.findall(text.lower()))) for id, text in documents]
        self._lengths = [sum(counts.values()) for _, counts in self._counts]
        self._mean = sum(self._lengths) / max(len(self._lengths), 1)
        self._having = Counter(word for _, counts in self._counts for word in counts)

    def best(self, question: str) -> tuple[str | None, float]:
        """(id of the best document, its score); (None, 0) when no word is shared."""
        words = set(_WORD.findall(question.lower()))
        best: tuple[str | None, float] = (None, 0.0)
        for (id, counts), length in zip(self._counts, self._lengths, strict=True):
            score = sum(self._weight(word) * self._share(counts[word], length) for word in words & counts.keys())
            if score > best[1]:
                best = (id, score)
        return best

    def _weight(self, word: str) -> float:
        having = self._having[word]
        return math.log1p((len(self._counts) - having + 0.5) / (having + 0.5))

    def _share(self, count: int, length: int) -> float:
        floor = SATURATION * (1 - LENGTH + LENGTH * length / self._mean)
        return count * (SATURATION + 1) / (count + floor)


def floors(knowledge: Iterable[Mapping[str, Any]]) -> dict[str | None, WordSearch]:
    """A search for each scope of a set; a title counts twice."""
    texts: defaultdict[str | None, list[tuple[str, str]]] = defaultdict(list)
    for entry in knowledge:
        parts = [entry["title"], entry["title"], entry["text"], *(entry.get("examples") or ())]
        texts[entry.get("scope")].append((entry["id"], "\n".join(parts)))
    return {scope: WordSearch(some) for scope, some in texts.items()}
