"""F8, G14: a clock that is set by a day, stands still or is set while we are stopped: nothing lost, late or doubled."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.flows.shop import Town, a_town
from tests.store.conftest import ACME, KEY, two_shops
from warmline.domain.effect import Attempt, Effect, EffectKind, OwedEffect
from warmline.domain.ids import WorkerId
from warmline.store.sqlite import SqliteStore
from warmline.store.statements import micros
from warmline.store.timeline import Timeline
from warmline.store.vault import Vault

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
START = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
"""Half an hour before Europe leaves summer time."""
ME, OTHER = WorkerId("wrk_1"), WorkerId("wrk_2")


@dataclass
class Machine:
    """A computer whose clock somebody may set. `since` runs on whatever the wall shows."""

    wall: datetime = START
    since: int = 5_000_000
    stands: bool = False

    def passes(self, time: timedelta) -> None:
        self.since += time // timedelta(microseconds=1)
        if not self.stands:
            self.wall += time

    def timeline(self) -> Timeline:
        return Timeline(lambda: micros(self.wall), lambda: self.since)


@pytest.mark.parametrize("set_by", [DAY, -DAY, timedelta(seconds=3), -timedelta(days=20_000)])
def test_steady_time_runs_on_when_the_wall_is_set(set_by: timedelta) -> None:
    machine = Machine()
    clock = machine.timeline()
    before = clock.ticks(clock.now())
    machine.passes(10 * SECOND)
    machine.wall += set_by
    assert clock.now() == START + 10 * SECOND, "until it is found out, nothing changes"
    jump = clock.jumped()
    assert jump == set_by // timedelta(microseconds=1)
    clock.follow(None, clock.ahead + jump)
    assert clock.now() == machine.wall
    assert clock.ticks(clock.now()) - before == 10_000_000
    machine.passes(timedelta(minutes=2))
    assert clock.jumped() == 0
    assert clock.ticks(clock.now()) - before == 130_000_000


@pytest.mark.parametrize("set_by", [DAY, -DAY])
def test_a_reading_from_just_before_the_jump_is_understood(set_by: timedelta) -> None:
    machine = Machine()
    clock = machine.timeline()
    stale = clock.now()
    before = clock.ticks(stale)
    machine.wall += set_by
    clock.follow(None, clock.ahead + clock.jumped())
    machine.passes(SECOND)
    assert clock.ticks(stale) == before
    assert clock.ticks(stale + 30 * SECOND) == before + 30_000_000
    assert clock.ticks(clock.now()) == before + 1_000_000


def test_drift_is_no_jump_and_a_clock_that_stands_still_stops_no_timer() -> None:
    machine = Machine()
    clock = machine.timeline()
    machine.wall += timedelta(seconds=1.9)
    assert clock.jumped() == 0
    machine.stands = True
    began = clock.ticks(clock.now())
    for _ in range(60):
        machine.passes(SECOND)
        clock.follow(None, clock.ahead + clock.jumped()) if clock.jumped() else None
    assert clock.ticks(clock.now()) - began == 60_000_000


def test_summer_time_is_nothing_to_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Warsaw")
    time.tzset()
    try:
        machine = Machine()
        clock = machine.timeline()
        for _ in range(8):
            machine.passes(timedelta(minutes=15))
            assert (clock.jumped(), clock.now()) == (0, machine.wall)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert os.environ.get("TZ") != "Europe/Warsaw"


# In the outbox


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
async def store(tmp_path: Path, machine: Machine) -> AsyncIterator[SqliteStore]:
    store = await _opened(tmp_path, machine)
    await store.write(two_shops)
    yield store
    await store.close()


async def _opened(folder: Path, machine: Machine) -> SqliteStore:
    store = SqliteStore(folder / "warmline.db", Vault(KEY), ME)
    store.timeline = machine.timeline()
    await store.start()
    return store


async def _owed(store: SqliteStore, key: str = "ticket:cnv_1-1") -> OwedEffect:
    now = store.timeline.now()
    await store.write(lambda tx: tx.owe(ACME, Effect(EffectKind.TICKET, key, None, None, {"n": 1}), now))
    return await _found(store, key)


async def _found(store: SqliteStore, key: str = "ticket:cnv_1-1") -> OwedEffect:
    effect = await store.read(lambda tx: tx.effect_by_key(ACME, key))
    assert effect is not None
    return effect


async def _due(store: SqliteStore) -> list[str]:
    now = store.timeline.now()
    return [effect.key for effect in await store.read(lambda tx: tx.due_effects(now, 10))]


async def test_a_day_forward_ends_no_lease_and_believes_no_search_too_early(
    store: SqliteStore, machine: Machine
) -> None:
    effect = await _owed(store)
    now = store.timeline.now()
    assert await store.write(lambda tx: tx.begin_attempt(effect, now, b"{}"))
    machine.passes(5 * SECOND)
    machine.wall += DAY
    await store.look_at_clock()
    assert await _due(store) == [], "still ours"
    later = store.timeline.now()
    assert await store.write(lambda tx: tx.claim(effect.id, OTHER, later)) is None
    held = await _found(store)
    assert held.attempt is Attempt.IN_FLIGHT and held.attempt_at is not None
    assert later - held.attempt_at == 5 * SECOND, "the wait before a look-up is counted in real seconds"
    machine.passes(timedelta(seconds=56))
    assert await _due(store) == [effect.key], "a minute is a minute"


async def test_a_day_back_delays_and_reorders_nothing(store: SqliteStore, machine: Machine) -> None:
    first = await _owed(store)
    soon = store.timeline.now() + 30 * SECOND
    assert await store.write(lambda tx: tx.put_off(first, soon, "the vendor is down"))
    machine.passes(10 * SECOND)
    machine.wall -= DAY
    await store.look_at_clock()
    second = await _owed(store, "ticket:cnv_2-1")
    assert second.due == machine.wall, "what people see follows the wall"
    assert await store.write(lambda tx: tx.put_off(second, store.timeline.now(), "again"))
    machine.passes(21 * SECOND)
    assert set(await _due(store)) == {first.key, second.key}
    rows = await store.read(lambda tx: tx.rows("SELECT key FROM effect ORDER BY created_at"))
    assert [row["key"] for row in rows] == [first.key, second.key], "by consent"


@pytest.mark.parametrize("set_by", [DAY, -DAY])
async def test_a_clock_that_is_set_while_we_are_stopped(tmp_path: Path, machine: Machine, set_by: timedelta) -> None:
    store = await _opened(tmp_path, machine)
    await store.write(two_shops)
    effect = await _owed(store)
    soon = store.timeline.now() + 30 * SECOND
    await store.write(lambda tx: tx.put_off(effect, soon, "the vendor is down"))
    await store.close()
    machine.passes(10 * SECOND)
    machine.wall += set_by
    again = await _opened(tmp_path, machine)
    assert await _due(again) == []
    machine.passes(21 * SECOND)
    assert await _due(again) == [effect.key]
    await again.close()


async def test_after_a_restart_of_the_machine_time_does_not_go_back(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await _opened(tmp_path, machine)
    await store.write(two_shops)
    effect = await _owed(store)
    await store.write(lambda tx: tx.put_off(effect, store.timeline.now() + 30 * SECOND, "the vendor is down"))
    await store.close()
    monkeypatch.setattr("warmline.store.sqlite.boot_id", lambda: "another")
    machine.since, machine.wall = 1_000_000, datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    again = await _opened(tmp_path, machine)
    machine.passes(31 * SECOND)
    assert await _due(again) == [effect.key], "a machine without a battery does not wait for fifty years"
    await again.close()


async def test_two_processes_that_see_one_jump_count_it_once(tmp_path: Path, machine: Machine) -> None:
    one, two = await _opened(tmp_path, machine), await _opened(tmp_path, machine)
    await one.write(two_shops)
    await _owed(one)
    machine.wall += DAY
    await one.look_at_clock()
    await two.look_at_clock()
    assert one.timeline.ahead == two.timeline.ahead == DAY // timedelta(microseconds=1)
    assert (await _found(one)).due == (await _found(two)).due
    await one.close()
    await two.close()


# A delivery


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(tmp_path, WARMLINE_INDEX_DELAY="1.5", WARMLINE_HELPDESK_TIMEOUT="1") as town:
        yield town


@pytest.fixture
def clock(town: Town) -> Any:
    """The server's wall, which the test may set."""
    moved = [timedelta()]
    town.machine.app.store.timeline._wall = lambda: micros(datetime.now(UTC) + moved[0])
    town.machine.app.clock = town.machine.app.store.timeline.now
    return moved


