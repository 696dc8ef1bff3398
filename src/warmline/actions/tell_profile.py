"""Tell the CRM what happened: once for each event, with the usual retries, and only where the merchant wants it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from warmline.actions.app import App
from warmline.actions.try_again import pause
from warmline.domain.conversation import Conversation
from warmline.domain.conversation_state import QUIET
from warmline.domain.effect import GIVE_UP_AFTER, Attempt, OwedEffect
from warmline.domain.outcome import Outcome, recount
from warmline.domain.profile_event import Happened, ProfileEvent
from warmline.domain.visitor import EmailAddress
from warmline.errors import OutsideError
from warmline.failpoints import step
from warmline.profiles.base import EventRefused, TellsEvents
from warmline.store.base import Integration, Transaction

log = logging.getLogger(__name__)

_RESOLVED = {Outcome.RESOLVED_ASSUMED, Outcome.RESOLVED_CONFIRMED}


@dataclass(frozen=True, slots=True)
class _Job:
    event: ProfileEvent | None
    integration: Integration | None
    again: datetime | None = None
    """Not known yet: ask again then."""


async def tell_profile(app: App, effect: OwedEffect) -> None:
    """Send it, or find that there is nothing to send."""
    job = await app.store.read(lambda tx: _job(tx, app, effect))
    if job.again is not None:
        again = job.again
        await app.store.write(lambda tx: tx.put_off(effect, again, "not over yet"))
        return
    crm: object = app.desks.profiles(effect.workspace, job.integration) if job.integration else None
    if job.event is None or not isinstance(crm, TellsEvents):
        await app.store.write(lambda tx: tx.finish(effect))
        return
    if not await app.store.write(lambda tx: tx.begin_attempt(effect, app.clock(), None)):
        return
    error: Exception | None = None
    try:
        async with asyncio.timeout(app.timings.helpdesk.total_seconds()):
            await step("profile.tell", crm.tell(job.event))
    except (OutsideError, TimeoutError) as failed:
        error = failed
    await app.store.write(lambda tx: _store(tx, app, effect, error))


def _job(tx: Transaction, app: App, effect: OwedEffect) -> _Job:
    integration = tx.event_integration(effect.workspace)
    if effect.conversation is None or integration is None:
        return _Job(None, None)
    conversation = tx.conversation(effect.workspace, effect.conversation)
    email = _address(tx, conversation, effect)
    if email is None:
        return _Job(None, None)
    what = Happened(effect.data["what"])
    if what is Happened.RESOLVED:
        over = _over(tx, conversation, effect.data["n"], app.clock())
        if over is not True:
            return _Job(None, None, over or None)
    at = datetime.fromisoformat(effect.data["at"])
    properties = _properties(tx, conversation, what, effect.data["n"])
    return _Job(ProfileEvent(what, f"warmline-{effect.key.removeprefix('event:')}", email, at, properties), integration)


def _address(tx: Transaction, conversation: Conversation, effect: OwedEffect) -> EmailAddress | None:
    """Whose profile: who the handoff answers, else the address that the visitor gave."""
    bound = conversation.handoff.bound if conversation.handoff else None
    contact = (bound.contact if bound else None) or tx.visitor(conversation.visitor).reached_at
    return contact.email if contact else None


def _over(tx: Transaction, conversation: Conversation, episode: int, now: datetime) -> datetime | bool:
    """Was this episode resolved? When it is not over yet: when to ask again."""
    found = next((each for each in recount(tx.log(conversation.id)) if each.n == episode), None)
    if found is None:
        return False
    outcome = found.outcome(now)
    if outcome is Outcome.PENDING:
        return (found.last_at or now) + QUIET
    return outcome in _RESOLVED


def _properties(tx: Transaction, conversation: Conversation, what: Happened, n: int) -> dict[str, str | int]:
    """Facts, never words."""
    found: dict[str, str | int] = {
        "conversation_id": conversation.id,
        "language": conversation.lang or conversation.locale,
    }
    row = tx.handoff_row(conversation.id, n) if what is Happened.ROUTED else None
    if row is not None:
        found |= {"handoff": n, "reason": row["reason"], "helpdesk": row["helpdesk"]}
        ticket = tx.ticket_of(conversation.id, n)
        if ticket is not None:
            found["ticket_id"] = ticket.ref.id
    return found


def _store(tx: Transaction, app: App, effect: OwedEffect, error: Exception | None) -> None:
    """Sending it again does no harm: the CRM knows it by its id."""
    now = app.clock()
    why = (str(error) or "no answer in time") if error else "accepted"
    tx.end_attempt(effect, now, Attempt.NONE, why)
    if error is None:
        tx.finish(effect)
    elif isinstance(error, EventRefused) or now - effect.created_at > GIVE_UP_AFTER:
        log.warning("an event for the CRM is given up: %s", why)
        tx.finish(effect)
    else:
        asked = getattr(error, "retry_after", None)
        wait = pause(effect, now)
        tx.put_off(effect, now + (max(wait, timedelta(seconds=min(float(asked), 600))) if asked else wait), why)
