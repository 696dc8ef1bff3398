"""The Inbox for programs: who waits, the whole conversation, and what a teammate does with it (scope `inbox`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions import reply_as_teammate as team
from warmline.actions.request_handoff import request_handoff
from warmline.domain.conversation import Conversation
from warmline.domain.ids import ConversationId
from warmline.domain.owner import CloseReason
from warmline.store.base import Transaction
from warmline.web.access import Colleague, Needs, app_of, door_of
from warmline.web.body import CLIENT_ID, Body, body_of, takes
from warmline.web.inbox_view import place_after, place_in, row_of, rows_of, trace_of, whole_of
from warmline.web.shapes import Changed, Counts, Row, Rows, Said, TeamWindow, Trace, Whole
from warmline.web.stream import MAX_CURSOR, MAX_WAIT
from warmline.web.team_stream import SSE, counts_of, inbox_frames, team_window

router = APIRouter(tags=["inbox"])

T = TypeVar("T")

Me = Annotated[Colleague, Depends(Needs("inbox"))]
TEXT = Field(max_length=64 * 1024)
"""The rule on the length of a message is the domain's, and so are its words."""


class ReplyBody(Body):
    text: str = TEXT
    client_id: str | None = Field(None, pattern=CLIENT_ID)


class NoteBody(ReplyBody):
    """Of the same shape as a reply."""


class CloseBody(Body):
    reason: Literal["answered", "not_needed", "could_not_help", "spam"]


@router.get("/conversations")
async def get_conversations(
    request: Request,
    me: Me,
    show: Literal["waiting", "mine", "open", "closed", "all"] = "waiting",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(max_length=200)] = None,
) -> Rows:
    """One tab of the Inbox: who waits longest first, then the latest. `next` is `before` of the next page."""
    place = place_in(before) if before is not None else None

    def load(tx: Transaction) -> Rows:
        found = tx.inbox_page(me.teammate.workspace, show, me.teammate.id, limit + 1, place)
        shown = found[:limit]
        return {
            "conversations": rows_of(door_of(request), tx, shown),
            "next": place_after(shown[-1]) if len(found) > limit else None,
        }

    return await app_of(request).store.read(load)


@router.get("/conversations/{id}")
async def get_conversation(id: str, request: Request, me: Me) -> Whole:
    """The whole log with notes, and why it was handed over."""
    return await _read(request, me, id, lambda tx, found: whole_of(door_of(request), tx, found))


@router.get("/conversations/{id}/events")
async def get_team_events(
    id: str,
    request: Request,
    me: Me,
    after: Annotated[int, Query(ge=0, le=MAX_CURSOR)] = 0,
    wait: Annotated[float, Query(ge=0, le=MAX_WAIT, allow_inf_nan=False)] = 0,
) -> TeamWindow:
    """The log after a cursor, at most 500 events. With `wait`, a long poll that ends at the first change."""
    return await team_window(request, me, ConversationId(id), after, wait)


@router.get("/conversations/{id}/turns/{seq}")
async def get_turn(id: str, seq: Annotated[int, Path(ge=1, le=MAX_CURSOR)], request: Request, me: Me) -> Trace:
    """How an answer came about: `seq` is the answer's, or its question's."""
    return await _read(request, me, id, lambda tx, found: trace_of(tx, found, seq))


@router.post("/conversations/{id}/accept")
async def post_accept(id: str, request: Request, me: Me) -> Changed:
    """Take a waiting conversation: one winner, the second gets 409 `taken` and the winner's name."""
    await team.take_conversation(app_of(request), me.teammate, ConversationId(id))
    return await _changed(request, me, id)


@router.post("/conversations/{id}/take-over")
async def post_take_over(id: str, request: Request, me: Me) -> Changed:
    """Take it from the agent. A shopper who asked for nobody meets a person (reason `by_teammate`)."""
    await team.take_conversation(app_of(request), me.teammate, ConversationId(id))
    return await _changed(request, me, id)


