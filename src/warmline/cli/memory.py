"""How the C library shares out memory among threads."""

from __future__ import annotations

import ctypes

M_ARENA_MAX = -8
"""Of `mallopt` in glibc's malloc.h."""
ARENAS = 2


def share_memory() -> None:
    """Let threads share two heaps: with one each, every thread keeps what the longest conversation took for a moment.

    Twenty readers of 2 MB grew the server by 42 MB, with this by 30. Does nothing with another C library.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)
