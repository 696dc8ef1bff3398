"""Which accounts are connected, which are paused and why, and what waits for them (scope `settings`)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from starlette.requests import Request
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from warmline.domain.ids import WorkspaceId
from warmline.store.base import Transaction
from warmline.web.access import Colleague, Needs, app_of

router = APIRouter(prefix="/integrations", tags=["settings"])

Me = Annotated[Colleague, Depends(Needs("settings"))]


class Connected(TypedDict):
    """`waiting`: handoffs that are owed to it or stuck. `why` is set while it is paused: what its account said."""

    name: str
    kind: str
    state: Literal["connected", "paused"]
    why: str | None
    waiting: int


class Integrations(TypedDict):
    """All of a workspace's connections."""

    integrations: list[Connected]


@router.get("")
async def get_integrations(request: Request, me: Me) -> Integrations:
    """A paused account's handoffs wait and go out once it is connected again (`warmline apply`)."""
    workspace = me.teammate.workspace
    return {"integrations": await app_of(request).store.read(lambda tx: _connected(tx, workspace))}


def _connected(tx: Transaction, workspace: WorkspaceId) -> list[Connected]:
    return [
        {
            "name": each.name,
            "kind": each.kind,
            "state": "paused" if each.paused_why else "connected",
            "why": each.paused_why,
            "waiting": tx.owed_to(workspace, each.name),
        }
        for each in tx.integrations(workspace)
    ]
