"""The one hole, watched: a worker that was paused for longer than its lease, at a vendor without idempotency keys.

It may come back with a ticket after another worker has made one. Nothing can undo that from here, so it is named: the
ticket that nobody recorded, for a person to merge.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from warmline.actions.alarms import DOUBLED, alarm, sound
from warmline.actions.app import App
from warmline.actions.take_turn import take_look
from warmline.domain.conversation import Conversation
from warmline.domain.effect import Effect, EffectKind, OwedEffect
from warmline.domain.handoff import Delivered, Owed, Stuck
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.ticket import TicketRef
from warmline.errors import HelpdeskError
from warmline.failpoints import step
from warmline.helpdesks.base import Helpdesk
from warmline.store.base import Transaction

log = logging.getLogger(__name__)

AGAIN = timedelta(seconds=30)
VERIFY_FOR = timedelta(days=1)


def note_stranger(
    tx: Transaction, app: App, workspace: WorkspaceId, id: ConversationId, n: int, helpdesk: str,
    tickets: Sequence[TicketRef],
) -> None:  # fmt: skip
    """Tickets that exist and that no handoff is known to be. Whoever works on the handoff looks it up before more."""
    key, now = f"double:{id}-{n}", app.clock()
    before = tx.effect_by_key(workspace, key)
    known: list[Any] = list(before.data["tickets"]) if before else []
    shown = [{"helpdesk": helpdesk, "id": each.id, "name": each.reference or each.id} for each in tickets]
    fresh = [each for each in shown if each not in known]
    if not fresh:
        return
    tx.owe(workspace, Effect(EffectKind.DOUBLE, key, id, None, {"n": n, "tickets": known + fresh}), now)
    handoff = tx.conversation(workspace, id).handoff
    bound = handoff.bound if handoff and handoff.n == n and isinstance(handoff.step, Owed | Stuck) else None
    if bound is not None and bound.helpdesk == helpdesk:
        tx.there_after_all(workspace, f"ticket:{id}-{n}", now)


async def watch_double(app: App, effect: OwedEffect) -> None:
    """Once the handoff is settled: the stranger is its ticket, or there are two."""
    await app.store.write(lambda tx: _watch(tx, app, effect))
    await app.live.tell(f"inbox:{effect.workspace}")


def _watch(tx: Transaction, app: App, effect: OwedEffect) -> None:
    if effect.conversation is None or not tx.still_ours(effect):
        return
    conversation = tx.conversation(effect.workspace, effect.conversation)
    handoff = conversation.handoff
    current = handoff is not None and handoff.n == effect.data["n"]
    if handoff is not None and current and isinstance(handoff.step, Owed | Stuck):
        tx.put_off(effect, app.clock() + AGAIN, "the handoff is not settled yet")
        return
    mine = _own(conversation) if current else None
    others = [each for each in effect.data["tickets"] if (each["helpdesk"], each["id"]) != mine]
    if others:
        _sound(tx, app, effect, conversation, others)
    else:
        tx.finish(effect)


def _own(conversation: Conversation) -> tuple[str, str] | None:
    handoff = conversation.handoff
    if handoff is None or not isinstance(handoff.step, Delivered) or handoff.step.ticket is None:
        return None
    return handoff.step.bound.helpdesk, handoff.step.ticket.id


def _sound(
    tx: Transaction, app: App, effect: OwedEffect, conversation: Conversation, others: Sequence[dict[str, Any]]
) -> None:
    """It stays on the list until a person has merged them."""
    names = ", ".join(f"{each['helpdesk']} {each['name']}" for each in others)
    DOUBLED.inc()
    log.error("a second ticket was made for handoff %s-%s: %s", conversation.id, effect.data["n"], names)
    conversation.remark(f"A second ticket was made for this handoff: {names}. Merge it there.", app.clock())
    tx.save(conversation)
    link = f"{app.public_url}/inbox/{conversation.id}"
    sound(tx, app, effect.workspace, alarm("double", f"{conversation.id}-{effect.data['n']}", tickets=names, link=link))
    tx.stick(effect, names)


# A look after a delivery that needed more than one try, where the vendor cannot tell a repeated call


def owe_verification(tx: Transaction, app: App, effect: OwedEffect, helpdesk: str, delay: timedelta) -> None:
    n, id = effect.data["n"], effect.conversation
    due = app.clock() + app.timings.helpdesk + delay
    look = Effect(EffectKind.VERIFY, f"verify:{id}-{n}", id, due, {"n": n, "helpdesk": helpdesk})
    tx.owe(effect.workspace, look, app.clock())


async def verify_single(app: App, effect: OwedEffect) -> None:
    """Look the external id up once more: an index may have shown too late what an earlier try had made."""
    id, name = effect.conversation, effect.data["helpdesk"]
    integration = await app.store.read(lambda tx: tx.integration(effect.workspace, name))
    if id is None or integration is None or integration.paused_why is not None:
        await app.store.write(lambda tx: tx.finish(effect))
        return
    desk = app.desks.helpdesk(effect.workspace, integration)
    if not await app.store.write(lambda tx: take_look(tx, app, effect, desk, look_up=True)):
        return
    try:
        found = await _found(app, desk, f"warmline-{id}-{effect.data['n']}")
    except (HelpdeskError, TimeoutError):
        if app.clock() - effect.created_at < VERIFY_FOR:
            raise
        found = []
    await app.store.write(lambda tx: _verified(tx, app, effect, id, name, found))


async def _found(app: App, desk: Helpdesk, key: str) -> list[TicketRef]:
    async with asyncio.timeout(app.timings.helpdesk.total_seconds()):
        first = await step("verify.look_up", desk.find(key))
    return [first, *first.twins] if first else []


def _verified(
    tx: Transaction, app: App, effect: OwedEffect, id: ConversationId, helpdesk: str, found: Sequence[TicketRef]
) -> None:
    if not tx.finish(effect):
        return
    mine = _own(tx.conversation(effect.workspace, id))
    strangers = [each for each in found if (helpdesk, each.id) != mine]
    if mine is not None and strangers:
        note_stranger(tx, app, effect.workspace, id, effect.data["n"], helpdesk, strangers)
