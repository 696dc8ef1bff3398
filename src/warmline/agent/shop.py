"""All that is made of one workspace's shelf: the index, its vocabulary, and its head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from warmline.agent import background
from warmline.agent.align import Vocabulary
from warmline.agent.base import Shelf, Unit
from warmline.agent.head import MOST_EACH, MOST_ROWS, OTHER, Example, Head
from warmline.agent.index import Index
from warmline.agent.split import full_unit, title_unit
from warmline.domain.knowledge import Citation

SEEN = 0.9
"""The share of the pages that an encoder has to have seen."""


class Shop:
    """Built once, then only read; `head` is None until it is fitted, and for a shop without phrasings."""

    def __init__(self, shelf: Shelf, models: Sequence[str]) -> None:
        known = background.load()
        self.revision = shelf.revision
        self.index = Index(shelf)
        self.vocabulary = Vocabulary(self.index.chunks, known.counts, len(known.examples))
        self.models = frozenset(model for model in models if self._has_seen(shelf.vectors.get(model, {})))
        self.head: Head | None = None
        self._articles = {(chunk.title, chunk.url): chunk.article for chunk in reversed(self.index.chunks)}
        self._phrased_articles = {chunk.article for chunk in self.index.chunks if chunk.phrasings} | {OTHER}
        self._examples = list(self._phrased(shelf))

    def _has_seen(self, vectors: Mapping[str, bytes]) -> bool:
        """An encoder that has not seen most pages yet has no say in how sure the agent is."""
        seen = sum(full_unit(chunk).digest in vectors for chunk in self.index.chunks)
        return bool(vectors) and seen >= SEEN * len(self.index.chunks)

    @property
    def wants_head(self) -> bool:
        return self.head is None and any(each.about != OTHER for each in self._examples)

    def article_of(self, source: Citation) -> str | None:
        """The page that an answer named; None when it is gone."""
        return self._articles.get((source.title, source.url))

    def of_phrased(self, probabilities: Mapping[str, float]) -> Mapping[str, float]:
        """The head's word on entries with phrasings, and "other": of the rest it has seen the title only."""
        return {about: share for about, share in probabilities.items() if about in self._phrased_articles}

    def fit_head(self) -> None:
        """Learn from phrasings, titles and judged questions; seconds in a large shop."""
        head = Head(self._examples, background.load().examples, sorted(self.models))
        self.head, self._examples = head, []

    def _phrased(self, shelf: Shelf) -> Iterator[Example]:
        """Examples of shops where somebody has written phrasings: without any, titles alone teach nothing."""
        phrased = [chunk for chunk in self.index.chunks if chunk.phrasings]
        if not phrased:
            return
        each = max(1, min(MOST_EACH, MOST_ROWS // len(phrased)))
        units: list[tuple[Unit, str]] = [
            (Unit("query", text), chunk.article) for chunk in phrased for text in chunk.phrasings[:each]
        ]
        units += [
            (title_unit(chunk), chunk.article) for chunk in self.index.chunks if not chunk.ordinal and chunk.title
        ]
        units += [(Unit("query", text), OTHER) for text in shelf.unanswerable]
        for unit, about in units:
            vectors = {model: shelf.vectors[model].get(unit.digest, b"") for model in self.models}
            if all(vectors.values()):
                yield Example(unit.text, vectors, about)
