"""One handoff, one ticket: attempts are recorded before the call, unclear ones looked up before the next.

THREATS section 3. Each write asks whether the claim still stands, so a late worker changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from warmline.actions.app import App
from warmline.actions.check_health import check_soon
from warmline.actions.look_up_profile import look_up_profile
from warmline.actions.mail_receipt import owe_receipt
from warmline.actions.read_receipt import receipt_link
from warmline.actions.scene import route_of, saved_words, stage_of, ticket_words
from warmline.actions.second_destination import made_nothing
from warmline.actions.take_turn import take_turn, too_many
from warmline.actions.wait_for_account import account_refused, asked_with, wait_for_account
from warmline.actions.watch_doubles import note_stranger, owe_verification
from warmline.domain.effect import GIVE_UP_AFTER, Attempt, OwedEffect, backoff, look_up_due
from warmline.domain.handoff import Owed, Stuck
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.ticket import Ticket, TicketRef
from warmline.domain.transcript import ticket_of
from warmline.domain.visitor import EmailAddress
from warmline.domain.watch import TicketStatus
from warmline.errors import AccountRefused, Throttled, TicketClosed, TicketRefused, Unclear
from warmline.failpoints import step
from warmline.helpdesks.base import Channel, Doubles, Helpdesk
from warmline.store.base import LEASE, Integration, Restored, Transaction

log = logging.getLogger(__name__)

LEFT = timedelta(seconds=25)
"""So much of a lease must be left when a call is sent: it takes 20 s at most."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What this delivery works on."""

    effect: OwedEffect
    conversation: ConversationId
    n: int
    helpdesk: str
    integration: Integration | None
    email: EmailAddress | None
    profile: Mapping[str, Any] | None
    restored: Restored | None
    tried: str | None
    """The account that the last try went to."""

    @property
    def forgotten(self) -> bool:
        """A restore may have taken from us that this very handoff was made already."""
        return self.restored is not None and self.effect.tries == 0 and self.effect.attempt is Attempt.NONE


async def deliver_ticket(app: App, effect: OwedEffect) -> None:
    """Make the ticket of an owed handoff, or find it, or say when to try again."""
    job = await app.store.read(lambda tx: _job(tx, effect))
    if job is None:
        await app.store.write(lambda tx: tx.finish(effect))
    elif job.integration is None or job.integration.paused_why is not None:
        await _wait_for_account(app, job)
    else:
        with asked_with(job.integration):
            await _deliver(app, job, app.desks.helpdesk(effect.workspace, job.integration))


def _job(tx: Transaction, effect: OwedEffect) -> _Job | None:
    if effect.conversation is None:
        return None
    conversation = tx.conversation(effect.workspace, effect.conversation)
    handoff = conversation.handoff
    if handoff is None or handoff.n != effect.data["n"]:
        return None
    looked_for = isinstance(handoff.step, Stuck) and "only_look" in effect.data
    bound = handoff.bound
    if bound is None or not (isinstance(handoff.step, Owed) or looked_for):
        return None
    row = tx.handoff_row(conversation.id, handoff.n)
    return _Job(
        effect=effect,
        conversation=conversation.id,
        n=handoff.n,
        helpdesk=bound.helpdesk,
        integration=tx.integration(effect.workspace, bound.helpdesk),
        email=bound.contact.email if bound.contact else None,
        profile=tx.profile_in(row) if row else None,
        restored=tx.restored(conversation.id),
        tried=tx.account_tried(effect.workspace, effect.key),
    )


async def _deliver(app: App, job: _Job, desk: Helpdesk) -> None:
    effect = job.effect
    if effect.attempt is not Attempt.NONE and await _is_elsewhere(app, job):
        return
    if (effect.attempt is not Attempt.NONE or job.forgotten) and desk.doubles is Doubles.LOOKED_UP:
        due = _look_up_due(app, job, desk)
        if app.clock() < due:
            await app.store.write(
                lambda tx: tx.put_off(effect, due, "waiting until the vendor's search can be believed")
            )
            return
        if not await app.store.write(lambda tx: take_turn(tx, app, effect, desk, look_up=True)):
            return
        found = await _look_up(app, job, desk)
        if found is not None:
            await _arrived(app, job, found, desk)
            return
        if not await _known_absent(app, job):
            return
    elif "only_look" in effect.data:
        await app.store.write(lambda tx: tx.stick(effect, "It cannot be looked up there: ask those who read it."))
        return
    await _create(app, job, desk)


