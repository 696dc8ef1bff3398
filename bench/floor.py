"""The floor that durable work stands on: how fast this disk makes a page durable, measured in the same run."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

PAGE = os.urandom(4096)
PAGES = 256


@dataclass
class Floor:
    """Times of `fdatasync` after writing 4 KiB over a file that has its full size: the cheapest durable write."""

    folder: Path
    seconds: list[float] = field(default_factory=list)

    def measure(self, count: int = 300) -> None:
        """Call it before, between and after what stands on it: a shared disk changes its mind."""
        path = self.folder / "floor"
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            for page in range(PAGES):
                os.pwrite(handle, PAGE, page * len(PAGE))
            os.fsync(handle)
            for n in range(count):
                begun = time.perf_counter()
                os.pwrite(handle, PAGE, n % PAGES * len(PAGE))
                os.fdatasync(handle)
                self.seconds.append(time.perf_counter() - begun)
        finally:
            os.close(handle)
            path.unlink()

    @property
    def p50(self) -> float:
        return quantile(self.seconds, 50)

    @property
    def p99(self) -> float:
        return quantile(self.seconds, 99)

    @property
    def rate(self) -> float:
        """fdatasyncs per second, one after another."""
        return len(self.seconds) / sum(self.seconds)

    def __str__(self) -> str:
        return f"fdatasync p50 {ms(self.p50)}, p99 {ms(self.p99)}, {self.rate:,.0f}/s"


def quantile(seconds: list[float], percent: float) -> float:
    return float(np.percentile(np.array(seconds), percent))


def ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"


def load() -> str:
    """How busy the machine was, to be read with every figure."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
