"""How long until it serves: `warmline serve` to /readyz, and what the command itself costs. Medians of 5.

    .venv/bin/python -m bench.startup

The floors of the same run: an interpreter that does nothing, and one that imports only the libraries of the server.
Only a default install has nothing but those (bench.size makes one): tools for development make some of them slower.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.floor import load
from bench.running import Running, a_folder

LIBRARIES = "import apsw, cryptography.fernet, fastapi, httpx, numpy, prometheus_client, structlog, uvicorn, uvloop"


def main(times: int, python: str) -> None:
    def run(*arguments: str) -> Callable[[], float]:
        return lambda: timed([python, *arguments])

    nothing = median(run("-c", "pass"), times)
    libraries = median(run("-c", LIBRARIES), times)
    print(f"python -c pass            {nothing:6.2f} s")
    print(f"the libraries alone       {libraries:6.2f} s")
    tell("warmline --help", median(run("-m", "warmline", "--help"), times), nothing, 0.3)
    tell("warmline serve --help", median(run("-m", "warmline", "serve", "--help"), times), nothing, 1.0)
    with a_folder() as folder:
        new = median(lambda: start(folder / str(time.time_ns()), python), times)
        again = median(lambda: start(folder / "again", python), times)
    tell("serve → ready, new folder", new, libraries, 3.0)
    tell("serve → ready, again", again, libraries, 3.0)
    print(load())


def start(folder: Path, python: str) -> float:
    folder.mkdir(exist_ok=True)
    running = Running(folder, python=python)
    try:
        return running.start()
    finally:
        running.stop()


def timed(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def median(measure: Callable[[], float], times: int) -> float:
    measure()  # reads files into memory, writes byte code
    return statistics.median(measure() for _ in range(times))


def tell(name: str, seconds: float, floor: float, budget: float) -> None:
    verdict = "kept" if seconds <= budget else f"missed, {seconds / budget:.1f} x"
    print(f"{name:25} {seconds:6.2f} s = {seconds / floor:4.1f} x its floor; budget {budget} s: {verdict}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--python", default=sys.executable, help="the interpreter of another install")
    given = parser.parse_args()
    main(given.times, given.python)
