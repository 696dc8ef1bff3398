"""Back into a conversation by the link in a mail."""

from __future__ import annotations

from warmline.actions.app import App
from warmline.domain.conversation import Conversation
from warmline.domain.ids import ConversationId
from warmline.domain.visitor import Visitor
from warmline.errors import NotFound
from warmline.store.base import Transaction


async def resume_conversation(app: App, link: str) -> tuple[Conversation, Visitor, str]:
    """(conversation, visitor, new token). Raises NotFound for a link that is unknown, used up or too old."""
    return await app.store.write(lambda tx: _resume(tx, app, link))


def _resume(tx: Transaction, app: App, link: str) -> tuple[Conversation, Visitor, str]:
    now = app.clock()
    used = tx.use_link(link, "resume", now)
    if used is None:
        raise NotFound("This link has expired or was used on too many devices. Start a new chat on the shop's page.")
    conversation = tx.conversation(used["workspace"], ConversationId(used["subject"]))
    visitor = tx.visitor(conversation.visitor)
    return conversation, visitor, tx.give_token(visitor, now)
