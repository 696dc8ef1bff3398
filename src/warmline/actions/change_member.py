"""A member's role changes, or they leave. A workspace keeps an owner, and only owners decide about owners."""

from __future__ import annotations

from warmline.actions.app import App
from warmline.domain.ids import TeammateId, WorkspaceId
from warmline.domain.workspace import Role
from warmline.errors import Conflict, NotAllowed, NotFound
from warmline.store.base import Teammate, Transaction


async def change_role(app: App, by: Teammate, id: TeammateId, role: Role) -> Teammate:
    """Their sessions end. Raises NotFound, NotAllowed, and Conflict `last_owner`."""

    def save(tx: Transaction) -> Teammate:
        member = _member(tx, by.workspace, id)
        _may_decide(by, member, role)
        if role is not Role.OWNER:
            _keep_an_owner(tx, member)
        tx.change_teammate(id, member.name, role)
        return member

    return await app.store.write(save)


async def remove_member(app: App, by: Teammate, id: TeammateId) -> Teammate:
    """Sessions, keys and links end with them; what they wrote stays. Raises as above."""

    def save(tx: Transaction) -> Teammate:
        member = _member(tx, by.workspace, id)
        _may_decide(by, member, member.role)
        _keep_an_owner(tx, member)
        tx.remove_teammate(by.workspace, id)
        return member

    gone = await app.store.write(save)
    await app.live.tell(f"inbox:{by.workspace}")
    return gone


async def change_profile(app: App, me: Teammate, name: str, lang: str | None) -> None:
    """The name that shoppers read, and the language of the console (None: the browser's)."""

    def save(tx: Transaction) -> None:
        tx.change_teammate(me.id, name, _member(tx, me.workspace, me.id).role)
        tx.set_language(me.id, lang)

    await app.store.write(save)


def may_decide(by: Teammate, member: Teammate) -> bool:
    return by.role is Role.OWNER or (by.role is Role.ADMIN and member.role is not Role.OWNER)


def _member(tx: Transaction, workspace: WorkspaceId, id: TeammateId) -> Teammate:
    found = tx.candidate(id)
    if found is None or found.teammate.workspace != workspace:
        raise NotFound("There is no such member.")
    return found.teammate


def _may_decide(by: Teammate, member: Teammate, role: Role) -> None:
    if not may_decide(by, member) or (role is Role.OWNER and by.role is not Role.OWNER):
        raise NotAllowed("Only an owner decides who is owner.")


def _keep_an_owner(tx: Transaction, member: Teammate) -> None:
    others = [each for each in tx.teammates(member.workspace) if each.role is Role.OWNER and each.id != member.id]
    if member.role is Role.OWNER and not others:
        raise Conflict("A shop keeps at least one owner. Make somebody else owner first.", "last_owner")
