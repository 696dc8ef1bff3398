"""Does a sentence in one language say what a passage in another says? By the encoders, which know both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from warmline.agent.alike import likeness
from warmline.agent.base import Unit
from warmline.agent.grounds import Evidence


class Encoder(Protocol):
    """Vectors ahead of all indexing: a shopper waits for them."""

    @property
    def models(self) -> Sequence[str]: ...

    async def encode_now(self, model: str, units: Sequence[Unit]) -> list[bytes]:
        """Raises ModelError."""


async def likeness_across(agent: Encoder, sentence: str, lang: str, cited: Sequence[Evidence]) -> float | None:
    """How near the sentence is to the nearest sentence of the passages; None where words can be compared instead.

    On the scale of `alike.likeness`. Raises ModelError when the encoder died.
    """
    if not cited or any(each.lang in {lang, ""} for each in cited):
        return None
    told = list(dict.fromkeys(part for each in cited for part in each.sentences))
    if not told:
        return 0.0
    asked, found = {}, {}
    for model in agent.models:
        # As queries on both sides: the encoders place two texts of one kind nearer to one another.
        vectors = await agent.encode_now(model, [Unit("query", text) for text in (sentence, *told)])
        asked[model], found[model] = vectors[0], vectors[1:]
    return likeness(asked, found)
