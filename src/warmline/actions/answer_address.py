"""Where a shopper may answer a mail of ours: an address with a mark over the conversation and their own address."""

from __future__ import annotations

from warmline.actions.app import App
from warmline.domain.ids import ConversationId
from warmline.domain.mail_in import reply_address
from warmline.domain.visitor import EmailAddress
from warmline.store.base import Transaction


def answer_address(app: App, tx: Transaction, conversation: ConversationId, to: EmailAddress) -> EmailAddress | None:
    """None where the operator has set up no way in."""
    if app.mail_in is None:
        return None
    return reply_address(app.mail_in.address, conversation, mark_of(tx, conversation, to))


def mark_of(tx: Transaction, conversation: ConversationId, email: EmailAddress) -> str:
    """Hex. Nobody makes it without the server's key."""
    return tx.vault.mark(f"mail-in {conversation} {email.key}")
