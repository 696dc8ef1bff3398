"""Brings what a workspace knows into memory, when it has changed, whoever changed it."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

from warmline.actions.app import App
from warmline.agent.base import Shelf
from warmline.domain.ids import WorkspaceId
from warmline.process import give_back_memory
from warmline.store.base import NOWHERE, Transaction

_LOCKS: WeakValueDictionary[WorkspaceId, asyncio.Lock] = WeakValueDictionary()


async def load_knowledge(app: App, workspace: WorkspaceId) -> None:
    """Afterwards the agent knows what the store knew when this was called."""
    revision = await app.store.read(lambda tx: tx.workspace(workspace).knowledge_revision)
    if app.agent.revision(workspace) == revision:
        return
    lock = _LOCKS.setdefault(workspace, asyncio.Lock())
    async with lock:
        if app.agent.revision(workspace) != revision:
            shelf = await app.store.read(lambda tx: _shelf(tx, app, workspace))
            await app.agent.load(workspace, shelf)
            del shelf
            await asyncio.to_thread(give_back_memory)


def _shelf(tx: Transaction, app: App, workspace: WorkspaceId) -> Shelf:
    vectors = {model: tx.vectors(workspace, model) for model in app.agent.models}
    chunks, unanswerable = tx.chunks(workspace, app.clock()), tx.phrasings(workspace).get(NOWHERE, ())
    return Shelf(tx.workspace(workspace).knowledge_revision, chunks, vectors, unanswerable)
