"""Live between processes, by LISTEN and NOTIFY of the database that is there anyway."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import psycopg
import structlog
from psycopg import sql

from warmline.live.memory import Ear, MemoryLive
from warmline.live.wire import Told, decode, encode, new_origin

_RETRY = 1.0
_MOST_BYTES = 7_900  # PostgreSQL takes payloads below 8,000 bytes
_MOST_WAITING = 1_000
_MOST_AT_ONCE = 200
_SILENCE = 20.0
_log = structlog.get_logger(__name__)


class PostgresLive:
    """While the database is away this process still hears itself."""

    def __init__(self, url: str, channel: str = "warmline_live") -> None:
        self._url, self._channel = url, channel
        self._near, self._origin = MemoryLive(), new_origin()
        self._waiting: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        self._unsent: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._away = False

    async def start(self) -> None:
        """Connect in the background. Hearing and telling have a connection each: a listening one is never free."""
        self._tasks = [
            asyncio.create_task(self._for_ever(self._hear), name="live-postgres-hear"),
            asyncio.create_task(self._for_ever(self._send), name="live-postgres-send"),
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._near.wake_all()

    async def tell(self, topic: str, hint: Mapping[str, Any] | None = None) -> None:
        self._near.deliver(topic, hint)
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(encode(Told(self._origin, topic, hint), _MOST_BYTES).decode())

    def listen(self, topic: str) -> AbstractAsyncContextManager[Ear]:
        return self._near.listen(topic)

    async def _for_ever(self, work: Callable[[psycopg.AsyncConnection], Awaitable[None]]) -> None:
        while True:
            try:
                async with await self._connected() as connection:
                    await work(connection)
            except (psycopg.Error, OSError) as error:
                self._went_away(error)
            await asyncio.sleep(_RETRY)

    async def _connected(self) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=5, prepare_threshold=None, application_name="warmline live"
        )

    async def _hear(self, connection: psycopg.AsyncConnection) -> None:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
        self._came_back()
        while True:
            async for notify in connection.notifies(timeout=_SILENCE):
                self._heard(notify.payload)
            # A line that broke without a word looks like silence: ask.
            async with asyncio.timeout(5):
                await connection.execute("SELECT 1")

    async def _send(self, connection: psycopg.AsyncConnection) -> None:
        """Many at once: each commit with a NOTIFY takes a lock that all of them share."""
        while True:
            if not self._unsent:
                self._unsent = [await self._waiting.get()]
            while len(self._unsent) < _MOST_AT_ONCE and not self._waiting.empty():
                self._unsent.append(self._waiting.get_nowait())
            async with asyncio.timeout(5):
                await connection.execute(
                    "SELECT pg_notify(%s, told) FROM unnest(%s::text[]) AS told", (self._channel, self._unsent)
                )
            self._unsent = []

    def _heard(self, payload: str) -> None:
        told = decode(payload)
        if told and told.origin != self._origin:
            self._near.deliver(told.topic, told.hint)

    def _came_back(self) -> None:
        if self._away:
            _log.info("live.postgres_is_back")
        self._away = False
        self._near.wake_all()

    def _went_away(self, error: Exception) -> None:
        if not self._away:  # once, not each second; without the text, which may hold the server's address
            _log.warning("live.postgres_is_away", error=type(error).__name__)
        self._away = True
