"""What the widget may know of a conversation: its state, and a window of its public log, of one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from warmline.actions.scene import Stage, stage_of
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import INBOX, Delivered, NeedsEmail
from warmline.domain.message import Event, public_view
from warmline.domain.owner import OwnerKind
from warmline.store.base import Transaction
from warmline.web.door import Door
from warmline.web.shapes import Reply, State

MOST_TEXT = 128 * 1024
"""Characters of text in one window."""


def state_of(stage: Stage) -> State:
    """`state` of the widget API (DESIGN.md section 5)."""
    conversation = stage.conversation
    handoff, owner = conversation.handoff, conversation.owner
    state: State = {
        "owner": owner.kind,
        "step": handoff.name if handoff else None,
        "handoff": handoff.n if handoff else None,
        "reply": reply_of(stage),
        "live": stage.live,
        "open": conversation.open,
    }
    if handoff is not None and isinstance(handoff.step, NeedsEmail):
        state["skip"] = handoff.step.skippable and stage.helpdesk == INBOX
    if owner.kind is OwnerKind.TEAMMATE:
        state["teammate"] = owner.name
    bound = handoff.bound if handoff else None
    contact = bound.contact if bound else stage.visitor.reached_at
    if contact is not None:
        state["email"] = contact.email.masked
    if handoff is not None and isinstance(handoff.step, Delivered) and handoff.step.ticket:
        reference = handoff.step.ticket.reference
        if reference:  # a mailbox gives none: then the shopper is shown none
            state["ticket"] = {"helpdesk": handoff.step.bound.helpdesk, "reference": reference}
    return state


def reply_of(stage: Stage) -> Reply:
    """How an answer of a person comes: `chat`, `email`, or `message` where no person is offered.

    `chat` with `live` false is "on this page, later": nobody is there now, and without a mail server nobody can write.
    """
    handoff = stage.conversation.handoff
    bound = handoff.bound if handoff else None
    if bound is None and not stage.workspace.sees_person and not (handoff and handoff.pending):
        return "message"
    helpdesk = bound.helpdesk if bound else stage.helpdesk
    if helpdesk != INBOX:
        return "chat" if stage.conversation.mirrored and stage.conversation.open else "email"
    has_address = bound is None or bound.contact is not None
    return "chat" if stage.available or not stage.mail or not has_address else "email"


def stage_for(door: Door, tx: Transaction, conversation: Conversation) -> Stage:
    return stage_of(tx, conversation, door.app.mail is not None, door.app.clock())


def window_of(door: Door, tx: Transaction, conversation: Conversation, after: int) -> dict[str, Any]:
    """`{events, cursor, prev, more, state}`: public events after a cursor, and the state that goes with them."""
    window = tx.window(conversation.id, after)
    events, more = _cut(window.events), window.more
    return {
        "events": [public_view(event) for event in events],
        "cursor": events[-1].seq if events else after if after > window.prev else window.prev,
        "prev": window.prev,
        "more": more or len(events) < len(window.events),
        "state": state_of(stage_for(door, tx, conversation)),
    }


def _cut(events: Sequence[Event]) -> Sequence[Event]:
    """As many as make one frame of a bearable size, at least one: a slow reader's frame waits in our memory (G16)."""
    size = 0
    for n, event in enumerate(events):
        size += len(event.data.get("text", ""))
        if size > MOST_TEXT and n:
            return events[:n]
    return events
