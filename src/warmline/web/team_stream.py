"""The two ways the team hears of news: a stream for the whole Inbox, and a long poll for one conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.errors import TooMany
from warmline.store.base import Transaction
from warmline.web.access import Colleague, bearer, door_of
from warmline.web.door import Door
from warmline.web.inbox_view import row_of, team_view
from warmline.web.shapes import Counts, TeamWindow
from warmline.web.stream import BYE, COMMENT, COMMENT_EVERY, frame
from warmline.web.streaming import EventStream

MOST_EVENTS = 500
MOST_CHANGED = 500
STREAMS_EACH = 10
_OVERLAP = timedelta(seconds=30)
"""Commits of two processes may come out of order by this much, clocks included."""
_LOOK_ANYWAY = 5.0

SSE: dict[int | str, dict[str, Any]] = {
    200: {"description": "Frames", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


async def team_window(request: Request, me: Colleague, id: ConversationId, after: int, wait: float) -> TeamWindow:
    """The log after a cursor; with `wait`, at the first event or change of the conversation's line."""
    door, workspace = door_of(request), me.teammate.workspace
    loop = asyncio.get_running_loop()
    end = loop.time() + wait

    async def look() -> TeamWindow:
        return await door.app.store.read(lambda tx: _window(door, tx, workspace, id, after))

    # The conversation must be ours before anybody listens to it.
    before = await look()
    async with door.app.live.listen(id) as ear:
        found = await look()
        while not found["events"] and found["conversation"] == before["conversation"]:
            left = end - loop.time()
            if left <= 0 or door.closing.is_set():
                break
            await ear.wait(min(left, _LOOK_ANYWAY))
            found = await look()
    return found


def inbox_frames(request: Request, me: Colleague) -> Response:
    """Raises TooMany when this teammate has too many open."""
    door = door_of(request)
    if door.streams[me.teammate.id] >= STREAMS_EACH:
        raise TooMany(f"At most {STREAMS_EACH} streams may be open at once.", 5)
    return EventStream(_frames(door, me, bearer(request)))


def counts_of(tx: Transaction, workspace: WorkspaceId, now: datetime) -> Counts:
    found = tx.counts(workspace)
    return {
        "waiting": found["waiting"],
        "open": found["open"],
        "stuck": found["stuck"],
        "owed": found["owed"],
        "needs_person": len(tx.needs(workspace, now)),
    }


@dataclass
class _News:
    """What changed since the last look: logs only grow, so a conversation's last seq tells."""

    since: datetime
    seqs: dict[str, int] = field(default_factory=dict)
    counts: Counts | None = None

    def read(self, tx: Transaction, workspace: WorkspaceId, now: datetime) -> dict[str, Any] | None:
        """A frame's data, or None when nothing changed."""
        found = tx.changed_since(workspace, self.since, MOST_CHANGED)
        changed = [id for id, seq in found.items() if self.seqs.get(id) != seq]
        counts = counts_of(tx, workspace, now)
        first = self.counts is None
        if not first and not changed and counts == self.counts:
            return None
        self.seqs, self.counts = found, counts
        self.since = max(self.since, now - _OVERLAP)
        return {"counts": counts, "changed": [] if first else changed}


async def _frames(door: Door, me: Colleague, key: str) -> AsyncGenerator[bytes]:
    with door.counted(me.teammate.id):
        async with door.app.live.listen(f"inbox:{me.teammate.workspace}") as ear:
            news = _News(door.app.clock() - _OVERLAP)
            loop = asyncio.get_running_loop()
            quiet_since = loop.time()
            while not door.closing.is_set():
                allowed, found = await door.app.store.read(lambda tx: _look(tx, door, me, key, news))
                if not allowed:
                    break
                if found is not None:
                    quiet_since = loop.time()
                    yield frame(found)
                for hint in await ear.wait(_LOOK_ANYWAY):
                    yield _passing(hint)
                if loop.time() - quiet_since >= COMMENT_EVERY - 1:
                    quiet_since = loop.time()
                    yield COMMENT
            yield BYE


def _look(tx: Transaction, door: Door, me: Colleague, key: str, news: _News) -> tuple[bool, dict[str, Any] | None]:
    """(may they still hear them, the news): a revoked key ends its streams."""
    holder = tx.key_holder(key)
    if holder is None or holder.teammate.role is not me.teammate.role:
        return False, None
    return True, news.read(tx, me.teammate.workspace, door.app.clock())


def _passing(hint: Mapping[str, Any]) -> bytes:
    shown = {name: hint[name] for name in ("conversation", "by") if name in hint}
    return frame(shown, event=str(hint["kind"]))


def _window(door: Door, tx: Transaction, workspace: WorkspaceId, id: ConversationId, after: int) -> TeamWindow:
    conversation = tx.conversation(workspace, id)
    events = [team_view(event) for event in tx.log_after(id, after, MOST_EVENTS)]
    cursor = events[-1]["seq"] if events else min(after, conversation.seq)
    return {
        "events": events,
        "cursor": cursor,
        "more": cursor < conversation.seq,
        "conversation": row_of(door, tx, conversation),
    }