def _look_up_due(app: App, job: _Job, desk: Helpdesk) -> datetime:
    effect, delay = job.effect, app.timings.index_delay if app.timings.index_delay is not None else desk.index_delay
    began = effect.attempt_at or (job.restored.at if job.restored else effect.created_at)
    return look_up_due(began, effect.attempt_ended_at, app.timings.helpdesk, delay)


async def _is_elsewhere(app: App, job: _Job) -> bool:
    """The open try went to another account than the one connected now: a search here would find nothing, and mean
    nothing. It is stuck as unknown until the old account is back, or a person has looked there."""
    if job.tried is None or job.integration is None or job.tried == app.desks.account_of(job.integration):
        return False
    why = f"The last try went to {job.tried}, and another account is connected now. Look there for its ticket."
    await app.store.write(lambda tx: _store_elsewhere(tx, app, job, why))
    await tell_both(app, job.effect.workspace, job.conversation)
    return True


def _store_elsewhere(tx: Transaction, app: App, job: _Job, why: str) -> None:
    _tell_saved(tx, app, job.effect, app.clock())
    _stick(tx, job.effect, why, app.clock())


async def _look_up(app: App, job: _Job, desk: Helpdesk) -> TicketRef | None:
    """Search by our key. A failed search is not "not found": it raises, and the attempt stays unknown."""
    async with asyncio.timeout(app.timings.helpdesk.total_seconds()):
        return await step("ticket.look_up", desk.find(f"warmline-{job.conversation}-{job.n}"))


async def _known_absent(app: App, job: _Job) -> bool:
    return await app.store.write(lambda tx: _store_absence(tx, app, job.effect))


def _store_absence(tx: Transaction, app: App, effect: OwedEffect) -> bool:
    """False when there is nothing left to do here: somebody else has it, or the second destination takes over."""
    ours = tx.end_attempt(effect, app.clock(), Attempt.NONE, "looked up: it made nothing")
    if ours and made_nothing(tx, app, effect, app.clock()):
        return False
    if ours and "only_look" in effect.data:
        tx.stick(effect, "looked up: it made nothing")
        return False
    return ours


async def _create(app: App, job: _Job, desk: Helpdesk) -> None:
    body, profile = job.effect.rendered, job.profile
    if body is None:
        if profile is None and job.email is not None:
            profile = await look_up_profile(app, job.effect.workspace, job.email)
        if not desk.prepared and not await app.store.write(lambda tx: take_turn(tx, app, job.effect, desk, stays=True)):
            return
        async with asyncio.timeout(app.timings.helpdesk.total_seconds()):
            await step("ticket.prepare", desk.prepare())
        ticket = await app.store.read(lambda tx: _ticket(tx, app, job, profile))
        if ticket is None:
            return
        body = desk.render(ticket)
    began, ticking = app.clock(), time.monotonic()
    account = app.desks.account_of(job.integration) if job.integration else ""
    if not await app.store.write(lambda tx: _begin(tx, app, job, desk, body, account, profile)):
        return
    # Paused meanwhile: the lease may be over before the call is, and another worker at it (DESIGN.md section 4).
    if max(app.clock() - began, timedelta(seconds=time.monotonic() - ticking)) > LEASE - LEFT:
        raise Unclear("this worker was paused for too long to send it", made_nothing=True)
    try:
        async with asyncio.timeout(app.timings.helpdesk.total_seconds()):
            made = await step("ticket.create", desk.create(_call_key(job), body))
    except TimeoutError as error:
        raise Unclear("no answer in time") from error
    await _arrived(app, job, made, desk)


def _begin(
    tx: Transaction, app: App, job: _Job, desk: Helpdesk, body: bytes, account: str, profile: Mapping[str, Any] | None
) -> bool:
    """What was found of the shopper is kept with the bytes that hold it: one commit less before the call."""
    if profile is not None and job.profile is None:
        tx.set_profile(job.conversation, job.n, profile)
    return begin_attempt(tx, app, job.effect, desk, body, job.forgotten, account)


