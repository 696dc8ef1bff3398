"""Who sits at this browser: cookies, the CSRF token, and the only way from a console request to a teammate."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from warmline.domain.needs import Need
from warmline.domain.workspace import Role, Workspace
from warmline.errors import NotAllowed, NotAuthenticated, SettingsError, Unavailable
from warmline.store.base import Integration, Session, Teammate, Transaction
from warmline.web.access import ROLE_SCOPES, app_of, door_of
from warmline.web.console.language import N_, TAGS, Language, language, preferred
from warmline.web.door import Door

SESSION, GUEST, DEVICE, FLASH, LANG = "session", "guest", "device", "flash", "lang"
_YEAR = 365 * 24 * 3600
_WEEK = 7 * 24 * 3600

RIGHTS: dict[Role, frozenset[str]] = {
    role: scopes | ({"members"} if role in (Role.OWNER, Role.ADMIN) else frozenset())
    for role, scopes in ROLE_SCOPES.items()
}
"""What each role may do in the console; `members` is members and keys (DESIGN_UI section 6.10)."""
WHO_MAY = {
    "members": N_("owners and admins"),
    "settings": N_("owners, admins and managers"),
    "knowledge": N_("owners, admins and managers"),
    "inbox": N_("owners, admins, managers and support"),
    "reports": N_("owners, admins, managers and analysts"),
}


class MayNot(NotAllowed):
    """This role has not the right; `right` says which, so that the page can say who has."""

    def __init__(self, right: str) -> None:
        super().__init__(f"Your role may not use {right}.")
        self.right = right


@dataclass(frozen=True, slots=True)
class Trouble:
    """A paused connection, and how many handoffs wait for it."""

    name: str
    why: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Staff:
    """A teammate at the console, and what the frame around every page shows."""

    session: Session
    workspace: Workspace
    language: Language
    waiting: int
    needs_list: tuple[Need, ...]
    """What needs a person: stuck, unknown, or waiting for a connection."""
    available: bool
    troubles: tuple[Trouble, ...]
    elsewhere: tuple[tuple[Teammate, str], ...]
    """Other shops in which they are signed in: the membership, and the shop's name."""

    @property
    def teammate(self) -> Teammate:
        return self.session.teammate

    @property
    def needs(self) -> int:
        return len(self.needs_list)

    @property
    def rights(self) -> frozenset[str]:
        return RIGHTS[self.teammate.role]

    def may(self, right: str) -> bool:
        return right in self.rights


async def staff(request: Request) -> Staff:
    """Who is signed in. Raises NotAuthenticated."""
    app = app_of(request)
    value = cookie(request, SESSION)
    if value is None:
        raise NotAuthenticated("Sign in first.")
    now = app.clock()

    def load(tx: Transaction) -> Staff | None:
        session = tx.session(value, now)
        return _frame(tx, request, session) if session else None

    found = await app.store.read(load)
    if found is None:
        raise NotAuthenticated("Sign in again.")
    if found.session.is_stale(now):
        # Reading goes on while nothing can be written.
        with suppress(Unavailable):
            await app.store.write(lambda tx: tx.touch_session(value, now))
    request.state.staff = found
    return found


class May:
    """For `Depends`: a teammate whose role has this right. Raises NotAuthenticated and MayNot."""

    def __init__(self, right: str) -> None:
        self.right = right

    async def __call__(self, request: Request) -> Staff:
        who = await staff(request)
        if not who.may(self.right):
            raise MayNot(self.right)
        return who


def _frame(tx: Transaction, request: Request, session: Session) -> Staff:
    me, now = session.teammate, app_of(request).clock()
    workspace = tx.workspace(me.workspace)
    rights = RIGHTS[me.role]
    return Staff(
        session=session,
        workspace=workspace,
        language=language(me.lang if me.lang in TAGS else tongue(request)),
        waiting=tx.queue_length(workspace.id) if "inbox" in rights else 0,
        needs_list=tuple(tx.needs(workspace.id, now)) if "inbox" in rights else (),
        available=me.available_until is not None and me.available_until > now,
        troubles=tuple(trouble_of(tx, workspace, each) for each in tx.integrations(workspace.id) if each.paused_why),
        elsewhere=tuple((each, tx.workspace(each.workspace).name) for each in tx.teammates_in(session.also)),
    )


