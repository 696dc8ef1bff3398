"""How this process shares out memory and the interpreter among its threads."""

from __future__ import annotations

import ctypes
import sys

M_ARENA_MAX = -8
"""Of `mallopt` in glibc's malloc.h."""
ARENAS = 2
TURN = 0.001
"""Seconds after which a thread that computes lets another go on; Python's own 5 ms add up where several wait."""


def tune() -> None:
    """For a process that serves. Before any thread starts.

    Threads share two heaps: with one each, every thread keeps what the longest conversation took for a moment (twenty
    readers of 2 MB grew the server by 42 MB, with this by 30). And they take short turns: the event loop waited up to
    48 ms for its turn while a shop was learnt beside fifty shoppers, with this 15.
    """
    sys.setswitchinterval(TURN)
    mallopt = _of_glibc("mallopt")
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)


def give_back_memory() -> None:
    """Return what the heap holds in vain, 100 MB of 450 after a shop with 10,000 passages is loaded; takes 3 ms.

    Does nothing with another C library than glibc.
    """
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> ctypes._NamedFuncPointer | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
