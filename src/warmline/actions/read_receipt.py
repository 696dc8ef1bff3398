"""The receipt of a handoff, by a link that is signed and not stored: no login, and nothing but this one handoff."""

from __future__ import annotations

import hmac
from datetime import datetime

from warmline.actions.app import App
from warmline.actions.scene import Stage, stage_of
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import INBOX, Handoff
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.receipt import LIFE, Receipt, said_until
from warmline.domain.visitor import EmailAddress
from warmline.domain.wording import say
from warmline.errors import NotFound
from warmline.store.base import Transaction

_GONE = "This receipt does not exist, or its 90 days are over."


def receipt_url(app: App, stage: Stage, n: int) -> str:
    """Where the shopper reads what was passed on. The same handoff and time: the same link."""
    return receipt_url_of(app, stage.conversation, n, stage.now)


def receipt_url_of(app: App, conversation: Conversation, n: int, at: datetime) -> str:
    """The link as it was given at that time."""
    named = f"{conversation.workspace}.{conversation.id}.{n}.{int((at + LIFE).timestamp())}"
    return f"{app.public_url}/receipt/{named}.{app.store.vault.sign(f'receipt {named}')}"


def receipt_link(app: App, stage: Stage, n: int) -> tuple[dict[str, str], ...]:
    """For a message of the widget."""
    return ({"label": say("receipt.link", stage.lang), "url": receipt_url(app, stage, n)},)


async def read_receipt(app: App, token: str) -> Receipt:
    """Raises NotFound for a link that is none of ours, too old, or of a conversation that was erased."""
    named, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), app.store.vault.sign(f"receipt {named}").encode()):
        raise NotFound(_GONE)
    workspace, conversation, n, until = named.rsplit(".", 3)
    if int(until) < app.clock().timestamp():
        raise NotFound(_GONE)
    return await app.store.read(
        lambda tx: _receipt(tx, app, WorkspaceId(workspace), ConversationId(conversation), int(n), app.clock())
    )


def _receipt(tx: Transaction, app: App, workspace: WorkspaceId, id: ConversationId, n: int, now: datetime) -> Receipt:
    stage = stage_of(tx, tx.conversation(workspace, id), app.mail is not None, now)
    passed = tx.passed_on(id, n)
    if passed is None:
        raise NotFound(_GONE)
    ticket = tx.ticket_of(id, n)
    handoff = stage.conversation.handoff
    here = passed.helpdesk == INBOX
    email = EmailAddress(passed.email).masked if passed.email else None
    return Receipt(
        shop=stage.workspace.name,
        lang=stage.lang,
        zone=stage.workspace.timezone,
        helpdesk=passed.helpdesk,
        passed_at=passed.at,
        arrived=passed.arrived,
        reference=ticket.ref.reference if ticket is not None else None,
        channel="chat" if here and (email is None or not stage.mail or _is_mine(stage, handoff, n)) else "email",
        email=email,
        said=said_until(tx.log(id), n),
    )


def _is_mine(stage: Stage, handoff: Handoff | None, n: int) -> bool:
    """Could somebody answer in the chat now?"""
    return stage.available and stage.conversation.open and handoff is not None and handoff.n == n
