"""Watched tickets and hooks in the real stores: one row a ticket, secrets that change, events that are known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fixtures.conversations import ANNA, HOUR, NOW, a_scene, asked
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import HandoffReason
from warmline.domain.ids import WorkspaceId
from warmline.domain.message import Author, AuthorKind
from warmline.domain.ticket import TicketRef
from warmline.domain.watch import TicketStatus, Watched
from warmline.store.base import Store, Transaction, outside_key

ACME = WorkspaceId("acme")
SAM = Author(AuthorKind.TEAMMATE, "Sam")


async def a_ticket(store: Store, talk: Conversation) -> Watched:
    """A question that was delivered to Zendesk."""

    def work(tx: Transaction) -> Watched:
        conversation = tx.conversation(ACME, talk.id)
        asked(conversation)
        conversation.request(HandoffReason.ASKED, a_scene("zendesk", contact=ANNA), NOW)
        conversation.delivered(1, TicketRef("501", None, "#501"), "Done.", stays_open=True, now=NOW)
        tx.save(conversation)
        tx.save(conversation)
        ticket = tx.ticket_of(talk.id, 1)
        assert ticket is not None
        return ticket

    return await store.write(work)


async def test_a_delivered_ticket_is_watched_by_one_row(store: Store, talk: Conversation) -> None:
    ticket = await a_ticket(store, talk)
    assert (ticket.ref, ticket.status, ticket.looks) == (TicketRef("501", None, "#501"), TicketStatus.OPEN, 0)
    assert await store.read(lambda tx: tx.ticket_at(ACME, "zendesk", "501")) == ticket
    for workspace, helpdesk, id in ((ACME, "gorgias", "501"), (ACME, "zendesk", "50"), ("other", "zendesk", "501")):
        found = await store.read(lambda tx, w=workspace, h=helpdesk, i=id: tx.ticket_at(WorkspaceId(w), h, i))  # type: ignore[misc]
        assert found is None
    loaded = await store.read(lambda tx: tx.conversation(ACME, talk.id))
    assert loaded.mirrored, "it goes on with its ticket, also after it was stored"


async def test_looks_are_counted_until_there_is_news(store: Store, talk: Conversation) -> None:
    ticket = await a_ticket(store, talk)
    for _ in range(2):
        await store.write(lambda tx: tx.looked_at(ticket, TicketStatus.OPEN, False, NOW + HOUR))
    quiet = await store.read(lambda tx: tx.ticket_of(talk.id, 1))
    assert quiet is not None and (quiet.looks, quiet.version, quiet.news_at) == (2, 1, NOW)
    await store.write(lambda tx: tx.looked_at(ticket, TicketStatus.SOLVED, True, NOW + HOUR))
    solved = await store.read(lambda tx: tx.ticket_of(talk.id, 1))
    assert solved is not None
    assert (solved.looks, solved.version, solved.news_at, solved.status) == (0, 2, NOW + HOUR, TicketStatus.SOLVED)


async def test_what_was_sent_is_known_and_opens_a_solved_ticket(store: Store, talk: Conversation) -> None:
    ticket = await a_ticket(store, talk)
    await store.write(lambda tx: tx.looked_at(ticket, TicketStatus.SOLVED, True, NOW))
    await store.write(lambda tx: tx.sending_to(ticket, 9))
    sending = await store.read(lambda tx: tx.ticket_of(talk.id, 1))
    assert sending is not None and (sending.sent_upto, sending.sending_upto) == (ticket.sent_upto, 9)
    await store.write(lambda tx: tx.sent_to(ticket, 9, NOW + HOUR))
    sent = await store.read(lambda tx: tx.ticket_of(talk.id, 1))
    assert sent is not None and (sent.sent_upto, sent.status) == (9, TicketStatus.OPEN)
    await store.write(lambda tx: tx.rewind_ticket(talk.id, 1))
    again = await store.read(lambda tx: tx.ticket_of(talk.id, 1))
    assert again is not None and (again.sent_upto, again.sending_upto) == (0, 0)


async def test_a_comment_is_recorded_once_even_by_two_writers(store: Store, talk: Conversation) -> None:
    def record(tx: Transaction) -> None:
        conversation = tx.conversation(ACME, talk.id)
        conversation.mailed(SAM, "On Friday.", NOW, outside="zendesk:7")
        tx.save(conversation)

    await store.write(record)
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        await store.write(record)
    found = await store.read(lambda tx: tx.find_said(talk.id, outside_key("zendesk:7")))
    assert found is not None and found.data["text"] == "On Friday."


async def test_a_hook_keeps_its_address_and_two_secrets_for_a_day(store: Store, talk: Conversation) -> None:
    hook = await store.write(lambda tx: tx.make_hook(ACME, "zendesk", NOW))
    assert (await store.write(lambda tx: tx.make_hook(ACME, "zendesk", NOW))).key == hook.key
    assert hook.secrets(NOW) == ()
    for number, secret in enumerate(("first", "second", "second")):
        await store.write(lambda tx, s=secret, n=number: _change(tx, s, n))  # type: ignore[misc]
    found = await store.read(lambda tx: tx.hook_at("zendesk", hook.key))
    assert found is not None and found.secrets(NOW + HOUR) == ("second", "first")
    assert found.secrets(NOW + timedelta(hours=26)) == ("second",)
    assert await store.read(lambda tx: tx.hook_at("gorgias", hook.key)) is None
    await store.write(lambda tx: tx.remove_integration(ACME, "zendesk"))
    assert await store.read(lambda tx: tx.hook(ACME, "zendesk")) is None


def _change(tx: Transaction, secret: str, hour: int) -> None:
    hook = tx.hook(ACME, "zendesk")
    assert hook is not None
    tx.set_hook_secret(hook, secret, NOW + hour * HOUR)


async def test_an_event_is_news_once(store: Store, talk: Conversation) -> None:
    async def news(event: str, days: int = 0, source: str = "zendesk") -> bool:
        return await store.write(lambda tx: tx.is_news(ACME, source, event, NOW + timedelta(days=days)))

    assert [await news("a"), await news("a"), await news("b"), await news("a", source="gorgias")] == [
        True, False, True, True,
    ]  # fmt: skip
    assert [await news("a", 30), await news("a", 31)] == [False, True]
