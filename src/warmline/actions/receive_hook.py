"""A helpdesk rings: who it is was proven over the raw bytes; the event is kept once, and its ticket read again soon."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from warmline.actions.app import App
from warmline.actions.deliver_ticket import tell_both
from warmline.actions.look_at_ticket import record_comment
from warmline.domain.effect import Effect, EffectKind
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.watch import Comment, TicketStatus, Watched, Writer
from warmline.errors import Conflict, NotAuthenticated, NotFound
from warmline.helpdesks.base import Bell, Word
from warmline.store.base import Hook, Transaction

log = logging.getLogger(__name__)

AGAIN = timedelta(seconds=3)
"""Before a look that is rung by words which rang already: copies of one call cost one more look, not one each."""

CALLS_BACK = "webhook"
"""The helpdesk whose calls are signed with the secret of its connection."""
_KEY = re.compile(r"warmline-(cnv_[0-9a-f]{32})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Door:
    """A way in and the secrets that open it now."""

    hook: Hook
    secrets: tuple[str, ...] = field(repr=False)


async def find_hook(app: App, source: str, key: str) -> Door:
    """The way in at this address. Raises NotFound, also for one without a secret: it opens for nobody."""
    door = await app.store.read(lambda tx: _door(tx, source, key, app.clock()))
    if door is None or not door.secrets:
        raise NotFound("There is no such hook.")
    return door


def _door(tx: Transaction, source: str, key: str, now: datetime) -> Door | None:
    hook = tx.hook_at(source, key)
    if hook is None:
        return None
    if source != CALLS_BACK:
        return Door(hook, hook.secrets(now))
    integration = tx.integration(hook.workspace, source)
    held = integration.secrets if integration else {}
    return Door(hook, tuple(held[name] for name in ("secret", "previous_secret") if held.get(name)))


async def receive_hook(app: App, door: Door, headers: Mapping[str, str], raw: bytes) -> None:
    """Verify, keep, and owe a look. Of tickets that are none of ours nothing is kept.

    Raises NotAuthenticated for a call that is forged or too old, Invalid for one that cannot be read, and Conflict for
    one about a handoff that we do not know to be delivered yet: then the caller tries again.
    """
    now, hook = app.clock(), door.hook
    try:
        bell = app.desks.hear(hook.source, headers, raw, door.secrets, now)
    except NotAuthenticated as refused:
        log.warning("a call to the hook of %s was refused: %s", hook.source, refused)
        raise
    changed = await app.store.write(lambda tx: _ring(tx, hook, bell, now))
    if changed is not None:
        await tell_both(app, hook.workspace, changed)


def _ring(tx: Transaction, hook: Hook, bell: Bell, now: datetime) -> ConversationId | None:
    tx.heard(hook, now)
    if bell.word is not None:
        return _take_word(tx, hook, bell.event, bell.word, now)
    ticket = tx.ticket_at(hook.workspace, hook.source, bell.ticket) if bell.ticket else None
    if ticket is None:
        return None
    news = tx.is_news(hook.workspace, hook.source, bell.event, now)
    if news or not bell.own_id:
        # Solved, opened and solved again within a minute rings twice with the same words: look again, a little later.
        due, rung = (None, bell.event) if news else (now + AGAIN, f"{bell.event} again")
        key, data = f"look:{ticket.conversation}-{ticket.n}", {"n": ticket.n, "rung": rung}
        tx.owe(hook.workspace, Effect(EffectKind.LOOK, key, ticket.conversation, due, data), now)
    return None


def _take_word(tx: Transaction, hook: Hook, event: str, word: Word, now: datetime) -> ConversationId | None:
    """A reply, or the end, as the receiver reports it; once by the id of the call."""
    ticket = _ticket_of(tx, hook.workspace, hook.source, word.handoff)
    if not tx.is_news(hook.workspace, hook.source, event, now):
        return None
    conversation = tx.conversation(hook.workspace, ticket.conversation)
    if word.text is not None:
        comment = Comment(event, now, word.text, public=True, writer=Writer.TEAM, name=word.name)
        record_comment(tx, conversation, ticket, comment, now)
        tx.save(conversation)
    status = ticket.status if word.text is not None else TicketStatus.SOLVED
    tx.looked_at(ticket, status, True, now)
    return ticket.conversation


def _ticket_of(tx: Transaction, workspace: WorkspaceId, helpdesk: str, key: str) -> Watched:
    """The ticket of this external id. Raises NotFound for what was never ours, Conflict for what is not there yet."""
    match = _KEY.fullmatch(key)
    row = tx.handoff_row(ConversationId(match[1]), int(match[2])) if match else None
    if match is None or row is None or row["workspace"] != workspace or row["helpdesk"] != helpdesk:
        raise NotFound("There is no such handoff.")
    ticket = tx.ticket_of(ConversationId(match[1]), int(match[2]))
    if ticket is None:
        raise Conflict("This handoff is on its way to you. Try again shortly.", "not_delivered")
    return ticket
