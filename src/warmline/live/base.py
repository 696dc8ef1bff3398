"""What Warmline may ask of the live channel."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Listener(Protocol):
    """One open ear on one topic. `heard`: did the last wait end by a hint, and not by its time?"""

    heard: bool

    async def wait(self, timeout: float) -> list[Mapping[str, Any]]:
        """Return at the first hint or after `timeout` seconds. The result holds the passing hints that came (typing,
        partial), oldest first; it may be empty, for a change of the store or for a time-out alike. A slow listener
        loses its oldest passing hints (64 are kept), never the wake-up.
        """

    def wake(self) -> None:
        """End the wait as a hint would."""


class Live(Protocol):
    """Tells whoever listens, in this process and in others, that something changed. Never the only carrier."""

    async def tell(self, topic: str, hint: Mapping[str, Any] | None = None) -> None:
        """Something changed at `topic` (a conversation's id, or `inbox:<workspace>`). Does not raise."""

    def listen(self, topic: str) -> AbstractAsyncContextManager[Listener]:
        """Hear of `topic` from the moment the context is entered."""

    async def start(self) -> None: ...

    async def close(self) -> None:
        """Wake every listener and let go."""
