"""A shopper answers our mail: their words go into the conversation, once, and people go on from there (THREATS T21)."""

from __future__ import annotations

import hmac
import logging
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from warmline.actions.answer_address import mark_of
from warmline.actions.app import App
from warmline.actions.deliver_ticket import tell_both
from warmline.actions.receive_message import must_not_flood
from warmline.actions.scene import scene_of, stage_of
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import INBOX
from warmline.domain.ids import ConversationId
from warmline.domain.mail_in import Received, read_address, read_mail
from warmline.domain.message import VISITOR, Message
from warmline.domain.owner import OwnerKind
from warmline.domain.visitor import Contact, Proof
from warmline.errors import NotFound
from warmline.store.base import Transaction

log = logging.getLogger(__name__)

SOURCE = "mail"


class Fate(StrEnum):
    """What became of a mail."""

    KEPT = "kept"
    KNOWN = "known"
    """It came before."""
    IGNORED = "ignored"
    """Nobody wrote it: an automatic answer, a list, one of our own; or it holds no words."""


async def receive_mail(app: App, raw: bytes, envelope: str | None = None) -> Fate:
    """Take a raw mail; `envelope` is the recipient that the mail server knows.

    Raises Invalid for what is no mail, NotFound for what is no answer to a mail of ours by the one we wrote to, and
    TooMany. Whoever handed it over tells its sender: nothing disappears in silence.
    """
    mail = read_mail(raw, envelope)
    fate, id = await app.store.write(lambda tx: _receive(tx, app, mail, app.clock()))
    log.info("a mail came in: %s", fate.value)
    if fate is Fate.KEPT:
        conversation = await app.store.read(lambda tx: tx.conversation_anywhere(id))
        await tell_both(app, conversation.workspace, id)
    return fate


def _receive(tx: Transaction, app: App, mail: Received, now: datetime) -> tuple[Fate, ConversationId]:
    conversation = _meant(tx, app, mail)
    if mail.automatic or not mail.text:
        return Fate.IGNORED, conversation.id
    stage = stage_of(tx, conversation, app.mail is not None, now)
    must_not_flood(tx, stage)
    if not tx.is_news(conversation.workspace, SOURCE, mail.id, now):
        return Fate.KNOWN, conversation.id
    private = {"via": SOURCE, "verdict": mail.verdict, "left_out": mail.left_out}
    message = Message(VISITOR, mail.text, extra=private)
    people = conversation.open and conversation.owner.kind in (OwnerKind.QUEUE, OwnerKind.TEAMMATE)
    if people or conversation.mirrored:
        conversation.receive(message, now)
    else:
        # A mail is read by people: the assistant's answer in a chat that is not open would reach nobody.
        contact = stage.visitor.reached_at or Contact(mail.sender, Proof.TYPED)
        scene = replace(scene_of(tx, stage, contact), helpdesk=INBOX, second=None)
        conversation.returned_by_mail(message, scene, now)
    tx.save(conversation)
    return Fate.KEPT, conversation.id


def _meant(tx: Transaction, app: App, mail: Received) -> Conversation:
    """The conversation whose mark for this very sender stands in a recipient. Raises NotFound for all else."""
    base = app.mail_in.address if app.mail_in else None
    for recipient in mail.recipients:
        found = read_address(base, recipient) if base else None
        if found is None:
            continue
        id, mark = found
        right = mark_of(tx, id, mail.sender)[: len(mark)]
        if hmac.compare_digest(mark, right):
            return tx.conversation_anywhere(id)
    log.warning("a mail was refused: it is no answer to a mail of ours, by the one we wrote to")
    raise NotFound("This is no answer to a mail of ours. Answer from the address that our mail went to.")
