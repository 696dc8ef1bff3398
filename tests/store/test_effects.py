"""The outbox: what is owed is done once, by one worker, and a late worker's write is refused (THREATS section 3)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fixtures.conversations import ANNA, DAY, HOUR, MINUTE, NOW, SECOND, a_scene, asked
from tests.store.conftest import ACME, OTHER_SHOP, OpenStore, begin_talk, two_shops
from warmline.actions.app import App
from warmline.actions.retry_deliveries import PART, retry_deliveries
from warmline.domain.conversation import Conversation
from warmline.domain.effect import Attempt, Effect, EffectKind, EffectState, OwedEffect
from warmline.domain.handoff import HandoffReason
from warmline.domain.ids import ConversationId, WorkerId
from warmline.store.base import Integration, Store, Transaction
from warmline.store.effects import LEASE

MINE, THEIRS = WorkerId("wrk_1"), WorkerId("wrk_2")
TICKET = "ticket:cnv_1-1"


def ticket(due: datetime | None = None, **data: object) -> Effect:
    return Effect(EffectKind.TICKET, TICKET, None, due, data or {"n": 1})


async def owe(store: Store, effect: Effect | None = None, now: datetime = NOW) -> OwedEffect:
    effect = effect or ticket()
    await store.write(lambda tx: tx.owe(ACME, effect, now))
    return await find(store, effect.key)


async def find(store: Store, key: str = TICKET) -> OwedEffect:
    effect = await store.read(lambda tx: tx.effect_by_key(ACME, key))
    assert effect is not None
    return effect


async def claim(store: Store, effect: OwedEffect, worker: WorkerId, now: datetime) -> OwedEffect | None:
    return await store.write(lambda tx: tx.claim(effect.id, worker, now))


async def state(store: Store, key: str = TICKET) -> EffectState | None:
    return await store.read(lambda tx: tx.effect_state(ACME, key))


def listen(store: Store) -> list[str]:
    """The keys of effects that this process is told to run."""
    keys: list[str] = []

    def hear(born: Sequence[OwedEffect], dropped: Sequence[str]) -> None:
        keys.extend(effect.key for effect in born)

    store.after_commit = hear
    return keys


async def test_an_effect_is_born_leased_to_the_process_that_wrote_it(store: Store) -> None:
    told = listen(store)
    effect = await owe(store)
    assert told == [TICKET]
    assert (effect.due, effect.created_at, effect.lease_until, effect.fence) == (NOW, NOW, NOW + LEASE, 1)
    assert (effect.tries, effect.attempt, effect.rendered, effect.data) == (0, Attempt.NONE, None, {"n": 1})
    assert await claim(store, effect, THEIRS, NOW + MINUTE - SECOND) is None
    assert await store.read(lambda tx: tx.due_effects(NOW + MINUTE - SECOND, 10)) == []


async def test_where_no_worker_runs_the_effect_waits_for_the_sweeper_of_another_process(open_store: OpenStore) -> None:
    door, worker = await open_store(None), await open_store("wrk_2")
    await door.write(two_shops)
    told = listen(door)
    effect = await owe(door)
    assert (told, effect.lease_until) == ([], None)
    assert [found.id for found in await worker.read(lambda tx: tx.due_effects(NOW, 10))] == [effect.id]
    assert await claim(worker, effect, THEIRS, NOW) is not None


async def test_what_is_due_later_is_leased_to_nobody_and_cannot_be_claimed_before(store: Store) -> None:
    told = listen(store)
    effect = await owe(store, ticket(NOW + HOUR))
    assert (told, effect.lease_until) == ([], None)
    assert await claim(store, effect, MINE, NOW + HOUR - SECOND) is None
    assert await claim(store, effect, MINE, NOW + HOUR) is not None


async def test_the_sweeper_sees_the_oldest_first_and_no_more_than_it_asked_for(store: Store) -> None:
    for n in (3, 1, 2):
        await owe(store, Effect(EffectKind.SAVED, f"saved:{n}", None, NOW + n * SECOND))
    await owe(store)
    due = await store.read(lambda tx: tx.due_effects(NOW + 5 * SECOND, 2))
    assert [effect.key for effect in due] == ["saved:1", "saved:2"]


# Owed again


async def test_an_effect_that_waits_is_one_effect_however_often_it_is_owed(store: Store) -> None:
    first = await owe(store)
    assert await store.write(lambda tx: tx.put_off(first, NOW + HOUR, "vendor is down"))
    told = listen(store)
    again = await owe(store, ticket(NOW + 2 * HOUR), NOW + MINUTE)
    assert (again.id, again.due, told) == (first.id, NOW + HOUR, []), "it is not put off by being owed again"
    again = await owe(store, ticket(n=1, more=True), NOW + MINUTE)
    assert (again.id, again.due, again.created_at) == (first.id, NOW + MINUTE, NOW)
    assert (again.data, told) == ({"n": 1, "more": True}, [TICKET])
    assert again.lease_until == NOW + MINUTE + LEASE


async def test_a_worker_that_holds_the_effect_keeps_it_and_is_not_told_twice(store: Store) -> None:
    """Also when the clock shows the very moment of its claim: two runs of one effect would share one fence."""
    effect = await owe(store)
    told = listen(store)
    for now in (NOW, NOW + 10 * SECOND):
        again = await owe(store, ticket(), now)
        assert (again.fence, again.lease_until, told) == (effect.fence, NOW + LEASE, [])
    assert await store.write(lambda tx: tx.finish(effect))


async def test_an_effect_of_a_dead_worker_is_born_again_with_a_higher_fence(store: Store) -> None:
    effect = await owe(store)
    told = listen(store)
    again = await owe(store, ticket(), NOW + LEASE + SECOND)
    assert (again.fence, told) == (effect.fence + 1, [TICKET])
    assert not await store.write(lambda tx: tx.finish(effect))


@pytest.mark.parametrize("end", ["finish", "cancel", "stick"])
async def test_an_effect_that_ended_begins_anew_when_it_is_owed_again(store: Store, end: str) -> None:
    effect = await owe(store)

    def run(tx: Transaction) -> None:
        assert tx.begin_attempt(effect, NOW, b"bytes")
        assert tx.end_attempt(effect, NOW, Attempt.NONE, "422")
        match end:
            case "finish":
                assert tx.finish(effect)
            case "stick":
                assert tx.stick(effect, "422")
            case _:
                tx.cancel(ACME, effect.key)

    await store.write(run)
    assert await claim(store, effect, THEIRS, NOW + DAY) is None
    told = listen(store)
    again = await owe(store, ticket(), NOW + DAY)
    assert (again.id, again.created_at, again.due) == (effect.id, NOW + DAY, NOW + DAY)
    assert (again.tries, again.rendered, told) == (0, None, [TICKET])
    assert again.fence > effect.fence
    assert await store.write(lambda tx: tx.begin_attempt(again, NOW + DAY, b"new bytes")), "sent again, tried again"
    assert len(await store.read(lambda tx: tx.rows("SELECT n FROM attempt"))) == 2


# Leases and fences


async def test_a_lease_that_ended_is_another_workers_and_the_late_ones_writes_are_refused(store: Store) -> None:
    late = await owe(store)
    after = NOW + LEASE + SECOND
    winner = await claim(store, late, THEIRS, after)
    assert winner is not None
    assert winner.fence == late.fence + 1

    def everything(tx: Transaction) -> list[bool]:
        return [
            tx.renew(late, after), tx.still_ours(late), tx.begin_attempt(late, after, b"x"),
            tx.end_attempt(late, after, Attempt.UNKNOWN, "x"), tx.put_off(late, after, "x"), tx.finish(late),
            tx.stick(late, "x"),
        ]  # fmt: skip

    assert await store.write(everything) == [False] * 7
    untouched = await find(store)
    assert untouched == winner
    assert await store.write(lambda tx: tx.still_ours(winner))
    assert await store.write(lambda tx: tx.finish(winner))
    assert await state(store) is EffectState.DONE


async def test_a_renewed_lease_keeps_others_away(store: Store) -> None:
    effect = await owe(store)
    assert await store.write(lambda tx: tx.renew(effect, NOW + 50 * SECOND))
    assert await claim(store, effect, THEIRS, NOW + LEASE + SECOND) is None
    assert await claim(store, effect, THEIRS, NOW + 50 * SECOND + LEASE + SECOND) is not None


async def test_of_many_workers_that_want_it_at_once_one_wins(open_store: OpenStore) -> None:
    stores = [await open_store("wrk_1"), await open_store("wrk_2")]
    await stores[0].write(two_shops)
    effect = await owe(stores[0])
    after = NOW + LEASE + SECOND
    claims = await asyncio.gather(*(claim(stores[n % 2], effect, WorkerId(f"wrk_{n}"), after) for n in range(16)))
    assert sum(won is not None for won in claims) == 1


async def test_put_off_lets_go_until_its_time_and_remembers_what_it_learnt(store: Store) -> None:
    effect = await owe(store)
    assert await store.write(lambda tx: tx.put_off(effect, NOW + MINUTE, "503", seen=2))
    waiting = await find(store)
    assert (waiting.due, waiting.lease_until, waiting.data) == (NOW + MINUTE, None, {"n": 1, "seen": 2})
    again = await claim(store, effect, THEIRS, NOW + MINUTE)
    assert again is not None
    assert again.data == {"n": 1, "seen": 2}


async def test_a_stuck_effect_waits_for_a_person(store: Store) -> None:
    effect = await owe(store)
    assert await store.write(lambda tx: tx.stick(effect, "422: no such brand"))
    assert await state(store) is EffectState.STUCK
    assert await store.read(lambda tx: tx.due_effects(NOW + DAY, 10)) == []
    assert await claim(store, effect, THEIRS, NOW + DAY) is None
    await store.write(lambda tx: tx.cancel(ACME, TICKET))
    assert await state(store) is EffectState.CANCELLED


async def test_a_dropped_effect_refuses_the_worker_that_holds_it(store: Store) -> None:
    effect = await owe(store)
    await store.write(lambda tx: tx.cancel(ACME, TICKET))
    assert not await store.write(lambda tx: tx.begin_attempt(effect, NOW, b"x"))
    assert not await store.write(lambda tx: tx.finish(effect))
    assert await state(store) is EffectState.CANCELLED
    await store.write(lambda tx: tx.cancel(ACME, "unknown"))


# Attempts


async def test_an_attempt_is_recorded_with_its_bytes_before_the_call_and_its_result_after_it(store: Store) -> None:
    effect = await owe(store)
    assert await store.write(lambda tx: tx.begin_attempt(effect, NOW + SECOND, b"\x00bytes\xff"))
    flying = await find(store)
    assert (flying.attempt, flying.attempt_at, flying.attempt_ended_at) == (Attempt.IN_FLIGHT, NOW + SECOND, None)
    assert (flying.rendered, flying.tries, flying.lease_until) == (b"\x00bytes\xff", 1, NOW + SECOND + LEASE)
    assert await store.write(lambda tx: tx.end_attempt(effect, NOW + 3 * SECOND, Attempt.UNKNOWN, "504"))
    ended = await find(store)
    assert (ended.attempt, ended.attempt_ended_at, ended.rendered) == (
        Attempt.UNKNOWN,
        NOW + 3 * SECOND,
        b"\x00bytes\xff",
    )
    # the same claim tries once more
    assert await store.write(lambda tx: tx.begin_attempt(effect, NOW + MINUTE, b"bytes"))
    again = await find(store)
    assert (again.tries, again.attempt, again.attempt_ended_at) == (2, Attempt.IN_FLIGHT, None)
    rows = await store.read(lambda tx: tx.rows("SELECT n, result, ended_at FROM attempt ORDER BY n"))
    assert [(row["n"], row["result"], row["ended_at"] is None) for row in rows] == [(1, "504", False), (2, None, True)]


async def test_a_late_workers_result_is_kept_for_people_and_changes_nothing(store: Store) -> None:
    late = await owe(store)
    await store.write(lambda tx: tx.begin_attempt(late, NOW, b"x"))
    winner = await claim(store, late, THEIRS, NOW + 2 * LEASE)
    assert winner is not None
    assert winner.attempt is Attempt.IN_FLIGHT, "nobody knows what became of it: the winner has to look"
    assert not await store.write(lambda tx: tx.end_attempt(late, NOW + 3 * LEASE, Attempt.NONE, "201 created"))
    assert (await find(store)).attempt is Attempt.IN_FLIGHT
    rows = await store.read(lambda tx: tx.rows("SELECT result FROM attempt"))
    assert [row["result"] for row in rows] == ["201 created"]


async def test_a_dead_predecessors_calls_are_unknown_and_its_work_is_free(store: Store) -> None:
    effect = await owe(store)
    await store.write(lambda tx: tx.begin_attempt(effect, NOW, b"x"))
    await owe(store, Effect(EffectKind.SAVED, "saved:1"))
    await owe(store, Effect(EffectKind.SAVED, "saved:later", None, NOW + HOUR))
    assert await store.write(lambda tx: tx.let_go_of_all(NOW)) == 2
    found = await find(store)
    assert (found.attempt, found.attempt_at, found.lease_until) == (Attempt.UNKNOWN, NOW, None)
    assert (await find(store, "saved:1")).attempt is Attempt.NONE
    assert await claim(store, effect, THEIRS, NOW) is not None


async def test_a_worker_that_stops_gives_back_what_it_holds_and_nothing_else(store: Store) -> None:
    mine = await owe(store)
    await store.write(lambda tx: tx.begin_attempt(mine, NOW, b"x"))
    other = await owe(store, Effect(EffectKind.SAVED, "saved:1", None, NOW + SECOND))
    theirs = await claim(store, other, THEIRS, NOW + SECOND)
    assert theirs is not None
    assert await store.write(lambda tx: tx.let_go(MINE)) == 1
    found = await find(store)
    assert (found.attempt, found.lease_until) == (Attempt.UNKNOWN, None)
    assert not await store.write(lambda tx: tx.finish(mine)), "it may not come back to it"
    assert await store.write(lambda tx: tx.still_ours(theirs))


# Shops, helpdesks, lists


async def test_the_same_key_in_another_shop_is_another_effect(store: Store) -> None:
    effect = await owe(store)
    await store.write(lambda tx: tx.owe(OTHER_SHOP, ticket(), NOW))
    await store.write(lambda tx: tx.cancel(OTHER_SHOP, TICKET))
    assert await state(store) is EffectState.PENDING
    assert await store.read(lambda tx: tx.effect_state(OTHER_SHOP, TICKET)) is EffectState.CANCELLED
    assert [e.id for e in await store.read(lambda tx: tx.pending_effects(ACME, EffectKind.TICKET))] == [effect.id]
    assert await store.read(lambda tx: tx.pending_effects(OTHER_SHOP, EffectKind.TICKET)) == []
    assert await store.read(lambda tx: tx.pending_effects(ACME, EffectKind.MAIL)) == []


def hand_off(tx: Transaction, talk: Conversation, helpdesk: str) -> Conversation:
    conversation = tx.conversation(ACME, talk.id)
    asked(conversation)
    conversation.request(HandoffReason.ASKED, a_scene(helpdesk, contact=ANNA), NOW)
    tx.save(conversation)
    return conversation


async def test_what_a_conversation_owes_is_written_with_it(store: Store, talk: Conversation) -> None:
    told = listen(store)
    await store.write(lambda tx: hand_off(tx, talk, "zendesk"))
    assert told == [TICKET], "the answer was dropped again by the handoff, the timer is for later"
    assert (await find(store, "saved:cnv_1-1")).due == NOW + 5 * SECOND
    assert await state(store, "answer:cnv_1") is None
    assert (await find(store)).conversation == talk.id


async def test_a_helpdesk_that_is_connected_again_wakes_what_waits_for_it(store: Store, talk: Conversation) -> None:
    await store.write(lambda tx: hand_off(tx, talk, "zendesk"))
    other = await store.write(lambda tx: begin_talk(tx, id="cnv_2"))
    await store.write(lambda tx: hand_off(tx, other, "gorgias"))
    for key in (TICKET, "ticket:cnv_2-1"):
        effect = await find(store, key)
        assert await store.write(lambda tx, it=effect: tx.put_off(it, NOW + HOUR, "401"))  # type: ignore[misc]
    assert await store.read(lambda tx: tx.owed_to(ACME, "zendesk")) == 1
    assert await store.write(lambda tx: tx.wake_effects(ACME, "zendesk", NOW + MINUTE)) == 1
    assert (await find(store)).due == NOW + MINUTE
    assert (await find(store, "ticket:cnv_2-1")).due == NOW + HOUR
    assert await store.write(lambda tx: tx.wake_effects(OTHER_SHOP, "gorgias", NOW + MINUTE)) == 0


async def test_the_team_reads_the_tries_of_a_conversation(store: Store, talk: Conversation) -> None:
    await store.write(lambda tx: hand_off(tx, talk, "zendesk"))
    effect = await find(store)
    await store.write(lambda tx: tx.begin_attempt(effect, NOW, b"x"))
    await store.write(lambda tx: tx.end_attempt(effect, NOW + SECOND, Attempt.UNKNOWN, "x" * 900))
    [row] = await store.read(lambda tx: tx.attempts(ACME, talk.id))
    assert (row["kind"], row["n"], len(row["result"])) == ("ticket", 1, 500)
    assert await store.read(lambda tx: tx.attempts(OTHER_SHOP, talk.id)) == []


async def test_times_keep_their_microseconds(store: Store) -> None:
    now = NOW + timedelta(microseconds=123_457)
    assert (await owe(store, ticket(), now)).created_at == now


async def test_what_is_stuck_waits_for_an_account_or_is_unknown_needs_a_person(store: Store) -> None:
    await store.write(lambda tx: begin_talk(tx))

    def owe_one(tx: Transaction) -> str:
        conversation = tx.conversation(ACME, ConversationId("cnv_1"))
        asked(conversation)
        conversation.request(HandoffReason.ASKED, a_scene("zendesk"), NOW)
        tx.save(conversation)
        return conversation.id

    id = await store.write(owe_one)
    key = f"ticket:{id}-1"

    async def kinds(later: timedelta = timedelta(0)) -> list[tuple[str, str | None]]:
        found = await store.read(lambda tx: tx.needs(ACME, NOW + later))
        one = await store.read(lambda tx: [tx.need(ACME, each.id, NOW + later) for each in found])
        assert one == found, "a line alone is the line of the list"
        return [(each.kind.value, each.helpdesk) for each in found]

    assert await kinds() == [("paused", "zendesk")], "it is not connected"
    account = Integration("zendesk", "helpdesk", {}, {}, {}, None, 1)
    await store.write(lambda tx: tx.save_integration(ACME, account, NOW))
    assert await kinds() == []
    held = await find(store, key)
    await store.write(lambda tx: tx.begin_attempt(held, NOW, b"{}", "zendesk"))
    assert await kinds() == [] and await kinds(2 * MINUTE) == [("unknown", "zendesk")]
    await store.write(lambda tx: tx.end_attempt(held, NOW, Attempt.NONE, "refused"))
    await store.write(lambda tx: tx.stick(held, "no such brand"))
    assert await kinds() == [("refused", "zendesk")]
    follow_up = Effect(EffectKind.APPEND, f"append:{id}-1-9", ConversationId(id), None, {"n": 1, "upto": 9})
    await store.write(lambda tx: tx.owe(ACME, follow_up, NOW + SECOND))
    appended = await find(store, follow_up.key)
    await store.write(lambda tx: tx.stick(appended, "gone"))
    assert await kinds() == [("refused", "zendesk"), ("follow_up", "zendesk")]
    assert await store.read(lambda tx: tx.needs(OTHER_SHOP, NOW)) == []
    await store.write(lambda tx: tx.cancel(ACME, key))
    assert await kinds() == [("follow_up", "zendesk")]


async def test_send_now_wakes_a_crowd_in_small_writes(store: Store) -> None:
    """One write over hundreds would meet a worker at one of them each time: on PostgreSQL it never came through."""
    crowd = 2 * PART + 1
    for number in range(crowd):
        talk = await store.write(lambda tx, id=f"cnv_{number}": begin_talk(tx, id=id))  # type: ignore[misc]
        await store.write(lambda tx, talk=talk: hand_off(tx, talk, "zendesk"))  # type: ignore[misc]
        effect = await find(store, f"ticket:cnv_{number}-1")
        await store.write(lambda tx, it=effect: tx.put_off(it, NOW + HOUR, "503"))  # type: ignore[misc]
    await store.write(
        lambda tx: tx.save_integration(ACME, Integration("zendesk", "helpdesk", {}, {}, {}, None, 1), NOW)
    )
    nothing: Any = None  # the button uses the store and the clock alone
    app = App(store, nothing, nothing, nothing, nothing, None, "", clock=lambda: NOW + MINUTE)
    left: list[int] = []
    write = store.write

    async def noted(work: Any) -> Any:
        answer = await write(work)
        left.append(len(await store.read(lambda tx: tx.asleep(ACME, "zendesk", NOW + MINUTE))))
        return answer

    store.write = noted  # type: ignore[method-assign]
    assert await retry_deliveries(app, ACME, "zendesk") == crowd
    assert left == [PART + 1, 1, 0, 0], "PART in a write, then the first of the line is called"
    assert await store.read(lambda tx: tx.asleep(ACME, "zendesk", NOW + MINUTE)) == []
    assert len(await store.read(lambda tx: tx.firsts_in_line(NOW + 2 * HOUR))) == 1, "all stand in one line"
