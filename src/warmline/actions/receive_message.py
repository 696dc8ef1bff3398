"""A visitor's message: stored once, and an answer owed when the agent owns the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from warmline.actions.app import App
from warmline.actions.identify_visitor import take_written, usable
from warmline.actions.scene import Stage, scene_of, stage_of
from warmline.domain.consent import Consent, heard, takes_back
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import INBOX, HandoffStep, NeedsEmail
from warmline.domain.ids import ConversationId, Seq
from warmline.domain.message import VISITOR, Message, Verdict, clean_text
from warmline.domain.visitor import Visitor
from warmline.errors import Conflict, TooMany
from warmline.store.base import Transaction, key_for

_MINUTE = timedelta(minutes=1)


async def receive_message(
    app: App, visitor: Visitor, id: ConversationId, text: str, client_id: str
) -> tuple[Seq, bool]:
    """(seq, True), or (first seq, False) when this client_id came before with the same text.

    Raises Conflict (closed; same client_id with another text), Invalid, NotFound, TooMany.
    """
    clean_text(text)
    mail = app.mail is not None
    seq, new = await app.store.write(lambda tx: _receive(tx, visitor, id, text, client_id, mail, app.clock()))
    if new:
        await app.live.tell(id)
        await app.live.tell(f"inbox:{visitor.workspace}")
    return seq, new


def _receive(
    tx: Transaction, visitor: Visitor, id: ConversationId, text: str, client_id: str, mail: bool, now: datetime
) -> tuple[Seq, bool]:
    conversation = tx.conversation_of(visitor.id, id)
    said = tx.find_said(id, key_for(None, client_id))
    if said is not None:
        if said.data["text"] != text:
            raise Conflict("This client_id was used for another text. Make a new one for each message.", "client_id")
        return said.seq, False
    stage = stage_of(tx, conversation, mail, now)
    must_not_flood(tx, stage)
    seq = _store(tx, stage, text, client_id)
    tx.save(conversation)
    return seq, True


def _store(tx: Transaction, stage: Stage, text: str, client_id: str) -> Seq:
    """Put the message into the log. An address or a yes that was asked for is taken as one, and asks nothing."""
    conversation, now = stage.conversation, stage.now
    step = conversation.handoff.step if conversation.handoff and conversation.open else None
    spoken = (conversation.lang or conversation.locale).split("-")[0]
    last = _said_last(tx, conversation) if step is not None else {}
    said = heard(text, step, spoken, Verdict(last["verdict"]) if "verdict" in last else None)
    again = takes_back(text, step, spoken, _was_read(last))
    skips = said.withheld and _may_skip(tx, stage, step)
    event = conversation.receive(Message(VISITOR, text, client_id=client_id, aside=said.aside or again or skips), now)
    if conversation.handoff is None:
        return event.seq
    if skips:
        conversation.skip_email(scene_of(tx, stage), now)
    elif again:
        conversation.request(conversation.handoff.reason, scene_of(tx, stage), now, conversation.handoff.question)
    elif said.consent is Consent.YES:
        conversation.accept(None, scene_of(tx, stage, usable(tx, stage, said.address)), now)
    elif said.consent is Consent.NO:
        conversation.decline(None, scene_of(tx, stage), now)
    if said.address is not None and conversation.handoff.undecided:
        take_written(tx, stage, said.address)
    return event.seq


def _may_skip(tx: Transaction, stage: Stage, step: HandoffStep | None) -> bool:
    """Can the team answer without an address? Else the agent says that it needs one."""
    return isinstance(step, NeedsEmail) and step.skippable and scene_of(tx, stage).helpdesk == INBOX


def _said_last(tx: Transaction, conversation: Conversation) -> Mapping[str, Any]:
    """The last message of all."""
    last = tx.last_messages(conversation.id, conversation.seq, 1)
    return last[-1].data if last else {}


def _was_read(last: Mapping[str, Any]) -> bool:
    """Is it the agent's word on a yes or no that it read? What it says to a question has a verdict besides."""
    return last.get("reply_to") is not None and "verdict" not in last


def must_not_flood(tx: Transaction, stage: Stage) -> None:
    """Raises TooMany."""
    most = stage.workspace.limits.messages_per_minute
    if not most:
        return
    oldest = tx.nth_last_said(stage.visitor.id, most)
    if oldest is not None and stage.now - oldest < _MINUTE:
        wait = ceil((oldest + _MINUTE - stage.now).total_seconds())
        raise TooMany("That's a lot of messages at once. Try again in a moment.", max(1, wait))
