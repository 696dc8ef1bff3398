"""What the shopper writes after the ticket was frozen reaches it, in order, and each word once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from warmline.actions.app import App
from warmline.actions.deliver_ticket import begin_attempt
from warmline.actions.take_turn import take_turn
from warmline.actions.wait_for_account import asked_with, wait_for_account
from warmline.domain.conversation import Conversation
from warmline.domain.effect import Attempt, Effect, EffectKind, OwedEffect, look_up_due
from warmline.domain.handoff import Bound, Delivered
from warmline.domain.message import AuthorKind, Event
from warmline.domain.ticket import FollowUp
from warmline.domain.transcript import transcript_of
from warmline.domain.watch import TicketStatus, Watched
from warmline.errors import TicketRefused, Unclear
from warmline.failpoints import step
from warmline.helpdesks.base import Doubles, Helpdesk, Readable
from warmline.store.base import Integration, Transaction

LOOK_AFTER = timedelta(seconds=10)
"""After a word of the shopper somebody may answer soon."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What goes now: the shopper's words up to `upto`, as `body` when it was tried before."""

    ticket: Watched
    upto: int
    follow_up: FollowUp | None
    body: bytes | None
    integration: Integration | None
    made_in: str | None
    """The account that holds the ticket."""


async def append_to_ticket(app: App, effect: OwedEffect) -> None:
    """Add what is new as one comment; an unclear try is looked up by its marker line before the next."""
    job = await app.store.read(lambda tx: _job(tx, effect))
    if job is None:
        await app.store.write(lambda tx: tx.finish(effect))
        return
    if job.follow_up is None:
        await app.store.write(lambda tx: _done(tx, app, effect, job, "nothing new"))
        return
    if job.integration is None or job.integration.paused_why is not None:
        await app.store.write(lambda tx: wait_for_account(tx, effect, job.ticket.helpdesk, app.clock()))
        return
    with asked_with(job.integration):
        await _say(app, effect, job, job.follow_up, job.integration)


async def _say(app: App, effect: OwedEffect, job: _Job, follow_up: FollowUp, integration: Integration) -> None:
    if job.made_in not in (None, app.desks.account_of(integration)):
        # The same number there is another shopper's ticket.
        raise TicketRefused(f"The ticket is in {job.made_in}, and another account is connected now.")
    desk = app.desks.helpdesk(effect.workspace, integration)
    if effect.attempt is not Attempt.NONE and desk.doubles is Doubles.LOOKED_UP:
        due = _look_up_due(app, effect, desk)
        if app.clock() < due:
            await app.store.write(lambda tx: tx.put_off(effect, due, "waiting until the vendor can be asked"))
            return
        if not await app.store.write(lambda tx: take_turn(tx, app, effect, desk, look_up=True)):
            return
        async with asyncio.timeout(app.timings.helpdesk.total_seconds()):
            there = await step("follow_up.look_up", desk.has_follow_up(job.ticket.ref, follow_up.marker))
        if there:
            await app.store.write(lambda tx: _done(tx, app, effect, job, "looked up: it is there"))
            return
    await _append(app, effect, desk, job, follow_up)


def _look_up_due(app: App, effect: OwedEffect, desk: Helpdesk) -> datetime:
    delay = app.timings.index_delay if app.timings.index_delay is not None else desk.index_delay
    began = effect.attempt_at or effect.created_at
    return look_up_due(began, effect.attempt_ended_at, app.timings.helpdesk, delay)


