"""What needs a person, for programs (scope `inbox`): the list, and what a teammate does about a line of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request

from warmline.actions import mend_need as mend
from warmline.domain.effect import Attempt
from warmline.domain.ids import EffectId
from warmline.domain.needs import Need
from warmline.web.access import Colleague, Needs, app_of
from warmline.web.shapes import Mended, NeedRow, NeedRows

router = APIRouter(tags=["inbox"])

Me = Annotated[Colleague, Depends(Needs("inbox"))]


@router.get("/inbox/needs-person")
async def get_needs(request: Request, me: Me) -> NeedRows:
    """What does not go on by itself, the longest first; nothing is ever dropped."""
    app = app_of(request)
    found = await app.store.read(lambda tx: tx.needs(me.teammate.workspace, app.clock()))
    return {"needs": [need_row(need) for need in found]}


@router.post("/inbox/needs-person/{id}/send-again")
async def post_need_send_again(id: str, request: Request, me: Me) -> Mended:
    """Try it once more, now. What may already be there is looked up first."""
    return {"conversation": await mend.send_need_again(app_of(request), me.teammate, EffectId(id))}


@router.post("/inbox/needs-person/{id}/take")
async def post_need_take(id: str, request: Request, me: Me) -> Mended:
    """Answer it here. 409 `unknown` while it may already be there: then it is looked up first."""
    return {"conversation": await mend.take_need(app_of(request), me.teammate, EffectId(id))}


@router.post("/inbox/needs-person/{id}/not-there")
async def post_need_not_there(id: str, request: Request, me: Me) -> Mended:
    """Somebody has looked in the helpdesk itself: there is no such ticket."""
    return {"conversation": await mend.looked_by_hand(app_of(request), me.teammate, EffectId(id))}


@router.post("/inbox/needs-person/{id}/settle")
async def post_need_settle(id: str, request: Request, me: Me) -> Mended:
    """A mail or a follow-up that was settled some other way. 409 `owed` for a handoff."""
    return {"conversation": await mend.settle_need(app_of(request), me.teammate, EffectId(id))}


def need_row(need: Need) -> NeedRow:
    return {
        "id": need.id,
        "kind": need.kind.value,
        "conversation": need.conversation,
        "helpdesk": need.helpdesk,
        "since": need.since.isoformat(),
        "why": need.why,
        "tries": need.tries,
        "may_exist": need.open_attempt is not Attempt.NONE,
    }
