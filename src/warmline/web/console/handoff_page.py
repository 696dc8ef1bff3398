"""Settings → Agent handoff: one method, what shoppers will see, and nothing saved that cannot work."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.change_settings import change_settings, seen
from warmline.actions.connect_integration import HELPDESK
from warmline.actions.send_test_handoff import send_test_handoff
from warmline.domain.handoff import INBOX, MAX_LINKS
from warmline.domain.office_hours import DAYS
from warmline.domain.wording import say
from warmline.domain.workspace import Workspace
from warmline.errors import Conflict, HelpdeskError, Invalid
from warmline.store.base import Transaction
from warmline.store.calendars import countries
from warmline.web.access import app_of
from warmline.web.console.forms import Form, read_form, whole
from warmline.web.console.handoff_form import (
    SECOND_AFTER,
    TABLES,
    TEXTS,
    WAITS,
    field_of,
    languages_of,
    slots_shown,
    stored_form,
    workspace_from,
)
from warmline.web.console.language import N_, Language, Said
from warmline.web.console.preview import TIMES, preview_of
from warmline.web.console.routes import console_router
from warmline.web.console.session import MayNot, Staff, staff
from warmline.web.console.shell import is_partial, page, partial, redirect

router = console_router()

Me = Annotated[Staff, Depends(staff)]
PATH = "/settings/handoff"
SAVED = N_("Saved. New handoffs use this now.")
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """A helpdesk to choose: `state` is ready, none (not connected) or paused."""

    name: str
    title: str
    state: str
    why: str = ""
    waiting: int = 0


@router.get(PATH)
async def get_handoff(request: Request, me: Me) -> Response:
    """The settings as they are. `?helpdesk=` chooses one that was connected just now."""
    _must_see(me)
    form = stored_form(me.workspace)
    chosen = request.query_params.get("helpdesk")
    if chosen and not _read_only(me):
        form.pairs = [("method", "ticket"), ("helpdesk", chosen), *form.pairs]
    return await _shown(request, me, form)


@router.post(PATH)
async def post_handoff(request: Request, me: Me) -> Response:
    """Save, or show what is in the way with everything that was typed."""
    _must_change(me)
    form = await read_form(request)
    if form.restored:
        return await _shown(request, me, form)
    wanted = workspace_from(form, me.workspace)
    if wanted is None:
        return await _shown(request, me, form, 422)
    before = form.text("theirs") if form.text("keep") == "mine" else form.text("seen")
    try:
        await change_settings(app_of(request), wanted, TABLES, before)
    except Invalid as error:
        field = field_of(error.field or "")
        form.wrong(field, await _refusal(request, me, form, error, "second" if field == "second" else "helpdesk"))
        return await _shown(request, me, form, 422)
    except Conflict as error:
        if error.code != "changed":
            raise
        return await _conflict(request, me, form, wanted)
    links = (
        [("/dashboard", N_("Resolution rate").text), ("/dashboard", N_("Routed to team").text)]
        if me.may("reports")
        else []
    )
    return redirect(request, PATH, SAVED, links=links)


@router.post(f"{PATH}/preview")
async def post_preview(request: Request, me: Me) -> Response:
    """What shoppers would see, and whether it can be saved; the whole page for browsers without scripts."""
    _must_see(me)
    form = await read_form(request)
    if not is_partial(request):
        return await _shown(request, me, form)
    return partial(request, "settings/handoff_live.html", me, **await _context(request, me, form))


@router.post(f"{PATH}/test")
async def post_test(request: Request, me: Me) -> Response:
    """A marked handoff by the saved method; the receipt says where it is."""
    _must_change(me)
    await read_form(request)
    try:
        made = await send_test_handoff(app_of(request), me.workspace.id, me.teammate)
    except (HelpdeskError, Invalid) as error:
        failed = N_("The test handoff did not arrive: %(why)s", why=str(error))
        return redirect(request, PATH, failed, kind="bad")
    if me.workspace.helpdesk == INBOX:
        link = [(f"/inbox/{made.id}", N_("Open it").text)]
        return redirect(request, PATH, N_("The test handoff waits in the Inbox. It counts in no figure."), links=link)
    receipt = N_(
        "%(name)s has the test ticket: %(reference)s. It counts in no figure.",
        name=TITLES.get(me.workspace.helpdesk, me.workspace.helpdesk),
        reference=made.reference or made.id,
    )
    return redirect(request, PATH, receipt, links=[(made.url, N_("Open it").text)] if made.url else [])


TITLES = {"zendesk": "Zendesk", "gorgias": "Gorgias", "email": "E-mail", "webhook": "Webhook", "klaviyo": "Klaviyo"}


def _must_see(me: Staff) -> None:
    """Whoever works with handoffs may read how they go; only some may change it."""
    if not (me.may("settings") or me.may("inbox")):
        raise MayNot("settings")


def _must_change(me: Staff) -> None:
    if _read_only(me):
        raise MayNot("settings")


def _read_only(me: Staff) -> bool:
    return not me.may("settings")


async def _refusal(request: Request, me: Staff, form: Form, error: Invalid, field: str) -> Said | str:
    name = form.text(field)
    desks = await _desks(request, me)
    if any(each.name == name and each.state == "none" for each in desks):
        return N_("Connect %(name)s first", name=TITLES.get(name, name))
    return str(error)


async def _shown(request: Request, me: Staff, form: Form, status: int = 200) -> Response:
    return page(request, "settings/handoff.html", me, status, **await _context(request, me, form))


async def _context(request: Request, me: Staff, form: Form) -> dict[str, Any]:
    app, workspace = app_of(request), me.workspace
    desks = await _desks(request, me)
    chosen = next((each for each in desks if each.name == form.text("helpdesk")), desks[0])
    available = await app.store.read(lambda tx: _available(tx, workspace, app.clock()))
    return {
        "section": "settings",
        "place": "handoff",
        "form": form,
        "read_only": _read_only(me),
        "desks": desks,
        "blocked": chosen if form.text("method") != "message" and chosen.state == "none" else None,
        "seen": form.text("seen") or seen(workspace.tables, TABLES),
        "texts": languages_of(workspace),
        "defaults": _defaults,
        "max_links": MAX_LINKS,
        "days": list(enumerate(zip(DAYS, me.language.weekdays(), strict=True))),
        "slots_shown": slots_shown,
        "waits": _waits(form, me.language),
        "seconds": [("", N_("Nobody")), *((each.name, each.title) for each in desks if each.state != "none")],
        "seconds_after": _seconds_after(form, me.language),
        "countries": await _countries(form, me.language),
        "available": available,
        "is_open": workspace.hours.is_open(app.clock()),
        "preview": preview_of(form, workspace, me.language.tag, app.mail is not None, app.clock()),
        "preview_times": TIMES,
        "has_mail": app.mail is not None,
    }


async def _desks(request: Request, me: Staff) -> list[Desk]:
    app = app_of(request)

    def load(tx: Transaction) -> list[Desk]:
        there = {each.name: each for each in tx.integrations(me.workspace.id) if each.kind == HELPDESK}
        found = [Desk(INBOX, me.language.say(N_("Warmline Inbox")), "ready")]
        for name in sorted({*app.desks.known(), *there}, key=lambda each: (each != "zendesk", each)):
            integration = there.get(name)
            state = "none" if integration is None else "paused" if integration.paused_why else "ready"
            why = (integration.paused_why or "") if integration else ""
            found.append(Desk(name, TITLES.get(name, name), state, why, tx.owed_to(me.workspace.id, name)))
        return found

    return await app.store.read(load)


def _available(tx: Transaction, workspace: Workspace, now: datetime) -> list[str]:
    """Who would be asked first: teammates with the status Available."""
    return [
        each.name
        for each in tx.teammates(workspace.id)
        if each.available_until and each.available_until > now and each.role.value != "analyst"
    ]


def _defaults(name: str, lang: str) -> str:
    """What shoppers read while a text is empty."""
    if name == "message":
        return say("custom", lang)
    return say(name, lang)


def _waits(form: Form, spoken: Language) -> list[tuple[int, str]]:
    current = min(whole(form.text("wait")) or 120, 86_400)
    return [(each, spoken.duration(timedelta(seconds=each))) for each in sorted({*WAITS, current})]


def _seconds_after(form: Form, spoken: Language) -> list[tuple[str, str]]:
    current = min(whole(form.text("second_after")) or SECOND_AFTER[1], 7 * 24 * 60)
    return [(str(each), spoken.duration(timedelta(minutes=each))) for each in sorted({*SECOND_AFTER, current})]


async def _countries(form: Form, spoken: Language) -> list[tuple[str, str | Said]]:
    """By name; a region that a set-up file named stays in the list."""
    codes = await asyncio.to_thread(countries)
    named: list[tuple[str, str | Said]] = sorted(
        ((code, spoken.country(code)) for code in codes), key=lambda each: str(each[1])
    )
    current = form.text("holidays")
    extra = [(current, current)] if current and current not in codes else []
    return [("", N_("None")), *extra, *named]


# Two people changed it


async def _conflict(request: Request, me: Staff, form: Form, wanted: Workspace) -> Response:
    """Both versions, field by field; nothing was saved."""
    theirs = stored_form(me.workspace)
    rows = list(_differences(theirs, stored_form(wanted)))
    return page(
        request,
        "conflict.html",
        me,
        409,
        section="settings",
        place="handoff",
        title=N_("Agent handoff"),
        lead=N_("Nothing of yours is saved yet. These settings differ:"),
        action=PATH,
        leave=PATH,
        form=form,
        rows=rows,
        theirs=seen(me.workspace.tables, TABLES),
        pairs=[pair for pair in form.pairs if pair[0] not in {"seen", "theirs", "keep"}],
    )


def _differences(theirs: Form, mine: Form) -> Sequence[tuple[Said | str, str, str]]:
    names = dict.fromkeys(name for name, _ in (*theirs.pairs, *mine.pairs))
    return [
        (_label(name), theirs.text(name), mine.text(name)) for name in names if theirs.text(name) != mine.text(name)
    ]


def _label(name: str) -> Said | str:
    key, _, rest = name.partition(".")
    said = _LABELS.get(key)
    if said is None:
        return name
    if key in TEXTS:
        return N_("%(what)s (%(language)s)", what=said, language=rest)
    return said


_LABELS = {
    "method": N_("Method"),
    "helpdesk": N_("Helpdesk"),
    "agent": N_("Assistant answers"),
    "wait": N_("Wait before “away”"),
    "second": N_("Second destination"),
    "second_after": N_("It takes over after"),
    "greeting": N_("Greeting"),
    "auto_reply": N_("Auto-reply"),
    "away": N_("Office-hours message"),
    "message": N_("Custom message"),
    "link": N_("Links"),
    "hours": N_("Office hours"),
    "slot": N_("Office hours"),
    "holidays": N_("Holidays"),
}