async def _append(app: App, effect: OwedEffect, desk: Helpdesk, job: _Job, follow_up: FollowUp) -> None:
    limit = app.timings.helpdesk.total_seconds()
    if job.ticket.status is not TicketStatus.OPEN and isinstance(desk, Readable) and not desk.word_opens:
        if not await app.store.write(lambda tx: take_turn(tx, app, effect, desk, stays=True)):
            return
        async with asyncio.timeout(limit):
            await step("follow_up.reopen", desk.reopen(job.ticket.ref))
        # Kept at once: waiting for the next token, it would else be opened again and again, a token each time.
        await app.store.write(lambda tx: tx.reopened(job.ticket))
    body = job.body
    if body is None:
        if not desk.prepared and not await app.store.write(lambda tx: take_turn(tx, app, effect, desk, stays=True)):
            return
        async with asyncio.timeout(limit):
            await step("follow_up.prepare", desk.prepare())
        body = desk.render_follow_up(follow_up)
    if not await app.store.write(lambda tx: _begin(tx, app, effect, desk, job, body)):
        return
    try:
        async with asyncio.timeout(limit):
            await step("follow_up.append", desk.append(job.ticket.ref, body))
    except TimeoutError as error:
        raise Unclear("no answer in time") from error
    await app.store.write(lambda tx: _done(tx, app, effect, job, "added"))


def _begin(tx: Transaction, app: App, effect: OwedEffect, desk: Helpdesk, job: _Job, body: bytes) -> bool:
    """The bytes and how far they reach are one commit: a later try sends the same and no more."""
    if not begin_attempt(tx, app, effect, desk, body):
        return False
    tx.sending_to(job.ticket, job.upto)
    return True


def _done(tx: Transaction, app: App, effect: OwedEffect, job: _Job, how: str) -> None:
    """On the ticket. What was written meanwhile is next."""
    now = app.clock()
    if not tx.end_attempt(effect, now, Attempt.NONE, how) or effect.conversation is None:
        return
    tx.sent_to(job.ticket, job.upto, now)
    conversation = tx.conversation(effect.workspace, effect.conversation)
    look = Effect(
        EffectKind.LOOK,
        f"look:{conversation.id}-{job.ticket.n}",
        conversation.id,
        now + LOOK_AFTER,
        {"n": job.ticket.n},
    )
    if conversation.mirrored:
        tx.owe(effect.workspace, look, now)
    if conversation.last_visitor_seq > job.upto:
        tx.put_off(effect, now, "the shopper wrote more")
    else:
        tx.finish(effect)


def _job(tx: Transaction, effect: OwedEffect) -> _Job | None:
    if effect.conversation is None:
        return None
    conversation = tx.conversation(effect.workspace, effect.conversation)
    ticket = tx.ticket_of(conversation.id, effect.data["n"])
    handoff = conversation.handoff
    if ticket is None or handoff is None or handoff.n != ticket.n or not isinstance(handoff.step, Delivered):
        return None
    tried = effect.rendered is not None and ticket.sending_upto > ticket.sent_upto
    upto = ticket.sending_upto if tried else conversation.last_visitor_seq
    said = [event for event in tx.messages_between(conversation.id, ticket.sent_upto, upto) if _typed_here(event)]
    return _Job(
        ticket=ticket,
        upto=upto,
        follow_up=_follow_up(tx, conversation, ticket, handoff.step.bound, upto, said) if said else None,
        body=effect.rendered if tried else None,
        integration=tx.integration(effect.workspace, ticket.helpdesk),
        made_in=tx.account_tried(effect.workspace, f"ticket:{conversation.id}-{ticket.n}"),
    )


def _typed_here(event: Event) -> bool:
    """By the shopper, and not read from the ticket in the first place: so no word goes round in a circle."""
    return event.data["author"]["kind"] == AuthorKind.VISITOR and "outside" not in event.data


def _follow_up(
    tx: Transaction, conversation: Conversation, ticket: Watched, bound: Bound, upto: int, said: Sequence[Event]
) -> FollowUp | None:
    if bound.contact is None:
        return None
    identity = tx.visitor(conversation.visitor).identity
    return FollowUp(
        ticket=ticket.ref,
        marker=f"warmline-{conversation.id}-{ticket.n}-upto-{upto}",
        transcript=transcript_of(said, tx.workspace(conversation.workspace).timezone),
        email=bound.contact.email.value,
        name=identity.name if identity else None,
        lang=conversation.lang or conversation.locale,
        key=f"warmline-{conversation.id}-{ticket.n}",
    )
