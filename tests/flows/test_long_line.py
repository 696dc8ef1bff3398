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
from warmline.actions.app import App
from warmline.bootstrap import Machine
from warmline.domain.effect import Effect, EffectKind, OwedEffect
from warmline.jobs.worker import AT_ONCE, HANDLERS, WAITING
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


async def test_a_crowd_of_one_kind_is_taken_in_parts_and_keeps_no_other_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a worker holds and does not do yet, nobody else can do; after its death not for a whole lease."""
    go, served = asyncio.Event(), asyncio.Event()

    async def wait(app: App, effect: OwedEffect) -> None:
        await go.wait()
        await app.store.write(lambda tx: tx.finish(effect))

    async def serve(app: App, effect: OwedEffect) -> None:
        await app.store.write(lambda tx: tx.finish(effect))
        served.set()

    monkeypatch.setitem(HANDLERS, EffectKind.EVENT, wait)
    monkeypatch.setitem(HANDLERS, EffectKind.SAVED, serve)
    crowd = 10 * WAITING * AT_ONCE[EffectKind.EVENT]

    def owe(tx: Transaction) -> None:
        [workspace] = tx.workspaces()
        for n in range(crowd):
            tx.owe(workspace.id, Effect(EffectKind.EVENT, f"event:{n}"), world.clock())
        tx.owe(workspace.id, Effect(EffectKind.SAVED, "saved:last"), world.clock())

    async with a_world(tmp_path, "webhook") as world:
        await world.machine.app.store.write(owe)
        while await world.worker._sweep():
            pass
        held = [effect for effect in world.worker._held.values() if effect.kind is EffectKind.EVENT]
        assert len(held) == WAITING * AT_ONCE[EffectKind.EVENT]
        await asyncio.wait_for(served.wait(), 20)
        go.set()
        await world.worker.idle()
        while await world.worker._sweep():
            await world.worker.idle()
        await world.worker.idle()
        left = await world.machine.app.store.read(
            lambda tx: tx.pending_effects(tx.workspaces()[0].id, EffectKind.EVENT)
        )
        assert left == []
