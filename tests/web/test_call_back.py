"""The receiver of our webhook reports replies and the end: signed like our own calls, kept once, never guessed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.fixtures.conversations import ANNA, SECOND, a_scene
from tests.web.house import Chat, House, a_house
from warmline.domain.handoff import HandoffReason
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.message import EventKind
from warmline.domain.signature import key_of, new_secret, signed_headers
from warmline.domain.ticket import TicketRef
from warmline.domain.watch import TicketStatus
from warmline.store.base import Integration, Transaction

ACME, SECRET, BEFORE = WorkspaceId("acme"), new_secret(), new_secret()


@dataclass
class Receiver:
    house: House
    path: str
    chat: Chat

    @property
    def handoff(self) -> str:
        return f"warmline-{self.chat.id}-1"

    async def call(
        self, body: Any, *, id: str = "msg_1", secret: str = SECRET, ago: float = 0, spaced: bool = False
    ) -> httpx.Response:
        raw = json.dumps(body).encode()
        at = self.house.clock() - timedelta(seconds=ago)
        headers = signed_headers([key_of(secret)], id, at, raw)
        sent = json.dumps(body, indent=1).encode() if spaced else raw
        return await self.house.http.post(self.path, content=sent, headers=headers)

    def reply(self, text: str = "It leaves on Friday.", **more: Any) -> dict[str, Any]:
        data = {"handoff": self.handoff, "text": text, "author": {"name": "Sam"}}
        return {"type": "handoff.reply", "data": data | more}

    async def heard(self) -> list[str]:
        log = await self.house.machine.app.store.read(lambda tx: tx.log(ConversationId(self.chat.id)))
        return [event.data["text"] for event in log if event.kind is EventKind.OUTSIDE]

    async def deliver(self) -> None:
        def done(tx: Transaction) -> None:
            conversation = tx.conversation(ACME, ConversationId(self.chat.id))
            conversation.delivered(1, TicketRef(self.handoff), "Done.", stays_open=False, now=self.house.clock())
            tx.save(conversation)

        await self.house.machine.app.store.write(done)


@pytest_asyncio.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    async with a_house(tmp_path / "house") as house:
        chat = await house.chat()
        secrets = {"secret": SECRET, "previous_secret": BEFORE}
        settings = {"url": "https://desk.example/in"}

        def furnish(tx: Transaction) -> str:
            tx.save_integration(ACME, Integration("webhook", "helpdesk", settings, {}, secrets, None, 0), house.clock())
            conversation = tx.conversation(ACME, ConversationId(chat.id))
            conversation.request(HandoffReason.ASKED, a_scene("webhook", contact=ANNA), house.clock() + SECOND)
            tx.save(conversation)
            return tx.make_hook(ACME, "webhook", house.clock()).key

        key = await house.machine.app.store.write(furnish)
        yield Receiver(house, f"/hooks/webhook/{key}", chat)


async def test_a_reply_is_recorded_once_with_its_author(receiver: Receiver) -> None:
    await receiver.deliver()
    for _ in range(3):
        assert (await receiver.call(receiver.reply())).status_code == 200
    assert (await receiver.call(receiver.reply("And on Monday."), id="msg_2")).status_code == 200
    assert await receiver.heard() == ["It leaves on Friday.", "And on Monday."]


async def test_solved_is_kept_and_either_secret_opens_during_a_change(receiver: Receiver) -> None:
    await receiver.deliver()
    solved = {"type": "handoff.solved", "data": {"handoff": receiver.handoff}}
    assert (await receiver.call(solved, secret=BEFORE)).status_code == 200
    ticket = await receiver.house.machine.app.store.read(lambda tx: tx.ticket_of(ConversationId(receiver.chat.id), 1))
    assert ticket is not None and ticket.status is TicketStatus.SOLVED
    assert (await receiver.call(receiver.reply("Late, but true."), id="msg_2")).status_code == 200
    assert await receiver.heard() == ["Late, but true."]


async def test_a_call_that_is_faster_than_the_answer_is_asked_to_come_again(receiver: Receiver) -> None:
    assert (await receiver.call(receiver.reply())).status_code == 409
    await receiver.deliver()
    assert (await receiver.call(receiver.reply())).status_code == 200, "the first try left nothing behind"
    assert await receiver.heard() == ["It leaves on Friday."]


async def test_t30_what_is_forged_old_or_changed_on_the_way_is_refused(receiver: Receiver) -> None:
    await receiver.deliver()
    assert (await receiver.call(receiver.reply(), secret=new_secret())).status_code == 401
    assert (await receiver.call(receiver.reply(), ago=301)).status_code == 401
    assert (await receiver.call(receiver.reply(), ago=-301)).status_code == 401
    assert (await receiver.call(receiver.reply(), spaced=True)).status_code == 401
    assert await receiver.heard() == []


async def test_a_handoff_of_somebody_else_is_unknown(receiver: Receiver) -> None:
    await receiver.deliver()
    other = await receiver.house.chat("other")
    for handoff in (f"warmline-{other.id}-1", f"warmline-{receiver.chat.id}-2", "warmline-cnv_01-1", "' OR 1=1"):
        assert (await receiver.call(receiver.reply(handoff=handoff))).status_code == 404, handoff


@pytest.mark.parametrize(
    "body", [{}, {"type": None}, {"type": "handoff.reply"}, {"type": "handoff.reply", "data": {"handoff": None}},
             {"type": "handoff.solved", "data": []}, [], None]
)  # fmt: skip
async def test_a_signed_body_that_cannot_be_read_says_why(receiver: Receiver, body: Any) -> None:
    answer = await receiver.call(body)
    assert answer.status_code == 400 and answer.json()["detail"]


async def test_a_type_of_a_version_to_come_is_let_pass(receiver: Receiver) -> None:
    assert (await receiver.call({"type": "handoff.painted", "data": {}})).status_code == 200
