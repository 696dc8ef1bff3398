"""`warmline report`: from real conversations, in the shop's days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.cli.shop import WORKSPACE, Chat, Shop
from warmline.actions.answer_visitor import answer_visitor
from warmline.cli.report import bounds
from warmline.domain.effect import EffectKind


async def answered(chat: Chat) -> None:
    """What the worker of a server does with the owed answer."""
    workspace = chat.visitor.workspace
    owed = await chat.app.store.read(lambda tx: tx.pending_effects(workspace, EffectKind.ANSWER))
    for effect in owed:
        await answer_visitor(chat.app, effect)


async def two_days_ago(shop: Shop) -> tuple[Chat, Chat]:
    """One shopper asked for a person, another one left with an open question."""
    async with shop.machine() as machine:
        machine.app.clock = lambda: datetime.now(UTC) - timedelta(days=2)
        routed = await Chat.begin(machine.app)
        await routed.hand_off()
        left = await Chat.begin(machine.app)
        await left.say("Do you sell elephants?")
        await answered(left)
    return routed, left


async def test_each_number_names_the_conversations_that_it_counts(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    routed, left = await two_days_ago(shop)
    async with shop.machine() as machine:
        now = await Chat.begin(machine.app)
        await now.say("Hello?")
    said = (await shop.run("report", "--json")).json
    assert said["outcomes"]["routed"]["conversations"] == [routed.id]
    assert said["outcomes"]["unresolved"]["conversations"] == [left.id]
    assert said["outcomes"]["pending"]["conversations"] == [now.id]
    assert (said["resolution_rate"], said["routed_to_team"]) == (0.0, 0.5)
    assert [each["question"] for each in said["unanswered"]] == ["Do you sell elephants?"]


async def test_people_read_rates_and_what_is_pending(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    await two_days_ago(shop)
    said = await shop.run("report")
    for words in (
        "Resolution rate  0 %",
        "Routed to team   50 %",
        "Both of 2 conversations with a question; 0 more are pending",
        "[en] Do you sell elephants?",
    ):
        assert words in said.out


async def test_a_shopper_cannot_command_the_terminal(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    async with shop.machine() as machine:
        chat = await Chat.begin(machine.app)
        await chat.say("Do you sell \x1b[31mred\x1b[0m elephants?")
        await answered(chat)
    said = await shop.run("report")
    assert "[31mred" in said.out
    assert "\x1b" not in said.out


async def test_days_are_the_shops_days(shop: Shop) -> None:
    since, until = bounds(date(2026, 10, 24), date(2026, 10, 25), "Europe/Warsaw")
    assert since == datetime(2026, 10, 23, 22, tzinfo=UTC)
    assert until == datetime(2026, 10, 25, 23, tzinfo=UTC), "the clocks went back: this day had 25 hours"
    await shop.applied(WORKSPACE)
    await two_days_ago(shop)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    said = (await shop.run("report", "--since", str(yesterday), "--json")).json
    assert said["outcomes"]["routed"]["count"] == 0
    said = await shop.run("report", "--since", "2026-02-02", "--until", "2026-02-01")
    assert (said.code, "--since" in said.err) == (1, True)