@router.post("/conversations/{id}/reply", openapi_extra=takes(ReplyBody))
async def post_reply(
    id: str, request: Request, me: Me, body: Annotated[ReplyBody, Depends(body_of(ReplyBody))]
) -> Said:
    """Speak to the shopper; takes the conversation when nobody has it. The same `client_id`: the first result."""
    _, seq = await team.reply_as_teammate(app_of(request), me.teammate, ConversationId(id), body.text, body.client_id)
    return {"seq": seq, "conversation": await _row(request, me, id)}


@router.post("/conversations/{id}/note", openapi_extra=takes(NoteBody))
async def post_note(id: str, request: Request, me: Me, body: Annotated[NoteBody, Depends(body_of(NoteBody))]) -> Said:
    """An internal note; shoppers never see it. The same `client_id`: the first result."""
    _, seq = await team.note_conversation(app_of(request), me.teammate, ConversationId(id), body.text, body.client_id)
    return {"seq": seq, "conversation": await _row(request, me, id)}


@router.post("/conversations/{id}/close", openapi_extra=takes(CloseBody))
async def post_close(
    id: str, request: Request, me: Me, body: Annotated[CloseBody, Depends(body_of(CloseBody))]
) -> Changed:
    """End it with a reason. Closed already: nothing changes."""
    await team.close_conversation(app_of(request), me.teammate, ConversationId(id), CloseReason(body.reason))
    return await _changed(request, me, id)


@router.post("/conversations/{id}/hand-back")
async def post_hand_back(id: str, request: Request, me: Me) -> Changed:
    """Give it back to the agent, as a new episode."""
    await team.hand_back(app_of(request), me.teammate, ConversationId(id))
    return await _changed(request, me, id)


@router.post("/conversations/{id}/reopen")
async def post_reopen(id: str, request: Request, me: Me) -> Changed:
    """Open a closed conversation again, as one's own."""
    await team.reopen_conversation(app_of(request), me.teammate, ConversationId(id))
    return await _changed(request, me, id)


@router.post("/conversations/{id}/send-again")
async def post_send_again(id: str, request: Request, me: Me) -> Changed:
    """Try a stuck ticket once more."""
    await team.send_again(app_of(request), me.teammate, ConversationId(id))
    return await _changed(request, me, id)


@router.post("/conversations/{id}/handoff")
async def post_handoff_by_program(id: str, request: Request, me: Me) -> Changed:
    """Ask for people as the shopper would (reason `api`); again is the same handoff."""
    await request_handoff(app_of(request), me.teammate.workspace, ConversationId(id))
    return await _changed(request, me, id)


@router.post("/conversations/{id}/typing", status_code=204, response_class=Response)
async def post_team_typing(id: str, request: Request, me: Me) -> Response:
    """The teammate is typing; for the shopper who looks, kept by nobody."""
    found = await _read(request, me, id, lambda tx, found: found)
    hint = {"kind": "typing", "by": "teammate", "name": me.teammate.name}
    await app_of(request).live.tell(found.id, hint)
    return Response(status_code=204)


@router.get("/inbox/counts")
async def get_counts(request: Request, me: Me) -> Counts:
    """How many wait, are open, are stuck, are owed to a helpdesk, need a person."""
    app = app_of(request)
    return await app.store.read(lambda tx: counts_of(tx, me.teammate.workspace, app.clock()))


@router.get("/inbox/stream", response_class=Response, responses=SSE)
async def get_inbox_stream(request: Request, me: Me) -> Response:
    """Server-sent events for the team; it stays open. First the counts as they are."""
    return inbox_frames(request, me)


async def _changed(request: Request, me: Colleague, id: str) -> Changed:
    return {"conversation": await _row(request, me, id)}


async def _row(request: Request, me: Colleague, id: str) -> Row:
    return await _read(request, me, id, lambda tx, found: row_of(door_of(request), tx, found))


async def _read(request: Request, me: Colleague, id: str, view: Callable[[Transaction, Conversation], T]) -> T:
    """A view of one of the workspace's conversations. Raises NotFound, also for another workspace's."""
    workspace = me.teammate.workspace
    return await app_of(request).store.read(lambda tx: view(tx, tx.conversation(workspace, ConversationId(id))))
