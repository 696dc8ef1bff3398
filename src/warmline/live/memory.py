"""Live within this process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

HINTS_KEPT = 64


class Ear:
    """One open ear. It remembers that something happened until somebody waits."""

    def __init__(self) -> None:
        self.heard = False
        self._happened = asyncio.Event()
        self._hints: deque[Mapping[str, Any]] = deque(maxlen=HINTS_KEPT)

    def wake(self, hint: Mapping[str, Any] | None = None) -> None:
        if hint is not None:
            self._hints.append(hint)
        self._happened.set()

    async def wait(self, timeout: float) -> list[Mapping[str, Any]]:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._happened.wait()
        self.heard = self._happened.is_set()
        self._happened.clear()
        hints = list(self._hints)
        self._hints.clear()
        return hints


class MemoryLive:
    """Tells the ears of this process. The other two use it for their own process as well."""

    def __init__(self) -> None:
        self._ears: dict[str, set[Ear]] = {}

    async def start(self) -> None:
        """Nothing to connect to."""

    async def close(self) -> None:
        self.wake_all()

    async def tell(self, topic: str, hint: Mapping[str, Any] | None = None) -> None:
        self.deliver(topic, hint)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Ear]:
        ear = Ear()
        self._ears.setdefault(topic, set()).add(ear)
        try:
            yield ear
        finally:
            ears = self._ears[topic]
            ears.discard(ear)
            if not ears:
                del self._ears[topic]

    def deliver(self, topic: str, hint: Mapping[str, Any] | None) -> None:
        for ear in self._ears.get(topic, ()):
            ear.wake(hint)

    def wake_all(self) -> None:
        """Everybody looks at the store: we may have missed something."""
        for ears in self._ears.values():
            for ear in ears:
                ear.wake()
