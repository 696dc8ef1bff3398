"""The shop's widget called from one of its pages."""

from __future__ import annotations

from warmline.actions.app import App
from warmline.domain.ids import WorkspaceId


async def see_widget(app: App, workspace: WorkspaceId, origin: str) -> None:
    """Remember where and when, for the merchant who has just put it there."""
    now = app.clock()
    await app.store.write(lambda tx: tx.saw_widget(workspace, origin, now))
