"""A handoff that nobody asked for, marked as a test: it takes the way that real ones take, and is in no figure."""

from __future__ import annotations

import asyncio
from datetime import datetime

from warmline.actions.app import App
from warmline.actions.scene import scene_of, stage_of
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import INBOX, HandoffReason
from warmline.domain.ids import ConversationId, WorkspaceId, fresh
from warmline.domain.message import SYSTEM, Message
from warmline.domain.ticket import Line, Ticket, TicketRef, Transcript
from warmline.domain.visitor import Contact, EmailAddress, Proof
from warmline.domain.wording import in_language
from warmline.domain.workspace import Workspace
from warmline.errors import Conflict, Invalid, Throttled, Unclear
from warmline.store.base import Teammate, Transaction

_TEXT = {
    "en": "This is a test of Warmline. Nobody is waiting for an answer.",
    "pl": "To jest próba systemu Warmline. Nikt nie czeka na odpowiedź.",
}


async def send_test_handoff(app: App, workspace: WorkspaceId, sender: Teammate) -> TicketRef:
    """What was made: a ticket, or a conversation in the Inbox (then `id` is the conversation's).

    Raises Conflict `no_people` under a custom message, Invalid when the helpdesk is not connected, HelpdeskError.
    """
    shop = await app.store.read(lambda tx: tx.workspace(workspace))
    if not shop.sees_person:
        raise Conflict("Shoppers read your message; there is nothing to send.", "no_people")
    if shop.helpdesk == INBOX:
        made = await app.store.write(lambda tx: _in_inbox(tx, app, shop, sender))
        await app.live.tell(f"inbox:{workspace}")
        return made
    return await _as_ticket(app, shop, sender)


async def _as_ticket(app: App, shop: Workspace, sender: Teammate) -> TicketRef:
    integration = await app.store.read(lambda tx: tx.integration(shop.id, shop.helpdesk))
    if integration is None:
        raise Invalid(f"{shop.helpdesk} is not connected.", "helpdesk")
    desk = app.desks.helpdesk(shop.id, integration)
    ticket = _ticket(shop, sender, app.clock())
    try:
        async with asyncio.timeout(app.timings.helpdesk.total_seconds()):
            await desk.prepare()
            return await desk.create(ticket.key, desk.render(ticket))
    except TimeoutError as error:
        raise Unclear(f"{shop.helpdesk} did not answer in time.") from error
    except Throttled as error:
        raise Unclear(f"{shop.helpdesk} asks to wait a moment.") from error


def _ticket(shop: Workspace, sender: Teammate, now: datetime) -> Ticket:
    id = fresh("test")
    text = _TEXT[in_language(shop.locale)]
    return Ticket(
        key=f"warmline-{id}",
        conversation=id,
        handoff=1,
        subject=f"[Warmline test] {shop.name}",
        transcript=Transcript([Line(now, "Warmline", text)], shop.timezone),
        email=sender.email,
        email_proof=Proof.VERIFIED.value,
        name=sender.name,
        reason=HandoffReason.TEST.value,
        lang=shop.locale,
        created_at=now,
        question=text,
        tags=("warmline", "warmline_test"),
    )


def _in_inbox(tx: Transaction, app: App, shop: Workspace, sender: Teammate) -> TicketRef:
    """A conversation that waits in the queue like any other."""
    now = app.clock()
    contact = Contact(EmailAddress(sender.email), Proof.VERIFIED)
    visitor = tx.add_visitor(shop.id, None, "", now)
    tx.set_contact(visitor.id, contact)
    conversation = Conversation(
        id=ConversationId(fresh("cnv")),
        workspace=shop.id,
        visitor=visitor.id,
        locale=shop.locale,
        started_at=now,
        last_at=now,
        page_title="Warmline test",
    )
    conversation.say(Message(SYSTEM, _TEXT[in_language(shop.locale)], notice="test"), now)
    tx.add_conversation(conversation, "")
    stage = stage_of(tx, conversation, app.mail is not None, now)
    conversation.request(HandoffReason.TEST, scene_of(tx, stage, contact), now, _TEXT[in_language(shop.locale)])
    tx.save(conversation)
    return TicketRef(conversation.id)
