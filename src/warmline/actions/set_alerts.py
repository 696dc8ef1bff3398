"""A teammate says whether they want a mail when somebody waits and nobody has the Inbox open."""

from __future__ import annotations

from warmline.actions.app import App
from warmline.store.base import Teammate


async def set_alerts(app: App, teammate: Teammate, wanted: bool) -> None:
    await app.store.write(lambda tx: tx.set_alerts(teammate.id, wanted))
