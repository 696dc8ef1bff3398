"""What the agent noted of a conversation and learned from it can be forgotten: no copy of the words stays behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.console.browser import Visit, a_console
from tests.console.test_answers_page import ACME, a_turn
from tests.web.house import House
from warmline.actions import learn_source
from warmline.actions.forget_learned import forget_learned
from warmline.actions.judge_answer import teach_phrasing
from warmline.actions.write_answer import Written, write_answer
from warmline.agent.base import Unit
from warmline.domain.effect import EffectKind
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.model import Spent
from warmline.errors import NotFound
from warmline.store.base import Transaction

SECRET = "do you ship my zebra pyjamas to 7 Canary Street"
LEARNED = ("judged", "phrasing", "saved_case", "turn")


async def held(house: House) -> dict[str, int]:
    """Rows that hold anything of the words, by table."""

    def count(tx: Transaction) -> dict[str, int]:
        return {table: len(tx.rows(f"SELECT * FROM {table}")) for table in LEARNED}  # noqa: S608 ours

    return await house.machine.app.store.read(count)


async def has_vector(house: House, wording: str) -> bool:
    digest = Unit("query", wording).digest
    find = "SELECT digest FROM vector WHERE digest = :digest"
    return bool(await house.machine.app.store.read(lambda tx: tx.rows(find, digest=digest)))


async def taught(house: House, desk: Visit, question: str = SECRET) -> str:
    """A conversation whose question was judged, taught and saved; its id."""
    page, _ = await write_answer(house.machine.app, ACME, Written("Shipping", "We ship to Malta.", "en", None, ()))
    id = await a_turn(house, 0.7, question, page)
    await desk.do("/settings/answers/judge", conversation=id, seq="3", opinion="right")
    fields = {"question": question, "page": "Shipping", "conversation": id, "seq": "3"}
    await desk.do("/settings/answers/cases", 200, None, **fields)

    def spend(tx: Transaction) -> None:
        tx.begin_call(ACME, f"call_{id}", house.clock(), conversation=ConversationId(id), model="openai:x", price=9)
        tx.end_call(f"call_{id}", Spent(7, 6, 5), "answer")

    await house.machine.app.store.write(spend)
    return id


async def test_nothing_learned_from_a_forgotten_conversation_stays(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data", works=True) as (house, desk):
        other = await taught(house, desk, "do you take my old mattress back")
        before = await held(house)
        id = await taught(house, desk)
        assert all(after > before[table] for table, after in (await held(house)).items()), "nothing was learned"
        assert house.machine.worker is not None
        await house.machine.worker.idle()
        assert await has_vector(house, SECRET)
        gone = await forget_learned(house.machine.app, ACME, ConversationId(id))
        assert gone == {"judgements": 1, "phrasings": 1, "cases": 1, "notes": 1}
        assert await held(house) == before
        await house.machine.worker.idle()
        assert not await has_vector(house, SECRET) and await has_vector(house, "do you take my old mattress back")
        calls, spent = await house.machine.app.store.read(
            lambda tx: tx.spent_since(ACME, house.clock().replace(year=2020))
        )
        assert (calls, spent.micros) == (2, 10), "what was paid stays in the books"
        assert await house.machine.app.store.read(lambda tx: tx.spent_on(ConversationId(id))) == (0, Spent())
        assert (await house.machine.app.store.read(lambda tx: tx.spent_on(ConversationId(other))))[0] == 1


async def test_only_a_conversation_of_this_shop_is_forgotten(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        id = await taught(house, desk)
        before = await held(house)
        for workspace, asked in ((ACME, "cnv_nobody"), (WorkspaceId("other"), id)):
            with pytest.raises(NotFound):
                await forget_learned(house.machine.app, workspace, ConversationId(asked))
        assert await held(house) == before


async def test_what_is_taught_while_vectors_are_made_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_console(tmp_path / "data") as (house, _):
        app = house.machine.app
        page, _ = await write_answer(app, ACME, Written("Shipping", "We ship to Malta.", "en", None, ()))
        [effect] = await app.store.read(lambda tx: tx.pending_effects(ACME, EffectKind.ENCODE))
        encode, late = learn_source.encode_missing, [True]

        async def while_running(*given: Any) -> int:
            if late and late.pop():
                await teach_phrasing(app, ACME, SECRET, page)
            return await encode(*given)

        monkeypatch.setattr(learn_source, "encode_missing", while_running)
        await learn_source.encode_knowledge(app, effect)
        assert await has_vector(house, SECRET), "the vector went with those that nobody needs"
        [again] = await app.store.read(lambda tx: tx.pending_effects(ACME, EffectKind.ENCODE))
        await learn_source.encode_knowledge(app, again)
        assert await has_vector(house, SECRET)
        assert not await app.store.read(lambda tx: tx.pending_effects(ACME, EffectKind.ENCODE))
