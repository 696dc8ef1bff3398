"""The Inbox: who waits, one conversation, and what a teammate does with it. Plain forms; scripts only make it live."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions import reply_as_teammate as team
from warmline.actions.keep_inbox_open import keep_inbox_open
from warmline.actions.set_alerts import set_alerts
from warmline.domain.ids import ConversationId
from warmline.domain.owner import CloseReason
from warmline.errors import Conflict, Invalid, WarmlineError
from warmline.store.base import Transaction
from warmline.web.access import app_of, door_of
from warmline.web.console.forms import Form, read_form
from warmline.web.console.inbox_data import (
    CLOSE_REASONS,
    REASONS,
    TABS,
    TITLES,
    Listed,
    Opened,
    Tab,
    helpdesk_title,
    owner_name,
    read_list,
    read_one,
)
from warmline.web.console.inbox_stream import inbox_stream
from warmline.web.console.language import N_, Said
from warmline.web.console.needs_page import why_of
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import Place, page, redirect
from warmline.web.console.when import HELPERS

router = console_router()

Me = Annotated[Staff, Depends(May("inbox"))]
Show = Annotated[Tab, Query()]
Before = Annotated[str | None, Query(max_length=200)]
Act = Callable[[ConversationId], Awaitable[object]]

CONFLICTS: Mapping[str, Said] = {
    "closed": N_("This conversation is closed."),
    "not_taken": N_("Accept the conversation first."),
    "owed": N_("A ticket is still owed for this conversation. Accept it first."),
    "open": N_("This conversation is open already."),
    "not_stuck": N_("This handoff is not stuck any more."),
    "unknown": N_("This handoff may already be a ticket there. It is being looked up; try again shortly."),
    "client_id": N_("This was sent already. Reload the page."),
}


@router.get("/inbox")
async def get_inbox(request: Request, me: Me, show: Show = "waiting", before: Before = None) -> Response:
    """One tab, and nothing opened yet."""
    return await _shown(request, me, show, before=before)


@router.get("/inbox/stream")
async def get_stream(request: Request, me: Me, id: Annotated[str | None, Query(max_length=80)] = None) -> Response:
    """Hints that something changed here; the page then reads itself again."""
    return await inbox_stream(request, me, ConversationId(id) if id else None)


@router.post("/inbox/alerts")
async def post_alerts(request: Request, me: Me) -> Response:
    """Mail me when somebody waits and nobody has the Inbox open, or do not."""
    form = await read_form(request)
    wanted = form.text("alerts") == "on"
    await set_alerts(app_of(request), me.teammate, wanted)
    done = (
        N_("You get a mail when somebody waits and nobody is here.") if wanted else N_("No more mails about waiting.")
    )
    return redirect(request, "/inbox", done)


@router.get("/inbox/{id}")
async def get_conversation(request: Request, id: str, me: Me, show: Show = "open", before: Before = None) -> Response:
    """The conversation beside its tab."""
    return await _shown(request, me, show, id, before=before)


@router.post("/inbox/{id}/accept")
async def post_accept(request: Request, id: str, me: Me, show: Show = "waiting") -> Response:
    """Take it: one winner. The second is told who has it, and stays on the list."""
    await read_form(request)
    try:
        await team.take_conversation(app_of(request), me.teammate, ConversationId(id))
    except Conflict as conflict:
        if conflict.code != "taken":
            return await _refused(request, me, id, show, conflict)
        name = await app_of(request).store.read(lambda tx: owner_name(tx, me, id))
        return redirect(request, f"/inbox?show={show}", N_("%(name)s took this one.", name=name or ""), "warn")
    return redirect(request, _path(id, show))


@router.post("/inbox/{id}/reply")
async def post_reply(request: Request, id: str, me: Me, show: Show = "open") -> Response:
    """Speak to the shopper; `then` closes with this reason."""
    form = await read_form(request)
    if form.restored:
        return await _shown(request, me, show, id, typed=form.text("text"))
    text, key = form.text("text"), form.text("client_id") or None
    app, then = app_of(request), form.text("then")

    async def act(conversation: ConversationId) -> None:
        await team.reply_as_teammate(app, me.teammate, conversation, text, key)
        if then in CLOSE_REASONS:
            await team.close_conversation(app, me.teammate, conversation, CloseReason(then))

    return await _done(request, me, id, show, act, form)


@router.post("/inbox/{id}/note")
async def post_note(request: Request, id: str, me: Me, show: Show = "open") -> Response:
    """For the team only."""
    form = await read_form(request)
    if form.restored:
        return await _shown(request, me, show, id, typed=form.text("text"))
    text, key, app = form.text("text"), form.text("client_id") or None, app_of(request)
    return await _done(request, me, id, show, lambda it: team.note_conversation(app, me.teammate, it, text, key), form)


@router.post("/inbox/{id}/close")
async def post_close(request: Request, id: str, me: Me, show: Show = "open") -> Response:
    """End it with a reason."""
    form = await read_form(request)
    reason = form.text("reason")
    if reason not in CLOSE_REASONS:
        raise Invalid("Choose a reason.", "reason")
    return await _done(
        request,
        me,
        id,
        show,
        lambda it: team.close_conversation(app_of(request), me.teammate, it, CloseReason(reason)),
    )


@router.post("/inbox/{id}/hand-back")
async def post_hand_back(request: Request, id: str, me: Me, show: Show = "open") -> Response:
    """Back to the assistant."""
    await read_form(request)
    return await _done(request, me, id, show, lambda it: team.hand_back(app_of(request), me.teammate, it))


@router.post("/inbox/{id}/reopen")
async def post_reopen(request: Request, id: str, me: Me, show: Show = "open") -> Response:
    """Open a closed one again, as one's own."""
    await read_form(request)
    return await _done(request, me, id, show, lambda it: team.reopen_conversation(app_of(request), me.teammate, it))


