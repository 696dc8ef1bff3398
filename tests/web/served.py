"""A real server process, as people start it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(folder: Path, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of `warmline serve` on this data folder, until the block ends."""
    command = [sys.executable, "-m", "warmline", "serve", "--port", "0"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WARMLINE_")}
    log = folder.with_suffix(".log")
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=kept | {"WARMLINE_DATA": str(folder)} | dict(env or {}),
        )
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        assert "ready at " in said, log.read_text()
        yield said.partition("ready at ")[2].strip().replace("localhost", "127.0.0.1")
    finally:
        process.terminate()
        process.wait(40)
        process.stdout.close()
