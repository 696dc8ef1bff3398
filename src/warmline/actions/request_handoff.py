"""A program asks for people on the shopper's behalf: as if the shopper had pressed "Talk to a person"."""

from __future__ import annotations

from warmline.actions.advance_handoff import request_person
from warmline.actions.app import App
from warmline.actions.scene import Stage, stage_of
from warmline.domain.handoff import HandoffReason
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.store.base import Transaction


async def request_handoff(app: App, workspace: WorkspaceId, id: ConversationId) -> Stage:
    """One handoff however often it is asked for. Raises Conflict `closed`, NotFound."""
    stage = await app.store.write(lambda tx: _request(tx, app, workspace, id))
    await app.live.tell(id)
    await app.live.tell(f"inbox:{workspace}")
    return stage


def _request(tx: Transaction, app: App, workspace: WorkspaceId, id: ConversationId) -> Stage:
    stage = stage_of(tx, tx.conversation(workspace, id), app.mail is not None, app.clock())
    request_person(tx, stage, HandoffReason.API)
    tx.save(stage.conversation)
    return stage
