"""Live between processes, by NATS (core: no stream is kept, for the store is the truth)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from warmline.live.memory import Ear, MemoryLive
from warmline.live.wire import Told, decode, encode, new_origin

_RETRY = 1
_CANCEL_AGAIN = 0.1
_MOST_BYTES = 64 * 1024
_FAILURES = (NatsError, OSError, TimeoutError)
_log = structlog.get_logger(__name__)


class NatsLive:
    """`url` may list several servers, separated by commas. While NATS is away this process still hears itself."""

    def __init__(self, url: str, prefix: str = "warmline") -> None:
        self._servers, self._prefix = [server.strip() for server in url.split(",")], prefix
        self._near, self._origin = MemoryLive(), new_origin()
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._away = False

    async def start(self) -> None:
        """Connect in the background: a dead server must not hold up the start."""
        self._task = asyncio.create_task(self._stay_connected(), name="live-nats")

    async def close(self) -> None:
        # Again and again: `asyncio.wait_for`, by which the client connects, swallows a cancellation that arrives in the
        # moment in which it is done (Python 3.11), and one that is lost would keep the whole stop waiting.
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=_CANCEL_AGAIN)
        self._near.wake_all()

    async def tell(self, topic: str, hint: Mapping[str, Any] | None = None) -> None:
        self._near.deliver(topic, hint)
        # While it is away nothing is kept for later: who reconnects looks at the store.
        if self._client is not None and self._client.is_connected:
            with suppress(*_FAILURES):
                await self._client.publish(self._subject(topic), encode(Told(self._origin, topic, hint), _MOST_BYTES))

    def listen(self, topic: str) -> AbstractAsyncContextManager[Ear]:
        return self._near.listen(topic)

    def _subject(self, topic: str) -> str:
        """A topic may hold dots, spaces and stars, which mean something in a subject."""
        return f"{self._prefix}.{hashlib.sha256(topic.encode('utf-8', 'replace')).hexdigest()[:32]}"

    async def _stay_connected(self) -> None:
        while True:
            client, closed = Client(), asyncio.Event()
            try:
                await self._connect(client, closed)
                await closed.wait()  # it reconnects by itself, until the server turns our login away
            except _FAILURES as error:
                await self._went_away(error)
            finally:
                self._client = None
                with suppress(*_FAILURES):
                    await client.close()
            await asyncio.sleep(_RETRY)

    async def _connect(self, client: Client, closed: asyncio.Event) -> None:
        async def on_closed() -> None:
            closed.set()

        await client.connect(
            self._servers,
            name="warmline",
            no_echo=True,
            max_reconnect_attempts=-1,
            reconnect_time_wait=_RETRY,
            connect_timeout=3,
            ping_interval=20,
            flush_timeout=1,
            error_cb=self._went_away,
            reconnected_cb=self._came_back,
            closed_cb=on_closed,
        )
        await client.subscribe(f"{self._prefix}.*", cb=self._heard)
        await client.flush(timeout=3)
        self._client = client
        await self._came_back()

    async def _heard(self, message: Msg) -> None:
        told = decode(message.data)
        if told and told.origin != self._origin:
            self._near.deliver(told.topic, told.hint)

    async def _came_back(self) -> None:
        if self._away:
            _log.info("live.nats_is_back")
        self._away = False
        self._near.wake_all()

    async def _went_away(self, error: Exception) -> None:
        if not self._away:  # once, not each second; without the text, which may hold the server's address and login
            _log.warning("live.nats_is_away", error=type(error).__name__)
        self._away = True
