"""From error to response: one table, so that routes have no `try`. Problem documents of RFC 9457."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from warmline.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    OutsideError,
    SettingsError,
    TooLarge,
    TooMany,
    Unavailable,
    WarmlineError,
)

log = logging.getLogger(__name__)

STATUS: Mapping[type[WarmlineError], tuple[int, str]] = {
    NotAuthenticated: (401, "Not signed in"),
    NotAllowed: (403, "Not allowed"),
    NotFound: (404, "Not found"),
    Conflict: (409, "Conflict"),
    TooLarge: (413, "Too large"),
    Invalid: (422, "Cannot be used"),
    TooMany: (429, "Too many requests"),
    OutsideError: (502, "Something outside failed"),
    SettingsError: (503, "Not set up right"),
    Unavailable: (503, "Not available just now"),
}


def problem(
    status: int, title: str, detail: str = "", headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """One problem document."""
    body = {"type": "about:blank", "title": title, "status": status} | ({"detail": detail} if detail else {}) | more
    sent = {"Cache-Control": "no-store"} | dict(headers or {})
    return JSONResponse(body, status, sent, media_type="application/problem+json")


def of_error(request: Request, error: Exception) -> Response:
    """What a WarmlineError looks like outside."""
    status, title = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    more: dict[str, Any] = {}
    headers: dict[str, str] = {}
    if isinstance(error, Invalid) and error.field:
        more["field"] = error.field
    if isinstance(error, Conflict):
        more["code"] = error.code
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Unavailable):
        headers["Retry-After"] = "5"
    return problem(status, title, str(error), headers, **more)


def of_http(request: Request, error: Exception) -> Response:
    """What the framework refuses: unknown paths and methods."""
    if not isinstance(error, HTTPException):
        return of_surprise(request, error)
    return problem(error.status_code, str(error.detail), headers=error.headers)


def of_hang_up(request: Request, error: Exception) -> Response:
    """Who goes away while he still speaks: no fault of ours, and nobody is there to read this."""
    log.info("%s %s: hung up while speaking", request.method, request.url.path)
    return problem(400, "The request ended too early")


def of_surprise(request: Request, error: Exception) -> Response:
    """A fault of ours: the shopper sees a number that stands in the log, and nothing else."""
    return problem(500, "Something went wrong on our side", error=noted(request, error))


def noted(request: Request, error: Exception) -> str:
    """Log a fault of ours; the number under which it stands there."""
    number = secrets.token_hex(4)
    log.error("error %s at %s %s", number, request.method, request.url.path, exc_info=error)
    return number
