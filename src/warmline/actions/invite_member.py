"""A new teammate, and the one-time link by which they come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from warmline.actions.app import App
from warmline.domain.ids import WorkspaceId
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role
from warmline.errors import NotFound
from warmline.store.base import Teammate, Transaction

INVITE_LIFE = timedelta(hours=24)
RESET_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Invited:
    """`url` works once and is never shown again: only its hash is stored."""

    teammate: Teammate
    url: str
    until: datetime


async def invite_member(app: App, workspace: WorkspaceId, email: EmailAddress, name: str, role: Role) -> Invited:
    """Add them. Raises Conflict when the address is a member already."""
    return await app.store.write(lambda tx: add_member(tx, app, workspace, email, name, role))


async def renew_invitation(app: App, workspace: WorkspaceId, email: EmailAddress) -> Invited:
    """A new link for a member who lost theirs. It lives for an hour (THREATS T8). Raises NotFound."""
    return await app.store.write(lambda tx: _renew(tx, app, workspace, email))


def add_member(
    tx: Transaction, app: App, workspace: WorkspaceId, email: EmailAddress, name: str, role: Role
) -> Invited:
    tx.workspace(workspace)
    teammate = tx.add_teammate(workspace, email, name or email.local, role, app.clock())
    return link_for(tx, app, teammate, "invite")


def _renew(tx: Transaction, app: App, workspace: WorkspaceId, email: EmailAddress) -> Invited:
    teammate = tx.teammate_by_email(workspace, email)
    if teammate is None:
        raise NotFound(f"{email.value} is not a member. Add them with: warmline user add {email.value} --role ROLE")
    return link_for(tx, app, teammate, "reset")


def link_for(tx: Transaction, app: App, teammate: Teammate, purpose: str) -> Invited:
    """A link to choose a password, for an `invite` or a `reset`."""
    now, life = app.clock(), INVITE_LIFE if purpose == "invite" else RESET_LIFE
    token = tx.add_link(teammate.workspace, purpose, teammate.id, life, 1, now)
    # After the #, so that it stays in the browser: no server log and no Referer ever holds it.
    page = "join" if purpose == "invite" else "reset"
    return Invited(teammate, f"{app.public_url}/{page}#{token}", now + life)
