"""The API for the team and for programs: `/api/v1`, by workspace API keys with scopes."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request

from warmline.actions.set_presence import A_SHIFT, set_presence
from warmline.web import cases_api, inbox_api, integrations_api, knowledge_api, needs_api, report_api
from warmline.web.access import Colleague, Needs, app_of, colleague
from warmline.web.body import Body, body_of, takes
from warmline.web.shapes import Me, PresenceAnswer

router = APIRouter(prefix="/api/v1")

_SHIFT = int(A_SHIFT.total_seconds())


class PresenceBody(Body):
    status: Literal["available", "away"]
    for_seconds: int = Field(_SHIFT, ge=1, le=_SHIFT)


@router.get("/me", tags=["team"])
async def get_me(request: Request, me: Annotated[Colleague, Depends(colleague)]) -> Me:
    """Who this key speaks for, and what it may do."""
    app, teammate = app_of(request), me.teammate
    workspace = await app.store.read(lambda tx: tx.workspace(teammate.workspace))
    until = teammate.available_until
    return {
        "teammate": {
            "id": teammate.id,
            "name": teammate.name,
            "email": teammate.email,
            "role": teammate.role.value,
            "available_until": until.isoformat() if until and until > app.clock() else None,
        },
        "scopes": sorted(me.scopes),
        "workspace": {
            "id": workspace.id,
            "name": workspace.name,
            "site": workspace.site,
            "locale": workspace.locale,
            "timezone": workspace.timezone,
        },
    }


@router.put("/me/presence", tags=["team"], openapi_extra=takes(PresenceBody))
async def put_presence(
    request: Request,
    me: Annotated[Colleague, Depends(Needs("inbox"))],
    body: Annotated[PresenceBody, Depends(body_of(PresenceBody))],
) -> PresenceAnswer:
    """May shoppers be passed to you now? Available ends by itself, after 12 hours at most."""
    life = timedelta(seconds=body.for_seconds)
    until = await set_presence(app_of(request), me.teammate, body.status == "available", life)
    return {"status": body.status, "available_until": until.isoformat() if until else None}


for part in (inbox_api, needs_api, integrations_api, knowledge_api, cases_api, report_api):
    router.include_router(part.router)
