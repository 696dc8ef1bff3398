"""A model's answer is checked beside the event loop: shoppers of other shops do not wait for it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from warmline.agent import write
from warmline.agent.base import Brief, Unit
from warmline.agent.grounds import objections
from warmline.agent.models.chat import Meter
from warmline.agent.write import ModelWriter
from warmline.domain.ids import ArticleId, ChunkId
from warmline.domain.knowledge import Chunk, Passage

SENTENCE = "You may return anything within 60 days of delivery."


class Scripted:
    """Says this and nothing else."""

    name = "scripted:model"

    async def stream(self, instructions: str, data: str, schema: Mapping[str, Any], meter: Meter) -> AsyncIterator[str]:
        sentences = [{"text": SENTENCE, "passages": [1]}]
        yield json.dumps({"verdict": "answer", "passages": [1], "sentences": sentences})

    def micros(self, read: int, written: int) -> int:
        return 0

    async def close(self) -> None: ...


class NoEncoder:
    models = ()

    async def encode_now(self, model: str, units: list[Unit]) -> list[bytes]:
        raise AssertionError("the page is in the shopper's language")


async def test_the_event_loop_goes_on_while_a_sentence_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    loop_went_on = threading.Event()

    def slow(*given: Any) -> list[str]:
        assert loop_went_on.wait(5), "nobody was served while a sentence was checked"
        return objections(*given)

    monkeypatch.setattr(write, "objections", slow)
    page = Chunk(ChunkId("c"), ArticleId("a"), 0, "Returns", (), SENTENCE, "en", "https://shop.example/returns")
    shown: list[str] = []

    async def show(text: str) -> None:
        shown.append(text)

    asyncio.get_running_loop().call_later(0.05, loop_went_on.set)
    writer = ModelWriter(Scripted(), NoEncoder())  # type: ignore[arg-type]  # as much of them as is used
    written = await writer.write(Brief("How long may I return it?", "en", (Passage(page, 1.0),)), show)
    assert shown == [SENTENCE] and not written.objections
