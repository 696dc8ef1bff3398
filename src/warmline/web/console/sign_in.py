"""Coming in and going out: sign-in, the link of an invitation or a reset, and the first owner of a fresh server."""

from __future__ import annotations

import hmac
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.set_password import INVITE, RESET, FirstOwner, link_holder, set_password_by_link, take_over
from warmline.actions.sign_in import Attempt, sign_in, sign_out, switch_shop
from warmline.domain.ids import TeammateId
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Workspace, parse_workspace
from warmline.errors import Conflict, Invalid, NotAuthenticated, NotFound, TooMany
from warmline.store.calendars import holidays_of
from warmline.web.access import app_of, door_of, network_of
from warmline.web.console.forms import Form, read_form
from warmline.web.console.language import N_, language
from warmline.web.console.routes import console_router
from warmline.web.console.session import (
    DEVICE,
    SESSION,
    Staff,
    cookie,
    drop_cookie,
    local_path,
    staff,
    start_session,
    tongue,
    unseal,
)
from warmline.web.console.shell import home_of, page, redirect

router = console_router()

Me = Annotated[Staff, Depends(staff)]
PASSWORD = N_("A password has 12 to 128 characters. A few words in a row are easy to keep in mind.")
BAD_LINK = N_("This link does not work: it was used, is too old, or is not complete. Ask for a new one.")


@router.get("/")
async def start(request: Request, me: Me) -> Response:
    """Where their work is."""
    return redirect(request, home_of(me))


@router.get("/sign-in")
async def get_sign_in(request: Request) -> Response:
    """For guests; whoever is signed in goes on."""
    query = request.query_params
    to = local_path(query.get("to")) or ""
    try:
        who = await staff(request)
    except NotAuthenticated:
        return await _sign_in_page(request, to=to, shop=query.get("shop", "")[:64])
    return redirect(request, to or home_of(who))


@router.post("/sign-in")
async def post_sign_in(request: Request) -> Response:
    """A new session, and on to where they wanted to go, with what they had typed there."""
    form = await read_form(request)
    shown = {"to": local_path(form.text("to")) or "", "held": form.text("held"), "shop": form.text("shop")[:64]}
    attempt = Attempt(
        form.text("email"), form.secret("password"), network_of(request), cookie(request, DEVICE), shown["shop"] or None
    )
    try:
        done = await sign_in(app_of(request), attempt)
    except NotAuthenticated:
        problem = N_("This e-mail and password do not fit together. Try again, or ask an owner for a new link.")
        return await _sign_in_page(request, 401, email=form.text("email"), problem=problem, **shown)
    except TooMany as error:
        problem = N_("Too many attempts. Wait a minute, then try again.")
        response = await _sign_in_page(request, 429, email=form.text("email"), problem=problem, **shown)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    response = _go_on(request, shown, done.session)
    start_session(request, response, done.session, done.device)
    return response


def _go_on(request: Request, shown: dict[str, str], session: str) -> Response:
    held = unseal(request, shown["held"]) if shown["held"] else None
    path = local_path(held["path"]) if held and "pairs" in held else None
    if held is None or path is None:
        return redirect(request, shown["to"] or "/")
    token = app_of(request).store.vault.mark(f"csrf {session}")
    return page(request, "resume.html", None, path=path, pairs=held["pairs"], csrf=token)


async def _sign_in_page(request: Request, status: int = 200, **context: Any) -> Response:
    shops = await app_of(request).store.read(lambda tx: tx.workspaces())
    given = {"to": "", "held": "", "email": "", "shop": "", "problem": None} | context
    name = shops[0].name if len(shops) == 1 else next((each.name for each in shops if each.id == given["shop"]), None)
    return page(request, "sign_in.html", None, status, shop_name=name, **given)


@router.post("/sign-out")
async def post_sign_out(request: Request, me: Me) -> Response:
    """Here, or everywhere."""
    form = await read_form(request)
    await sign_out(app_of(request), me.session, everywhere=form.flag("everywhere"))
    response = redirect(request, "/sign-in")
    drop_cookie(request, response, SESSION)
    return response


@router.post("/switch")
async def post_switch(request: Request, me: Me) -> Response:
    """To another shop of theirs."""
    form = await read_form(request)
    value = await switch_shop(app_of(request), me.session, TeammateId(form.text("to")))
    response = redirect(request, "/")
    start_session(request, response, value)
    return response