def begin_attempt(
    tx: Transaction,
    app: App,
    effect: OwedEffect,
    desk: Helpdesk,
    body: bytes,
    forgotten: bool = False,
    account: str = "",
) -> bool:
    """Record that a try starts; False when it is not its turn, or no longer ours.

    Where the receiver drops doubles, a repeat after an unclear try keeps in mind that one was unclear: however clearly
    a later try is refused, nobody can say any more that nothing was made.
    """
    if not take_turn(tx, app, effect, desk):
        return False
    repeat = effect.attempt is not Attempt.NONE or forgotten
    if repeat and desk.doubles is Doubles.DROPPED_THERE:
        tx.note_progress(effect, dict(effect.data) | {"unclear": True})
    return tx.begin_attempt(effect, app.clock(), body, desk.name, account)


def _call_key(job: _Job) -> str:
    """A ticket that was refused and is sent again with new bytes needs a new idempotency key; so does one that may
    have been sent with other bytes in a life before a restore."""
    again = int(job.effect.data.get("again", 0))
    key = f"warmline-{job.conversation}-{job.n}" + (f"-{again}" if again else "")
    return f"{key}-r{job.restored.number}" if job.restored else key


def _ticket(tx: Transaction, app: App, job: _Job, profile: Mapping[str, Any] | None) -> Ticket | None:
    """The frozen content: the log up to seq N."""
    conversation = tx.conversation(job.effect.workspace, job.conversation)
    handoff = conversation.handoff
    if handoff is None or not isinstance(handoff.step, Owed):
        return None
    bound = handoff.step.bound
    workspace = tx.workspace(conversation.workspace)
    tag = route_of(tx, workspace, conversation, bound.upto).get("tag")
    ticket = ticket_of(
        conversation,
        handoff,
        bound,
        tx.log(conversation.id, bound.upto),
        tx.visitor(conversation.visitor),
        workspace,
        tx.best_of_turn(conversation.id, bound.upto, handoff.question),
        profile,
        f"{app.public_url}/inbox/{conversation.id}",
    )
    return replace(ticket, tags=(*ticket.tags, tag)) if tag else ticket


async def _arrived(app: App, job: _Job, ticket: TicketRef, desk: Helpdesk) -> None:
    """Delivered, told to the shopper, and the chat ended: one commit."""
    stays_open = desk.continues_in is Channel.CHAT
    delay = app.timings.index_delay if app.timings.index_delay is not None else desk.index_delay
    verify_after = delay if desk.key_life is None and desk.doubles is Doubles.LOOKED_UP else None
    await app.store.write(lambda tx: _store_arrival(tx, app, job, ticket, stays_open, verify_after))
    await tell_both(app, job.effect.workspace, job.conversation)


def _store_arrival(
    tx: Transaction, app: App, job: _Job, ticket: TicketRef, stays_open: bool, verify_after: timedelta | None
) -> None:
    now = app.clock()
    tx.end_attempt(job.effect, now, Attempt.NONE, f"made {ticket.reference or ticket.id}")
    if not tx.finish(job.effect):
        # Somebody else works on it, or people have it already: this one is late, and records nothing.
        note_stranger(tx, app, job.effect.workspace, job.conversation, job.n, job.helpdesk, [ticket])
        return
    stage = stage_of(tx, tx.conversation(job.effect.workspace, job.conversation), app.mail is not None, now)
    handoff = stage.conversation.handoff
    contact = handoff.bound.contact if handoff and handoff.bound else None
    told = ticket_words(stage, contact, ticket.reference, stays_open)
    late = handoff is not None and isinstance(handoff.step, Owed | Stuck) and handoff.step.saved_told
    stage.conversation.delivered(job.n, ticket, told, stays_open, now, receipt_link(app, stage, job.n))
    if job.forgotten:
        # The ticket is of the life before the restore: what this handoff was about may not be in it.
        stage.conversation.owe_whole_follow_up(job.n)
    tx.save(stage.conversation)
    if job.forgotten:
        tx.rewind_ticket(job.conversation, job.n)
    if late:
        owe_receipt(tx, app, stage, job.n)
    if ticket.twins:
        note_stranger(tx, app, job.effect.workspace, job.conversation, job.n, job.helpdesk, ticket.twins)
    if verify_after is not None and tx.attempts_of(job.effect.id) > 1:
        owe_verification(tx, app, job.effect, job.helpdesk, verify_after)


# What goes wrong


async def delivery_failed(app: App, effect: OwedEffect, error: Exception) -> None:
    """Decide what an error of a delivery or a follow-up means (DESIGN.md section 2, refusals)."""
    now = app.clock()
    why = str(error) or type(error).__name__
    await app.store.write(lambda tx: _store_failure(tx, app, effect, error, why, now))
    if effect.conversation:
        await tell_both(app, effect.workspace, effect.conversation)


