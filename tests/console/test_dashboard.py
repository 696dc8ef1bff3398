"""The Dashboard: figures with their numbers, small samples, the chart and its table, what stands behind a number."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.console.browser import Visit, a_console, a_desk, is_harmless, words
from tests.fixtures.many import fill
from tests.web.house import House
from warmline.domain.ids import WorkspaceId
from warmline.domain.workspace import Role

Console = tuple[House, Visit]


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path / "data") as found:
        yield found


async def filled(house: House, count: int) -> None:
    await fill(house.machine.app.store, WorkspaceId("acme"), count, house.clock(), days=20, waiting=2)


async def test_before_the_first_conversation(console: Console) -> None:
    page = words(await console[1].see("/dashboard"))
    assert "Your first numbers appear after the first conversations." in page
    assert "Shop time, UTC. Both days included." in page


async def test_below_twenty_conversations_there_are_numbers_and_no_percentages(console: Console) -> None:
    house, desk = console
    await filled(house, 12)
    page = words(await desk.see("/dashboard"))
    assert "%" not in page and "By day, in conversations" in page


async def test_confirmed_and_assumed_stand_apart_with_their_numbers(console: Console) -> None:
    house, desk = console
    await filled(house, 120)
    page = words(await desk.see("/dashboard"))
    found = re.search(r"(\d+)% confirmed (\d+) of (\d+) (\d+)% assumed (\d+) of (\d+)", page)
    assert found is not None
    share, confirmed, asked, _, assumed, again = (int(each) for each in found.groups())
    assert asked == again and share == round(100 * confirmed / asked) and 0 < assumed < asked
    assert "Waiting now" in page and "longest" in page


async def test_definitions_word_for_word(console: Console) -> None:
    page = words(await console[1].see("/dashboard"))
    assert (
        "Conversations resolved by the assistant, divided by all conversations in which the shopper asked something"
        " and that are no longer pending." in page
    )
    assert (
        "Conversations in which a handoff was delivered (in the inbox or as a ticket), divided by the same. Offers that"
        " were declined are counted separately." in page
    )
    assert "Someone who gave up is not resolved." in page


async def test_the_chart_says_itself_in_words_and_in_a_table(console: Console) -> None:
    house, desk = console
    await filled(house, 80)
    markup = await desk.see("/dashboard")
    for part in ("<title", "<desc", "Show as a table", 'class="agent"', 'class="team"'):
        assert part in markup
    assert markup.count('<th scope="row">') >= 30


@pytest.mark.parametrize("number", ["all", "asked", "routed", "resolved_confirmed", "declined", "reason-no_answer"])
async def test_a_number_opens_the_conversations_that_it_counts(console: Console, number: str) -> None:
    house, desk = console
    await filled(house, 60)
    dashboard = await desk.see("/dashboard")
    link = re.search(
        rf'href="(/dashboard/conversations\?number={number}&amp;[^"]+)">\s*(?:<[^>]*>)*\s*(\d+)', dashboard
    )
    assert link is not None
    page = await desk.see(link[1].replace("&amp;", "&"))
    if number != "asked":
        assert page.count('class="words"') == int(link[2])


async def test_a_period_is_whole_days_of_the_shop_and_a_wrong_one_is_said(console: Console) -> None:
    house, desk = console
    await filled(house, 30)
    day = house.clock().date()
    page = await desk.see(f"/dashboard?since={day - timedelta(days=3)}&until={day}")
    assert page.count('<th scope="row">') >= 4
    assert "must not be later" in await desk.see(f"/dashboard?since={day}&until={day - timedelta(days=3)}")
    assert "That is no day." in await desk.see("/dashboard?since=soon&until=late")
    assert "at most 400 days" in await desk.see("/dashboard?since=2020-01-01&until=2026-01-01")


async def test_unanswered_questions_lead_to_an_answer(console: Console) -> None:
    house, desk = console
    await filled(house, 60)
    markup = await desk.see("/dashboard")
    assert is_harmless(markup)
    assert "Write answer" in markup and "Test again" in markup and "nearest: Gift wrapping" in words(markup)


async def test_those_with_the_team_that_are_still_pending_are_named_until_they_count(console: Console) -> None:
    house, desk = console
    page = words(await desk.see("/dashboard"))
    assert "Nobody was handed over in this period." in page
    await house.waiting()
    await house.waiting()
    markup = await desk.see("/dashboard")
    page = words(markup)
    assert "Nobody was handed over" not in page
    assert "2 conversations were handed over and are still pending." in page
    link = re.search(r'href="(/dashboard/conversations\?number=handed_pending&amp;[^"]+)"', markup)
    assert link is not None
    assert (await desk.see(link[1].replace("&amp;", "&"))).count('class="words"') == 2
    house.clock.passes(hours=25)
    async with a_desk(house, Role.OWNER, "Nora") as nora:
        page = words(await nora.see("/dashboard"))
    assert "Asked for a person" in page and "Counted here once closed" not in page


async def test_an_analyst_sees_numbers_and_no_conversation(console: Console) -> None:
    house, _ = console
    await filled(house, 60)
    async with a_desk(house, Role.ANALYST, "Ann") as ann:
        page = await ann.see("/dashboard")
        assert "Write answer" not in page
        assert "/inbox/" not in await ann.see("/dashboard/conversations?number=all")


async def test_an_unknown_number_is_not_found(console: Console) -> None:
    await console[1].see("/dashboard/conversations?number=profit", 404)
