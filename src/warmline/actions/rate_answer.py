"""Did this help?"""

from __future__ import annotations

from warmline.actions.app import App
from warmline.actions.scene import Stage, stage_of
from warmline.domain.ids import ConversationId
from warmline.domain.message import AuthorKind
from warmline.domain.visitor import Visitor
from warmline.errors import Invalid
from warmline.store.base import Transaction


async def rate_answer(app: App, visitor: Visitor, id: ConversationId, seq: int, helped: bool) -> Stage:
    """The shopper's word on one answer. Raises Invalid when `seq` is no answer, NotFound."""
    stage = await app.store.write(lambda tx: _rate(tx, app, visitor, id, seq, helped))
    await app.live.tell(f"inbox:{visitor.workspace}")
    return stage


def _rate(tx: Transaction, app: App, visitor: Visitor, id: ConversationId, seq: int, helped: bool) -> Stage:
    conversation = tx.conversation_of(visitor.id, id)
    found = tx.messages_between(id, seq - 1, seq)
    if not found or found[0].data["author"]["kind"] != AuthorKind.AGENT or "verdict" not in found[0].data:
        raise Invalid("There is no answer with this seq.", "seq")
    stage = stage_of(tx, conversation, app.mail is not None, app.clock())
    conversation.helped(seq, helped, stage.now)
    tx.save(conversation)
    return stage
