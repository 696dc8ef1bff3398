"""The Inbox's one stream: it says that something changed, and the page reads itself again by the same templates.

While it is open its teammate has the Inbox open: they stay available as long as they are not Away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from warmline.actions.keep_inbox_open import keep_inbox_open
from warmline.domain.ids import ConversationId
from warmline.errors import NotAuthenticated, TooMany
from warmline.live.base import Listener
from warmline.store.base import Transaction
from warmline.web.access import door_of
from warmline.web.console.session import Staff
from warmline.web.door import Door
from warmline.web.inbox_view import is_present
from warmline.web.stream import BYE, COMMENT, COMMENT_EVERY, frame

STREAMS_EACH = 10
LOOK_ANYWAY = 5.0
BEAT_EVERY = 20.0


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a page can tell from the one before: it is compared, never shown."""

    counts: Mapping[str, int]
    newest: tuple[tuple[str, int], ...]
    needs: tuple[str, ...]
    seq: int | None
    present: bool | None


async def inbox_stream(request: Request, me: Staff, id: ConversationId | None) -> Response:
    """Raises NotFound for another shop's conversation, TooMany."""
    door = door_of(request)
    await door.app.store.read(lambda tx: _mark(door, tx, me, id))
    if door.streams[me.teammate.id] >= STREAMS_EACH:
        raise TooMany(f"At most {STREAMS_EACH} streams may be open at once.", 5)
    headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    return StreamingResponse(_frames(door, me, id), media_type="text/event-stream", headers=headers)


async def _frames(door: Door, me: Staff, id: ConversationId | None) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        stack.enter_context(door.counted(me.teammate.id))
        ears = [await stack.enter_async_context(door.app.live.listen(f"inbox:{me.workspace.id}"))]
        if id is not None:
            ears.append(await stack.enter_async_context(door.app.live.listen(id)))
        shown, quiet_since, beat_at = None, loop.time(), loop.time() - BEAT_EVERY
        while not door.closing.is_set():
            if loop.time() - beat_at >= BEAT_EVERY:
                beat_at = loop.time()
                await keep_inbox_open(door.app, me.teammate)
            try:
                mark = await door.app.store.read(lambda tx: _look(door, tx, me, id))
            except NotAuthenticated:
                yield frame({}, event="signed-out")
                return
            if mark != shown:
                # The first frame says where the page stands; a reconnected page reads itself to be sure.
                shown, quiet_since = mark, loop.time()
                yield frame({"waiting": mark.counts["queue"], "seq": mark.seq}, event="changed")
            for hint in await _first(ears):
                if hint.get("by") == "visitor" and hint.get("conversation") == id:
                    yield frame({"kind": hint["kind"]}, event="typing")
            if loop.time() - quiet_since >= COMMENT_EVERY - 1:
                quiet_since = loop.time()
                yield COMMENT
        yield BYE


async def _first(ears: list[Listener]) -> list[Mapping[str, Any]]:
    """What the first ear that hears something heard; every shopper's typing comes by two ways, and is said once."""
    waiting = [asyncio.ensure_future(ear.wait(LOOK_ANYWAY)) for ear in ears]
    try:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        return next((task.result() for task in done if task.result()), [])
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _look(door: Door, tx: Transaction, me: Staff, id: ConversationId | None) -> _Mark:
    """Raises NotAuthenticated when the session ended, or the role is another one."""
    session = tx.session(me.session.value, door.app.clock())
    if session is None or session.teammate.role is not me.teammate.role:
        raise NotAuthenticated("Sign in again.")
    return _mark(door, tx, me, id)


def _mark(door: Door, tx: Transaction, me: Staff, id: ConversationId | None) -> _Mark:
    now = door.app.clock()
    counts = tx.tab_counts(me.workspace.id, me.teammate.id, now - timedelta(minutes=15))
    # The agent's own chats come and go too often to redraw a page for them.
    shown = {name: count for name, count in counts.items() if name != "assistant"}
    newest = tx.changed_by_people(me.workspace.id, 50)
    conversation = tx.conversation(me.workspace.id, id) if id is not None else None
    return _Mark(
        shown,
        tuple(newest.items()),
        tuple(f"{need.kind} {need.id}" for need in tx.needs(me.workspace.id, now)),
        conversation.seq if conversation else None,
        is_present(door, conversation) if conversation else None,
    )