# Links: the secret stands behind the # of the address, so it reaches a server only in the form


@router.get("/join")
async def get_join(request: Request) -> Response:
    """An invitation."""
    return _link_page(request, INVITE, Form())


@router.get("/reset")
async def get_reset(request: Request) -> Response:
    """A new password."""
    return _link_page(request, RESET, Form())


@router.post("/join")
async def post_join(request: Request) -> Response:
    """Use the invitation."""
    return await _use_link(request, INVITE)


@router.post("/reset")
async def post_reset(request: Request) -> Response:
    """Use the reset link."""
    return await _use_link(request, RESET)


async def _use_link(request: Request, purpose: str) -> Response:
    form, app = await read_form(request), app_of(request)
    link = form.text("link").rpartition("#")[2]
    name = form.shorter("name", form.text("name"), 100)
    try:
        await link_holder(app, link, purpose)
    except NotFound:
        form.wrong("link", BAD_LINK)
        return _link_page(request, purpose, form, 422)
    session = None if form.errors else await _by_link(request, form, link, purpose, name)
    if session is None:
        return _link_page(request, purpose, form, 422)
    response = redirect(request, "/", N_("Your password is set. Welcome to Warmline."))
    start_session(request, response, session)
    return response


async def _by_link(request: Request, form: Form, link: str, purpose: str, name: str) -> str | None:
    try:
        return await set_password_by_link(app_of(request), link, purpose, name, form.secret("password"))
    except Invalid:
        form.wrong("password", PASSWORD)
    except NotFound:
        form.wrong("link", BAD_LINK)
    return None


def _link_page(request: Request, purpose: str, form: Form, status: int = 200) -> Response:
    link = "" if "link" in form.errors else form.text("link").rpartition("#")[2]
    return page(request, "link.html", None, status, purpose=purpose, form=form, link=link)


# The first owner


@router.get("/setup")
async def get_setup(request: Request) -> Response:
    """For the link that a fresh server prints at its start."""
    return await _setup_page(request, Form())


@router.post("/setup")
async def post_setup(request: Request) -> Response:
    """Make the shop, where there is none, and its owner."""
    form = await read_form(request)
    secret = door_of(request).setup_secret
    given = form.text("link").rpartition("#")[2]
    if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
        form.wrong("link", N_("This link does not work. Start the server again: it prints a new one."))
        return await _setup_page(request, form, 422)
    owner, shop = _first_owner(form), await _shop(request, form)
    if form.errors or owner is None:
        return await _setup_page(request, form, 422)
    try:
        session = await take_over(app_of(request), owner, shop)
    except Conflict:
        form.wrong("link", N_("This server has an owner already. Sign in, or ask them for an invitation."))
        return await _setup_page(request, form, 409)
    except Invalid:
        form.wrong("password", PASSWORD)
        return await _setup_page(request, form, 422)
    door_of(request).setup_secret = None
    response = redirect(
        request, "/settings/handoff", N_("Welcome to Warmline. Choose here who answers when the assistant cannot.")
    )
    start_session(request, response, session)
    return response


def _first_owner(form: Form) -> FirstOwner | None:
    email = form.trying("email", lambda: EmailAddress.parse(form.text("email")), N_("Enter your e-mail address."))
    name = form.shorter("name", form.text("name"), 100)
    return FirstOwner(email, name, form.secret("password")) if email else None


async def _shop(request: Request, form: Form) -> Workspace | None:
    """The new shop, or None where there is one."""
    if await app_of(request).store.read(lambda tx: tx.workspaces()):
        return None
    name = form.needed("shop", N_("Give the shop a name."), 100)
    table = {"workspace": {"name": name, "locale": language(tongue(request)).tag}}
    found: Workspace | None = form.trying("shop", lambda: parse_workspace(table, holidays_of)) if name else None
    return found


async def _setup_page(request: Request, form: Form, status: int = 200) -> Response:
    there = await app_of(request).store.read(lambda tx: bool(tx.workspaces()))
    link = "" if "link" in form.errors else form.text("link").rpartition("#")[2]
    return page(request, "setup.html", None, status, form=form, link=link, has_shop=there)
