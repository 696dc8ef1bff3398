"""One token bucket for all workers, and the line before it, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, cast

from tests.fixtures.conversations import HOUR, MINUTE, NOW, SECOND
from tests.store.conftest import ACME, OTHER_SHOP, OpenStore, two_shops
from warmline.actions.app import App, Timings
from warmline.actions.take_turn import LONGEST_LIVE, LONGEST_PAUSE, take_look, take_turn, too_many
from warmline.domain.bucket import STEP, Rate
from warmline.domain.effect import Effect, EffectKind, OwedEffect
from warmline.domain.ids import WorkerId, WorkspaceId
from warmline.helpdesks.base import Helpdesk
from warmline.store.base import Store, Transaction
from warmline.store.buckets import HELD

RATE = Rate(50, MINUTE)
ME = WorkerId("wrk_1")


@dataclass
class Desk:
    """All that a turn needs to know of a helpdesk."""

    name: str = "zendesk"
    rate: Rate | None = RATE


DESK = cast(Helpdesk, Desk())  # a turn reads these two facts and calls nothing


def app_at(store: Store, now: datetime, requests: int | None = None) -> App:
    nothing: Any = None  # a turn uses the clock and the timings alone
    timings = Timings(requests=requests)
    return App(store, nothing, nothing, nothing, nothing, None, "", clock=lambda: now, timings=timings)


async def owed(store: Store, number: int, workspace: WorkspaceId = ACME) -> OwedEffect:
    """The n-th consent, held by the process that wrote it."""
    key, at = f"ticket:cnv_{number}-1", NOW - HOUR + number * SECOND
    await store.write(lambda tx: tx.owe(workspace, Effect(EffectKind.TICKET, key, None, None, {"n": 1}), at))
    found = await store.read(lambda tx: tx.effect_by_key(workspace, key))
    assert found is not None
    return found


async def claimed(store: Store, effect: OwedEffect) -> OwedEffect:
    """Taken anew, long after: its lease is over and it is due."""
    taken = await store.write(lambda tx: tx.claim(effect.id, ME, NOW + 2 * HOUR))
    assert taken is not None
    return taken


async def turn(store: Store, effect: OwedEffect, now: datetime = NOW, **how: Any) -> bool:
    app = app_at(store, now, how.pop("requests", None))
    return await store.write(lambda tx: take_turn(tx, app, effect, DESK, **how))


async def due(store: Store, effect: OwedEffect) -> OwedEffect:
    found = await store.read(lambda tx: tx.effect_by_key(effect.workspace, effect.key))
    assert found is not None
    return found


async def test_two_processes_share_one_bucket(open_store: OpenStore) -> None:
    """Both ask at once, again and again: together they get one burst, not two."""
    first, second = await open_store(), await open_store()
    await first.write(two_shops)
    effects = [await owed(first, number) for number in range(24)]
    asked = [turn((first, second)[n % 2], effect) for n, effect in enumerate(effects)]
    assert sum(await asyncio.gather(*asked)) == RATE.burst
    assert await turn(first, await owed(first, 99, OTHER_SHOP)), "another shop has a bucket of its own"


async def test_who_waits_keeps_the_order_of_consent_and_no_try_is_counted(store: Store) -> None:
    effects = [await owed(store, number) for number in range(16)]
    went = [await turn(store, effect) for effect in effects]
    assert went == [True] * RATE.burst + [False] * 6
    waiting = [await due(store, effect) for effect in effects[RATE.burst :]]
    dues = [each.due for each in waiting]
    assert dues == sorted(dues) and len(set(dues)) == 6 and dues[0] > NOW
    assert {each.tries for each in waiting} == {0} and {each.lease_until for each in waiting} == {None}
    for earlier, later in pairwise(dues):
        assert abs((later - earlier) - RATE.gap) <= STEP


async def test_a_younger_one_never_goes_first_however_full_the_bucket_is(store: Store) -> None:
    older, younger = await owed(store, 1), await owed(store, 2)
    await store.write(lambda tx: tx.stand_in_line(older, "zendesk", NOW + HOUR, "waiting"))
    assert not await turn(store, younger)
    assert (await due(store, older)).due == NOW, "a token was there: the first in line need not wait for its hour"
    older = await claimed(store, older)
    assert await turn(store, older)
    await store.write(lambda tx: tx.begin_attempt(older, NOW, b"x", "zendesk"))
    assert await turn(store, await claimed(store, younger))


async def test_a_429_stops_everybody_and_keeps_the_line(store: Store) -> None:
    first, second = await owed(store, 1), await owed(store, 2)
    await store.write(lambda tx: too_many(tx, first, "zendesk", 30 * SECOND, NOW))
    assert not await turn(store, second, NOW + 29 * SECOND)
    dues = [(await due(store, each)).due for each in (first, second)]
    assert NOW + 30 * SECOND < dues[0] < dues[1] < NOW + 35 * SECOND
    assert await turn(store, await claimed(store, first), NOW + 40 * SECOND)


async def test_what_is_cancelled_put_off_or_tried_stands_in_no_line(store: Store) -> None:
    effects = [await owed(store, number) for number in range(4)]
    for held in effects[:3]:
        await store.write(lambda tx, held=held: tx.stand_in_line(held, "zendesk", NOW, "waiting"))  # type: ignore[misc]
    assert await store.read(lambda tx: tx.ahead_in_line(effects[3], "zendesk", NOW)) == 3
    await store.write(lambda tx: tx.cancel(ACME, effects[0].key))
    held = await claimed(store, effects[1])
    await store.write(lambda tx: tx.put_off(held, NOW + HOUR, "failed"))
    tried = await claimed(store, effects[2])
    await store.write(lambda tx: tx.begin_attempt(tried, NOW, b"x", "zendesk"))
    assert await store.read(lambda tx: tx.ahead_in_line(effects[3], "zendesk", NOW)) == 0


async def test_a_look_up_costs_what_it_costs_and_a_late_worker_takes_nothing(store: Store) -> None:
    desk = cast(Helpdesk, Desk(rate=Rate(50, MINUTE, look_up=5)))
    effect, app = await owed(store, 1), app_at(store, NOW)
    for _ in range(2):
        assert await store.write(lambda tx: take_turn(tx, app, effect, desk, look_up=True))
    assert not await store.write(lambda tx: take_turn(tx, app, effect, desk))
    late = await owed(store, 2)
    await claimed(store, late)
    assert not await turn(store, late, NOW + HOUR)
    bucket = await store.read(lambda tx: tx.bucket(ACME, "zendesk"))
    assert bucket is not None and bucket.at == NOW, "nothing was taken for a claim that no longer stands"


async def test_an_operator_may_allow_more(store: Store) -> None:
    effects = [await owed(store, number) for number in range(30)]
    assert [await turn(store, effect, requests=600) for effect in effects] == [True] * 30


async def test_a_look_takes_a_token_too_and_yields_to_handoffs_that_wait(store: Store) -> None:
    look, app = await owed(store, 1), app_at(store, NOW)
    went = [await store.write(lambda tx: take_look(tx, app, look, DESK)) for _ in range(RATE.burst + 1)]
    assert went == [True] * RATE.burst + [False]
    put_off = await due(store, look)
    assert NOW < put_off.due <= NOW + 3 * RATE.gap and put_off.tries == 0
    handoff, later = await owed(store, 2), app_at(store, NOW + MINUTE)
    assert await store.read(lambda tx: tx.ahead_in_line(handoff, "zendesk", NOW)) == 0, "a look stands in no line"
    await store.write(lambda tx: tx.stand_in_line(handoff, "zendesk", NOW + MINUTE, "waiting"))
    look = await claimed(store, look)
    assert not await store.write(lambda tx: take_look(tx, later, look, DESK))
    await store.write(lambda tx: tx.cancel(ACME, handoff.key))
    look = await claimed(store, look)
    assert await store.write(lambda tx: take_look(tx, later, look, DESK))


async def line_of(store: Store, count: int) -> list[OwedEffect]:
    """So many stand in line, and all have been due for long."""
    effects = [await owed(store, number) for number in range(count)]
    for held in effects:
        await store.write(lambda tx, held=held: tx.stand_in_line(held, "zendesk", NOW, "waiting"))  # type: ignore[misc]
    return effects


async def seen_by_a_sweeper(store: Store, now: datetime = NOW) -> list[str]:
    return [effect.key for effect in await store.read(lambda tx: tx.due_effects(now, 64))]


async def test_only_the_first_in_line_is_taken_however_many_are_due(store: Store) -> None:
    effects = await line_of(store, 5)
    assert await seen_by_a_sweeper(store) == [effects[0].key]
    await store.write(lambda tx: tx.claim(effects[0].id, ME, NOW))
    assert await seen_by_a_sweeper(store) == [], "the first has been taken and has not gone yet"


async def test_who_takes_its_turn_takes_the_next_along(store: Store) -> None:
    """In the same commit: the process that runs effects hears of the next, and no sweeper has to find it."""
    born: list[str] = []
    store.after_commit = lambda effects, _: born.extend(effect.key for effect in effects)
    effects = await line_of(store, 3)
    born.clear()
    first = await store.write(lambda tx: tx.claim(effects[0].id, ME, NOW))
    assert first is not None and first.line == "zendesk"
    assert await turn(store, first)
    assert born == [effects[1].key] and await seen_by_a_sweeper(store) == []
    assert (await due(store, effects[0])).line is None, "it has left the line"


async def test_the_next_is_called_for_the_moment_when_a_token_is_there(store: Store) -> None:
    effects = await line_of(store, RATE.burst + 2)
    for held in effects[: RATE.burst]:
        taken = await store.write(lambda tx, held=held: tx.claim(held.id, ME, NOW))  # type: ignore[misc]
        if taken is not None:  # all but the first were taken along
            assert await turn(store, taken)
        else:
            assert await turn(store, await due(store, held))
    next_one = await due(store, effects[RATE.burst])
    assert next_one.lease_until is None, "nobody holds what cannot go"
    assert not await store.write(lambda tx: take_turn(tx, app_at(store, NOW), next_one, DESK))
    assert NOW < (await due(store, effects[RATE.burst])).due <= NOW + RATE.gap + STEP


async def test_who_stays_for_another_call_is_passed_by_nobody(store: Store) -> None:
    effects = await line_of(store, 2)
    first = await store.write(lambda tx: tx.claim(effects[0].id, ME, NOW))
    assert first is not None and await turn(store, first, stays=True)
    assert (await due(store, effects[0])).line == "zendesk" and await seen_by_a_sweeper(store) == []
    assert not await turn(store, effects[1])


async def test_a_worker_that_died_with_the_first_in_line_holds_the_line_for_seconds_only(store: Store) -> None:
    effects = await line_of(store, 2)
    await store.write(lambda tx: tx.claim(effects[0].id, WorkerId("wrk_dead"), NOW))
    assert await seen_by_a_sweeper(store, NOW + HELD - SECOND) == []
    later = NOW + HELD + SECOND
    assert await seen_by_a_sweeper(store, later) == [effects[1].key]
    second = await store.write(lambda tx: tx.claim(effects[1].id, ME, later))
    assert second is not None and await turn(store, second, later)
    assert await seen_by_a_sweeper(store, NOW + MINUTE + SECOND) == [effects[0].key], "its lease is over"


async def test_many_looks_that_yield_ask_seldom(store: Store) -> None:
    """Each look that asks in vain costs a commit: the more there are, the longer they pause."""
    handoff = await owed(store, 0)
    await store.write(lambda tx: tx.stand_in_line(handoff, "zendesk", NOW + MINUTE, "waiting"))

    def owe_looks(tx: Transaction) -> None:
        for number in range(100):
            tx.owe(ACME, Effect(EffectKind.LOOK, f"look:cnv_{number}-1", None, None, {"n": 1}), NOW)

    await store.write(owe_looks)
    app = app_at(store, NOW, requests=60_000)
    pauses = []
    for live in (False, True):
        look = await store.read(lambda tx, live=live: tx.effect_by_key(ACME, f"look:cnv_{int(live)}-1"))  # type: ignore[misc]
        assert look is not None
        assert not await store.write(lambda tx, look=look, live=live: take_look(tx, app, look, DESK, live=live))  # type: ignore[misc]
        pauses.append((await due(store, look)).due - NOW)
    assert 20 * SECOND < pauses[0] <= LONGEST_PAUSE
    assert pauses[1] == LONGEST_LIVE, "a shopper in the chat waits for this one"
