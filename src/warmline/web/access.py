"""The only way from a request to an object: how a thing is loaded is the permission check."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import Request

from warmline.actions.app import App
from warmline.domain.conversation import Conversation
from warmline.domain.ids import ConversationId, SiteKey
from warmline.domain.visitor import Visitor
from warmline.domain.workspace import Role, Workspace, origin
from warmline.errors import Invalid, NotAllowed, NotAuthenticated
from warmline.store.base import KeyHolder, Teammate, Transaction
from warmline.web.door import Door

SCOPES = ("inbox", "reports", "knowledge", "settings")
"""What an API key may be limited to."""

ROLE_SCOPES: dict[Role, frozenset[str]] = {
    Role.OWNER: frozenset(SCOPES),
    Role.ADMIN: frozenset(SCOPES),
    Role.MANAGER: frozenset(SCOPES),
    Role.SUPPORT: frozenset({"inbox"}),
    Role.ANALYST: frozenset({"reports"}),
}
"""What each role may do at all (DESIGN_UI section 6.10)."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """A visitor at the door with their workspace and token."""

    visitor: Visitor
    workspace: Workspace
    token: str


@dataclass(frozen=True, slots=True)
class ShopperConversation:
    """One of their own conversations."""

    shopper: Shopper
    conversation: Conversation

    @property
    def visitor(self) -> Visitor:
        return self.shopper.visitor

    @property
    def id(self) -> ConversationId:
        return self.conversation.id


def door_of(request: Request) -> Door:
    return cast(Door, request.app.state.door)


def app_of(request: Request) -> App:
    return door_of(request).app


def bearer(request: Request) -> str:
    """Raises NotAuthenticated when no token came along."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise NotAuthenticated("Send the token as Authorization: Bearer.")
    return value.strip()


async def visitor_conversation(request: Request) -> ShopperConversation:
    """This visitor's conversation. Another visitor's id is 404, like an id that never was."""
    return await _enter(request, renewing=False)


async def renewing_conversation(request: Request) -> ShopperConversation:
    """The same for the one call that an expired token may still make."""
    return await _enter(request, renewing=True)


async def earlier_visitor(request: Request) -> Visitor | None:
    """Who an earlier token speaks for, when a new conversation is made. A bad one counts as none here."""
    try:
        value = bearer(request)
    except NotAuthenticated:
        return None
    app = app_of(request)
    return await app.store.read(lambda tx: tx.visitor_by_token(value, app.clock()))


async def open_site(request: Request) -> Workspace:
    """The workspace of a public site key, for a page that may use it."""
    site = SiteKey(request.path_params["site"])
    workspace = await app_of(request).store.read(lambda tx: tx.workspace_of_site(site))
    check_origin(request, workspace)
    return workspace


def check_origin(request: Request, workspace: Workspace) -> None:
    """A browser's page must be on the shop's list; no Origin is allowed: a bearer token is no ambient authority (T5).

    Raises NotAllowed.
    """
    given = request.headers.get("origin")
    if given is None or given in workspace.origins or given == door_of(request).own_origin:
        return
    # A page of ours asked us, by whichever name of this server it was opened.
    if given == f"{request.url.scheme}://{request.headers.get('host')}":
        return
    request.state.foreign = True
    raise NotAllowed("This page is not on the shop's list of origins.")


async def _enter(request: Request, renewing: bool) -> ShopperConversation:
    app, value = app_of(request), bearer(request)
    id = ConversationId(request.path_params["id"])

    def load(tx: Transaction) -> ShopperConversation:
        visitor = tx.visitor_by_token(value, app.clock(), renewing)
        if visitor is None:
            raise NotAuthenticated("The token is unknown or has expired.")
        workspace = tx.workspace(visitor.workspace)
        check_origin(request, workspace)
        return ShopperConversation(Shopper(visitor, workspace, value), tx.conversation_of(visitor.id, id))

    return await app.store.read(load)


# The team


@dataclass(frozen=True, slots=True)
class Colleague:
    """A teammate at the door, by an API key."""

    teammate: Teammate
    scopes: frozenset[str]


async def colleague(request: Request) -> Colleague:
    """Who this API key speaks for. Raises NotAuthenticated."""
    value = bearer(request)
    holder: KeyHolder | None = await app_of(request).store.read(lambda tx: tx.key_holder(value))
    if holder is None:
        raise NotAuthenticated("This API key is unknown or was revoked.")
    allowed = ROLE_SCOPES[holder.teammate.role]
    return Colleague(holder.teammate, allowed & holder.scopes if holder.scopes else allowed)


class Needs:
    """For `Depends`: a teammate whose role and key both allow `scope`. Raises NotAllowed."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Colleague:
        who = await colleague(request)
        if self.scope not in who.scopes:
            raise NotAllowed(f"This key or role ({who.teammate.role.value}) may not use {self.scope}.")
        return who


Mine = Annotated[ShopperConversation, Depends(visitor_conversation)]


def network_of(request: Request) -> str:
    """The client's network, shortened (IPv4 whole, IPv6 its /64), for limits; proxies are believed only when listed.

    The rightmost address in X-Forwarded-For that is no trusted proxy of ours is the client; are all of them ours, it
    is the first. What stands left of something that is no address was written by a stranger.
    """
    trusted = door_of(request).trusted_proxies
    client = _address(request.client.host if request.client else "")
    hops = [hop.strip() for header in request.headers.getlist("x-forwarded-for") for hop in header.split(",")]
    while client is not None and hops and any(client in network for network in trusted):
        before = _address(hops.pop())
        if before is None:
            break
        client = before
    return _network(client)


def is_loopback(request: Request) -> bool:
    """Does the connection itself come from this machine? What headers say does not count."""
    address = _address(request.client.host if request.client else "")
    return address is not None and address.is_loopback


def proxy_of(request: Request) -> str:
    """Did a proxy pass this on, and is it one of ours: `none`, `trusted` or `untrusted`."""
    if "x-forwarded-for" not in request.headers:
        return "none"
    address = _address(request.client.host if request.client else "")
    trusted = address is not None and any(address in network for network in door_of(request).trusted_proxies)
    return "trusted" if trusted else "untrusted"


def same_secret(given: str, expected: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address stays one when a socket for both kinds shows it as `::ffff:192.0.2.1`."""
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


def _network(address: IPv4Address | IPv6Address | None) -> str:
    if isinstance(address, IPv6Address):
        return ":".join(address.exploded.split(":")[:4])
    return str(address) if address else "unknown"


def own_origin(url: str) -> str | None:
    """The origin of our own pages."""
    try:
        parts = url.split("/", 3)
        return origin(f"{parts[0]}//{parts[2]}")
    except (Invalid, IndexError):
        return None
