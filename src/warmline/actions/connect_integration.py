"""Connect an account, or let go of one: checked first, then saved; what waited for it goes out at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from warmline.actions.app import App
from warmline.domain.connection import Checked, CheckStep, Tell, nobody
from warmline.domain.effect import Effect, EffectKind
from warmline.domain.handoff import INBOX, HandoffMethod, SendTicket
from warmline.domain.ids import WorkspaceId
from warmline.domain.rules import Rule
from warmline.errors import Invalid
from warmline.helpdesks.base import Helpdesk
from warmline.profiles.base import Profiles
from warmline.store.base import Integration, Transaction

HELPDESK, PROFILES = "helpdesk", "profiles"
PATIENCE = timedelta(seconds=60)
"""So long an unclear check is tried again."""
CRMS = ("klaviyo",)
_PAUSE = timedelta(seconds=1)


def connection(
    kind: str, name: str, settings: Mapping[str, Any], references: Mapping[str, Any], secrets: Mapping[str, str]
) -> Integration:
    """An account that is only being tried: its revision is 0."""
    return Integration(name, kind, settings, references, secrets, None, 0)


async def connect_integration(
    app: App, workspace: WorkspaceId, integration: Integration, patience: timedelta = PATIENCE
) -> Checked:
    """Check the account and save it; a pause ends, and what waited goes out.

    Raises Invalid for settings that are not understood, and when the check fails or stays unclear: nothing is saved.
    """
    checked = await check_connection(app, workspace, integration, patience)
    insist(integration, checked, patience)
    await app.store.write(lambda tx: save_connection(tx, workspace, integration, app.clock()))
    await app.live.tell(f"inbox:{workspace}")
    return checked


async def disconnect_integration(app: App, workspace: WorkspaceId, name: str) -> None:
    """Raises Invalid while handoffs are owed to it, or while it is the chosen destination."""
    await app.store.write(lambda tx: _disconnect(tx, workspace, name))


async def check_connection(
    app: App, workspace: WorkspaceId, integration: Integration, patience: timedelta = PATIENCE, tell: Tell = nobody
) -> Checked:
    """What the account says; an unclear answer is asked again until the patience ends. `tell` hears each step."""
    account = open_account(app, workspace, integration)
    loop = asyncio.get_running_loop()
    end = loop.time() + patience.total_seconds()
    checked = Checked([CheckStep("Answers in time", None, "It did not answer.")], unclear=True)
    try:
        async with asyncio.timeout_at(end):
            while (checked := await account.check(tell)).unclear:  # noqa: ASYNC110 a vendor rings no bell
                await asyncio.sleep(_PAUSE.total_seconds())
    except TimeoutError:
        return checked
    return checked


def open_account(app: App, workspace: WorkspaceId, integration: Integration) -> Helpdesk | Profiles:
    """The adapter of these settings; makes no call. Raises Invalid naming the field that is wrong."""
    if integration.kind == PROFILES:
        if integration.name not in CRMS:
            known, field = ", ".join(CRMS), f"profiles.{integration.name}"
            raise Invalid(f'There is no CRM called "{integration.name}"; there is {known}.', field)
        return app.desks.profiles(workspace, integration)
    if integration.name == INBOX:
        raise Invalid("The Inbox is always there: it needs no connection.", "helpdesks.inbox")
    return app.desks.helpdesk(workspace, integration)


def insist(integration: Integration, checked: Checked, patience: timedelta) -> None:
    """Raises Invalid for a check that did not pass."""
    field = table_of(integration)
    if checked.unclear:
        said = next((step for step in checked.steps if step.ok is None), None)
        why = f"{said.name}: {said.detail}" if said else ""
        raise Invalid(
            f"{integration.name} gave no clear answer for {patience.total_seconds():g} s ({why}). Nothing was saved;"
            " try again when it can be reached.",
            field,
        )
    if not checked.ok:
        raise Invalid(f"{integration.name} did not pass its check. {checked.complaint}", field)


def table_of(integration: Integration) -> str:
    """The table that sets it up, such as `helpdesks.zendesk`."""
    return f"{'profiles' if integration.kind == PROFILES else 'helpdesks'}.{integration.name}"


def refuse_unconnected(app: App, method: HandoffMethod, connected: set[str]) -> None:
    """Raises Invalid when the method sends tickets to a helpdesk that is not among the connected ones."""
    if isinstance(method, SendTicket):
        _refuse_destination(app, method.helpdesk, connected, "handoff.helpdesk")
        _refuse_destination(app, method.second or INBOX, connected, "handoff.second")


def refuse_unreached(app: App, rules: Iterable[Rule], connected: set[str]) -> None:
    """Raises Invalid when a rule routes handoffs to a helpdesk that is not among the connected ones."""
    for rule in rules:
        _refuse_destination(app, rule.helpdesk or INBOX, connected, f"rules.{rule.name}.helpdesk")


def _refuse_destination(app: App, helpdesk: str, connected: set[str], field: str) -> None:
    if helpdesk == INBOX:
        return
    if helpdesk not in app.desks.known():
        known = ", ".join(sorted({INBOX, *app.desks.known()}))
        raise Invalid(f'There is no helpdesk called "{helpdesk}"; there are {known}.', field)
    if helpdesk not in connected:
        raise Invalid(
            f"{helpdesk} is not connected. Connect it first (the table [helpdesks.{helpdesk}]), or hand off to"
            ' "inbox".',
            field,
        )


def refuse_indebted(tx: Transaction, workspace: WorkspaceId, name: str) -> None:
    """Raises Invalid when handoffs wait for this helpdesk: disconnecting it would lose their way."""
    owed = tx.owed_to(workspace, name)
    if owed:
        waits = "1 handoff waits" if owed == 1 else f"{owed} handoffs wait"
        raise Invalid(
            f"{waits} for {name}. Keep it connected until they have arrived, or accept them in the Inbox, and then"
            " disconnect it.",
            f"helpdesks.{name}",
        )


def save_connection(tx: Transaction, workspace: WorkspaceId, integration: Integration, now: datetime) -> None:
    """A pause ends, and what waited for this helpdesk is due now."""
    tx.save_integration(workspace, integration, now)
    if integration.kind == HELPDESK:
        tx.wake_effects(workspace, integration.name, now)
    due = now + timedelta(days=1)
    tx.owe(
        workspace, Effect(EffectKind.HEALTH, f"health:{integration.name}", None, due, {"name": integration.name}), now
    )
    tx.raise_revision(workspace)


def _disconnect(tx: Transaction, workspace: WorkspaceId, name: str) -> None:
    refuse_indebted(tx, workspace, name)
    method = tx.workspace(workspace).method
    if isinstance(method, SendTicket) and method.helpdesk == name:
        raise Invalid(
            f"Handoffs go to {name}. Choose another destination first, then disconnect it.", "handoff.helpdesk"
        )
    if isinstance(method, SendTicket) and method.second == name:
        raise Invalid(
            f"{name} is the second destination of handoffs. Choose another one first, then disconnect it.",
            "handoff.second",
        )
    tx.remove_integration(workspace, name)
    tx.raise_revision(workspace)
