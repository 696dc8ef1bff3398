"""A serving process: short turns among its threads, and a heap that is given back."""

from __future__ import annotations

import subprocess
import sys

import pytest

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the heap is glibc's")


def said(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_threads_take_short_turns() -> None:
    assert said("import sys; from warmline.process import tune; tune(); print(sys.getswitchinterval())") == "0.001"


@LINUX
def test_what_the_heap_holds_in_vain_is_given_back() -> None:
    grown = said("""
import psutil
from warmline.process import give_back_memory, tune
tune()
memory = lambda: psutil.Process().memory_info().rss
held = [bytes(2_000) for _ in range(50_000)]
last = bytes(3_000)  # stands above all of them, so that the heap cannot shrink by itself
full = memory()
del held
before = memory()
give_back_memory()
print(full - before > 50e6, full - memory() > 50e6)
""")
    assert grown == "False True"
