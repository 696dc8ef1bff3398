"""The rules' examples as vectors, and how near a message is to them."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress

from warmline.agent.alike import likeness
from warmline.agent.base import Unit
from warmline.agent.models.encoders import Encoders
from warmline.domain.rules import MOST_RULES, MOST_TEXTS, Rule

log = logging.getLogger(__name__)

EXAMPLES_WITHIN = 2.0
"""Seconds that a turn waits for the vectors of its rules' examples."""
EXAMPLES_AT_ONCE = 4
"""A shopper's question waits until so many are made, a tenth of a second."""
KEPT_EXAMPLES = MOST_RULES * MOST_TEXTS
"""As many as one shop may have, of each model under 1 kB each."""


class Examples:
    """Vectors of the rules' examples: made a few at a time ahead of all indexing, and kept where no page that is learnt
    pushes them out."""

    def __init__(self, encoders: Encoders) -> None:
        self._encoders = encoders
        self._kept: dict[str, Mapping[str, bytes]] = {}
        self._wanted: dict[str, None] = {}
        self._making: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def ready(self, texts: Sequence[str], models: Collection[str]) -> Mapping[str, Mapping[str, bytes]]:
        """Text → model → vector, of those that are there in time. The others are made in the background."""
        if missing := self._missing(texts, models):
            self._want(missing)
            with suppress(TimeoutError):
                async with asyncio.timeout(EXAMPLES_WITHIN):
                    while self._wanted and (missing := self._missing(missing, models)):
                        await self._news.wait()
        late = set(self._missing(texts, models))
        found = {text: self._kept[text] for text in texts if text not in late}
        for text in found:  # the last to be dropped
            self._kept[text] = self._kept.pop(text)
        return found

    async def close(self) -> None:
        if self._making is not None:
            self._making.cancel()
            await asyncio.wait([self._making])

    def _missing(self, texts: Iterable[str], models: Collection[str]) -> list[str]:
        return [text for text in texts if not self._kept.get(text, {}).keys() >= set(models)]

    def _want(self, texts: Iterable[str]) -> None:
        """Ahead of what other turns still want: a shop with many examples does not hold up one with two."""
        wanted = dict.fromkeys([*texts, *self._wanted])
        self._wanted = dict.fromkeys(itertools.islice(wanted, KEPT_EXAMPLES))
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._make(), name="rule-examples")

    async def _make(self) -> None:
        try:
            while some := list(itertools.islice(self._wanted, EXAMPLES_AT_ONCE)):
                self._keep(some, await self._encoded(some))
                self._tell()
        except Exception as error:  # noqa: BLE001  the next turn with these rules tries again
            log.warning("examples of rules could not be read: %s", error)
        finally:
            self._wanted = {}
            self._tell()

    async def _encoded(self, texts: Sequence[str]) -> list[Mapping[str, bytes]]:
        units, models = [Unit("query", text) for text in texts], self._encoders.models
        made = await asyncio.gather(*(self._encoders.now(model, units) for model in models))
        return [dict(zip(models, vectors, strict=True)) for vectors in zip(*made, strict=True)]

    def _keep(self, texts: Sequence[str], vectors: Sequence[Mapping[str, bytes]]) -> None:
        for text, each in zip(texts, vectors, strict=True):
            self._kept[text] = each
            self._wanted.pop(text, None)
        while len(self._kept) > KEPT_EXAMPLES:
            del self._kept[next(iter(self._kept))]

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def nearness(
    asked: Mapping[str, bytes], rules: Sequence[Rule], vectors: Mapping[str, Mapping[str, bytes]]
) -> list[float]:
    """How near the question is to the nearest example of each rule."""
    return [
        likeness(asked, {model: [vectors[text][model] for text in rule.examples] for model in asked}) for rule in rules
    ]
