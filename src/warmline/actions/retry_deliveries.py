"""Send what waits for a helpdesk now; a pause ends when the account passes its check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from warmline.actions.app import App
from warmline.actions.connect_integration import connect_integration
from warmline.domain.ids import EffectId, WorkspaceId
from warmline.errors import NotFound
from warmline.store.base import Transaction

PATIENCE = timedelta(seconds=8)
PART = 20
"""So many at once: hundreds in one write would meet a worker at one of them each time, and never come through."""


async def retry_deliveries(app: App, workspace: WorkspaceId, name: str) -> int:
    """How many handoffs are on their way. Raises NotFound, and Invalid when the account is still refused."""
    integration, owed = await app.store.read(lambda tx: (tx.integration(workspace, name), tx.owed_to(workspace, name)))
    if integration is None:
        raise NotFound(f"{name} is not connected.")
    if integration.paused_why is not None:
        await connect_integration(app, workspace, integration, PATIENCE)
        return owed
    asleep = await app.store.read(lambda tx: tx.asleep(workspace, name, app.clock()))
    for start in range(0, len(asleep), PART):
        part = asleep[start : start + PART]
        await app.store.write(partial(_line_up, app, name, part))
    await app.store.write(lambda tx: tx.call_first(workspace, name, app.clock(), app.clock()))
    return owed


def _line_up(app: App, name: str, part: Sequence[EffectId], tx: Transaction) -> None:
    tx.line_up(part, name, app.clock())
