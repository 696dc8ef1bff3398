"""A helpdesk rings: who it is was proven over the raw bytes; the event is kept once, and its ticket read again soon."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from warmline.actions.app import App
from warmline.domain.effect import Effect, EffectKind
from warmline.errors import NotAuthenticated, NotFound
from warmline.helpdesks.base import Bell
from warmline.store.base import Hook, Transaction

log = logging.getLogger(__name__)


async def find_hook(app: App, source: str, key: str) -> Hook:
    """The way in at this address. Raises NotFound, also for one without a secret: it opens for nobody."""
    hook = await app.store.read(lambda tx: tx.hook_at(source, key))
    if hook is None or not hook.secrets(app.clock()):
        raise NotFound("There is no such hook.")
    return hook


async def receive_hook(app: App, hook: Hook, headers: Mapping[str, str], raw: bytes) -> None:
    """Verify, keep, and owe a look. Of tickets that are none of ours nothing is kept.

    Raises NotAuthenticated for a call that is forged or too old, and Invalid for one that cannot be read.
    """
    now = app.clock()
    try:
        bell = app.desks.hear(hook.source, headers, raw, hook.secrets(now), now)
    except NotAuthenticated as refused:
        log.warning("a call to the hook of %s was refused: %s", hook.source, refused)
        raise
    await app.store.write(lambda tx: _ring(tx, hook, bell, now))


def _ring(tx: Transaction, hook: Hook, bell: Bell, now: datetime) -> None:
    tx.heard(hook, now)
    ticket = tx.ticket_at(hook.workspace, hook.source, bell.ticket) if bell.ticket else None
    if ticket is None or not tx.is_news(hook.workspace, hook.source, bell.event, now):
        return
    key = f"look:{ticket.conversation}-{ticket.n}"
    data = {"n": ticket.n, "rung": bell.event}
    tx.owe(hook.workspace, Effect(EffectKind.LOOK, key, ticket.conversation, None, data), now)
