"""Is each connection well? Looked at daily and after failures, making nothing. A dead one pauses, with an alarm."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from warmline.actions.alarms import REFUSED, alarm, sound
from warmline.actions.app import App
from warmline.actions.connect_integration import HELPDESK, PATIENCE, open_account
from warmline.domain.connection import Checked, CheckStep
from warmline.domain.effect import Effect, EffectKind, OwedEffect
from warmline.domain.ids import WorkspaceId
from warmline.errors import Invalid
from warmline.failpoints import step
from warmline.store.base import Integration, Transaction

log = logging.getLogger(__name__)

DAILY = timedelta(days=1)
SOON = timedelta(minutes=1)
"""After a failed try: was it the ticket, or is the connection gone?"""
AGAIN = timedelta(minutes=15)
"""Until a paused connection is looked at again; twice as long each time that it was well and then refused."""
QUIET = timedelta(days=1)
"""One mail a day about one connection, however often it comes and goes."""


def key_of(name: str) -> str:
    return f"{EffectKind.HEALTH.value}:{name}"


def check_soon(tx: Transaction, app: App, workspace: WorkspaceId, name: str) -> None:
    """A try failed: look at the connection within a minute."""
    due = app.clock() + SOON
    if tx.effect_state(workspace, key_of(name)) is None:
        tx.owe(workspace, Effect(EffectKind.HEALTH, key_of(name), None, due, {"name": name}), app.clock())
    else:
        tx.bring_forward(workspace, key_of(name), due)


def refused(tx: Transaction, app: App, workspace: WorkspaceId, integration: Integration, why: str) -> None:
    """The account is refused: it pauses, and those who can mend it are told now, once."""
    if not tx.pause_integration(workspace, integration.name, why, integration.revision):
        return
    now, name = app.clock(), integration.name
    REFUSED.labels(name).inc()
    log.error("%s refused the account; its handoffs wait until it is connected again", name)
    said = {"name": name.title(), "why": why, "waiting": str(tx.owed_to(workspace, name)), "page": _page(integration)}
    told = alarm("paused", f"{name}-{integration.revision}", **said)
    before = tx.effect_by_key(workspace, told.key)
    if before is None or now - before.created_at > QUIET:
        sound(tx, app, workspace, told)
    check_soon(tx, app, workspace, name)


async def check_health(app: App, effect: OwedEffect) -> None:
    """Run the named steps of one connection and keep what they said."""
    name = effect.data["name"]
    integration = await app.store.read(lambda tx: tx.integration(effect.workspace, name))
    if integration is None:
        await app.store.write(lambda tx: tx.finish(effect))
        return
    checked = await _check(app, effect.workspace, integration)
    await app.store.write(lambda tx: _store(tx, app, effect, integration, checked))
    await app.live.tell(f"inbox:{effect.workspace}")


async def _check(app: App, workspace: WorkspaceId, integration: Integration) -> Checked:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await step("health.check", open_account(app, workspace, integration).check())
    except TimeoutError:
        return Checked([CheckStep("Answers in time", None, "It did not answer.")], unclear=True)
    except Invalid as error:
        return Checked([CheckStep("Settings are understood", False, str(error), "Connect it again.")])


def _store(tx: Transaction, app: App, effect: OwedEffect, integration: Integration, checked: Checked) -> None:
    now, times = app.clock(), int(effect.data.get("resumed", 0))
    present = tx.integration(effect.workspace, integration.name)
    if not tx.still_ours(effect) or present is None or present.revision != integration.revision:
        tx.put_off(effect, now + SOON, "it was connected anew in the meantime", resumed=0)
        return
    tx.keep_health(effect.workspace, integration.name, checked, now)
    if checked.unclear:
        tx.put_off(effect, now + AGAIN, "no clear answer")
    elif not checked.ok:
        refused(tx, app, effect.workspace, present, checked.complaint)
        tx.put_off(effect, now + AGAIN, checked.complaint)
    elif present.paused_why is not None and now >= _not_before(effect, times):
        _resume(tx, app, effect, present)
        tx.put_off(effect, now + DAILY, "well again", resumed=times + 1, resumed_at=now.isoformat())
    else:
        due = now + AGAIN if present.paused_why is not None else now + DAILY
        tx.put_off(effect, due, "well", **({} if present.paused_why else {"resumed": 0}))


def _not_before(effect: OwedEffect, times: int) -> datetime:
    """It was well before and refused all the same (a right that a look cannot see): wait longer each time."""
    at = effect.data.get("resumed_at")
    wait = min(AGAIN * 2 ** min(times, 8), DAILY)
    return datetime.fromisoformat(at) + wait if at and times else effect.created_at


def _resume(tx: Transaction, app: App, effect: OwedEffect, integration: Integration) -> None:
    """Well again by itself: what waited goes out."""
    tx.resume_integration(effect.workspace, integration.name, integration.revision)
    if integration.kind == HELPDESK:
        woken = tx.wake_effects(effect.workspace, integration.name, app.clock())
        log.warning("%s is well again; %d waiting deliveries go out", integration.name, woken)


def _page(integration: Integration) -> str:
    return f"/settings/{'helpdesks' if integration.kind == HELPDESK else 'profiles'}/{integration.name}"
