"""Settings → Answers: the choice with its price, and judging, which moves the cut and teaches."""

from __future__ import annotations

from pathlib import Path

from tests.console.browser import Visit, a_console, words
from tests.web.house import House
from warmline.domain.ids import ConversationId, Seq, WorkspaceId
from warmline.domain.model import Spent
from warmline.domain.sureness import Sureness
from warmline.store.base import Transaction

ACME = WorkspaceId("acme")


async def a_turn(
    house: House, confidence: float, question: str = "do you ship to Malta", article: str | None = None
) -> str:
    """A conversation with one question whose page the agent found with this confidence; its id."""
    id = (await house.chat()).id

    def keep(tx: Transaction) -> None:
        conversation = tx.conversation(ACME, ConversationId(id))
        best: dict[str, object] = {
            "article": article,
            "title": "Shipping <b>abroad</b>",
            "url": None,
            "score": 9.0,
            "passages": [],
        }
        tx.add_turn(
            conversation, Seq(3), house.clock(), question=question, lang="en", decision="ask", confidence=confidence,
            best=best, trace={"limits": {}, "rules": []},
        )  # fmt: skip

    await house.machine.app.store.write(keep)
    return id


async def judged(desk: Visit) -> list[tuple[float, bool]]:
    found = await desk.house.machine.app.store.read(lambda tx: tx.judged(ACME))
    return [(each.confidence, each.right) for each in found]


