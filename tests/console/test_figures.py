"""The Dashboard's figures after each change are those of a whole recount, and only what changed is read."""

from __future__ import annotations

import random
from datetime import timedelta

from tests.console.test_dashboard import filled
from tests.web.house import House
from warmline.domain.ids import WorkspaceId
from warmline.domain.report import report_of
from warmline.domain.series import by_day, by_reason
from warmline.store.base import Transaction
from warmline.web.console.figures import Figures, figures_of, handed_over
from warmline.web.report_api import Days, days_of

SHOP = WorkspaceId("acme")


def counted(tx: Transaction, house: House, days: Days) -> Figures:
    now = house.clock()
    rows = tx.episodes(SHOP, days.begins, days.ends)
    series = tuple(by_day(rows, days.since, days.until, days.zone, now))
    return Figures(report_of(rows, now), series, tuple(by_reason(rows, now)), len(rows), *handed_over(rows, now))


async def check(house: House, *periods: Days) -> None:
    store = house.machine.app.store
    for days in periods:
        kept = await store.read(lambda tx, days=days: figures_of(store, tx, SHOP, days, house.clock()))  # type: ignore[misc]
        fresh = await store.read(lambda tx, days=days: counted(tx, house, days))  # type: ignore[misc]
        assert kept == fresh


async def test_every_kind_of_change_leads_to_the_figures_of_a_whole_recount(house: House) -> None:
    await filled(house, 60)
    workspace = await house.machine.app.store.read(lambda tx: tx.workspace(SHOP))
    month = days_of(workspace, None, None, house.clock())
    before = Days(month.since - timedelta(days=30), month.since - timedelta(days=1), month.zone)
    await check(house, month, before)
    chats = [await house.chat() for _ in range(3)]
    await check(house, month, before)
    dice = random.Random(3)
    for _ in range(30):
        chat = dice.choice(chats)
        match dice.randrange(5):
            case 0:
                chats.append(await house.chat())
            case 1:
                chats.append(await house.waiting())
            case 2:
                house.clock.passes(minutes=dice.choice((1, 600, 1500)))
            case 3:
                await house.post(chat, "handoff", choice="request")
            case _:
                await house.say(chat)
        await check(house, month, before)


async def test_an_erased_conversation_and_a_clock_that_went_back_are_counted_too(house: House) -> None:
    await filled(house, 30)
    workspace = await house.machine.app.store.read(lambda tx: tx.workspace(SHOP))
    month = days_of(workspace, None, None, house.clock())
    chat = await house.chat()
    await house.say(chat)
    await check(house, month)
    house.clock.passes(minutes=-90)
    other = await house.chat()
    await house.say(other)
    await check(house, month)

    def erase(tx: Transaction) -> None:
        for table in ("episode", "event", "effect"):
            tx.run(f"DELETE FROM {table} WHERE conversation = :id", id=chat.id)  # noqa: S608 our own
        tx.run("DELETE FROM conversation WHERE id = :id", id=chat.id)

    await house.machine.app.store.write(erase)
    await check(house, month)


async def test_after_a_change_only_the_changed_conversations_are_read(house: House) -> None:
    await filled(house, 60)
    store = house.machine.app.store
    workspace = await store.read(lambda tx: tx.workspace(SHOP))
    month = days_of(workspace, None, None, house.clock())
    await check(house, month)
    await house.say(await house.chat())

    def look(tx: Transaction) -> list[str]:
        asked: list[str] = []
        real = tx.episodes_of

        def noted(workspace: WorkspaceId, ids: list[str]) -> list[object]:
            asked.extend(ids)
            return list(real(workspace, ids))

        tx.episodes_of = noted  # type: ignore[method-assign,assignment]
        tx.episodes = None  # type: ignore[method-assign,assignment]  # all of them are not read again
        figures_of(store, tx, SHOP, month, house.clock())
        return asked

    assert len(await store.read(look)) <= 4
