"""The widget API, version 1: what a shop's page may do with a visitor's token (DESIGN.md section 5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from warmline.actions.advance_handoff import advance_handoff
from warmline.actions.identify_visitor import Given, give_email, identify_visitor, skip_email
from warmline.actions.rate_answer import rate_answer
from warmline.actions.receive_message import receive_message
from warmline.actions.resume_conversation import resume_conversation
from warmline.actions.scene import Stage
from warmline.actions.start_conversation import Start, Started, greeting_of, start_conversation
from warmline.domain.handoff import INBOX
from warmline.domain.ids import SiteKey
from warmline.domain.visitor import Identity, Visitor
from warmline.domain.wording import in_language
from warmline.domain.workspace import Workspace
from warmline.errors import Invalid
from warmline.store.base import Transaction
from warmline.web.access import (
    Mine,
    ShopperConversation,
    app_of,
    check_origin,
    door_of,
    earlier_visitor,
    network_of,
    open_site,
    renewing_conversation,
    visitor_conversation,
)
from warmline.web.body import CLIENT_ID, Body, body_of, read_body, takes
from warmline.web.door import Door
from warmline.web.identity import IdentityKey, identity_keys_of, identity_secret, verify_identity
from warmline.web.shapes import Begun, EmailAnswer, Opened, Reply, Site, StateAnswer, TokenAnswer
from warmline.web.sightings import widget_seen
from warmline.web.state import stage_for, state_of
from warmline.web.stream import events, stream

router = APIRouter(prefix="/api/widget", tags=["widget"])

_LOCALE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"


class PageBody(Body):
    url: str | None = Field(None, max_length=2_000)
    title: str | None = Field(None, max_length=300)


class ConversationBody(Body):
    site: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")
    locale: str | None = Field(None, pattern=_LOCALE)
    identity: str | None = None
    page: PageBody | None = None


class MessageBody(Body):
    client_id: str = Field(pattern=CLIENT_ID)
    text: str


class HandoffBody(Body):
    choice: Literal["accept", "decline", "request"]
    handoff: int | None = None


class EmailBody(Body):
    email: str | None = Field(None, max_length=2_000)
    skip: bool = False


class HelpedBody(Body):
    seq: int = Field(ge=1, le=2**53)
    helped: bool


class IdentityBody(Body):
    identity: str


class ResumeBody(Body):
    link: str = Field(min_length=8, max_length=200)


@router.get("/sites/{site}", response_model=Site, responses={304: {"description": "As the ETag says", "content": {}}})
async def get_site(
    site: str,
    request: Request,
    workspace: Annotated[Workspace, Depends(open_site)],
    locale: Annotated[str | None, Query(pattern=_LOCALE)] = None,
) -> Response:
    """What the panel draws before a conversation exists, in the shopper's language or the shop's. Carries an ETag."""
    await widget_seen(request, workspace)
    found = await app_of(request).store.read(lambda tx: _site(tx, door_of(request), workspace, locale))
    body = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


@router.post("/conversations", status_code=201, openapi_extra=takes(ConversationBody))
async def post_conversation(
    request: Request,
    visitor: Annotated[Visitor | None, Depends(earlier_visitor)],
    body: Annotated[ConversationBody, Depends(body_of(ConversationBody))],
) -> Begun:
    """A new conversation, made at the visitor's first message."""
    app, site = app_of(request), SiteKey(body.site)
    workspace = await app.store.read(lambda tx: tx.workspace_of_site(site))
    check_origin(request, workspace)
    identity = await _identity(door_of(request), workspace, body.identity)
    page = body.page or PageBody(url=None, title=None)
    start = Start(site, body.locale, _clean(page.url), _clean(page.title), network_of(request))
    started = await start_conversation(app, start, identity, visitor)
    return await _opened(door_of(request), started)


async def post_message(request: Request) -> Response:
    """POST …/messages: 201 for a new message, 200 for one that came before (bare Starlette: hot)."""
    mine = await visitor_conversation(request)
    body = await read_body(request, MessageBody)
    seq, new = await receive_message(app_of(request), mine.visitor, mine.id, body.text, body.client_id)
    return JSONResponse({"seq": seq, "client_id": body.client_id}, 201 if new else 200, {"Cache-Control": "no-store"})


@router.post("/conversations/{id}/handoff", openapi_extra=takes(HandoffBody))
async def post_handoff(
    id: str, request: Request, mine: Mine, body: Annotated[HandoffBody, Depends(body_of(HandoffBody))]
) -> StateAnswer:
    """Yes, no, or "a person, please"; the same again is the same."""
    return _state(await advance_handoff(app_of(request), mine.visitor, mine.id, body.choice, body.handoff))


@router.post("/conversations/{id}/email", openapi_extra=takes(EmailBody))
async def post_email(
    id: str, request: Request, mine: Mine, body: Annotated[EmailBody, Depends(body_of(EmailBody))]
) -> EmailAnswer:
    """The address for the answer, or going on without one. Its echo is the confirmation."""
    app = app_of(request)
    if body.skip == (body.email is not None):
        raise Invalid("Send an e-mail address, or skip, and not both.", "email")
    if body.email is None:
        return _given(await skip_email(app, mine.visitor, mine.id))
    return _given(await give_email(app, mine.visitor, mine.id, body.email))


@router.post("/conversations/{id}/helped", openapi_extra=takes(HelpedBody))
async def post_helped(
    id: str, request: Request, mine: Mine, body: Annotated[HelpedBody, Depends(body_of(HelpedBody))]
) -> StateAnswer:
    """Did this answer help?"""
    return _state(await rate_answer(app_of(request), mine.visitor, mine.id, body.seq, body.helped))