async def test_the_choice_is_saved_with_its_price_before_the_eyes(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        await a_turn(house, 0.85)
        page = words(await desk.see("/settings/answers"))
        assert "No answer was judged yet." in page
        assert "Price: 100% of the last 1 questions would be asked back or handed off." in page
        assert "Price: 0% of the last 1 questions" in page
        seen = (await desk.see("/settings/answers")).partition('name="seen" value="')[2].partition('"')[0]
        assert "Saved." in words(await desk.do("/settings/answers", sureness="careful", seen=seen))
        shop = await house.machine.app.store.read(lambda tx: tx.workspace(ACME))
        assert (shop.sureness, shop.tables["workspace"]["sureness"]) == (Sureness.CAREFUL, "careful")
        assert "Somebody else saved" in words(await desk.do("/settings/answers", sureness="bold", seen=seen))
        await desk.do("/settings/answers", 422, sureness="reckless", seen=seen)


async def test_a_judgement_counts_once_and_the_team_has_the_last_word(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        id = await a_turn(house, 0.85)
        page = await desk.see("/settings/answers")
        assert "do you ship to Malta" in words(page) and "Shipping &lt;b&gt;abroad" in page
        said = await desk.do("/settings/answers/judge", conversation=id, seq="3", opinion="wrong")
        assert "Of the last 1 judged answers 0 were right" in words(said)
        assert "do you ship to Malta" not in words(said)
        assert await judged(desk) == [(0.85, False)]
        clock = house.clock()
        await house.machine.app.store.write(
            lambda tx: tx.judge_turn(ACME, ConversationId(id), Seq(3), "shopper", True, clock)
        )
        assert await judged(desk) == [(0.85, False)]


async def test_what_has_no_answer_becomes_knowledge_of_that(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        id = await a_turn(house, 0.6, "do you rent\nout elephants")
        await desk.do("/settings/answers/judge", conversation=id, seq="3", opinion="unknown")
        taught = await house.machine.app.store.read(lambda tx: tx.phrasings(ACME))
        assert taught == {"": ("do you rent out elephants",)}
        assert await judged(desk) == [(0.6, False)]


async def test_what_cannot_be_judged_is_refused(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        id = await a_turn(house, 0.6)
        await desk.do("/settings/answers/judge", 422, conversation=id, seq="3", opinion="maybe")
        await desk.do("/settings/answers/judge", 422, conversation=id, seq="x", opinion="right")
        await desk.do("/settings/answers/judge", 404, conversation=id, seq="4", opinion="right")
        await desk.do("/settings/answers/judge", 404, conversation="cnv_nobody", seq="3", opinion="right")
        assert await judged(desk) == []


async def test_a_judgement_of_a_page_that_changed_since_is_out_of_date(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        page = await house.article(title="Shipping")
        house.clock.passes(seconds=60)
        id = await a_turn(house, 0.7, article=page)
        await desk.do("/settings/answers/judge", conversation=id, seq="3", opinion="wrong")
        assert await judged(desk) == [(0.7, False)]
        house.clock.passes(seconds=60)
        changed = "UPDATE article SET learned_at = :now WHERE id = :id"
        now = int(house.clock().timestamp() * 1_000_000)
        await house.machine.app.store.write(lambda tx: tx.run(changed, id=page, now=now))
        assert await judged(desk) == []


async def test_a_right_page_learns_how_shoppers_ask(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        page = await house.article(title="Shipping")
        id = await a_turn(house, 0.7, article=page)
        assert "Shipping 0 / 5" in words(await desk.see("/settings/answers"))
        said = await desk.do("/settings/answers/judge", conversation=id, seq="3", opinion="right")
        assert "Shipping 1 / 5" in words(said)
        taught = await house.machine.app.store.read(lambda tx: tx.phrasings(ACME))
        assert taught == {page: ("do you ship to Malta",)}


async def test_who_judged_by_mistake_takes_back_what_it_taught(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        page = await house.article(title="Shipping")
        ids = [await a_turn(house, 0.7, question, article=page) for question in ("to Malta", "to Crete")]
        for id in ids:
            await desk.do("/settings/answers/judge", conversation=id, seq="3", opinion="right")
        revision = (await house.machine.app.store.read(lambda tx: tx.workspace(ACME))).knowledge_revision
        await desk.do("/settings/answers/judge", conversation=ids[0], seq="3", opinion="wrong")
        assert await house.machine.app.store.read(lambda tx: tx.phrasings(ACME)) == {page: ("to Crete",)}
        assert await judged(desk) in ([(0.7, False), (0.7, True)], [(0.7, True), (0.7, False)])
        changed = (await house.machine.app.store.read(lambda tx: tx.workspace(ACME))).knowledge_revision
        assert changed > revision, "or the agent would go on with what it learnt"


async def test_the_tone_for_a_language_model_is_saved_and_can_be_taken_back(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        page = await desk.see("/settings/answers")
        assert "No language model is set up" in words(page)

        async def save(guidance: str, status: int = 200) -> str:
            seen = (await desk.see("/settings/answers")).partition('name="seen" value="')[2].partition('"')[0]
            return await desk.do("/settings/answers", status, sureness="bold", seen=seen, guidance=guidance)

        async def stored() -> tuple[str, object]:
            shop = await house.machine.app.store.read(lambda tx: tx.workspace(ACME))
            return shop.guidance, shop.tables["workspace"].get("guidance")

        assert "Short. Call the shop <Acme>." in words(await save("Short. Call the shop <Acme>."))
        assert await stored() == ("Short. Call the shop <Acme>.",) * 2
        assert "At most 1000 characters fit." in words(await save("x" * 1001, 422))
        assert await stored() == ("Short. Call the shop <Acme>.",) * 2
        await save("")
        assert await stored() == ("", None)


async def test_the_merchant_sees_what_a_conversation_has_cost(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        id = (await house.chat()).id
        assert "Language model" not in words(await desk.see(f"/inbox/{id}"))

        def spend(tx: Transaction) -> None:
            for call, spent in (("call_1", Spent(700, 60, 4_200)), ("call_2", None)):
                tx.begin_call(
                    ACME, call, house.clock(), conversation=ConversationId(id), model="openai:x", price=10_000
                )
                tx.end_call(call, spent, "answer")

        await house.machine.app.store.write(spend)
        assert "2 calls, 0.0142 US dollars" in words(await desk.see(f"/inbox/{id}"))


async def test_the_knowledge_page_leads_to_what_pays_most(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        assert "fifty judged answers" not in words(await desk.see("/knowledge")), "nothing is known yet"
        await house.article(title="Shipping")
        page = await desk.see("/knowledge")
        assert "Two things pay most: five questions in shoppers' words on each page" in words(page)
        assert '<a href="/settings/answers">Judge answers</a>' in page
