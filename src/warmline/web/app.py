"""The ASGI application: routes, the error table, and the headers of every answer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from warmline import __version__
from warmline.errors import Invalid, WarmlineError
from warmline.web import health, hooks, public_api, receipt_page, resume_page, widget_api, widget_files
from warmline.web.console.site import furnish
from warmline.web.door import Door
from warmline.web.metrics import REQUESTS
from warmline.web.openapi import completed
from warmline.web.problems import of_error, of_hang_up, of_http, of_surprise, problem

_WIDGET = "/api/widget/"
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


# Every app's: FastAPI works out what a route takes when the first request comes, which is half a second for all.
_ROUTES = APIRouter(generate_unique_id_function=lambda route: route.name)
for _part in (
    widget_api.router,
    public_api.router,
    hooks.router,
    health.router,
    receipt_page.router,
    resume_page.router,
    widget_files.router,
):
    _ROUTES.include_router(_part)


def make_app(door: Door) -> FastAPI:
    """The door, wired. `door.closing` ends its streams."""
    app = FastAPI(
        title="Warmline",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would lead where the request's own Host header says
    )
    app.state.door = door
    # The hot routes stand first: Starlette takes the first that fits.
    app.router.routes[:0] = widget_api.HOT_ROUTES
    app.router.routes += _ROUTES.routes
    app.add_exception_handler(WarmlineError, of_error)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(ClientDisconnect, of_hang_up)
    app.add_exception_handler(Exception, of_surprise)
    furnish(app, door)
    app.add_middleware(Headed, door=door)
    plain = app.openapi

    def schema() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = completed(plain())
        return app.openapi_schema

    app.openapi = schema  # type: ignore[method-assign]  # FastAPI documents this as the way to extend it
    return app


def _of_validation(request: Request, error: Exception) -> Response:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": ""}
    field = str(first["loc"][-1]) if first["loc"] else None
    return of_error(request, Invalid(f"{field}: {first['msg']}.", field))


class Headed:
    """Safe headers on everything, CORS for the shops' pages, and their questions beforehand (plain ASGI: streams)."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        if "\x00" in scope["path"]:
            # No id holds one, and PostgreSQL would stumble over it.
            await problem(404, "Not found")(scope, receive, _with(send, scope, None))
            return
        origin = Headers(scope=scope).get("origin")
        shared = origin if origin and scope["path"].startswith(_WIDGET) and await self._known(origin) else None
        if scope["method"] == "OPTIONS" and scope["path"].startswith(_WIDGET):
            await self._preflight(shared)(scope, receive, _with(send, scope, shared))
            return
        await self._app(scope, receive, _with(send, scope, shared))

    async def _known(self, origin: str) -> bool:
        if origin == self._door.own_origin:
            return True
        return await self._door.app.store.read(lambda tx: tx.is_origin(origin))

    def _preflight(self, shared: str | None) -> Response:
        if shared is None:
            return problem(403, "Not allowed", "This page is not on the shop's list of origins.")
        return Response(
            status_code=204,
            headers={
                "Access-Control-Allow-Methods": "GET, POST",
                "Access-Control-Allow-Headers": "authorization, content-type, last-event-id, if-none-match",
                "Access-Control-Max-Age": "600",
            },
        )


_HOT: dict[Any, str] = {route.endpoint: route.path for route in widget_api.HOT_ROUTES}
"""Starlette's own routes do not say which they are."""


def _time(scope: Scope, status: int, began: float) -> None:
    """By the route's pattern: an address would hold the ids of conversations."""
    route = getattr(scope.get("route"), "path", None) or _HOT.get(scope.get("endpoint"), "other")
    REQUESTS.labels(scope["method"], route, str(status)).observe(time.perf_counter() - began)


def _with(send: Send, scope: Scope, shared: str | None) -> Callable[[Message], Awaitable[None]]:
    began = time.perf_counter()

    async def headed(message: Message) -> None:
        if message["type"] == "http.response.start":
            _time(scope, message["status"], began)
            headers = MutableHeaders(scope=message)
            for name, value in _SAFE.items():
                headers.setdefault(name, value)
            if scope["path"].startswith("/api/"):
                headers.setdefault("Cache-Control", "no-store")
            if scope["path"].startswith(_WIDGET):
                headers.add_vary_header("Origin")
                if shared is not None and not scope["state"].get("foreign"):
                    headers["Access-Control-Allow-Origin"] = shared
                    headers["Access-Control-Expose-Headers"] = "Retry-After, ETag"
        await send(message)

    return headed
