"""The shopper's word on a handoff: yes, no, or "a person, please"."""

from __future__ import annotations

from warmline.actions.app import App
from warmline.actions.scene import Stage, custom_message, is_pending, scene_of, stage_of
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import Declined, HandoffReason
from warmline.domain.ids import ConversationId
from warmline.domain.message import Verdict
from warmline.domain.mood import last_asked
from warmline.domain.visitor import Visitor
from warmline.errors import Invalid
from warmline.store.base import Transaction

LATELY = 40
"""Messages in which the last question is looked for."""


async def advance_handoff(app: App, visitor: Visitor, id: ConversationId, choice: str, n: int | None) -> Stage:
    """Carry out `accept`, `decline` or `request`, once however often it is said. Raises Conflict, Invalid, NotFound."""
    mail = app.mail is not None
    stage = await app.store.write(lambda tx: _advance(tx, tx.conversation_of(visitor.id, id), choice, n, mail, app))
    await app.live.tell(id)
    await app.live.tell(f"inbox:{visitor.workspace}")
    return stage


def _advance(tx: Transaction, conversation: Conversation, choice: str, n: int | None, mail: bool, app: App) -> Stage:
    stage = stage_of(tx, conversation, mail, app.clock())
    match choice:
        case "accept":
            conversation.accept(n, scene_of(tx, stage), stage.now)
        case "decline":
            conversation.decline(n, scene_of(tx, stage), stage.now)
        case "request":
            request_person(tx, stage, HandoffReason.ASKED)
        case _:
            raise Invalid('choice is "accept", "decline" or "request".', "choice")
    tx.save(conversation)
    return stage


def request_person(tx: Transaction, stage: Stage, reason: HandoffReason) -> None:
    """A person, please; where none is offered, the custom message."""
    conversation, handoff = stage.conversation, stage.conversation.handoff
    nothing_yet = handoff is None or isinstance(handoff.step, Declined)
    if nothing_yet and not stage.workspace.sees_person:
        conversation.must_be_open()
        if not _shown_last(tx, conversation):
            conversation.say(custom_message(stage, Verdict.HUMAN), stage.now)
        return
    asked = last_asked(tx.last_messages(conversation.id, conversation.seq, LATELY))
    question = handoff.question if handoff and is_pending(handoff) else asked
    conversation.request(reason, scene_of(tx, stage), stage.now, question)


def _shown_last(tx: Transaction, conversation: Conversation) -> bool:
    """Is the custom message the last thing in the log? Then a second press needs no second one."""
    last = tx.messages_between(conversation.id, conversation.seq - 1, conversation.seq)
    return bool(last) and last[-1].data.get("notice") == "custom"
