"""Read a ticket again: what its people wrote is recorded, once, and a solved ticket ends the chat.

Rung by a webhook or by its own clock; what counts is what the helpdesk says now, so calls that come twice, late or out
of order change nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from warmline.actions.app import App
from warmline.actions.deliver_ticket import tell_both
from warmline.actions.take_turn import take_look
from warmline.domain.conversation import Conversation
from warmline.domain.effect import OwedEffect
from warmline.domain.message import VISITOR, Author, AuthorKind, Message
from warmline.domain.watch import Comment, TicketNow, TicketStatus, Watched, Writer, next_look, plain, to_record
from warmline.errors import HelpdeskError, Throttled
from warmline.failpoints import step
from warmline.helpdesks.base import Readable
from warmline.store.base import Integration, Transaction, outside_key

_OF_LATE = timedelta(hours=24)
"""A webhook that has rung within this time is believed to ring again."""
_LONGEST_ERROR_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Job:
    ticket: Watched
    integration: Integration | None
    live: bool
    hooked: bool


async def look_at_ticket(app: App, effect: OwedEffect) -> None:
    """Read, record, and say when to look next."""
    job = await app.store.read(lambda tx: _job(tx, app, effect))
    if job is None or job.integration is None:
        await app.store.write(lambda tx: tx.finish(effect))
        return
    desk = app.desks.helpdesk(effect.workspace, job.integration)
    if not isinstance(desk, Readable):
        await app.store.write(lambda tx: tx.finish(effect))
        return
    if not await app.store.write(lambda tx: take_look(tx, app, effect, desk, live=job.live)):
        return
    try:
        async with asyncio.timeout(app.timings.helpdesk.total_seconds()):
            found = await step("ticket.fetch", desk.fetch(job.ticket.ref))
    except (HelpdeskError, TimeoutError) as error:
        why = error
        await app.store.write(lambda tx: _failed(tx, app, effect, job, why))
        return
    if await app.store.write(lambda tx: _store(tx, app, effect, job, found)):
        await tell_both(app, effect.workspace, job.ticket.conversation)


def _job(tx: Transaction, app: App, effect: OwedEffect) -> _Job | None:
    if effect.conversation is None:
        return None
    ticket = tx.ticket_of(effect.conversation, effect.data["n"])
    if ticket is None:
        return None
    conversation = tx.conversation(effect.workspace, effect.conversation)
    hook = tx.hook(effect.workspace, ticket.helpdesk)
    seen = hook.seen_at if hook else None
    return _Job(
        ticket,
        tx.integration(effect.workspace, ticket.helpdesk),
        live=conversation.open and _is_live(conversation, ticket),
        hooked=seen is not None and app.clock() - seen < _OF_LATE,
    )


def _is_live(conversation: Conversation, ticket: Watched) -> bool:
    """Does this chat go on with this very ticket?"""
    return conversation.mirrored and conversation.handoff is not None and conversation.handoff.n == ticket.n


def _failed(tx: Transaction, app: App, effect: OwedEffect, job: _Job, error: Exception) -> None:
    """A helpdesk that cannot be read keeps nothing waiting; the net is thrown again, and counts as thrown."""
    now = app.clock()
    held = tx.effect_by_key(effect.workspace, effect.key)
    if held is None or not tx.still_ours(effect):
        return
    tx.looked_at(job.ticket, job.ticket.status, False, now)
    again = next_look(job.ticket, live=job.live, hooked=False, now=now)
    if again is None:
        tx.finish(effect)
        return
    pause = max(again - now, min(timedelta(seconds=2.0 ** min(job.ticket.looks, 10)), _LONGEST_ERROR_PAUSE))
    if isinstance(error, Throttled):
        pause = max(pause, timedelta(seconds=min(error.retry_after, 600)))
    tx.put_off(held, now + pause, str(error) or "no answer in time")


def _store(tx: Transaction, app: App, effect: OwedEffect, job: _Job, found: TicketNow) -> bool:
    """True when the log has grown."""
    now = app.clock()
    held, ticket = tx.effect_by_key(effect.workspace, effect.key), tx.ticket_of(job.ticket.conversation, job.ticket.n)
    if held is None or ticket is None or not tx.still_ours(effect):
        return False
    conversation = tx.conversation(effect.workspace, ticket.conversation)
    recorded = [
        record_comment(tx, conversation, ticket, comment, now) for comment in found.comments if to_record(comment)
    ]
    # We changed the ticket while this was being read: its status may be an old one.
    stale = ticket.version != job.ticket.version
    status = ticket.status if stale else found.status
    if status is not ticket.status:
        _turn(conversation, ticket, status, now)
    news = any(recorded) or status is not ticket.status
    tx.save(conversation)
    tx.looked_at(ticket, status, news, now)
    rung = stale or held.data.get("rung") != effect.data.get("rung")
    _look_next(tx, held, replace(ticket, status=status, news_at=now if news else ticket.news_at), job, rung, now)
    return news


def _look_next(tx: Transaction, held: OwedEffect, ticket: Watched, job: _Job, rung: bool, now: datetime) -> None:
    due = now if rung else next_look(ticket, live=job.live, hooked=job.hooked, now=now)
    if due is None:
        tx.finish(held)
    else:
        tx.put_off(held, due, "")


def record_comment(
    tx: Transaction, conversation: Conversation, ticket: Watched, comment: Comment, now: datetime
) -> bool:
    """Once by the helpdesk's id of the comment. False when it was there."""
    id = f"{ticket.helpdesk}:{comment.id}"
    if tx.find_said(conversation.id, outside_key(id)) is not None:
        return False
    # The log is in our order; the helpdesk's clock may only say how long ago it was.
    at = min(max(comment.at, conversation.last_at), now)
    name = comment.name or ticket.helpdesk.title()
    author = VISITOR if comment.writer is Writer.SHOPPER else Author(AuthorKind.TEAMMATE, name)
    private = {"outside": id, "via": ticket.helpdesk}
    if _is_live(conversation, ticket):
        conversation.written(Message(author, plain(comment.text), extra=private), at)
    else:
        conversation.mailed(author, plain(comment.text), at, **private)
    return True


def _turn(conversation: Conversation, ticket: Watched, status: TicketStatus, now: datetime) -> None:
    """The ticket has become another one: what that means for the chat."""
    if status is TicketStatus.GONE:
        conversation.remark(f"The ticket {ticket.ref.reference or ticket.ref.id} is gone: deleted or merged.", now)
    if status is not TicketStatus.OPEN and _is_live(conversation, ticket):
        conversation.solved(now)
