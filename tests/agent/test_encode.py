"""Texts that get vectors in bulk: what several shops want at once is theirs, whatever is kept for later."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from warmline.agent import answer
from warmline.agent.answer import KeylessAgent
from warmline.agent.base import Unit
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST


class Slow(Encoders):
    """A text of its own for a vector, and so many turns of the loop for each batch as it has texts."""

    async def encode(self, model: str, units: Sequence[Unit]) -> list[bytes]:
        for _ in units:
            await asyncio.sleep(0)
        return [unit.text.encode() for unit in units]


async def test_what_was_known_is_not_lost_while_the_rest_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another shop that is learnt meanwhile pushed it out: KeyError."""
    monkeypatch.setattr(answer, "KEPT_VECTORS", 10)
    agent = KeylessAgent(Slow([FAST]))
    known = [Unit("query", f"known {n}") for n in range(5)]
    await agent.encode(FAST, known)
    mixed = [*known, *(Unit("passage", f"page {n}") for n in range(20))]
    other = [Unit("passage", f"of another shop {n}") for n in range(10)]
    vectors, _ = await asyncio.gather(agent.encode(FAST, mixed), agent.encode(FAST, other))
    assert vectors == [unit.text.encode() for unit in mixed]
