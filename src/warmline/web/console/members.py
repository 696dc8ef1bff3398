"""Settings → Team and Settings → API keys: who may come in, and what may come in for them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.change_member import change_role, may_decide, remove_member
from warmline.actions.invite_member import Invited, invite_member, renew_invitation
from warmline.actions.issue_key import issue_key, revoke_key
from warmline.domain.ids import TeammateId
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role
from warmline.errors import Conflict, NotAllowed, NotFound
from warmline.store.base import Transaction
from warmline.store.statements import Row, loads, moment
from warmline.web.access import SCOPES, app_of
from warmline.web.console.forms import Form, read_form
from warmline.web.console.language import N_, Said
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import page, redirect

router = console_router()

Me = Annotated[Staff, Depends(May("members"))]
TEAM, KEYS = "/settings/members", "/settings/keys"
ROLES: dict[Role, tuple[Said, Said]] = {
    Role.OWNER: (N_("Owner"), N_("Everything, and who is owner")),
    Role.ADMIN: (N_("Admin"), N_("Everything")),
    Role.MANAGER: (N_("Manager"), N_("Settings, knowledge, Inbox and dashboard")),
    Role.SUPPORT: (N_("Support"), N_("The Inbox")),
    Role.ANALYST: (N_("Analyst"), N_("The dashboard")),
}
SCOPE_NAMES: dict[str, Said] = {
    "inbox": N_("Inbox: read and answer"),
    "reports": N_("Reports"),
    "knowledge": N_("Knowledge"),
    "settings": N_("Settings"),
}
ONLY_OWNERS = N_("Only an owner decides who is owner.")
LAST_OWNER = N_("A shop keeps at least one owner. Make somebody else owner first.")


@router.get(TEAM)
async def get_members(request: Request, me: Me) -> Response:
    """Who is a member, and the form for one more."""
    return await _team(request, me, Form([("role", "support")]))


@router.post(TEAM)
async def post_member(request: Request, me: Me) -> Response:
    """Invite: the link is shown once."""
    form = await read_form(request)
    if form.restored:
        return await _team(request, me, form)
    wrong = N_("This address looks incomplete. Example: name@example.com")
    email = form.trying("email", lambda: EmailAddress.parse(form.text("email")), wrong)
    role = _role(form)
    name = form.shorter("name", form.text("name"), 100)
    if role is Role.OWNER and me.teammate.role is not Role.OWNER:
        form.wrong("role", ONLY_OWNERS)
    if form.errors or role is None:
        return await _team(request, me, form, 422)
    try:
        invited = await invite_member(app_of(request), me.workspace.id, email, name, role)
    except Conflict:
        form.wrong("email", N_("This address is a member already."))
        return await _team(request, me, form, 422)
    return _link_shown(request, invited)


@router.post(f"{TEAM}/{{id}}/role")
async def post_role(request: Request, me: Me, id: str) -> Response:
    """Their sessions end: they sign in again with the new rights."""
    form = await read_form(request)
    role = _role(form)
    if role is None:
        return redirect(request, TEAM, N_("Choose one of these."), kind="bad")
    try:
        member = await change_role(app_of(request), me.teammate, TeammateId(id), role)
    except Conflict:
        return redirect(request, TEAM, LAST_OWNER, kind="bad")
    except NotAllowed:
        return redirect(request, TEAM, ONLY_OWNERS, kind="bad")
    said = N_("%(name)s is now %(role)s, and signs in again.", name=member.name, role=ROLES[role][0])
    return redirect(request, TEAM, said)


@router.post(f"{TEAM}/{{id}}/reset")
async def post_reset(request: Request, me: Me, id: str) -> Response:
    """A new link for somebody who lost theirs, or their password."""
    await read_form(request)
    found = await app_of(request).store.read(lambda tx: tx.candidate(TeammateId(id)))
    if found is None or found.teammate.workspace != me.workspace.id:
        raise NotFound("There is no such member.")
    if not may_decide(me.teammate, found.teammate):
        return redirect(request, TEAM, ONLY_OWNERS, kind="bad")
    email = EmailAddress(found.teammate.email)
    return _link_shown(request, await renew_invitation(app_of(request), me.workspace.id, email))


@router.post(f"{TEAM}/{{id}}/remove")
async def post_remove(request: Request, me: Me, id: str) -> Response:
    """Out at once, everywhere."""
    await read_form(request)
    try:
        gone = await remove_member(app_of(request), me.teammate, TeammateId(id))
    except Conflict:
        return redirect(request, TEAM, LAST_OWNER, kind="bad")
    except NotAllowed:
        return redirect(request, TEAM, ONLY_OWNERS, kind="bad")
    return redirect(request, TEAM, N_("%(name)s is no longer a member.", name=gone.name))


def _role(form: Form) -> Role | None:
    try:
        return Role(form.text("role"))
    except ValueError:
        form.wrong("role", N_("Choose one of these."))
        return None


def _link_shown(request: Request, invited: Invited) -> Response:
    said = N_("Give this link to %(email)s. It works once.", email=invited.teammate.email)
    return redirect(request, TEAM, said, secret=invited.url)


async def _team(request: Request, me: Staff, form: Form, status: int = 200) -> Response:
    def load(tx: Transaction) -> tuple[list[dict[str, object]], set[str]]:
        came = tx.have_password(me.workspace.id)
        members = [
            {"member": each, "may": may_decide(me.teammate, each), "came": each.id in came}
            for each in tx.teammates(me.workspace.id)
        ]
        return members, came

    members, _ = await app_of(request).store.read(load)
    roles = [role for role in ROLES if role is not Role.OWNER or me.teammate.role is Role.OWNER]
    return page(
        request,
        "settings/members.html",
        me,
        status,
        section="settings",
        place="members",
        form=form,
        members=members,
        roles=[(role.value, N_("%(name)s: %(may)s", name=ROLES[role][0], may=ROLES[role][1])) for role in roles],
        role_names=[(role.value, ROLES[role][0]) for role in roles],
        names={role: said for role, (said, _) in ROLES.items()},
    )


# API keys


@router.get(KEYS)
async def get_keys(request: Request, me: Me) -> Response:
    """Which keys there are, and the form for one more."""
    return await _keys(request, me, Form([("member", me.teammate.email)]))


@router.post(KEYS)
async def post_key(request: Request, me: Me) -> Response:
    """A new key, shown once."""
    form = await read_form(request)
    if form.restored:
        return await _keys(request, me, form)
    label = form.needed("label", N_("Say what the key is for."), 100)
    scopes = [scope for scope in SCOPES if scope in form.all("scopes")]
    if not scopes:
        form.wrong("scopes", N_("Choose at least one."))
    members = await app_of(request).store.read(lambda tx: tx.teammates(me.workspace.id))
    member = next((each for each in members if each.email == form.text("member")), None)
    if member is None:
        form.wrong("member", N_("Choose one of these."))
    elif not may_decide(me.teammate, member):
        form.wrong("member", N_("Only an owner makes a key that speaks for an owner."))
    if form.errors or member is None:
        return await _keys(request, me, form, 422)
    key = await issue_key(app_of(request), me.workspace.id, EmailAddress(member.email), scopes, label)
    return redirect(request, KEYS, N_("The key “%(label)s” is made.", label=label), secret=key)


@router.post(f"{KEYS}/{{id}}/revoke")
async def post_revoke(request: Request, me: Me, id: str) -> Response:
    """It is refused from the next request on."""
    await read_form(request)
    await revoke_key(app_of(request), me.workspace.id, id)
    return redirect(request, KEYS, N_("The key is revoked."))


async def _keys(request: Request, me: Staff, form: Form, status: int = 200) -> Response:
    keys, members = await app_of(request).store.read(
        lambda tx: (tx.keys(me.workspace.id), tx.teammates(me.workspace.id))
    )
    return page(
        request,
        "settings/keys.html",
        me,
        status,
        section="settings",
        place="keys",
        form=form,
        keys=[_key(row) for row in reversed(keys)],
        members=[(each.email, f"{each.name} ({each.email})") for each in members if may_decide(me.teammate, each)],
        scopes=[(scope, SCOPE_NAMES[scope]) for scope in SCOPES],
    )


def _key(row: Row) -> dict[str, object]:
    scopes = [SCOPE_NAMES.get(scope, scope) for scope in loads(row["scopes"])]
    return {
        "id": row["id"],
        "label": row["label"],
        "email": row["email"],
        "scopes": scopes,
        "made": moment(row["created_at"]),
        "revoked": moment(row["revoked_at"]) if row["revoked_at"] else None,
    }
