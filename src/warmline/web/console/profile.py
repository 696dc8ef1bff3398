"""Settings → You: name, language, password, status, and signing out everywhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.change_member import change_profile
from warmline.actions.keep_inbox_open import BEAT_LIFE
from warmline.actions.set_password import change_password
from warmline.actions.set_presence import set_presence
from warmline.actions.sign_in import PER_ACCOUNT
from warmline.errors import Invalid, TooMany
from warmline.store.base import Transaction
from warmline.web.access import app_of
from warmline.web.console.forms import Form, read_form
from warmline.web.console.language import N_, NAMES, TAGS
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff, local_path, staff, start_session
from warmline.web.console.shell import page, redirect
from warmline.web.console.sign_in import PASSWORD

router = console_router()

Me = Annotated[Staff, Depends(staff)]
PATH = "/settings/me"


@router.get(PATH)
async def get_me(request: Request, me: Me) -> Response:
    """As it is."""
    return _shown(request, me, _stored(me))


@router.post(PATH)
async def post_me(request: Request, me: Me) -> Response:
    """Name and language."""
    form = await read_form(request)
    name = form.needed("name", N_("Enter your name."), 100)
    lang = form.text("lang") or None
    if lang is not None and lang not in TAGS:
        form.wrong("lang", N_("Choose one of these."))
    if form.errors or form.restored:
        return _shown(request, me, form, 200 if form.restored else 422)
    await change_profile(app_of(request), me.teammate, name, lang)
    return redirect(request, PATH, N_("Saved."))


@router.post(f"{PATH}/password")
async def post_password(request: Request, me: Me) -> Response:
    """Every other browser is signed out."""
    form = await read_form(request)
    await _count(request, me)
    try:
        value = await change_password(app_of(request), me.session, form.secret("old"), form.secret("password"))
    except Invalid as error:
        field = error.field or "password"
        form.wrong(field, N_("This is not your present password.") if field == "old" else PASSWORD)
        form.pairs = _stored(me).pairs
        return _shown(request, me, form, 422)
    response = redirect(request, PATH, N_("Your password is changed. Every other browser is signed out."))
    start_session(request, response, value)
    return response


@router.post("/me/status")
async def post_status(request: Request, me: Annotated[Staff, Depends(May("inbox"))]) -> Response:
    """Available or away."""
    form = await read_form(request)
    await set_presence(app_of(request), me.teammate, form.text("status") == "available", BEAT_LIFE)
    return redirect(request, local_path(form.text("back")) or "/")


async def _count(request: Request, me: Staff) -> None:
    """A stolen session must not guess the password either."""
    app = app_of(request)
    now, mark = app.clock(), f"change {me.teammate.id}"

    def count(tx: Transaction) -> int:
        return tx.count_try(mark, now)

    if await app.store.write(count) > PER_ACCOUNT:
        raise TooMany("Too many attempts. Wait a minute, then try again.", 60 - now.second)


def _stored(me: Staff) -> Form:
    return Form([("name", me.teammate.name), ("lang", me.teammate.lang or "")])


def _shown(request: Request, me: Staff, form: Form, status: int = 200) -> Response:
    return page(
        request,
        "settings/me.html",
        me,
        status,
        section="settings",
        place="me",
        form=form,
        languages=[("", N_("As my browser asks for")), *NAMES.items()],
    )