@router.post("/conversations/{id}/identity", openapi_extra=takes(IdentityBody))
async def post_identity(
    id: str, request: Request, mine: Mine, body: Annotated[IdentityBody, Depends(body_of(IdentityBody))]
) -> StateAnswer:
    """The shopper has signed in to the shop."""
    identity = await _identity(door_of(request), mine.shopper.workspace, body.identity)
    if identity is None:
        raise Invalid("The identity token is missing.", "identity")
    return _state(await identify_visitor(app_of(request), mine.visitor, mine.id, identity))


@router.post("/conversations/{id}/typing", status_code=204, response_class=Response)
async def post_typing(id: str, request: Request, mine: Mine) -> Response:
    """The shopper is typing; for whoever looks, kept by nobody."""
    hint = {"kind": "typing", "by": "visitor", "conversation": mine.id}
    await app_of(request).live.tell(mine.id, hint)
    await app_of(request).live.tell(f"inbox:{mine.visitor.workspace}", hint)
    return Response(status_code=204)


@router.post("/conversations/{id}/token")
async def post_token(
    id: str, request: Request, mine: Annotated[ShopperConversation, Depends(renewing_conversation)]
) -> TokenAnswer:
    """A new token; the old one works five minutes more."""
    app = app_of(request)

    def renew(tx: Transaction) -> str:
        now = app.clock()
        tx.retire_token(mine.shopper.token, now)
        return tx.give_token(mine.visitor, now)

    return {"token": await app.store.write(renew)}


@router.post("/resume", openapi_extra=takes(ResumeBody))
async def post_resume(request: Request, body: Annotated[ResumeBody, Depends(body_of(ResumeBody))]) -> Opened:
    """The secret of a link in a mail → the conversation, with a token of its own."""
    app = app_of(request)
    conversation, _, token = await resume_conversation(app, body.link)
    workspace = await app.store.read(lambda tx: tx.workspace(conversation.workspace))
    check_origin(request, workspace)
    state = await app.store.read(lambda tx: state_of(stage_for(door_of(request), tx, conversation)))
    return {"conversation": {"id": conversation.id}, "state": state, "token": token, "cursor": conversation.seq}


def _hot(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> Route:
    route = Route(path, endpoint, methods=[method])
    # Starlette adds HEAD to GET: a stream without a body would stay open for nobody.
    route.methods = {method}
    return route


HOT_ROUTES = [
    _hot("/api/widget/conversations/{id}/messages", post_message, "POST"),
    _hot("/api/widget/conversations/{id}/events", events, "GET"),
    _hot("/api/widget/conversations/{id}/stream", stream, "GET"),
]


def _state(stage: Stage) -> StateAnswer:
    return {"state": state_of(stage)}


def _given(given: Given) -> EmailAnswer:
    answer: EmailAnswer = {"state": state_of(given.stage), "email": given.email.value if given.email else None}
    if given.suggestion is not None:
        answer["suggestion"] = given.suggestion.value
    return answer


async def _opened(door: Door, started: Started) -> Begun:
    conversation = started.conversation
    greeting, disclosure = greeting_of(started.workspace, in_language(conversation.locale))
    state = await door.app.store.read(lambda tx: state_of(stage_for(door, tx, conversation)))
    return {
        "conversation": {"id": conversation.id},
        "state": state,
        "token": started.token,
        "cursor": conversation.seq,
        "greeting": greeting,
        "disclosure": disclosure,
    }


def _site(tx: Transaction, door: Door, workspace: Workspace, locale: str | None) -> Site:
    now = door.app.clock()
    is_open = workspace.hours.is_open(now)
    opening = workspace.hours.next_opening(now)
    live = workspace.sees_person and workspace.helpdesk == INBOX and is_open and tx.anyone_available(workspace.id, now)
    greeting, disclosure = greeting_of(workspace, in_language(locale or workspace.locale))
    found: Site = {
        "name": workspace.name,
        "locale": workspace.locale,
        "person": workspace.sees_person,
        "reply": _site_reply(door, workspace, live),
        "live": live,
        "greeting": greeting,
        "disclosure": disclosure,
        "starters": list(workspace.starters),
        "open": is_open,
    }
    if workspace.privacy_url:
        found["privacy_url"] = workspace.privacy_url
    if opening is not None:
        found["next_opening"] = opening.isoformat()
    return found


def _site_reply(door: Door, workspace: Workspace, live: bool) -> Reply:
    if not workspace.sees_person:
        return "message"
    if workspace.helpdesk != INBOX:
        return "email"
    return "chat" if live or door.app.mail is None else "email"


async def _identity(door: Door, workspace: Workspace, token: str | None) -> Identity | None:
    """Raises Invalid with the field `identity`."""
    if token is None:
        return None
    stored = await door.app.store.read(lambda tx: tx.identity_keys(workspace.id))
    keys = identity_keys(stored)
    if not keys:
        raise Invalid("This shop has no key for signed shoppers yet.", "identity")
    return verify_identity(token, site=workspace.site, secrets=keys, now=door.app.clock())


def identity_keys(stored: Mapping[str, Any]) -> list[IdentityKey]:
    """The shop's keys as they are stored: `secret` (HS256), or `jwks`."""
    keys: list[IdentityKey] = []
    if stored.get("secret"):
        keys.append(identity_secret(stored["secret"]))
    if stored.get("jwks"):
        keys += identity_keys_of(stored["jwks"])
    return keys


def _clean(text: str | None) -> str | None:
    return text.replace("\x00", "") if text else None
