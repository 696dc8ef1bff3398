"""A router for pages: its errors are pages too, and whoever is signed out comes back with what they typed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from warmline.errors import NotAllowed, NotAuthenticated, TooMany, WarmlineError
from warmline.web import problems
from warmline.web.console.forms import CSRF, posted
from warmline.web.console.language import N_, Said
from warmline.web.console.session import WHO_MAY, MayNot, Staff, check_own_page, local_path, seal, staff
from warmline.web.console.shell import HEADERS, is_partial, page, redirect, wants_page

_TITLES = {
    403: N_("You may not do this"),
    404: N_("There is no such page"),
    405: N_("There is no such page"),
    409: N_("Something has changed"),
    413: N_("That is too large"),
    422: N_("This cannot be used"),
    429: N_("Too many attempts"),
    503: N_("Not available just now"),
}
_SURPRISE = N_("Something went wrong on our side")


def console_router() -> APIRouter:
    """Stays out of the API's description."""
    return APIRouter(route_class=_PageRoute, include_in_schema=False, default_response_class=HTMLResponse)


class _PageRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except NotAuthenticated:
                return await _signed_out(request)
            except MayNot as error:
                return _page(request, 403, _TITLES[403], _who_may(error))
            except WarmlineError as error:
                return _refused(request, error)
            except RequestValidationError:
                return _page(request, 422, _TITLES[422], N_("A part of the address is not understood."))
            except (HTTPException, ClientDisconnect):
                raise
            except Exception as error:  # noqa: BLE001 the reader gets a number that stands in the log
                return of_surprise(request, error)

        return handled


async def of_http(request: Request, error: Exception) -> Response:
    """For the whole application: an unknown address in a browser is a page."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if not wants_page(request) or status not in _TITLES:
        return problems.of_http(request, error)
    try:
        await staff(request)
    except NotAuthenticated:
        request.state.staff = None
    return _page(request, status, _TITLES[status], N_("Check the address, or begin at the start page."))


def of_surprise(request: Request, error: Exception) -> Response:
    number = problems.noted(request, error)
    said = N_("We have written it down as error %(number)s. Your entries are still on the page before.", number=number)
    return _page(request, 500, _SURPRISE, said)


def _refused(request: Request, error: WarmlineError) -> Response:
    status = next(problems.STATUS[kind][0] for kind in type(error).__mro__ if kind in problems.STATUS)
    response = _page(request, status, _TITLES.get(status, _SURPRISE), _MISSING.get(str(error), str(error)))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _who_may(error: MayNot) -> Said:
    return N_("This page is for %(who)s. Ask one of them, or have your role changed.", who=WHO_MAY[error.right])


def _page(request: Request, status: int, title: Said, text: Said | str) -> Response:
    who: Staff | None = getattr(request.state, "staff", None)
    if is_partial(request):
        return page(request, "error_piece.html", who, status, title=title, text=text, code=status)
    return page(request, "error.html", who, status, title=title, text=text, code=status)


async def _signed_out(request: Request) -> Response:
    """To the sign-in page and back. What a form held waits there, sealed."""
    if is_partial(request):
        return HTMLResponse("", 401, HEADERS | {"HX-Reswap": "none", "HX-Trigger": "warmline:signed-out"})
    if request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        to = local_path(request.url.path + query) or "/"
        return redirect(
            request, "/sign-in" if to == "/" else f"/sign-in?to={to.replace('?', '%3F').replace('&', '%26')}"
        )
    try:
        check_own_page(request)
    except NotAllowed as error:
        return _refused(request, error)
    pairs = [pair for pair in await posted(request) if pair[0] != CSRF]
    held = seal(request, {"path": request.url.path, "pairs": pairs})
    return page(request, "sign_in.html", None, 401, to="", held=held, email="", shop="", problem=_EXPIRED)


_MISSING: Mapping[str, Said] = {
    each.text: each
    for each in (
        N_("There is no such article."),
        N_("There is no such case."),
        N_("There is no such connection."),
        N_("There is no such conversation."),
        N_("There is no such key."),
        N_("There is no such member."),
        N_("There is no such number."),
        N_("There is no such rule."),
        N_("There is no such site."),
        N_("There is no answer to judge."),
    )
}
"""What store and actions say of a thing that is not there, for people who read another language."""
_EXPIRED = N_("You were signed out in the meantime. What you typed is kept: sign in, and go on where you were.")
