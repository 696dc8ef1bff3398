"""A long line before a helpdesk costs what its tickets cost, and not what its length costs.

Who waits is counted by the claims: each claim that leads to no call is two commits for nothing, and on a busy machine
hundreds that wait would keep the first in line from its turn.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.flows.test_f4_down_for_a_day import World, a_world
from warmline.bootstrap import Machine
from warmline.domain.effect import EffectKind
from warmline.sandbox import Sandbox
from warmline.store.base import Transaction

LINE = 60
CLAIMS = 1.5
"""For each ticket at most: one, and some that meet another in the doorway."""


def stand_all_in_line(tx: Transaction, name: str, world: World) -> int:
    """As after an outage: all are due, and nobody has gone yet."""
    [workspace] = tx.workspaces()
    waiting = tx.pending_effects(workspace.id, EffectKind.TICKET)
    for effect in waiting:
        tx.stand_in_line(effect, name, world.clock(), "waiting")
    return len(waiting)


def fences(tx: Transaction) -> list[int]:
    """Each claim raises the fence of its effect by one."""
    return [row["fence"] for row in tx.rows("SELECT fence FROM effect WHERE kind = 'ticket'")]


async def until_all_are_there(sandbox: Sandbox, vendor: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while len(sandbox.count_by_external_id(vendor)) < LINE:
        assert time.monotonic() < end, f"{len(sandbox.count_by_external_id(vendor))} of {LINE} have arrived"
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("vendor", ["gorgias", "webhook"])
async def test_each_in_a_long_line_is_taken_once(tmp_path: Path, vendor: str) -> None:
    async with a_world(tmp_path, vendor, WARMLINE_HELPDESK_REQUESTS="60000") as world:
        for _ in range(LINE):
            await world.consent()
        assert await world.machine.app.store.write(lambda tx: stand_all_in_line(tx, vendor, world)) == LINE
        before = await world.machine.app.store.read(fences)
        async with Machine(world.machine.settings, works=True) as server:
            began = time.monotonic()
            await until_all_are_there(world.sandbox, vendor)
            took = time.monotonic() - began
            assert server.worker is not None
            await server.worker.idle()
            claims = sum(await server.app.store.read(fences)) - sum(before)
        assert set(world.sandbox.count_by_external_id(vendor).values()) == {1}
        print(f"{vendor}: {LINE} tickets in {took:.1f} s, {claims} claims")
        assert claims <= CLAIMS * LINE
