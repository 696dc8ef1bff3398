"""Remember what completes the addresses of a source's pages, such as `/help/returns`."""

from __future__ import annotations

from dataclasses import replace

from warmline.actions.app import App
from warmline.domain.ids import WorkspaceId
from warmline.store.base import Transaction


async def set_base_url(app: App, workspace: WorkspaceId, address: str, base_url: str) -> None:
    """From the next time that the source is learned. An empty one forgets it."""
    await app.store.write(lambda tx: _set(tx, app, workspace, address, base_url))


def _set(tx: Transaction, app: App, id: WorkspaceId, address: str, base_url: str) -> None:
    workspace = tx.workspace(id)
    known: dict[str, str] = dict(workspace.tables.get("base_urls", {}))
    base_urls = {source: url for source, url in (known | {address: base_url}).items() if url}
    if base_urls != known:
        tx.save_workspace(replace(workspace, tables={**workspace.tables, "base_urls": base_urls}), app.clock())
