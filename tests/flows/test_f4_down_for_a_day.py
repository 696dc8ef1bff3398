"""F4: a helpdesk that is down for a day and comes back with "too many". Every handoff arrives once, none is lost, first
tries go out in the order in which shoppers agreed, and the vendor's rate is never passed. The vendor counts."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from warmline.actions.advance_handoff import advance_handoff
from warmline.actions.identify_visitor import give_email
from warmline.actions.start_conversation import Start, start_conversation
from warmline.bootstrap import Machine
from warmline.domain.effect import EffectKind, EffectState
from warmline.domain.ids import ConversationId, SiteKey, WorkerId
from warmline.domain.workspace import parse_workspace
from warmline.helpdesks.gorgias.helpdesk import Gorgias
from warmline.helpdesks.zendesk.helpdesk import Zendesk
from warmline.jobs.worker import AT_ONCE, Worker
from warmline.sandbox import Sandbox, credentials
from warmline.settings import read_settings
from warmline.store.base import Integration, Transaction
from warmline.store.calendars import holidays_of

MORNING = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
LIMITS = {"handoffs_per_network_day": 0, "handoffs_per_address_day": 0, "handoffs_per_visitor_day": 0}
ACCOUNTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "zendesk": (
        {"subdomain": "acme", "email": credentials.ZENDESK_EMAIL},
        {"api_token": credentials.ZENDESK_API_TOKEN},
    ),
    "gorgias": ({"account": "acme", "email": credentials.GORGIAS_EMAIL}, {"api_key": credentials.GORGIAS_API_KEY}),
    "webhook": ({"url": credentials.WEBHOOK_URL}, {"secret": credentials.WEBHOOK_SECRET}),
}
RATES = {"zendesk": Zendesk.rate, "gorgias": Gorgias.rate}
# What the vendors themselves allow (the smallest plans).
ALLOWED = {"zendesk": (200, 60), "gorgias": (40, 20), "webhook": (None, 60)}


@dataclass
class Clock:
    """A day that passes when the test says so."""

    now: datetime = MORNING

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


@dataclass
class World:
    machine: Machine
    sandbox: Sandbox
    vendor: str
    clock: Clock
    worker: Worker
    consents: list[ConversationId] = field(default_factory=list)
    seen: dict[int, Any] = field(default_factory=dict)

    async def consent(self) -> None:
        """A shopper asks for a person and gives an address."""
        app = self.machine.app
        self.clock.now += timedelta(milliseconds=1)
        started = await start_conversation(app, Start(SiteKey("pk_acme")), None, None)
        id, visitor = started.conversation.id, started.visitor
        await advance_handoff(app, visitor, id, "request", None)
        await give_email(app, visitor, id, f"shopper{len(self.consents)}@example.com")
        self.consents.append(id)

    async def pass_time(self, step: timedelta) -> None:
        """The clock goes on, and everything that is due runs."""
        self.clock.now += step
        while await self.worker._sweep():
            await self.worker.idle()
        await self.worker.idle()
        self.seen |= {each.id: each for each in self.sandbox.requests(self.vendor)}

    async def waiting(self) -> int:
        def count(tx: Transaction) -> int:
            [workspace] = tx.workspaces()
            return sum(len(tx.pending_effects(workspace.id, kind)) for kind in (EffectKind.TICKET, EffectKind.APPEND))

        return await self.machine.app.store.read(count)


def _tables(vendor: str) -> dict[str, Any]:
    shop = {"name": "Acme", "site": "pk_acme"}
    return {"workspace": shop, "handoff": {"method": "ticket", "helpdesk": vendor}, "limits": LIMITS}


@asynccontextmanager
async def a_world(folder: Path, vendor: str, **env: str) -> AsyncIterator[World]:
    clock = Clock()
    with Sandbox(clock=clock.seconds) as sandbox:
        given = {"WARMLINE_DATA": str(folder), f"WARMLINE_{vendor.upper()}_BASE_URL": sandbox.url(vendor)}
        settings = read_settings(given | {"WARMLINE_HELPDESK_TIMEOUT": "5", "WARMLINE_INDEX_DELAY": "0.3"} | env)
        async with Machine(settings) as machine:
            machine.app.clock = clock
            worker = Worker(machine.app, WorkerId("wrk_test"))
            workspace = parse_workspace(_tables(vendor), holidays_of)
            account = Integration(vendor, "helpdesk", ACCOUNTS[vendor][0], {}, ACCOUNTS[vendor][1], None, 1)

            def save(tx: Transaction) -> None:
                tx.save_workspace(workspace, clock())
                tx.save_integration(workspace.id, account, clock())

            await machine.app.store.write(save)
            yield World(machine, sandbox, vendor, clock, worker)
            await worker.stop()


async def a_day_down(world: World, handoffs: int, seed: int) -> None:
    """Half of them spread over the day, half in crowds; then the helpdesk is back, and says 429 at first."""
    dice = random.Random(seed)
    world.sandbox.add_fault(world.vendor, "error_before", status=503)
    spread = handoffs // 2
    ticks = 32 if handoffs < 100 else 12
    at = sorted(dice.randrange(ticks) for _ in range(spread))
    crowds = {dice.randrange(ticks - 4): (handoffs - spread) // 2 for _ in range(1)}
    for tick in range(ticks):
        for _ in range(at.count(tick) + crowds.get(tick, 0)):
            await world.consent()
        await world.pass_time(DAY / ticks)
        if tick in crowds:
            for _ in range(30):  # who waits in line is due within seconds
                await world.pass_time(2 * SECOND)
    world.sandbox.clear_faults(world.vendor)
    limit, window = ALLOWED[world.vendor]
    world.sandbox.configure(world.vendor, rate_limit=limit, rate_window=window)
    world.sandbox.add_fault(world.vendor, "rate_limited", times=3, retry_after=45)
    while len(world.consents) < handoffs:
        await world.consent()
    step = SECOND
    while await world.waiting():
        await world.pass_time(step)
        assert world.clock.now < MORNING + 3 * DAY, f"{await world.waiting()} still wait"


def first_tries(world: World) -> list[str]:
    """Conversations in the order in which the vendor first saw a create for them."""
    found: dict[str, None] = {}
    for request in world.seen.values():
        if request.operation == "create":
            body = json.loads(request.body)
            key = body.get("ticket", body).get("external_id") or body["id"]
            found.setdefault(key.removeprefix("warmline-").rpartition("-")[0])
    return list(found)


def most_in(times: list[float], window: float) -> int:
    """The most requests in any window of this length."""
    most, start = 0, 0
    for end, at in enumerate(times):
        while times[start] <= at - window:
            start += 1
        most = max(most, end - start + 1)
    return most


async def check(world: World, handoffs: int) -> Iterator[str]:
    """Prints what was found; raises when a promise is broken."""
    counted = world.sandbox.count_by_external_id(world.vendor)
    assert len(counted) == handoffs and set(counted.values()) == {1}
    app = world.machine.app
    states = await app.store.read(
        lambda tx: [tx.effect_state(tx.workspaces()[0].id, f"ticket:{id}-1") for id in world.consents]
    )
    assert set(states) == {EffectState.DONE}
    # Calls of one worker run side by side, so neighbours may swap; whoever waits in line never does.
    tries = first_tries(world)
    late = max(abs(world.consents.index(ConversationId(id)) - place) for place, id in enumerate(tries))
    assert len(tries) == handoffs and late < AT_ONCE[EffectKind.TICKET], tries
    times = sorted(each.at for each in world.seen.values())
    rate, (allowed, window) = RATES.get(world.vendor), ALLOWED[world.vendor]
    if rate is not None and allowed is not None:
        # The rest of what the vendor allows is room for what takes no token: the health check that follows a failure.
        handing_off = sorted(each.at for each in world.seen.values() if each.operation != "check")
        assert most_in(handing_off, rate.per.total_seconds()) <= rate.requests
        assert most_in(times, window) <= allowed
    throttled = [each for each in world.seen.values() if each.status == 429]
    assert {each.fault for each in throttled} == {"rate_limited"}, "the vendor's own limit was never met"
    lines = [f"{handoffs} handoffs, {len(times)} requests, {len(throttled)} times 429, out of place by at most {late}"]
    return iter(lines)


@pytest.mark.parametrize("vendor", ["zendesk", "gorgias", "webhook"])
async def test_f4_a_day_without_a_helpdesk(tmp_path: Path, vendor: str) -> None:
    handoffs = {"zendesk": 50, "gorgias": 100}.get(vendor, 24)
    async with a_world(tmp_path, vendor) as world:
        await a_day_down(world, handoffs, seed=7)
        print(vendor, *await check(world, handoffs))


@pytest.mark.slow
@pytest.mark.parametrize("vendor", ["zendesk", "gorgias", "webhook"])
async def test_f4_two_thousand_handoffs(tmp_path: Path, vendor: str) -> None:
    async with a_world(tmp_path, vendor) as world:
        await a_day_down(world, 2000, seed=11)
        print(vendor, *await check(world, 2000))
