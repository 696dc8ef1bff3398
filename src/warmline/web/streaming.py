"""An answer that goes on for hours: what a thousand open streams share, so that each of them weighs little."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice

import structlog
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from warmline.actions.app import App
from warmline.domain.ids import ConversationId
from warmline.errors import WarmlineError
from warmline.live.base import Listener
from warmline.store.base import Transaction

TOO_SLOW_AFTER = 20.0
"""Seconds that a reader may leave a frame in our buffer. The buffer holds 64 KiB and one frame, never more (G16)."""
SWEEP_EVERY = 4.0
_AT_ONCE = 500
_log = structlog.get_logger(__name__)


class EventStream(Response):
    """Server-sent events in one task. Starlette's own keeps a task group and two tasks for each stream.

    A reader that takes nothing for `TOO_SLOW_AFTER` seconds is told "too slow" and cut off: what waits for it is memory
    of the others.
    """

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[bytes]) -> None:
        self._frames = frames
        super().__init__(headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"})
        # Response counts an empty body; a stream ends when it ends.
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        me = asyncio.current_task()
        writing = True
        leaving = asyncio.create_task(_left(receive))
        leaving.add_done_callback(lambda left: me.cancel() if me and writing and not left.cancelled() else None)
        try:
            await self._write(scope, send)
        except asyncio.CancelledError:
            # The reader is gone; anybody else who cancels us means it.
            if not leaving.done() or me is None or me.uncancel():
                raise
        finally:
            writing = False
            leaving.cancel()
            await self._frames.aclose()

    async def _write(self, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            async for chunk in self._frames:
                async with asyncio.timeout(TOO_SLOW_AFTER):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            end: Message = {"type": "http.response.body", "body": b"", "more_body": False}
            async with asyncio.timeout(TOO_SLOW_AFTER):
                await send(end)
        except TimeoutError:
            _log.info("stream.too_slow")
            cut = scope.get("state", {}).get("cut")
            if cut is not None:
                cut()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@dataclass(eq=False, slots=True)
class Watch:
    """How far one open stream has read: the last seq of the whole log, and the token it was opened with."""

    id: ConversationId
    token: str
    seq: int
    ear: Listener


class Sweep:
    """Finds what a lost hint would have told, and tokens that have ended, by two reads for 500 streams every 4 s."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._watches: set[Watch] = set()
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def over(self, watch: Watch) -> Iterator[None]:
        """While this stream is open."""
        self._watches.add(watch)
        if self._task is None:
            self._task = asyncio.create_task(self._go_round(), name="stream-sweep")
        try:
            yield
        finally:
            self._watches.discard(watch)
            if not self._watches and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _go_round(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            await self.look()

    async def look(self) -> None:
        """Wake the streams that have missed something, or may not go on."""
        every = iter(list(self._watches))
        while some := list(islice(every, _AT_ONCE)):
            with suppress(WarmlineError):
                for watch in await self._app.store.read(self._behind(some)):
                    watch.ear.wake()

    def _behind(self, some: list[Watch]) -> Callable[[Transaction], list[Watch]]:
        def read(tx: Transaction) -> list[Watch]:
            seqs: Mapping[str, int] = tx.last_seqs([watch.id for watch in some])
            alive = tx.living_tokens([watch.token for watch in some], self._app.clock())
            return [each for each in some if seqs.get(each.id, each.seq + 1) > each.seq or each.token not in alive]

        return read
