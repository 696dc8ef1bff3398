"""A password is chosen: by a link that works once, by whoever knows the old one, or by the first owner of all."""

from __future__ import annotations

from dataclasses import dataclass

from warmline.actions.app import App
from warmline.actions.invite_member import Invited, link_for
from warmline.actions.passwords import fits, hash_password
from warmline.domain.ids import TeammateId, WorkspaceId
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role, Workspace
from warmline.errors import Conflict, Invalid, NotAuthenticated, NotFound
from warmline.store.base import Session, Teammate, Transaction

INVITE, RESET = "invite", "reset"


@dataclass(frozen=True, slots=True)
class FirstOwner:
    """Who takes over a server that nobody has signed in to."""

    email: EmailAddress
    name: str
    password: str


async def link_holder(app: App, link: str, purpose: str) -> Teammate:
    """Whose link this is, without using it. Raises NotFound: unknown, used, too old or for another purpose."""
    return await app.store.read(lambda tx: _holder(tx, app, link, purpose))


async def set_password_by_link(app: App, link: str, purpose: str, name: str, password: str) -> str:
    """Use the link, and sign in: the value of the session. Raises NotFound for the link, Invalid for the password."""
    await link_holder(app, link, purpose)
    password_hash = await hash_password(password)

    def save(tx: Transaction) -> str:
        teammate = _holder(tx, app, link, purpose)
        if tx.use_link(link, purpose, app.clock()) is None:
            raise NotFound("This link does not work any more.")
        if name and name != teammate.name:
            tx.change_teammate(teammate.id, name, teammate.role)
        tx.set_password(teammate.id, password_hash)
        return tx.open_session(teammate, (), app.clock())

    return await app.store.write(save)


async def change_password(app: App, session: Session, old: str, new: str) -> str:
    """Every session ends; the value of a new one for this browser. Raises Invalid naming `old` or `password`."""
    known = await app.store.read(lambda tx: tx.candidate(session.teammate.id))
    if known is None:
        raise NotAuthenticated("Sign in again.")
    if not await fits(old, known.password_hash):
        raise Invalid("This is not your present password.", "old")
    password_hash = await hash_password(new)

    def save(tx: Transaction) -> str:
        tx.set_password(session.teammate.id, password_hash)
        return tx.open_session(session.teammate, (), app.clock())

    return await app.store.write(save)


async def take_over(app: App, owner: FirstOwner, shop: Workspace | None) -> str:
    """The first owner of a server on which nobody has a password; `shop` is made when there is none.

    Raises Conflict when somebody was faster.
    """
    password_hash = await hash_password(owner.password)

    def save(tx: Transaction) -> str:
        if tx.anyone_has_password():
            raise Conflict("This server has an owner already. Sign in, or ask them for an invitation.", "taken")
        teammate = _owner(tx, app, owner, _shop(tx, app, shop))
        tx.set_password(teammate.id, password_hash)
        return tx.open_session(teammate, (), app.clock())

    return await app.store.write(save)


async def owner_links(app: App) -> list[Invited] | None:
    """Links for the owners of a server on which nobody has a password: one for each shop.

    None when somebody has one. An empty list where no shop has an owner: then `take_over` makes the first.
    """

    def make(tx: Transaction) -> list[Invited] | None:
        if tx.anyone_has_password():
            return None
        owners = [_first_owner(tx, each.id) for each in tx.workspaces()]
        return [link_for(tx, app, each, INVITE) for each in owners if each is not None]

    return await app.store.write(make)


def _holder(tx: Transaction, app: App, link: str, purpose: str) -> Teammate:
    row = tx.link(link, purpose, app.clock()) if link else None
    candidate = tx.candidate(TeammateId(row["subject"])) if row else None
    if candidate is None:
        raise NotFound("This link does not work: it was used, is too old, or is not complete.")
    return candidate.teammate


def _shop(tx: Transaction, app: App, shop: Workspace | None) -> WorkspaceId:
    there = tx.workspaces()
    if there:
        return there[0].id
    if shop is None:
        raise Invalid("Give the shop a name.", "shop")
    tx.save_workspace(shop, app.clock())
    return shop.id


def _owner(tx: Transaction, app: App, owner: FirstOwner, workspace: WorkspaceId) -> Teammate:
    known = tx.teammate_by_email(workspace, owner.email)
    if known is None:
        return tx.add_teammate(workspace, owner.email, owner.name or owner.email.local, Role.OWNER, app.clock())
    tx.change_teammate(known.id, owner.name or known.name, Role.OWNER)
    return known


def _first_owner(tx: Transaction, workspace: WorkspaceId) -> Teammate | None:
    return next((each for each in tx.teammates(workspace) if each.role is Role.OWNER), None)
