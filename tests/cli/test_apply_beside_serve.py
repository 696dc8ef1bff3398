"""`warmline apply` while a server runs: the next message uses the new settings and knowledge, and nobody is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.cli.shop import ACME, TO_ZENDESK, WORKSPACE, ZENDESK, Chat, Shop, until
from warmline.actions.connect_integration import disconnect_integration
from warmline.errors import Invalid

KNOWLEDGE = """
    [[knowledge]]
    path = "help/"
    base_url = "https://shop.example"
"""
QUESTION = "Can I send back my order?"


async def test_the_next_message_uses_new_settings_and_knowledge(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    pages = shop.help_pages()
    async with shop.machine(works=True) as serving:
        chat = await Chat.begin(serving.app)
        await chat.say(QUESTION)
        await until(lambda: says(chat, "I don't have a reliable answer"))

        said = await shop.applied(WORKSPACE, KNOWLEDGE)
        assert said["knowledge"] == [
            {"address": str(pages), "new": 2, "changed": 0, "unchanged": 0, "retired": 0, "problems": []}
        ]
        chat = await Chat.begin(serving.app)
        await chat.say(QUESTION)
        await until(lambda: says(chat, "within 30 days"))

        await shop.applied(WORKSPACE, '[handoff]\nmethod = "message"\nmessage = "Call 555."\n', KNOWLEDGE)
        await chat.say("Do you sell elephants on the moon?")
        await until(lambda: says(chat, "Call 555."))


async def says(chat: Chat, words: str) -> bool:
    return words in await chat.last_words()


async def test_the_better_encoders_vectors_follow_in_the_server(shop: Shop) -> None:
    shop.help_pages()
    await shop.applied(WORKSPACE, KNOWLEDGE)
    async with shop.machine(works=True) as serving:
        store, models = serving.app.store, serving.app.agent.models

        async def all_there() -> bool:
            found = await store.read(lambda tx: [tx.vectors(ACME, model).keys() for model in models])
            return all(digests == found[0] for digests in found)

        await until(all_there, 30)


async def test_a_helpdesk_that_owes_tickets_is_not_disconnected(shop: Shop) -> None:
    await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK)
    async with shop.machine() as machine:
        await (await Chat.begin(machine.app)).hand_off()
        with pytest.raises(Invalid, match="1 handoff waits"):
            await disconnect_integration(machine.app, ACME, "zendesk")
    said = await shop.apply(WORKSPACE)
    assert (said.code, said.json["field"]) == (1, "helpdesks.zendesk")
    assert "1 handoff waits for zendesk" in said.err


async def test_a_connection_that_works_again_lets_waiting_handoffs_out(shop: Shop) -> None:
    await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK)
    shop.sandbox.add_fault("zendesk", "refuse_account")
    async with shop.machine(works=True) as serving:
        serving.app.timings = replace(serving.app.timings, poll=timedelta(seconds=0.1))
        chat = await Chat.begin(serving.app)
        await chat.hand_off()

        async def paused() -> bool:
            zendesk = await serving.app.store.read(lambda tx: tx.integration(ACME, "zendesk"))
            return zendesk is not None and zendesk.paused_why is not None

        async def delivered() -> bool:
            return await chat.step() == "delivered"

        await until(paused)
        shop.sandbox.clear_faults("zendesk")
        await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK)
        await until(delivered)
    assert len(shop.sandbox.tickets("zendesk")) == 1


async def test_pruned_knowledge_answers_no_more(shop: Shop) -> None:
    shop.help_pages()
    await shop.applied(WORKSPACE, KNOWLEDGE)
    await shop.applied(WORKSPACE)
    async with shop.machine() as machine:
        assert await machine.app.store.read(lambda tx: tx.knowledge_size(ACME)) != (0, 0)
    said = await shop.applied(WORKSPACE, flags=("--prune",))
    assert [each["did"] for each in said["changes"]] == ["removed", "removed"]
    async with shop.machine() as machine:
        assert await machine.app.store.read(lambda tx: tx.knowledge_size(ACME)) == (0, 0)


async def test_a_machine_that_stops_at_once_says_nothing(shop: Shop) -> None:
    async with shop.machine(works=True):
        pass
    assert "warm" not in shop.capsys.readouterr().err
