"""The way in for other people's servers: signed over the raw bytes, answered at once, worked later."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from warmline.actions.receive_hook import find_hook, receive_hook
from warmline.errors import Invalid
from warmline.web.access import app_of
from warmline.web.body import raw_body
from warmline.web.problems import problem

router = APIRouter(include_in_schema=False)


@router.post("/hooks/{source}/{key}")
async def post_hook(request: Request, source: str, key: str) -> Response:
    """A helpdesk says that a ticket has news. Its address is a secret of its own; the call must be proven besides."""
    app = app_of(request)
    door = await find_hook(app, source, key)
    raw = await raw_body(request)
    try:
        await receive_hook(app, door, request.headers, raw)
    except Invalid as error:
        return problem(400, "Cannot be read", str(error))
    return JSONResponse({"received": True})
