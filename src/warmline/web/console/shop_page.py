"""Settings → Shop: its name, language, time zone, the pages that may show the widget."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.change_settings import change_settings, seen
from warmline.domain.wording import LANGUAGES
from warmline.domain.workspace import Workspace, origin, parse_workspace
from warmline.errors import Conflict, Invalid
from warmline.store.calendars import holidays_of
from warmline.web.access import app_of
from warmline.web.console.forms import Form, read_form
from warmline.web.console.language import N_, NAMES
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import page, redirect

router = console_router()

Me = Annotated[Staff, Depends(May("settings"))]
PATH = "/settings/shop"
TABLES = ("workspace",)
STARTERS = 4


@router.get(PATH)
async def get_shop(request: Request, me: Me) -> Response:
    """As it is."""
    return _shown(request, me, _stored(me.workspace))


@router.post(PATH)
async def post_shop(request: Request, me: Me) -> Response:
    """Save it, or say beside each field what is in the way."""
    form = await read_form(request)
    wanted = None if form.restored else _wanted(form, me.workspace)
    if wanted is None:
        return _shown(request, me, form, 200 if form.restored else 422)
    try:
        await change_settings(app_of(request), wanted, TABLES, form.text("seen"))
    except Conflict as error:
        if error.code != "changed":
            raise
        form.wrong("conflict", N_("Somebody else saved in the meantime. Their values are shown beside yours."))
        return _shown(request, me, form, 409)
    return redirect(request, PATH, N_("Saved."))


def _stored(workspace: Workspace) -> Form:
    pairs = [
        ("name", workspace.name),
        ("locale", workspace.locale),
        ("timezone", workspace.timezone),
        ("origins", "\n".join(workspace.origins)),
        ("privacy_url", workspace.privacy_url or ""),
        ("agent", "on" if workspace.agent else ""),
    ]
    return Form(pairs + [(f"starter.{n}", text) for n, text in enumerate(workspace.starters)])


def _wanted(form: Form, workspace: Workspace) -> Workspace | None:
    table = dict(workspace.tables.get("workspace", {})) | _table(form, workspace)
    for name in ("privacy_url", "starters"):
        if not table[name]:
            del table[name]
    if form.errors:
        return None
    known = {"id": workspace.id, "revision": workspace.revision, "knowledge_revision": workspace.knowledge_revision}
    try:
        return parse_workspace(dict(workspace.tables) | {"workspace": table}, holidays_of, **known)
    except Invalid as error:
        form.wrong((error.field or "").rpartition(".")[2] or "name", str(error))
        return None


def _table(form: Form, workspace: Workspace) -> dict[str, Any]:
    zone = form.text("timezone")
    if zone not in _zones():
        form.wrong("timezone", N_("Choose a time zone of the list, such as Europe/Warsaw."))
    address = form.text("privacy_url")
    if address and not address.startswith(("https://", "http://")):
        form.wrong("privacy_url", N_("Enter an address that begins with https://."))
    starters = [form.shorter(f"starter.{n}", form.text(f"starter.{n}"), 200) for n in range(STARTERS)]
    return {
        "name": form.needed("name", N_("Give the shop a name."), 100),
        "site": workspace.site,  # stays, also when it was made of the name
        "locale": form.text("locale"),
        "timezone": zone,
        "origins": _origins(form),
        "privacy_url": address,
        "agent": form.flag("agent"),
        "starters": [text for text in starters if text],
    }


def _origins(form: Form) -> list[str]:
    found = []
    for line in form.text("origins").replace(",", "\n").split():
        # People paste the address of a page: its origin is meant.
        parts = line.split("/", 3)
        try:
            found.append(origin("/".join(parts[:3])))
        except Invalid:
            form.wrong("origins", N_("“%(text)s” is no address such as https://shop.example.", text=line[:80]))
    return list(dict.fromkeys(found))


def _shown(request: Request, me: Staff, form: Form, status: int = 200) -> Response:
    stored = _stored(me.workspace)
    locales = dict.fromkeys([*LANGUAGES, me.workspace.locale])
    return page(
        request,
        "settings/shop.html",
        me,
        status,
        section="settings",
        place="shop",
        form=form,
        stored=stored,
        conflict="conflict" in form.errors,
        seen=seen(me.workspace.tables, TABLES) if status == 409 or not form.has("seen") else form.text("seen"),
        locales=[(tag, NAMES.get(tag, tag)) for tag in locales],
        zones=_zones(),
        starters=range(STARTERS),
    )


@lru_cache(maxsize=1)
def _zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
