"""A language model words the answer; what it may say is checked sentence by sentence before anybody sees it.

The verdict comes first. Then each sentence is held until it is whole, checked against the passages that it cites, and
shown only when it passed: what has been shown cannot be unsaid, so nothing unchecked is ever shown. One sentence that
does not pass refuses the whole answer. What had been shown of it until then stood in the shop's pages, and is replaced
by what the agent says without a model.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any

from pydantic_core import from_json

from warmline.agent import language
from warmline.agent.base import Brief
from warmline.agent.grounds import evidence_of, objections
from warmline.agent.likely import Encoder, likeness_across
from warmline.agent.models.chat import Chat, Meter
from warmline.agent.prompts.answer import MOST_SENTENCES, SCHEMA, data, instructions
from warmline.agent.prompts.rules import SCHEMA as RULES_SCHEMA
from warmline.agent.prompts.rules import sorting
from warmline.agent.quote import choices_of
from warmline.agent.text import fold
from warmline.domain.ids import ArticleId, ChunkId
from warmline.domain.knowledge import Chunk, Citation, Passage
from warmline.domain.model import Breaker, Finding, Sentence, Sorted, Spent, Written
from warmline.errors import ModelError

MOST_TOKENS = 900
"""Of one answer, and what its price is reckoned with before it begins."""
MOST_TEXT = 12_000
"""Characters that are read of an answer; a model in a loop is left there."""
LETTERS_A_TOKEN = 2.5
"""Of our prompts, on the low side, so that the price is on the high side."""
MOST_SORTED = 2_000
"""Characters that are read of a word on the rules."""
Show = Callable[[str], Awaitable[None]]


class ModelWriter:
    """Implements `agent.base.Writer`."""

    def __init__(self, chat: Chat, agent: Encoder) -> None:
        self.name, self.breaker = chat.name, Breaker()
        self._chat, self._agent = chat, agent

    def price(self, brief: Brief, rules: Sequence[str] = ()) -> int:
        told = sorting(rules, _mark()) if rules else instructions(brief, _mark())
        letters = len(told) + len(data(brief, _mark())) + len(str(SCHEMA))
        return self._chat.micros(round(letters / LETTERS_A_TOKEN), MOST_TOKENS)

    async def check(self) -> None:
        page = Chunk(ChunkId("check"), ArticleId("check"), 0, "Hours", (), "We are open on Mondays.", "en", None)
        await self.write(Brief("When are you open?", "en", (Passage(page, 1.0),)), _to_nobody)

    async def write(self, brief: Brief, show: Show) -> Written:
        mark, meter = _mark(), Meter()
        reading = _Reading(brief, self._agent, show)
        text = ""
        async with aclosing(self._chat.stream(instructions(brief, mark), data(brief, mark), SCHEMA, meter)) as pieces:
            async for piece in pieces:
                text += piece
                await reading.read(text, whole=False)
                if reading.done or len(text) > MOST_TEXT:
                    break
        await reading.read(text, whole=True)
        return reading.written(self._used(meter, instructions(brief, mark), brief, text))

    async def sort(self, rules: Sequence[str], brief: Brief) -> Sorted:
        mark, meter, text = _mark(), Meter(), ""
        told = sorting(rules, mark)
        async with aclosing(self._chat.stream(told, data(brief, mark), RULES_SCHEMA, meter)) as pieces:
            async for piece in pieces:
                text += piece
                if len(text) > MOST_SORTED:
                    break
        found = _parsed(text[max(text.find("{"), 0) :], whole=True)
        match found:
            case {"rules": list(numbers)} if all(type(n) is int and 1 <= n <= len(rules) for n in numbers):
                return Sorted(tuple(dict.fromkeys(numbers)), self._used(meter, told, brief, text))
            case _:
                raise ModelError("the model's word on the rules does not fit the schema")

    async def close(self) -> None:
        await self._chat.close()

    def _used(self, meter: Meter, told: str, brief: Brief, text: str) -> Spent:
        """As the provider counts; reckoned by us, on the high side, when it does not say or was not heard out."""
        if meter.counted and meter.written:
            return Spent(meter.read, meter.written, self._chat.micros(meter.read, meter.written))
        read = meter.read or round((len(told) + len(data(brief, _mark()))) / LETTERS_A_TOKEN)
        written = max(1, round(len(text) / LETTERS_A_TOKEN))
        return Spent(read, written, self._chat.micros(read, written))


async def _to_nobody(text: str) -> None:
    """Shows to nobody."""


def _mark() -> str:
    return f"#{secrets.token_hex(6)}#"


class _Reading:
    """An answer while it comes in. `done`: there is nothing more worth hearing."""

    def __init__(self, brief: Brief, agent: Encoder, show: Show) -> None:
        self._brief, self._agent, self._show = brief, agent, show
        self._evidence = [evidence_of(each.chunk) for each in brief.passages]
        self._finding: Finding | None = None
        self._cited: tuple[int, ...] = ()
        self._search = self._open = ""
        self._taken = 0
        self._passed: list[Sentence] = []
        self._objections: list[str] = []
        self._in = ""
        self.done = False

    async def read(self, text: str, *, whole: bool) -> None:
        """Take in what there is so far. Raises ModelError when, as a whole, it is not what was asked for."""
        if self.done:
            return
        start = text.find("{")
        found = _parsed(text[start:], whole) if start >= 0 else None
        if found is None:
            if whole:
                raise ModelError("the model's answer is not JSON" if text.strip() else "the model said nothing")
            if start < 0 and len(text) > 500:
                raise ModelError("the model's answer is not JSON")
            return
        sentences = found.get("sentences", [])
        # While it comes in, the last one may not be whole yet, and the verdict stands once something follows it.
        if whole or len(found) > 1:
            self._take_verdict(found)
        if self._finding is None:
            return
        if self._finding is not Finding.ANSWER:
            self.done = whole or "open" in found or "sentences" in found
            return
        if not isinstance(sentences, list):
            raise ModelError("the model's answer does not fit the schema")
        for each in (sentences if whole else sentences[:-1])[self._taken :]:
            self._taken += 1
            if not await self._take(each):
                self.done = True
                return

    def _take_verdict(self, found: dict[str, Any]) -> None:
        try:
            self._finding = Finding(found["verdict"])
            self._cited = tuple(n for n in found.get("passages", ()) if isinstance(n, int) and self._knows(n))
        except (KeyError, ValueError, TypeError) as error:
            raise ModelError("the model's answer does not fit the schema") from error
        self._search = str(found.get("search") or "").strip()
        self._open = str(found.get("open") or "").strip()

    async def _take(self, given: object) -> bool:
        match given:
            case {"text": str(text), "passages": list(numbers)} if all(isinstance(n, int) for n in numbers):
                sentence = Sentence(" ".join(text.split()), tuple(dict.fromkeys(numbers)))
            case _:
                raise ModelError("the model's answer does not fit the schema")
        if not sentence.text:
            return True
        if len(self._passed) == MOST_SENTENCES:
            return self._refuse("it goes on and on")
        if unknown := [n for n in sentence.passages if not self._knows(n)]:
            return self._refuse(f"it cites passage {unknown[0]}, which there is not")
        if other := self._foreign(sentence.text):
            self._in = other
            return self._refuse(f"it is in another language, {other}, than the question: {sentence.text[:200]}")
        cited = [self._evidence[n - 1] for n in sentence.passages]
        near = await likeness_across(self._agent, sentence.text, self._brief.lang, cited)
        # Pages full of figures take long to read: shoppers of other shops must not wait for it.
        why = await asyncio.to_thread(objections, sentence.text, self._brief.lang, cited, self._brief.hosts, near)
        if why:
            return self._refuse(*(f"{each}: {sentence.text[:200]}" for each in why))
        self._passed.append(sentence)
        await self._show(" ".join(self._texts()))
        return True

    def _foreign(self, text: str) -> str | None:
        """By itself, or together with what stands before it: short sentences say little of their language."""
        wanted = self._brief.lang
        return language.foreign(text, wanted) or language.foreign(" ".join((*self._texts(), text)), wanted)

    def _texts(self) -> list[str]:
        return [each.text for each in self._passed]

    def _knows(self, number: int) -> bool:
        return 1 <= number <= len(self._evidence)

    def _refuse(self, *why: str) -> bool:
        self._objections += why
        return False

    def written(self, spent: Spent) -> Written:
        """Raises ModelError for an answer that broke off before its verdict, or says "answer" and nothing else."""
        if self._finding is None:
            raise ModelError("the model's answer broke off")
        if self._finding is Finding.ANSWER and not self._passed and not self._objections:
            raise ModelError("the model said nothing")
        cited = list(dict.fromkeys(n for each in self._passed for n in each.passages))
        pages = [self._brief.passages[n - 1].chunk for n in cited]
        asked = [self._brief.passages[n - 1].chunk for n in self._cited]
        return Written(
            finding=self._finding,
            sentences=tuple(self._passed),
            citations=tuple(dict.fromkeys(Citation(page.title, page.url) for page in pages)),
            choices=choices_of(asked) if self._finding is Finding.ASK else (),
            open=self._open if _said_in(self._open, self._brief.question) else "",
            search=self._search[:600] if self._brief.history else "",
            objections=tuple(self._objections),
            not_in=self._in,
            spent=spent,
        )


def _parsed(text: str, whole: bool) -> dict[str, Any] | None:
    """The object as far as it goes; None when it is none. What stands behind it is left out."""
    if whole:
        text = text[: text.rfind("}") + 1]
    try:
        found = from_json(text, allow_partial=False if whole else "trailing-strings")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _said_in(part: str, question: str) -> bool:
    """Only words of the shopper's own are passed on as the part that stays open."""
    return bool(fold(part)) and fold(part) in fold(question)
