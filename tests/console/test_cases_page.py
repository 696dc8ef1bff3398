"""Settings → Answers → Saved cases: save, run, see what broke; and what of it counts as judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.browser import a_console, a_desk, words
from tests.console.test_answers_page import ACME, a_turn
from tests.web.house import House
from warmline.actions.exclude_article import exclude_article
from warmline.actions.write_answer import Written, remove_answer, write_answer
from warmline.domain.cases import Ended
from warmline.domain.ids import ArticleId
from warmline.domain.workspace import Role

PATH = "/settings/answers/cases"


async def ended(house: House) -> dict[str, tuple[Ended | None, bool]]:
    found = await house.machine.app.store.read(lambda tx: tx.cases(ACME))
    return {each.question: (each.result, each.broke) for each in found}


async def judged(house: House) -> list[bool]:
    found = await house.machine.app.store.read(lambda tx: tx.judged(ACME))
    return [each.right for each in found]


async def a_page(house: House, title: str = "Returns") -> ArticleId:
    text = "You may return anything that you bought from us within 60 days of delivery."
    id, _ = await write_answer(house.machine.app, ACME, Written(title, text, "en", None, ()))
    return ArticleId(id)


async def test_cases_are_saved_run_and_say_what_broke(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        page = await a_page(house)
        house.clock.passes(seconds=1)
        assert "No case is saved yet." in words(await desk.see(PATH))
        await desk.do(PATH, question="How many days do I have to return a thing?", page="returns")
        await desk.do(PATH, question="Do you rent\nout elephants?", nothing="on")
        said = words(await desk.do(f"{PATH}/run"))
        assert "2 of 2 cases pass." in said and "Right page: Returns" in said
        assert not any(broke for _, broke in (await ended(house)).values())
        assert len(await judged(house)) >= 1
        await exclude_article(house.machine.app, ACME, page, True)
        said = words(await desk.do(f"{PATH}/run"))
        assert "1 of 2 cases pass." in said and "Broke since" in said and "Its page is gone" in said
        assert (await ended(house))["How many days do I have to return a thing?"] == (Ended.GONE, True)
        assert "Broke since: 1" in words(await desk.see("/settings/answers"))


async def test_a_case_whose_page_is_deleted_or_changed_is_not_counted(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        page = await a_page(house)
        house.clock.passes(seconds=1)
        await desk.do(PATH, question="How many days do I have to return a thing?", page="Returns")
        await desk.do(f"{PATH}/run")
        assert await judged(house) == [True]
        house.clock.passes(seconds=1)
        await a_page(house)
        assert await judged(house) == [], "the page was written anew since"
        await desk.do(f"{PATH}/run")
        assert await judged(house) == [True]
        await remove_answer(house.machine.app, ACME, page)
        assert await judged(house) == [], "the page is gone"


async def test_a_case_from_a_conversation_counts_once(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        page = await a_page(house)
        house.clock.passes(seconds=1)
        id = await a_turn(house, 0.7, "How many days do I have to return a thing?", page)
        link = f"{PATH}?question=How+many&page=Returns&conversation={id}&seq=3"
        assert f'value="{id}"' in await desk.see(link)
        fields = {"question": "How many days do I have to return a thing?", "page": "Returns"}
        await desk.do(PATH, 200, None, **fields, conversation=id, seq="3")
        await desk.do(f"{PATH}/run")
        assert await judged(house) == [True]
        await desk.do("/settings/answers/judge", conversation=id, seq="3", opinion="wrong")
        assert await judged(house) == [False], "one question counted twice"


async def test_what_cannot_be_saved_is_said_beside_its_field(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        await a_page(house)
        assert "Write what shoppers ask." in words(await desk.do(PATH, 422, page="Returns"))
        assert "or say that nothing answers this" in words(await desk.do(PATH, 422, question="Where?"))
        assert "There is no page with this address" in words(
            await desk.do(PATH, 422, question="Where?", page="Nowhere")
        )
        assert "At most 500 characters" in words(await desk.do(PATH, 422, question="x" * 501, nothing="on"))
        await desk.do(PATH, 404, question="Where?", nothing="on", conversation="cnv_nobody")
        assert await ended(house) == {}


async def test_the_same_question_again_takes_the_new_page_and_a_case_can_go(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        await a_page(house)
        await desk.do(PATH, question="Where?", nothing="on")
        await desk.do(PATH, question="Where?", page="Returns")
        (case,) = await house.machine.app.store.read(lambda tx: tx.cases(ACME))
        assert case.page == "Returns"
        await desk.do(f"{PATH}/remove", id=case.id)
        await desk.do(f"{PATH}/remove", id=case.id)
        assert await ended(house) == {}


@pytest.mark.parametrize("path", [PATH, "/settings/answers"])
async def test_it_speaks_polish_and_shows_hostile_words_as_words(tmp_path: Path, path: str) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        await desk.do(PATH, question="<img src=x onerror=alert(1)>?", nothing="on")
        async with a_desk(house, Role.MANAGER, "Iga", "pl") as iga:
            page = await iga.see(path)
            assert "Zapisane przypadki" in words(page) and "<img src=x" not in page
