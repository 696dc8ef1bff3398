"""The way in for other people's servers: signed over the raw bytes, answered at once, worked later."""

from __future__ import annotations

import hmac

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from warmline.actions.receive_hook import find_hook, receive_hook
from warmline.actions.receive_mail import receive_mail
from warmline.errors import Invalid, NotAuthenticated, NotFound
from warmline.web.access import app_of
from warmline.web.body import raw_body
from warmline.web.problems import problem

router = APIRouter(include_in_schema=False)

LARGEST_MAIL = 10 * 1024 * 1024


@router.post("/hooks/mail")
async def post_mail(request: Request) -> Response:
    """A raw mail, handed over by the operator's mail server, which shows its secret."""
    app = app_of(request)
    if app.mail_in is None or not app.mail_in.secrets:
        raise NotFound("There is no such hook.")
    given = request.headers.get("x-warmline-secret", "").encode("utf-8", "replace")
    fits = [hmac.compare_digest(given, secret.encode()) for secret in app.mail_in.secrets]
    if not any(fits):
        raise NotAuthenticated("Send the secret as X-Warmline-Secret.")
    raw = await raw_body(request, LARGEST_MAIL)
    try:
        fate = await receive_mail(app, raw, request.headers.get("x-warmline-recipient"))
    except Invalid as error:
        return problem(400, "Cannot be read", str(error))
    return JSONResponse({"received": True, "fate": fate.value})


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
