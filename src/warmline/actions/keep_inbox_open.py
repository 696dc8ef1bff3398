"""A teammate has the Inbox open: while their status is Available, shoppers may be passed to them."""

from __future__ import annotations

from datetime import timedelta

from warmline.actions.app import App
from warmline.store.base import Teammate

BEAT_LIFE = timedelta(seconds=75)
"""Three beats may be lost on the way. After that a closed browser counts as away, and its owner's status stays."""


async def keep_inbox_open(app: App, teammate: Teammate) -> None:
    """Say so every twenty seconds. Away stays away, and a longer promise is not made shorter."""
    now = app.clock()
    await app.store.write(lambda tx: tx.has_inbox_open(teammate.id, now, now + BEAT_LIFE))