def trouble_of(tx: Transaction, workspace: Workspace, integration: Integration) -> Trouble:
    return Trouble(integration.name, integration.paused_why or "", tx.owed_to(workspace.id, integration.name))


def tongue(request: Request) -> str:
    """The language of somebody who is not signed in: what they chose here, else their browser's."""
    chosen = request.query_params.get("lang") or cookie(request, LANG)
    return chosen if chosen in TAGS else preferred(request.headers.get("accept-language", ""))


# Cookies


def cookie_name(door: Door, kind: str) -> str:
    """`__Host-` where browsers allow it, that is on https; else the instance's own name: ports share cookies."""
    own = urlsplit(door.own_origin or "")
    if own.scheme == "https":
        return f"__Host-warmline-{kind}"
    return f"warmline-{re.sub('[^a-z0-9]+', '-', own.netloc.lower())}-{kind}"


def cookie(request: Request, kind: str) -> str | None:
    return request.cookies.get(cookie_name(door_of(request), kind))


def set_cookie(request: Request, response: Response, kind: str, value: str, seconds: int | None = None) -> None:
    door = door_of(request)
    response.set_cookie(
        cookie_name(door, kind),
        value,
        max_age=seconds,
        path="/",
        secure=(door.own_origin or "").startswith("https:"),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: Request, response: Response, kind: str) -> None:
    set_cookie(request, response, kind, "", 0)


def start_session(request: Request, response: Response, value: str, device: str | None = None) -> None:
    """A new id at each sign-in; what the guest had is worth nothing any more."""
    set_cookie(request, response, SESSION, value, _WEEK)
    drop_cookie(request, response, GUEST)
    if device:
        set_cookie(request, response, DEVICE, device, _YEAR)


# CSRF


def csrf_token(request: Request) -> str:
    """Of the session, or of the guest's cookie; `keep_guest` sets that one."""
    value = cookie(request, SESSION) or guest(request)
    return app_of(request).store.vault.mark(f"csrf {value}")


def guest(request: Request) -> str:
    known = cookie(request, GUEST) or getattr(request.state, "guest", None)
    if known is None:
        known = request.state.guest = secrets.token_urlsafe(24)
    return str(known)


def keep_guest(request: Request, response: Response) -> None:
    if fresh := getattr(request.state, "guest", None):
        set_cookie(request, response, GUEST, fresh)


def check_csrf(request: Request, given: str) -> None:
    """Raises NotAllowed for a form that this browser was not shown."""
    check_own_page(request)
    if not hmac.compare_digest(given.encode("utf-8", "replace"), csrf_token(request).encode()):
        raise NotAllowed("This form is too old, or came from elsewhere. Open the page again and repeat.")


def check_own_page(request: Request) -> None:
    """Raises NotAllowed when another site's page sends this."""
    origin = request.headers.get("origin")
    foreign = origin is not None and not is_own(request, origin)
    if foreign or request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        raise NotAllowed("This form came from another site.")


def is_own(request: Request, origin: str) -> bool:
    """Our public address, or the one that this browser used to reach us (a console opened by 127.0.0.1)."""
    return origin == door_of(request).own_origin or urlsplit(origin).netloc == request.headers.get("host")


# What travels through the browser and back, readable and changeable by nobody but us


def seal(request: Request, value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(app_of(request).store.vault.seal(value)).decode()


def unseal(request: Request, text: str) -> dict[str, Any] | None:
    """None when it is not ours."""
    try:
        return app_of(request).store.vault.open(base64.urlsafe_b64decode(text.encode()))
    except (binascii.Error, SettingsError, ValueError, json.JSONDecodeError):
        return None


def local_path(text: str | None) -> str | None:
    """A path on this server to go to next, else None: nothing that a browser could read as another host."""
    if not text or not re.fullmatch(r"/(?![/\\])[A-Za-z0-9/_.?=&%~-]*", text) or len(text) > 500:
        return None
    return None if "//" in text or "/." in text or re.search(r"%(2f|5c|2e|0|1)", text, re.IGNORECASE) else text