@pytest.mark.parametrize("set_by", [DAY, -DAY])
async def test_f8_a_jump_during_a_delivery_makes_one_ticket_in_good_time(
    town: Town, clock: Any, set_by: timedelta
) -> None:
    """Gorgias has no idempotency keys: only a look-up that was believed too early could make a second one."""
    town.sandbox.configure("gorgias", index_delay=1.2)
    shop = await town.shop(connect=("gorgias",), handoff={"method": "ticket", "helpdesk": "gorgias"})
    town.sandbox.add_fault("gorgias", "silence_after", operation="create", times=1)
    shopper = await shop.shopper()
    await shopper.say("I want a person")
    await shopper.choose("request")
    await shopper.email("anna@example.com")
    async with asyncio.timeout(20):
        while not town.sandbox.tickets("gorgias"):  # noqa: ASYNC110 it watches a stand-in
            await asyncio.sleep(0.02)
    clock[0] = set_by
    await asyncio.sleep(1)
    if set_by > timedelta():
        # To people a day has gone: the token is renewed, as the widget does.
        token = (await shopper.post("/token")).json()["token"]
        shopper.http.headers["Authorization"] = f"Bearer {token}"
    await shopper.until_notice("ticket", seconds=40)
    await asyncio.sleep(2)
    assert town.sandbox.count_by_external_id("gorgias")[f"warmline-{shopper.id}-1"] == 1
    assert abs(town.machine.app.clock() - datetime.now(UTC) - set_by) < 5 * SECOND, "people read the wall"
