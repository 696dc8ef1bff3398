"""What pays most: the Dashboard leads to answers to judge and to pages that want phrasings, until both are done."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.console.browser import Visit, a_console, a_desk, is_harmless, words
from tests.console.test_answers_page import ACME
from tests.web.house import House
from warmline.domain.ids import ArticleId, ChunkId, ConversationId, Seq
from warmline.domain.knowledge import Chunk
from warmline.domain.workspace import Role
from warmline.store.base import SHOPPER, TEAM, Transaction

Console = tuple[House, Visit]
NASTY = '<script>alert(1)</script> "x"\u202e ' + "W" * 200


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path / "data") as found:
        yield found


async def ask(house: House, article: str | None, *questions: str, decision: str = "answer", sure: float = 0.85) -> str:
    """A conversation in which these questions found this page; its id."""
    id = (await house.chat()).id

    def keep(tx: Transaction) -> None:
        conversation = tx.conversation(ACME, ConversationId(id))
        best: dict[str, object] = {
            "article": article,
            "title": "As it was called",
            "url": None,
            "score": 9.0,
            "passages": [],
        }
        for n, question in enumerate(questions):
            tx.add_turn(
                conversation, Seq(3 + n), house.clock() + timedelta(seconds=n), question=question, lang="en",
                decision=decision, confidence=sure, best=best, trace={},
            )  # fmt: skip

    await house.machine.app.store.write(keep)
    return id


async def judge(house: House, conversation: str, seqs: range, by: str = TEAM) -> None:
    def keep(tx: Transaction) -> None:
        for seq in seqs:
            tx.judge_turn(ACME, ConversationId(conversation), Seq(seq), by, True, house.clock())

    await house.machine.app.store.write(keep)


async def teach(house: House, article: str, *wordings: str) -> None:
    def keep(tx: Transaction) -> None:
        for each in wordings:
            tx.add_phrasing(ACME, each, ArticleId(article), house.clock())

    await house.machine.app.store.write(keep)


def card(markup: str) -> str:
    found = re.search(r'<section class="card pays".*?</section>', markup, re.S)
    return found[0] if found else ""


def pages_in(markup: str) -> list[tuple[str, str]]:
    """(title, what stands behind it), in their order."""
    rows = re.findall(r'<li>(<(a|span)[^>]*dir="auto">.*?</\2>)(.*?)</li>', card(markup), re.S)
    return [(words(title), words(rest)) for title, _, rest in rows]


async def test_before_the_first_question_nothing_is_wanted(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        await house.article(title="Shipping")
        assert card(await desk.see("/dashboard")) == ""


async def test_it_counts_the_judged_and_leads_to_the_next_until_fifty(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        id = await ask(house, None, *(f"question {n}" for n in range(51)))
        await judge(house, id, range(3, 52))
        found = card(await desk.see("/dashboard"))
        assert "49 of 50 are judged" in words(found)
        assert 'href="/settings/answers#judge"' in found and 'id="judge"' in await desk.see("/settings/answers")
        await judge(house, id, range(52, 53))
        assert card(await desk.see("/dashboard")) == ""


async def test_with_nothing_to_judge_it_says_so_and_leads_nowhere(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        id = await ask(house, None, "one", "two")
        await ask(house, None, "hopeless", sure=0.2, decision="cannot_answer")
        await judge(house, id, range(3, 4))
        await judge(house, id, range(4, 5), by=SHOPPER)
        assert "/settings/answers" in card(await desk.see("/dashboard")), "a shopper's click is not the team's word"
        await judge(house, id, range(4, 5))
        found = card(await desk.see("/dashboard"))
        assert "2 of 50 are judged" in words(found) and "nothing to judge at the moment" in words(found)
        assert "/settings/answers" not in found


async def test_pages_that_are_asked_for_most_come_first_and_five_at_most(console: Console) -> None:
    house, desk = console
    pages = {title: await house.article(title=title) for title in ("A", "B", "C", "D", "E", "F", "Full", "Out")}
    for n, (title, id) in enumerate(pages.items()):
        await ask(house, id, *(f"{title} {each}" for each in range(n + 1)), decision=("ask", "answer")[n % 2])
    await ask(house, pages["A"], *(f"not {n}" for n in range(20)), decision="cannot_answer", sure=0.1)
    await ask(house, "art_gone", *(f"gone {n}" for n in range(20)))
    await teach(house, pages["Full"], *"12345")
    await teach(house, pages["F"], "one", "two")
    await house.machine.app.store.write(lambda tx: tx.set_excluded(ACME, ArticleId(pages["Out"]), True))
    markup = await desk.see("/dashboard")
    assert pages_in(markup) == [
        ("F", "asked 6 times Phrasings: 2 / 5"), ("E", "asked 5 times Phrasings: 0 / 5"),
        ("D", "asked 4 times Phrasings: 0 / 5"), ("C", "asked 3 times Phrasings: 0 / 5"),
        ("B", "asked 2 times Phrasings: 0 / 5"),
    ]  # fmt: skip
    assert f'href="/knowledge/{pages["F"]}#phrasings"' in card(markup)


async def test_the_pages_own_phrasings_count_each_once(console: Console) -> None:
    house, desk = console
    page = await house.article(title="Shipping")
    chunk = Chunk(ChunkId("chk_1"), ArticleId(page), 0, "Shipping", (), "Thirty days.", "en", None, ("a", "b", "c"))
    await house.machine.app.store.write(lambda tx: tx.save_chunks(ACME, ArticleId(page), [chunk]))
    await ask(house, page, "how much")
    await teach(house, page, "c", "d")
    assert pages_in(await desk.see("/dashboard")) == [("Shipping", "asked 1 time Phrasings: 4 / 5")]
    await teach(house, page, "e")
    assert pages_in(await desk.see("/dashboard")) == []


async def test_an_analyst_sees_it_and_gets_no_link(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, _):
        await ask(house, await house.article(title=NASTY), "how much")
        async with a_desk(house, Role.ANALYST, "Ann") as ann:
            markup = await ann.see("/dashboard")
            assert "0 of 50 are judged" in words(card(markup)) and pages_in(markup)[0][0].startswith("<script>")
            assert "href" not in card(markup) and is_harmless(markup)


async def test_another_shops_questions_are_not_counted(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        page = await house.article(title="Shipping")
        await ask(house, page, "how much")
        await house.machine.app.store.write(lambda tx: tx.run("UPDATE turn SET workspace = 'other'"))
        assert card(await desk.see("/dashboard")) == ""
        assert "how much" not in words(await desk.see(f"/knowledge/{page}"))


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "1 of 50 are judged"), ("pl", "Ocenione: 1 z 50")],
)
async def test_in_both_languages(tmp_path: Path, lang: str, said: str) -> None:
    async with a_console(tmp_path / "data") as (house, _), a_desk(house, lang=lang) as desk:
        await judge(house, await ask(house, None, "one", "two"), range(3, 4))
        assert said in words(card(await desk.see("/dashboard")))


async def test_a_page_collects_the_questions_that_found_it_by_one_click(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        page, other = await house.article(title="Shipping"), await house.article(title="Returns")
        id = await ask(house, page, "how much is\nshipping", NASTY, "how much is shipping", "x" * 301, "to Malta?")
        await ask(house, other, "may I return it")
        await teach(house, page, "to Malta?")
        markup = await desk.see(f"/knowledge/{page}")
        shown = words(markup)
        assert is_harmless(markup) and "1 / 5" in shown and "may I return it" not in shown and "x" * 301 not in shown
        assert shown.count("how much is shipping") == 1 and shown.count("to Malta?") == 1 and NASTY in shown
        said = await desk.do("/settings/answers/judge", conversation=id, seq="5", opinion="right", to="page", page=page)
        assert "The assistant learns from it." in words(said) and "2 / 5" in words(said)
        assert words(said).count("how much is shipping") == 1, "now a phrasing, and no question to judge"
        said = await desk.do("/settings/answers/judge", conversation=id, seq="4", opinion="wrong", to="page", page=page)
        assert NASTY not in words(said) and "2 / 5" in words(said)


async def test_the_way_back_stays_in_this_console(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        id = await ask(house, None, "one")
        for page in ("//evil.example", "..\\..", "\x00"):
            await desk.do(
                "/settings/answers/judge", 404, conversation=id, seq="3", opinion="wrong", to="page", page=page
            )
