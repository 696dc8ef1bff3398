"""What holds for every test: compiled code is kept, data lies in memory, and the longest tests start first."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import order
from tests.fixtures.disk import quick_root

# Tests start hundreds of processes, and one that has to compile what it imports starts three seconds later.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
sys.pycache_prefix = os.environ.setdefault("PYTHONPYCACHEPREFIX", str(Path(__file__).parents[1] / ".cache/compiled"))

os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", quick_root())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        order.tell_groups(items, worker["testrunuid"], worker["workerid"])


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> order.LongestFirst | None:
    return order.LongestFirst(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_collection_finish() -> None:
    gc.freeze()  # what all test files define stays: nobody looks through it again


@pytest.fixture(scope="session", autouse=True)
def forked_encoders() -> Iterator[None]:
    """Loading the models would otherwise be half of what many a test does."""
    from tests.fixtures.encoders import Forked
    from warmline.agent.models import encoders

    real, forked = encoders.CHILD, Forked()
    encoders.CHILD = forked
    yield
    encoders.CHILD = real
    forked.close()
