"""A teammate says whether shoppers may be passed to them now."""

from __future__ import annotations

from datetime import datetime, timedelta

from warmline.actions.app import App
from warmline.store.base import Teammate

A_SHIFT = timedelta(hours=12)
"""Available ends by itself: nobody stays on duty for having forgotten a switch."""


async def set_presence(app: App, teammate: Teammate, available: bool, life: timedelta = A_SHIFT) -> datetime | None:
    """Until when they are available, or None."""
    until = app.clock() + min(life, A_SHIFT) if available else None
    await app.store.write(lambda tx: tx.set_available(teammate.id, until))
    await app.live.tell(f"inbox:{teammate.workspace}")
    return until