@router.post("/inbox/{id}/send-again")
async def post_send_again(request: Request, id: str, me: Me, show: Show = "open") -> Response:
    """Try a stuck ticket once more."""
    await read_form(request)
    return await _done(request, me, id, show, lambda it: team.send_again(app_of(request), me.teammate, it))


@router.post("/inbox/{id}/typing")
async def post_typing(request: Request, id: str, me: Me) -> Response:
    """For the shopper who looks, and for colleagues; kept by nobody."""
    await read_form(request)
    app = app_of(request)
    found = await app.store.read(lambda tx: tx.conversation(me.workspace.id, ConversationId(id)))
    if found.owner.id == me.teammate.id:
        await app.live.tell(found.id, {"kind": "typing", "by": "teammate", "name": me.teammate.name})
    return Response(status_code=204)


async def _done(request: Request, me: Staff, id: str, show: Tab, act: Act, form: Form | None = None) -> Response:
    """Do it and show the conversation again; when it cannot be done, say why beside what was typed."""
    try:
        await act(ConversationId(id))
    except (Conflict, Invalid) as error:
        return await _refused(request, me, id, show, error, form)
    return redirect(request, _path(id, show))


async def _refused(
    request: Request, me: Staff, id: str, show: Tab, error: WarmlineError, form: Form | None = None
) -> Response:
    taken = isinstance(error, Conflict) and error.code == "taken"
    if taken:
        name = await app_of(request).store.read(lambda tx: owner_name(tx, me, id))
        why: Said | str = N_("%(name)s took this one.", name=name or "")
    else:
        why = CONFLICTS.get(error.code, str(error)) if isinstance(error, Conflict) else str(error)
    status = 409 if isinstance(error, Conflict) else 422
    return await _shown(request, me, show, id, status, error=why, typed=form.text("text") if form else "")


async def _shown(
    request: Request,
    me: Staff,
    tab: Tab,
    id: str | None = None,
    status: int = 200,
    before: str | None = None,
    error: Said | str | None = None,
    typed: str = "",
) -> Response:
    door = door_of(request)
    if me.teammate.available_until is not None and not me.available:
        # Their status is Available, and the Inbox was closed for a while: here they are again.
        await keep_inbox_open(door.app, me.teammate)
        me = replace(me, available=True)

    def load(tx: Transaction) -> tuple[Listed, Opened | None, bool]:
        listed = read_list(door, tx, me, tab, before, id)
        return listed, read_one(door, tx, me, id) if id else None, tx.wants_alerts(me.teammate.id)

    listed, opened, alerts = await door.app.store.read(load)
    context: dict[str, Any] = {
        "listed": listed,
        "it": opened,
        "tab": tab,
        "tabs": TABS,
        "title": TITLES[tab],
        "reasons": REASONS,
        "close_reasons": CLOSE_REASONS,
        "helpdesk_title": helpdesk_title,
        "alerts": alerts,
        "mail": door.app.mail is not None,
        "error": error,
        "typed": typed,
        "subplaces": subplaces(listed.counts),
        "need_why": why_of(opened.need) if opened and opened.need else None,
        **HELPERS,
    }
    return page(request, "inbox/page.html", me, status, section="inbox", place=tab, **context)


def subplaces(counts: Mapping[str, int]) -> list[Place]:
    """The tabs as the rail shows them under Inbox."""
    return [
        Place(tab, f"/inbox?show={tab}", title, count=None if tab == "closed" else counts[tab]) for tab, title in TABS
    ]


def _path(id: str, show: Tab) -> str:
    return f"/inbox/{id}?show={show}"
