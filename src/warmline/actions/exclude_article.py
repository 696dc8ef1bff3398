"""The merchant keeps a page out of the agent's answers, or lets it in again."""

from __future__ import annotations

from warmline.actions.app import App
from warmline.domain.ids import ArticleId, WorkspaceId
from warmline.store.base import Transaction


async def exclude_article(app: App, workspace: WorkspaceId, id: ArticleId, excluded: bool) -> None:
    """From the next question on; it stays so when its source is read again. Raises NotFound."""
    await app.store.write(lambda tx: _exclude(tx, workspace, id, excluded))


def _exclude(tx: Transaction, workspace: WorkspaceId, id: ArticleId, excluded: bool) -> None:
    tx.set_excluded(workspace, id, excluded)
    tx.raise_knowledge(workspace)
