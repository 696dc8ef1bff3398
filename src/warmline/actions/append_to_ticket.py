"""What the shopper wrote after the ticket was frozen reaches it, as one follow-up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from warmline.actions.app import App
from warmline.actions.deliver_ticket import begin_attempt
from warmline.domain.effect import Attempt, OwedEffect, look_up_due
from warmline.domain.handoff import Delivered
from warmline.domain.message import AuthorKind
from warmline.domain.ticket import FollowUp, TicketRef
from warmline.domain.transcript import transcript_of
from warmline.errors import AccountRefused, Unclear
from warmline.failpoints import step
from warmline.helpdesks.base import Doubles
from warmline.store.base import Integration, Transaction


@dataclass(frozen=True, slots=True)
class _Job:
    follow_up: FollowUp
    integration: Integration | None


async def append_to_ticket(app: App, effect: OwedEffect) -> None:
    """Add the follow-up once: an unclear try is looked up by its marker line before the next."""
    job = await app.store.read(lambda tx: _job(tx, effect))
    if job is None:
        await app.store.write(lambda tx: tx.finish(effect))
        return
    if job.integration is None or job.integration.paused_why is not None:
        raise AccountRefused("the helpdesk is not connected")
    desk = app.desks.helpdesk(effect.workspace, job.integration)
    limit = app.timings.helpdesk.total_seconds()
    if effect.attempt is not Attempt.NONE and desk.doubles is Doubles.LOOKED_UP:
        delay = app.timings.index_delay if app.timings.index_delay is not None else desk.index_delay
        began = effect.attempt_at or effect.created_at
        due = look_up_due(began, effect.attempt_ended_at, app.timings.helpdesk, delay)
        if app.clock() < due:
            await app.store.write(lambda tx: tx.put_off(effect, due, "waiting until the vendor can be asked"))
            return
        async with asyncio.timeout(limit):
            there = await step("follow_up.look_up", desk.has_follow_up(job.follow_up.ticket, job.follow_up.marker))
        if there:
            await app.store.write(lambda tx: tx.finish(effect))
            return
    body = effect.rendered
    if body is None:
        async with asyncio.timeout(limit):
            await step("follow_up.prepare", desk.prepare())
        body = desk.render_follow_up(job.follow_up)
    if not await app.store.write(lambda tx: begin_attempt(tx, effect, desk, app.clock(), body)):
        return
    try:
        async with asyncio.timeout(limit):
            await step("follow_up.append", desk.append(job.follow_up.ticket, body))
    except TimeoutError as error:
        raise Unclear("no answer in time") from error
    await app.store.write(lambda tx: _done(tx, app, effect))


def _done(tx: Transaction, app: App, effect: OwedEffect) -> None:
    tx.end_attempt(effect, app.clock(), Attempt.NONE, "added")
    tx.finish(effect)


def _job(tx: Transaction, effect: OwedEffect) -> _Job | None:
    if effect.conversation is None:
        return None
    conversation = tx.conversation(effect.workspace, effect.conversation)
    handoff = conversation.handoff
    if handoff is None or handoff.n != effect.data["n"] or not isinstance(handoff.step, Delivered):
        return None
    ticket, bound = handoff.step.ticket, handoff.step.bound
    if ticket is None or bound.contact is None:
        return None
    said = [
        event
        for event in tx.messages_between(conversation.id, effect.data.get("since", bound.upto), effect.data["upto"])
        if event.data["author"]["kind"] == AuthorKind.VISITOR
    ]
    workspace, identity = tx.workspace(effect.workspace), tx.visitor(conversation.visitor).identity
    follow_up = FollowUp(
        ticket=TicketRef(ticket.id, ticket.url, ticket.reference),
        marker=f"warmline-{conversation.id}-{handoff.n}-upto-{effect.data['upto']}",
        transcript=transcript_of(said, workspace.timezone),
        email=bound.contact.email.value,
        name=identity.name if identity else None,
        lang=conversation.lang or conversation.locale,
        key=f"warmline-{conversation.id}-{handoff.n}",
    )
    return _Job(follow_up, tx.integration(effect.workspace, bound.helpdesk))
