"""Inbox → Needs a person: what does not go on by itself, why, since when, what was tried, and what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions import mend_need as mend
from warmline.domain.effect import Attempt, EffectKind
from warmline.domain.ids import ConversationId, EffectId
from warmline.domain.needs import Need, NeedKind
from warmline.errors import Conflict, Invalid, NotFound
from warmline.store.base import Transaction
from warmline.store.statements import moment
from warmline.web.access import app_of, door_of
from warmline.web.console.forms import read_form
from warmline.web.console.inbox_data import helpdesk_title
from warmline.web.console.language import N_, Said
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import page, redirect
from warmline.web.door import Door
from warmline.web.inbox_view import rows_of

router = console_router()

Me = Annotated[Staff, Depends(May("inbox"))]
PATH = "/inbox/needs-person"
TRIES_SHOWN = 3

WHY: Mapping[NeedKind, Said] = {
    NeedKind.REFUSED: N_("%(desk)s refused this ticket for good. The shopper waits."),
    NeedKind.UNKNOWN: N_(
        "Unknown at %(desk)s: a try has no clear end, so a ticket may be there. It is being looked up."
    ),
    NeedKind.PAUSED: N_("It waits for the connection to %(desk)s, and goes out when that is mended."),
    NeedKind.LATE: N_("%(desk)s has not taken it for over an hour. It is tried on, for seven days."),
    NeedKind.FOLLOW_UP: N_("What the shopper wrote last could not be added to the ticket at %(desk)s."),
    NeedKind.DOUBLED: N_("A second ticket was made for one handoff. Merge it there: two people may be answering."),
    NeedKind.RECEIPT: N_("The shopper could not be told by e-mail that their ticket has arrived."),
    NeedKind.MAIL: N_("A reply of your team could not be mailed to the shopper."),
}
OVER = N_("Unknown at %(desk)s: a try has no clear end, so a ticket may be there, and it could not be looked up.")
CONFLICTS: Mapping[str, Said] = {
    "unknown": N_("It may already be there. It is being looked up now; this list says what was found."),
    "not_unknown": N_("Nothing is unknown here any more."),
    "not_stuck": N_("This handoff is not stuck any more."),
    "closed": N_("This conversation is closed."),
}


@dataclass(frozen=True, slots=True)
class Tried:
    at: datetime
    where: str
    result: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line, with the person it is about."""

    need: Need
    why: Said
    name: str | None
    first_line: str
    key: str
    tried: tuple[Tried, ...]

    @property
    def may_exist(self) -> bool:
        return self.need.open_attempt is not Attempt.NONE

    @property
    def may_send(self) -> bool:
        return self.need.kind is not NeedKind.DOUBLED and (self.need.kind is not NeedKind.UNKNOWN or self.need.is_over)

    @property
    def is_handoff(self) -> bool:
        return self.need.effect is EffectKind.TICKET


@router.get(PATH)
async def get_needs(request: Request, me: Me) -> Response:
    """The list, the longest first."""
    return await _shown(request, me)


@router.post(PATH + "/{id}/send-again")
async def post_send_again(request: Request, id: str, me: Me) -> Response:
    """Try it once more."""
    said = N_("It is on its way again. What may already be there is looked up first.")
    return await _done(request, me, lambda: mend.send_need_again(app_of(request), me.teammate, EffectId(id)), said)


@router.post(PATH + "/{id}/take")
async def post_take(request: Request, id: str, me: Me) -> Response:
    """Answer it here."""
    return await _done(request, me, lambda: mend.take_need(app_of(request), me.teammate, EffectId(id)))


@router.post(PATH + "/{id}/not-there")
async def post_not_there(request: Request, id: str, me: Me) -> Response:
    """They looked in the helpdesk themselves."""
    said = N_("Noted: there is no ticket. Now send it again, or take it here.")
    return await _done(request, me, lambda: mend.looked_by_hand(app_of(request), me.teammate, EffectId(id)), said)


@router.post(PATH + "/{id}/settle")
async def post_settle(request: Request, id: str, me: Me) -> Response:
    """Settled some other way."""
    said = N_("Noted as settled.")
    return await _done(request, me, lambda: mend.settle_need(app_of(request), me.teammate, EffectId(id)), said)


async def _done(
    request: Request, me: Staff, act: Callable[[], Awaitable[ConversationId]], said: Said | None = None
) -> Response:
    await read_form(request)
    try:
        conversation = await act()
    except (Conflict, Invalid) as error:
        code = error.code if isinstance(error, Conflict) else ""
        return await _shown(request, me, 409 if code else 422, CONFLICTS.get(code or "", str(error)))
    except NotFound:
        return redirect(request, PATH, N_("This needs nobody any more."))
    return redirect(request, PATH, said) if said else redirect(request, f"/inbox/{conversation}?show=mine")


async def _shown(request: Request, me: Staff, status: int = 200, error: Said | str | None = None) -> Response:
    door = door_of(request)
    lines = await door.app.store.read(lambda tx: _lines(door, tx, me))
    context: dict[str, Any] = {"lines": lines, "error": error, "helpdesk_title": helpdesk_title}
    return page(request, "inbox/needs.html", me, status, section="inbox", place="needs", **context)


def _lines(door: Door, tx: Transaction, me: Staff) -> list[Line]:
    found = tx.needs(me.workspace.id, door.app.clock())
    ids = dict.fromkeys(need.conversation for need in found)
    rows = {row["id"]: row for row in rows_of(door, tx, [tx.conversation(me.workspace.id, id) for id in ids])}
    return [_line(tx, me, need, rows[need.conversation]) for need in found]


def why_of(need: Need) -> Said:
    """Why it is on the list, in one sentence."""
    why = OVER if need.kind is NeedKind.UNKNOWN and need.is_over else WHY[need.kind]
    return Said(why.text, {"desk": helpdesk_title(need.helpdesk)})


def _line(tx: Transaction, me: Staff, need: Need, row: Any) -> Line:
    # A row of the Inbox has the shape of the API's.
    visitor = row["visitor"]
    tried = [
        Tried(moment(each["started_at"]), helpdesk_title(each["helpdesk"] or need.helpdesk), each["result"] or "")
        for each in tx.attempts(me.workspace.id, need.conversation)
        if each["kind"] == need.effect.value
    ]
    return Line(
        need=need,
        why=why_of(need),
        name=visitor["name"] or visitor["email"],
        first_line=row["first_line"],
        key=f"warmline-{need.conversation}-{need.data.get('n', 1)}",
        tried=tuple(tried[-TRIES_SHOWN:]),
    )
