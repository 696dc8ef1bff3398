"""The two ways a shop's page hears of news: a long poll and a stream, both from one cursor (bare Starlette: hot)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from warmline.domain.owner import OwnerKind
from warmline.errors import Invalid, NotAuthenticated, TooMany, Unavailable, WarmlineError
from warmline.live.base import Listener
from warmline.store.base import Transaction
from warmline.web.access import ShopperConversation, door_of, visitor_conversation
from warmline.web.door import Door
from warmline.web.state import window_of
from warmline.web.streaming import EventStream, Watch

MAX_WAIT = 25.0
COMMENT_EVERY = 15.0
PRESENCE_EVERY = 10.0
"""While a person is awaited or present, an open stream says so this often (seconds)."""
_ON_ITS_WAY = {"owed", "stuck"}
_PERSON = {OwnerKind.QUEUE.value, OwnerKind.TEAMMATE.value}
READ_ANYWAY = 4
"""A stream that hears nothing for so many waits reads its window again, for what no log tells: opening hours."""
POLLS_EACH = 4
"""Long polls that may wait at once, for each stream that a visitor may have open."""
MAX_CURSOR = 2**53
COMMENT = b": still here\n\n"
BYE = b"event: bye\ndata: {}\n\n"


async def events(request: Request) -> Response:
    """GET …/events?after=SEQ&wait=S"""
    mine = await visitor_conversation(request)
    door = door_of(request)
    after = cursor(request.query_params.get("after", "0"), "after")
    wait = _seconds(request.query_params.get("wait", "0"))
    polls = f"poll {mine.visitor.id}"
    most = POLLS_EACH * mine.shopper.workspace.limits.streams_per_visitor
    if wait and most and door.streams[polls] >= most:
        raise TooMany(f"At most {most} long polls may wait at once.", 5)
    async with door.app.live.listen(mine.id) as ear:
        found = await _window(door, mine, after)
        if wait and not found["events"] and not door.closing.is_set():
            with door.counted(polls):
                found = await _until_news(door, mine, after, found, wait, ear)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


async def stream(request: Request) -> Response:
    """GET …/stream: server-sent events. `Last-Event-ID` wins over `after`."""
    mine = await visitor_conversation(request)
    door = door_of(request)
    last = request.headers.get("last-event-id")
    after = cursor(last, "Last-Event-ID") if last else cursor(request.query_params.get("after", "0"), "after")
    most = mine.shopper.workspace.limits.streams_per_visitor
    if most and door.streams[mine.visitor.id] >= most:
        raise TooMany(f"At most {most} streams may be open at once.", 5)
    return EventStream(_frames(door, mine, after))


def cursor(text: str, field: str) -> int:
    """A cursor as text. Raises Invalid."""
    if not text.isascii() or not text.isdigit() or int(text[:20]) > MAX_CURSOR:
        raise Invalid(f"{field} must be a whole number, 0 or more.", field)
    return int(text)


async def _until_news(
    door: Door, mine: ShopperConversation, after: int, before: dict[str, Any], wait: float, ear: Listener
) -> dict[str, Any]:
    """Wait for the first event or change of state. A missed hint costs a second of sleep at most, never the news."""
    loop = asyncio.get_running_loop()
    end = loop.time() + wait
    found = before
    while (left := end - loop.time()) > 0 and not door.closing.is_set():
        await ear.wait(min(left, 5.0))
        found = await _window(door, mine, after)
        if found["events"] or found["state"] != before["state"]:
            break
    if _waits(before["state"]) or _waits(found["state"]):
        await _present(door, mine)
    return found


def frame(data: Mapping[str, Any], *, id: int | None = None, event: str | None = None) -> bytes:
    """One server-sent event. One without `id` is passing: a client that reconnects does not ask for it again."""
    head = ("" if id is None else f"id: {id}\n") + ("" if event is None else f"event: {event}\n")
    return f"{head}data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


async def _frames(door: Door, mine: ShopperConversation, after: int) -> AsyncGenerator[bytes]:
    with door.counted(mine.visitor.id):
        async with door.app.live.listen(mine.id) as ear:
            watch = Watch(mine.id, mine.shopper.token, 0, ear)
            with door.sweep.over(watch):
                # The token ended, the visitor was erased, the database is away: who comes back is told why.
                with suppress(WarmlineError):
                    async for each in _following(door, mine, after, watch):
                        yield each
                yield BYE


async def _following(door: Door, mine: ShopperConversation, after: int, watch: Watch) -> AsyncIterator[bytes]:
    shown: dict[str, Any] | None = None
    hints: list[Mapping[str, Any]] = []
    loop = asyncio.get_running_loop()
    quiet_since = seen_at = loop.time() - COMMENT_EVERY
    quiet, waited = 0, False
    while not door.closing.is_set():
        if quiet % READ_ANYWAY == 0:
            found = await _window(door, mine, after, watch)
            # What a teammate typed comes before what they said.
            for hint in hints:
                if hint.get("by") in {"teammate", "agent"}:
                    yield _passing(hint)
            while found["events"] or found["state"] != shown:
                after, shown, quiet_since = found["cursor"], found["state"], loop.time()
                yield frame(found, id=found["cursor"])
                if not found["more"]:
                    break
                found = await _window(door, mine, after, watch)
        waits = _waits(shown)
        # Once more when the wait is over: what ended it was seen here, and needs no letter.
        if (waits and loop.time() - seen_at >= PRESENCE_EVERY - 1) or (waited and not waits):
            seen_at = loop.time()
            await _present(door, mine)
        waited = waits
        hints = await watch.ear.wait(_pause(shown))
        quiet = 0 if watch.ear.heard else quiet + 1
        if loop.time() - quiet_since >= COMMENT_EVERY - 1 and not door.closing.is_set():
            quiet_since = loop.time()
            yield COMMENT


def _pause(state: Mapping[str, Any] | None) -> float:
    return PRESENCE_EVERY if _waits(state) else COMMENT_EVERY


def _waits(state: Mapping[str, Any] | None) -> bool:
    """Only then does it matter whether the shopper sees it here or needs a letter: a reply, or a late ticket."""
    return state is not None and (state["owner"] in _PERSON or state["step"] in _ON_ITS_WAY)


async def _window(door: Door, mine: ShopperConversation, after: int, watch: Watch | None = None) -> dict[str, Any]:
    """Raises NotAuthenticated once the token has ended: nothing is told to it after that."""

    def load(tx: Transaction) -> tuple[int, dict[str, Any]]:
        if not tx.living_tokens([mine.shopper.token], door.app.clock()):
            raise NotAuthenticated("The token is unknown or has expired.")
        conversation = tx.conversation_of(mine.visitor.id, mine.id)
        return conversation.seq, window_of(door, tx, conversation, after)

    seq, found = await door.app.store.read(load)
    if watch is not None and not found["more"]:
        watch.seq = seq
    return found


async def _present(door: Door, mine: ShopperConversation) -> None:
    # Reading goes on while nothing can be written.
    with suppress(Unavailable):
        await door.app.store.write(lambda tx: tx.seen(mine.id, door.app.clock()))


def _passing(hint: Mapping[str, Any]) -> bytes:
    shown = {name: hint[name] for name in ("name", "reply_to", "text") if name in hint}
    return frame(shown, event=str(hint["kind"]))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_WAIT:
        raise Invalid(f"wait must be a number of seconds from 0 to {MAX_WAIT:g}.", "wait")
    return timedelta(seconds=seconds).total_seconds()
