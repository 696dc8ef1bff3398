"""Set a workspace as a whole: settings, connections, signing key and members in one write, all of it checked before.

What is absent goes back to its default or is disconnected; members and sources are removed only when `prune` says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from warmline.actions.app import App
from warmline.actions.connect_integration import (
    HELPDESK,
    PATIENCE,
    check_connection,
    insist,
    open_account,
    refuse_indebted,
    refuse_unconnected,
    refuse_unreached,
    save_connection,
    table_of,
)
from warmline.actions.invite_member import Invited, add_member
from warmline.domain.cases import Case
from warmline.domain.connection import Checked
from warmline.domain.effect import Effect, EffectKind
from warmline.domain.handoff import INBOX, SendTicket
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import Source, SourceKind
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role, Workspace
from warmline.errors import Invalid, NotFound
from warmline.store.base import Integration, Teammate, Transaction

GLANCE = timedelta(seconds=10)
"""So long a connection that no handoff needs is given to answer; it is saved whatever it says."""


@dataclass(frozen=True, slots=True)
class Member:
    """A wanted member. `name` None: as it is, or made of the address."""

    email: EmailAddress
    role: Role
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the workspace shall be. `sources` maps the address of each source to the base URL of its pages, or "";
    `cases` a question to the page that is right for it, or "".

    With `prune`, members, sources and cases that are not named here are removed.
    """

    workspace: Workspace
    integrations: tuple[Integration, ...] = field(default=(), repr=False)
    identity: Mapping[str, Any] = field(default_factory=dict, repr=False)
    members: tuple[Member, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    cases: Mapping[str, str] = field(default_factory=dict)
    prune: bool = False

    @property
    def id(self) -> WorkspaceId:
        return self.workspace.id


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `did` is added, changed or removed; values of secrets never appear."""

    field: str
    did: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What was done, or would be. `refusal` is what a real run would stop at (only when it was a dry one)."""

    created: bool
    changes: tuple[Change, ...]
    checks: Mapping[str, Checked]
    invited: tuple[Invited, ...] = ()
    refusal: Invalid | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """The way from what is stored to what is wanted."""

    created: bool
    workspace: Workspace
    settings: tuple[Change, ...]
    connect: tuple[Integration, ...]
    disconnect: tuple[Integration, ...]
    paused: tuple[Integration, ...]
    identity: Change | None
    add: tuple[Member, ...]
    change: tuple[tuple[Teammate, str, Role], ...]
    remove: tuple[Teammate, ...]
    forget: tuple[Source, ...]
    cases: tuple[Change, ...]


async def save_workspace(app: App, wanted: Wanted, *, dry_run: bool = False, patience: timedelta = PATIENCE) -> Saved:
    """Check everything, then save it in one write. Raises Invalid naming the field, and then nothing was saved."""
    connected = {each.name for each in wanted.integrations}
    refuse_unconnected(app, wanted.workspace.method, connected)
    refuse_unreached(app, wanted.workspace.rules, connected)
    for each in wanted.integrations:
        open_account(app, wanted.id, each)
    plan = await app.store.read(lambda tx: _plan(tx, wanted))
    checks = await _check_all(app, wanted, patience)
    refusal = _refusal(wanted, checks, patience)
    if dry_run:
        return Saved(plan.created, tuple(_changes(plan)), checks, refusal=refusal)
    if refusal is not None:
        raise refusal
    fit = {name for name, checked in checks.items() if checked.ok}
    plan, invited = await app.store.write(lambda tx: _save(tx, app, wanted, fit))
    await app.live.tell(f"inbox:{wanted.id}")
    return Saved(plan.created, tuple(_changes(plan)), checks, invited)


# What has to change


def _plan(tx: Transaction, wanted: Wanted) -> _Plan:
    """Raises Invalid for what this database does not allow."""
    before = _stored(tx, wanted.id)
    workspace = _with_base_urls(wanted, before)
    _refuse_foreign_site(tx, wanted.workspace)
    there = {each.name: each for each in tx.integrations(wanted.id)}
    gone = tuple(each for name, each in there.items() if name not in {one.name for one in wanted.integrations})
    for each in gone:
        refuse_indebted(tx, wanted.id, each.name)
    same = [each for each in wanted.integrations if each.name in there and _same(there[each.name], each)]
    people = {each.email: each for each in tx.teammates(wanted.id)}
    plan = _Plan(
        created=before is None,
        workspace=workspace,
        settings=tuple(_settings_changes(before.tables if before else {}, workspace.tables)),
        connect=tuple(each for each in wanted.integrations if each not in same),
        disconnect=gone,
        paused=tuple(each for each in same if there[each.name].paused_why is not None),
        identity=_identity_change(tx.identity_keys(wanted.id), wanted.identity),
        add=tuple(member for member in wanted.members if member.email.key not in people),
        change=tuple(_member_changes(people, wanted.members)),
        remove=tuple(_unlisted(people, wanted)),
        forget=tuple(_unwanted(tx.sources(wanted.id), wanted)),
        cases=tuple(_case_changes(tx.cases(wanted.id), wanted)),
    )
    _refuse_ownerless(people, plan)
    return plan


def _stored(tx: Transaction, id: WorkspaceId) -> Workspace | None:
    try:
        return tx.workspace(id)
    except NotFound:
        return None


def _with_base_urls(wanted: Wanted, before: Workspace | None) -> Workspace:
    """Settings with the base URLs of all sources: those of sources that are not named here stay as they are."""
    known = dict(before.tables.get("base_urls", {})) if before and not wanted.prune else {}
    base_urls = {address: url for address, url in (known | dict(wanted.sources)).items() if url}
    tables = dict(wanted.workspace.tables) | ({"base_urls": base_urls} if base_urls else {})
    return replace(wanted.workspace, tables=tables)


def _refuse_foreign_site(tx: Transaction, workspace: Workspace) -> None:
    try:
        other = tx.workspace_of_site(workspace.site)
    except NotFound:
        return
    if other.id != workspace.id:
        raise Invalid(
            f'The site key {workspace.site} belongs to the workspace "{other.name}" ({other.id}). Choose another one;'
            " a workspace is known by its name, so a new name makes a new workspace.",
            "workspace.site",
        )


def _same(stored: Integration, wanted: Integration) -> bool:
    return all(
        dict(getattr(stored, part)) == dict(getattr(wanted, part)) for part in ("settings", "references", "secrets")
    )


def _settings_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for table in ("workspace", "handoff", "office_hours", "limits", "rules"):
        old, new = before.get(table), after.get(table)
        if (old is None) != (new is None) and not old and not new:
            yield _change(table, old, new)  # an empty [office_hours] is no absent one: always closed, always open
        for key in dict.fromkeys([*(old or {}), *(new or {})]):
            if (old or {}).get(key) != (new or {}).get(key):
                yield _change(f"{table}.{key}", (old or {}).get(key), (new or {}).get(key))
    old_rules, new_rules = list(before.get("rules") or {}), list(after.get("rules") or {})
    if old_rules != new_rules and sorted(old_rules) == sorted(new_rules):
        yield _change("rules", old_rules, new_rules)  # the first of each action counts
    if before.get("base_urls") != after.get("base_urls"):
        yield _change("knowledge.base_url", before.get("base_urls"), after.get("base_urls"))


def _change(field_name: str, before: Any, after: Any) -> Change:
    did = "added" if before is None else "removed" if after is None else "changed"
    return Change(field_name, did, before, after)


def _identity_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> Change | None:
    if dict(before) == dict(after):
        return None
    return Change("identity", "added" if not before else "removed" if not after else "changed")


def _member_changes(people: Mapping[str, Teammate], wanted: Sequence[Member]) -> Iterator[tuple[Teammate, str, Role]]:
    for member in wanted:
        known = people.get(member.email.key)
        if known and (known.role, known.name) != (member.role, member.name or known.name):
            yield known, member.name or known.name, member.role


def _unlisted(people: Mapping[str, Teammate], wanted: Wanted) -> list[Teammate]:
    listed = {member.email.key for member in wanted.members}
    return [each for email, each in people.items() if email not in listed] if wanted.prune else []


def _unwanted(sources: Sequence[Source], wanted: Wanted) -> list[Source]:
    """Answers that were written in the console are no file's business."""
    if not wanted.prune:
        return []
    return [each for each in sources if each.kind is not SourceKind.WRITTEN and each.address not in wanted.sources]


def _case_changes(known: Sequence[Case], wanted: Wanted) -> Iterator[Change]:
    """`before` and `after` are the page."""
    pages = {case.question: case.page for case in known}
    for question, page in wanted.cases.items():
        if pages.get(question) != page:
            yield _change(f"cases.{question}", pages.get(question), page)
    for question in pages.keys() - wanted.cases.keys() if wanted.prune else ():
        yield Change(f"cases.{question}", "removed", pages[question])


def _refuse_ownerless(people: Mapping[str, Teammate], plan: _Plan) -> None:
    """A workspace that has an owner keeps one: nobody else could invite the next."""
    owners = {email for email, each in people.items() if each.role is Role.OWNER}
    after = owners - {each.email for each in plan.remove}
    after -= {each.email for each, _, role in plan.change if role is not Role.OWNER}
    after |= {each.email for each, _, role in plan.change if role is Role.OWNER}
    if owners and not after and not any(member.role is Role.OWNER for member in plan.add):
        raise Invalid('Nobody would be owner any more. Keep one member with role = "owner".', "members")


def _changes(plan: _Plan) -> Iterator[Change]:
    yield from plan.settings
    yield from (Change(table_of(each), "connected") for each in plan.connect)
    yield from (Change(table_of(each), "connected again") for each in plan.paused)
    yield from (Change(table_of(each), "disconnected") for each in plan.disconnect)
    if plan.identity:
        yield plan.identity
    yield from (Change(f"members.{each.email.key}", "added", None, each.role.value) for each in plan.add)
    yield from (
        Change(f"members.{each.email}", "changed", each.role.value, role.value) for each, _, role in plan.change
    )
    yield from (Change(f"members.{each.email}", "removed", each.role.value) for each in plan.remove)
    yield from (Change(f"knowledge.{each.address}", "removed") for each in plan.forget)
    yield from plan.cases


# Asking the accounts


async def _check_all(app: App, wanted: Wanted, patience: timedelta) -> dict[str, Checked]:
    """All at once; the chosen helpdesk gets all the patience, the others a moment."""
    chosen = _chosen(wanted)
    found = await asyncio.gather(
        *(
            check_connection(app, wanted.id, each, patience if each is chosen else min(GLANCE, patience))
            for each in wanted.integrations
        )
    )
    return {each.name: checked for each, checked in zip(wanted.integrations, found, strict=True)}


def _refusal(wanted: Wanted, checks: Mapping[str, Checked], patience: timedelta) -> Invalid | None:
    chosen = _chosen(wanted)
    try:
        if chosen is not None:
            insist(chosen, checks[chosen.name], patience)
    except Invalid as refusal:
        return refusal
    return None


def _chosen(wanted: Wanted) -> Integration | None:
    """The account that handoffs go to."""
    method = wanted.workspace.method
    if not isinstance(method, SendTicket) or method.helpdesk == INBOX:
        return None
    return next(each for each in wanted.integrations if (each.kind, each.name) == (HELPDESK, method.helpdesk))


# The one write


def _save(tx: Transaction, app: App, wanted: Wanted, fit: set[str]) -> tuple[_Plan, tuple[Invited, ...]]:
    """Planned anew inside the write: what another process did meanwhile counts."""
    plan, id, now = _plan(tx, wanted), wanted.id, app.clock()
    if plan.created or plan.settings:
        tx.save_workspace(plan.workspace, now)
    for each in plan.disconnect:
        tx.remove_integration(id, each.name)
    for each in (*plan.connect, *(one for one in plan.paused if one.name in fit)):
        save_connection(tx, id, each, now)
    if plan.identity:
        tx.set_identity_keys(id, wanted.identity or None)
    _forget(tx, app, wanted, plan)
    _save_cases(tx, wanted, plan, now)
    if plan.disconnect:
        tx.raise_revision(id)
    return plan, _save_members(tx, app, id, plan)


def _save_members(tx: Transaction, app: App, id: WorkspaceId, plan: _Plan) -> tuple[Invited, ...]:
    for teammate in plan.remove:
        tx.remove_teammate(id, teammate.id)
    for teammate, name, role in plan.change:
        tx.change_teammate(teammate.id, name, role)
    return tuple(add_member(tx, app, id, each.email, each.name or "", each.role) for each in plan.add)


def _save_cases(tx: Transaction, wanted: Wanted, plan: _Plan, now: datetime) -> None:
    questions = {change.field.removeprefix("cases.") for change in plan.cases}
    for case in tx.cases(wanted.id):
        if case.question in questions:
            tx.remove_case(wanted.id, case.id)
    for question in wanted.cases:
        if question in questions:
            tx.save_case(wanted.id, question, wanted.cases[question], now)


def _forget(tx: Transaction, app: App, wanted: Wanted, plan: _Plan) -> None:
    for source in plan.forget:
        tx.remove_source(wanted.id, source.address)
    if plan.forget:
        tx.raise_knowledge(wanted.id)
        tx.owe(wanted.id, Effect(EffectKind.ENCODE, f"encode:{wanted.id}"), app.clock())