def _store_failure(tx: Transaction, app: App, effect: OwedEffect, error: Exception, why: str, now: datetime) -> None:
    held = tx.effect_by_key(effect.workspace, effect.key)
    if held is None or held.fence != effect.fence:
        return
    clear = _made_nothing(error, held)
    tx.end_attempt(held, now, Attempt.NONE if clear else Attempt.UNKNOWN, why)
    _tell_saved(tx, app, held, now)
    if isinstance(error, AccountRefused):
        account_refused(tx, app, held, error, why, now)
    elif isinstance(error, TicketClosed) and _follow_on(tx, held, error, now):
        pass
    elif isinstance(error, TicketRefused) or now - held.created_at > GIVE_UP_AFTER:
        _stick(tx, held, why, now)
    elif isinstance(error, Throttled) and (helpdesk := tx.bound_helpdesk(held)):
        too_many(tx, held, helpdesk, _wait(error, held, now), now)
    else:
        tx.put_off(held, now + _wait(error, held, now), why)
        if isinstance(error, Unclear) and (helpdesk := tx.bound_helpdesk(held)):
            check_soon(tx, app, held.workspace, helpdesk)
    if clear:
        made_nothing(tx, app, held, now)


def _made_nothing(error: Exception, held: OwedEffect) -> bool:
    if held.data.get("unclear"):
        return False
    if held.attempt is Attempt.NONE:
        return True
    if held.attempt is Attempt.UNKNOWN:
        # A search failed: what the attempt did is as unknown as before.
        return False
    return isinstance(error, AccountRefused | TicketRefused | Throttled) or getattr(error, "made_nothing", False)


def _wait(error: Exception, held: OwedEffect, now: datetime) -> timedelta:
    asked = getattr(error, "retry_after", None)
    if asked is not None:
        return timedelta(seconds=min(max(float(asked), 0.2), 600))
    return backoff(held.tries, now - held.created_at, random.random())  # noqa: S311 jitter is no secret


def _follow_on(tx: Transaction, held: OwedEffect, error: TicketClosed, now: datetime) -> bool:
    """What could not be added to the closed ticket goes out as a new one that follows it."""
    if held.kind != "append" or held.conversation is None:
        return False
    conversation = tx.conversation(held.workspace, held.conversation)
    ticket = tx.ticket_of(conversation.id, held.data["n"])
    if ticket is None or not conversation.follow_on(None if error.gone else ticket.ref.id, now):
        return False
    tx.looked_at(ticket, TicketStatus.GONE if error.gone else TicketStatus.CLOSED, True, now)
    tx.finish(held)
    tx.save(conversation)
    return True


def _stick(tx: Transaction, held: OwedEffect, why: str, now: datetime) -> None:
    if not tx.stick(held, why) or held.conversation is None:
        return
    conversation = tx.conversation(held.workspace, held.conversation)
    if held.kind == "ticket":
        conversation.stuck(held.data["n"], why, now)
    else:
        conversation.remark(f"What the shopper wrote last could not be added to the ticket: {why}", now)
    tx.save(conversation)


def _tell_saved(tx: Transaction, app: App, held: OwedEffect, now: datetime) -> None:
    """The first failed attempt is the moment to say that it takes longer."""
    if held.kind != "ticket" or held.conversation is None:
        return
    stage = stage_of(tx, tx.conversation(held.workspace, held.conversation), app.mail is not None, now)
    handoff = stage.conversation.handoff
    contact = handoff.bound.contact if handoff and handoff.bound else None
    if stage.conversation.tell_saved(held.data["n"], saved_words(stage, contact), now):
        tx.save(stage.conversation)


async def _wait_for_account(app: App, job: _Job) -> None:
    """Not connected, or paused: the handoff stays owed, and is woken when the account is connected again."""
    await app.store.write(lambda tx: _store_wait(tx, app, job))
    await tell_both(app, job.effect.workspace, job.conversation)


def _store_wait(tx: Transaction, app: App, job: _Job) -> None:
    if wait_for_account(tx, job.effect, job.helpdesk, app.clock()):
        _tell_saved(tx, app, job.effect, app.clock())


async def tell_both(app: App, workspace: WorkspaceId, id: ConversationId) -> None:
    await app.live.tell(id)
    await app.live.tell(f"inbox:{workspace}")
