"""Brings what a workspace knows into memory, when it has changed, whoever changed it."""

from __future__ import annotations

import asyncio

from warmline.actions.app import App
from warmline.agent.base import Shelf
from warmline.domain.ids import WorkspaceId
from warmline.errors import ModelError
from warmline.process import give_back_memory
from warmline.store.base import NOWHERE, Transaction

PATIENCE = 1.0
"""Seconds that a turn waits for a new index where an older one can answer."""


async def load_knowledge(app: App, workspace: WorkspaceId) -> None:
    """Afterwards the agent knows what the store knew when this was called. Raises what the load raises."""
    if (loading := await _begun(app, workspace)) is not None:
        await _ended(loading)


async def load_in_a_turn(app: App, workspace: WorkspaceId) -> None:
    """The same for a shopper who waits. A shop that takes longer than PATIENCE is answered from what was known before,
    and the index is built on in the background: `Agent.settle` waits for it. Who gives up waiting stops nothing, so a
    large shop gets ready in the end."""
    loading = await _begun(app, workspace)
    if loading is None:
        return
    if app.agent.revision(workspace) is None:
        await _ended(loading)
    await asyncio.wait([loading], timeout=PATIENCE)


async def _begun(app: App, workspace: WorkspaceId) -> asyncio.Task[None] | None:
    """The load of what is new; None when nothing is."""
    revision = await app.store.read(lambda tx: tx.workspace(workspace).knowledge_revision)
    if app.agent.revision(workspace) == revision:
        return None
    return app.agent.renew(workspace, lambda: _load(app, workspace))


async def _ended(loading: asyncio.Task[None]) -> None:
    await asyncio.wait([loading])
    if loading.cancelled():
        raise ModelError("the agent was closed")
    loading.result()


async def _load(app: App, workspace: WorkspaceId) -> None:
    """The newest there is; nothing where the one before this has seen it already."""
    if app.agent.revision(workspace) != await app.store.read(lambda tx: tx.workspace(workspace).knowledge_revision):
        shelf = await app.store.read(lambda tx: _shelf(tx, app, workspace))
        await app.agent.load(workspace, shelf)
        del shelf
        await asyncio.to_thread(give_back_memory)


def _shelf(tx: Transaction, app: App, workspace: WorkspaceId) -> Shelf:
    vectors = {model: tx.vectors(workspace, model) for model in app.agent.models}
    chunks, unanswerable = tx.chunks(workspace, app.clock()), tx.phrasings(workspace).get(NOWHERE, ())
    return Shelf(tx.workspace(workspace).knowledge_revision, chunks, vectors, unanswerable)
