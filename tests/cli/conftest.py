"""A sandbox for the run, and a fresh shop for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shop import Shop
from warmline.sandbox import Sandbox


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture
def shop(tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> Shop:
    return Shop(tmp_path, sandbox, capsys)
