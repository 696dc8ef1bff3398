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
"""Seconds that are waited for a new index where an older one can answer."""


async def load_knowledge(app: App, workspace: WorkspaceId) -> None:
    """Afterwards the agent knows what the store knew when this was called.

    A shop that takes longer than PATIENCE is answered from what was known before, and the index is built on in the
    background: `Agent.settle` waits for it. Who gives up waiting stops nothing, so a large shop gets ready in the end.
    """
    known = app.agent.revision(workspace)
    if known == await app.store.read(lambda tx: tx.workspace(workspace).knowledge_revision):
        return
    loading = app.agent.renew(workspace, lambda: _load(app, workspace))
    await asyncio.wait([loading], timeout=None if known is None else PATIENCE)
    if known is None:
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
