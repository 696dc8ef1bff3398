"""The agent's draft, worded by a language model where one is configured, affordable and well; else as it was.

The keyless draft is there before any call begins, so whatever happens to the call, the shopper gets that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from warmline.actions.app import App
from warmline.actions.call_model import call_model
from warmline.actions.read_rules import read_rules
from warmline.agent.base import Brief, Writer
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.knowledge import Thought, Turn
from warmline.domain.model import Finding, Spent, Written, decided, why_without
from warmline.domain.mood import Mood
from warmline.domain.workspace import Workspace
from warmline.errors import ModelError

log = logging.getLogger(__name__)

FIRST_SHARE = 0.6
"""Of the time, for the first try: a model that hangs leaves the rest to the second."""
LEAST = 0.1
FINISH_WITHIN = 20.0
"""Seconds that an answer may take after its first word was shown."""
PAUSE = 0.2

Show = Callable[[str], Awaitable[None]]


class TakenOver(Exception):
    """Raised by `show` when the agent may not speak any more: the call ends."""


async def nobody(text: str) -> None:
    """Shows to nobody."""


async def compose_answer(
    app: App,
    workspace: WorkspaceId,
    turn: Turn,
    thought: Thought,
    mood: Mood | None = None,
    *,
    conversation: ConversationId | None = None,
    show: Show = nobody,
    until: float | None = None,
) -> Thought:
    """The thought with the model's verdict in it, and before it the rules in words. `until` is the event loop's time of
    the first word at the latest.

    Raises nothing but TakenOver: a model that is down, late, incoherent or broken leaves the keyless draft.
    """
    thought = await _with_rules(app, workspace, turn, thought, conversation, until)
    if app.writer is None:
        return thought
    mood = mood or Mood()
    if why := why_without(thought, mood, turn.cut):
        return _noted(thought, {"name": app.writer.name, "used": False, "why": why})
    shop = await app.store.read(lambda tx: tx.workspace(workspace))
    end = asyncio.get_running_loop().time() + app.timings.model.total_seconds()
    asked = _Asked(app, app.writer, shop, turn, conversation, show, end if until is None else min(end, until))
    return await asked.answer(thought, mood)


async def _with_rules(
    app: App,
    workspace: WorkspaceId,
    turn: Turn,
    thought: Thought,
    conversation: ConversationId | None,
    until: float | None,
) -> Thought:
    try:
        return await read_rules(app, workspace, turn, thought, conversation=conversation, until=until)
    except Exception as error:  # noqa: BLE001  as when the model is down: these rules apply to nobody
        broken = _broken(error)
        return replace(thought, trace={**thought.trace, "rules_in_words": {"why": str(broken)}})


def _broken(error: Exception) -> ModelError:
    """A fault of ours or of its library: to the shopper it is as if the model was down. Nobody knows what it used, so
    its highest price stays in the books, as after a call that was too late."""
    log.error("the language model broke", exc_info=error)
    return ModelError(f"it broke: {type(error).__name__}", again=False)


def _noted(thought: Thought, model: Mapping[str, Any], **more: Any) -> Thought:
    return replace(thought, trace={**thought.trace, "model": model, **more})


@dataclass
class _Asked:
    """One turn's calls."""

    app: App
    writer: Writer
    shop: Workspace
    turn: Turn
    conversation: ConversationId | None
    show: Show
    until: float
    calls: int = 0
    spent: Spent = field(default_factory=Spent)
    why: str = ""
    shown: bool = False

    async def answer(self, thought: Thought, mood: Mood) -> Thought:
        loop = asyncio.get_running_loop()
        began = loop.time()
        written, on = await self._write(self.turn, thought), thought
        search = written.search if written and written.finding is Finding.SEARCH else ""
        if search:
            turn, on = await self._look_again(search, thought)
            apart = why_without(on, mood, self.turn.cut)
            written = await self._write(turn, on) if apart is None else None
            self.why = self.why or apart or ""
        return self._told(thought, on, written, search, round(1000 * (loop.time() - began), 1))

    async def _look_again(self, search: str, thought: Thought) -> tuple[Turn, Thought]:
        """The whole question, as the model understood it. Only the knowledge is asked again: rules and wishes hold for
        what the shopper wrote."""
        turn = replace(self.turn, question=search, lang=thought.lang, history=(), rules=(), answered=None)
        found = await self.app.agent.think(self.shop.id, turn)
        return turn, replace(found, fired=thought.fired, lang=thought.lang, again=thought.again)

    async def _write(self, turn: Turn, thought: Thought) -> Written | None:
        """Two tries at most: the second after a failure, or after an answer in another language than the shopper's.
        None: the model is of no use now, and `why` says why."""
        brief = Brief(
            turn.question, thought.lang, thought.passages, turn.history, self.shop.guidance, hosts_of(self.shop)
        )
        now = asyncio.get_running_loop().time
        for share in (FIRST_SHARE, 1.0):
            if self.until - now() < LEAST:
                self.why = self.why or "too late"
                return None
            if not self.writer.breaker.allows(now()):
                self.why = self.why or "it rests after failures"
                return None
            try:
                written = await self._call(brief, now() + share * (self.until - now()))
                if not written.not_in or self.shown or share == 1.0:
                    return written
                brief = replace(brief, not_in=written.not_in)
            except ModelError as error:
                self.why = str(error)
                wait = max(error.retry_after or 0.0, PAUSE)
                if self.shown or not error.again or share == 1.0 or now() + wait > self.until:
                    return None
                await asyncio.sleep(wait)
        return None

    async def _call(self, brief: Brief, end: float) -> Written:
        try:
            price = self.writer.price(brief)
        except Exception as error:
            raise _broken(error) from error
        written = await call_model(
            self.app, self.writer, self.shop, price, lambda: self._in_time(brief, end), _went, self.conversation
        )
        self.spent += written.spent
        if written.objections:
            log.info("the model's answer was refused: %s", written.objections[0].partition(":")[0])
        return written

    async def _in_time(self, brief: Brief, end: float) -> Written:
        """Until the first word is shown there is the deadline; then the rest must follow."""
        loop = asyncio.get_running_loop()
        self.calls += 1
        try:
            async with asyncio.timeout_at(end) as limit:

                async def show(text: str) -> None:
                    if not self.shown:
                        self.shown = True
                        limit.reschedule(loop.time() + FINISH_WITHIN)
                    await self.show(text)

                return await self.writer.write(brief, show)
        except TimeoutError as error:
            raise ModelError("the model was too late") from error
        except (ModelError, TakenOver):
            raise
        except Exception as error:
            raise _broken(error) from error

    def _told(self, before: Thought, on: Thought, written: Written | None, search: str, ms: float) -> Thought:
        model: dict[str, Any] = {"name": self.writer.name, "used": written is not None, "calls": self.calls, "ms": ms}
        model |= {"read": self.spent.read, "written": self.spent.written, "micros": self.spent.micros}
        model |= {"search": search} if search else {}
        if written is None:
            return _noted(before, model | {"why": self.why})
        model |= {"finding": written.finding.value, "objections": list(written.objections)}
        kept = replace(on, draft=decided(on, written))
        if written.objections or not written.sentences:
            return _noted(kept, model, verdict=type(kept.draft).__name__)
        chunks = [each.chunk for each in on.passages]
        links = [
            {"sentence": each.text, "chunk": chunks[n - 1].id, "url": chunks[n - 1].url}
            for each in written.sentences
            for n in each.passages
        ]
        return _noted(kept, model, links=links, verdict=type(kept.draft).__name__)


def _went(written: Written) -> tuple[Spent, str]:
    return written.spent, "refused" if written.objections else written.finding.value


def hosts_of(shop: Workspace) -> frozenset[str]:
    """Where an answer may link to: the sites that the widget stands on."""
    return frozenset(host for each in shop.origins if (host := urlsplit(each).hostname))
