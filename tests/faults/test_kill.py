"""F1: kill -9 at random instants while handoffs are under way, at vendors that lie in every way the sandbox knows.

In each run 12 shoppers, at Zendesk, Gorgias and a webhook by turns, ask for a person, and a server dies. What an
earlier run left under way is still under way then, so a handoff meets several deaths. In the end the sandbox counts
tickets by external id: one for each consented handoff, and none for anything else.

More runs: WARMLINE_F1_RUNS; the same again: WARMLINE_SEED.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pytest

from tests.faults.crowd import (
    DESKS,
    SEARCH_LAGS,
    Patient,
    a_client,
    all_arrive,
    all_is_told,
    beside,
    counts,
    how_many,
    open_shops,
    sandbox_apart,
    seed_of,
    settings_for,
)
from tests.faults.zygote import QuickServer, Zygote
from tests.fixtures.postgres import running_postgres
from warmline.sandbox import SandboxClient

HANDOFFS = 12
BEGIN_WITHIN, DIE_WITHIN = 0.6, 1.4
"""Seconds after the beginning of a run: shoppers come, and a server dies."""
KEY = "q7Jx2mVw9cT4nB8kL1sD6fG3hP0aZ5yR"


@pytest.mark.xdist_group("kill")
async def test_f1_kill_9_in_20_runs_loses_no_handoff_and_doubles_none(tmp_path: Path, zygote: Zygote) -> None:
    await kill_again_and_again(tmp_path, zygote, how_many("WARMLINE_F1_RUNS", 20), servers=1)


@pytest.mark.slow
@pytest.mark.xdist_group("kill")
async def test_f1_kill_9_in_200_runs_loses_no_handoff_and_doubles_none(tmp_path: Path, zygote: Zygote) -> None:
    await kill_again_and_again(tmp_path, zygote, how_many("WARMLINE_F1_RUNS", 200), servers=1)


@pytest.mark.slow
@pytest.mark.xdist_group("kill")
async def test_f1_g13_kill_9_of_two_servers_on_postgresql_in_200_runs(tmp_path: Path, zygote: Zygote) -> None:
    with running_postgres() as database:
        runs = how_many("WARMLINE_F1_RUNS", 200)
        await kill_again_and_again(tmp_path, zygote, runs, servers=2, WARMLINE_DATABASE_URL=database)


async def kill_again_and_again(folder: Path, zygote: Zygote, runs: int, servers: int, **env: str) -> None:
    seed = seed_of()
    with sandbox_apart(seed) as sandbox:
        env = settings_for(sandbox) | {"WARMLINE_SECRET_KEY": KEY} | env
        await open_shops(folder / "0" / "data", env)
        for desk in DESKS:
            sandbox.behave(desk, "worst")
            sandbox.configure(desk, index_delay=SEARCH_LAGS)
            sandbox.add_fault(desk, "slow", operation="create", probability=0.5, seconds=0.15)
        sandbox.seed(seed)
        house = [QuickServer(zygote, folder / str(n) / "data", env) for n in range(servers)]
        for server in house:
            server.data.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(server.start)
        began = time.monotonic()
        everybody = await _all_runs(house, random.Random(seed), runs)
        async with beside(house[0].data, env) as machine:
            await all_arrive(sandbox, machine, everybody)
            await all_is_told(everybody)
        for server in house:
            assert server.stop() == 0, server.tail()
        _judge(sandbox, everybody, seed)
        print(f"{runs} runs, {len(everybody)} handoffs, all told {time.monotonic() - began:.0f} s: 0 lost, 0 doubled")


async def _all_runs(house: Sequence[QuickServer], dice: random.Random, runs: int) -> list[Patient]:
    everybody: list[Patient] = []
    times: list[float] = []
    for run in range(runs):
        began = time.monotonic()
        everybody += await _one_run(house, dice, run)
        times.append(time.monotonic() - began)
    print("seconds of each run: " + " ".join(f"{each:.1f}" for each in times))
    print(f"median {median(times):.2f} s, longest {max(times):.2f} s")
    return everybody


async def _one_run(house: Sequence[QuickServer], dice: random.Random, run: int) -> list[Patient]:
    """Over when all have been promised a person; the promises are kept later."""
    urls = [server.url for server in house]
    desks = list(DESKS)
    shoppers = [
        Patient(urls, run * HANDOFFS + n, desks[n % len(desks)], random.Random(dice.random())) for n in range(HANDOFFS)
    ]
    async with a_client() as http:
        living = [asyncio.create_task(shopper.live(http, BEGIN_WITHIN)) for shopper in shoppers]
        await asyncio.sleep(dice.random() * DIE_WITHIN)
        victim = dice.choice(house)
        await asyncio.to_thread(victim.kill)
        await asyncio.to_thread(victim.start)
        await asyncio.gather(*living)
    return shoppers


def _judge(sandbox: SandboxClient, everybody: Sequence[Patient], seed: int) -> None:
    found, wanted = counts(sandbox), {patient.ticket for patient in everybody}
    doubled = {id: n for id, n in found.items() if n != 1}
    assert not wanted - found.keys(), f"lost, with seed {seed}: {sorted(wanted - found.keys())}"
    assert not doubled, f"doubled, with seed {seed}: {doubled}"
    assert found.keys() == wanted, f"nobody asked for these, with seed {seed}: {sorted(found.keys() - wanted)}"
