"""Nobody asks a vendor faster than it allows: one token bucket for each account, shared by all workers.

Who finds it empty lets go of the effect until its turn; no try is counted. Whoever waits stands in a line ordered by
consent, and while somebody stands there nobody who was owed later goes first. Who takes its turn calls the next.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from warmline.actions.app import App
from warmline.domain.bucket import STEP, Bucket, Rate, full
from warmline.domain.effect import OwedEffect
from warmline.helpdesks.base import Helpdesk
from warmline.store.base import Transaction

LONGEST_PAUSE, LONGEST_LIVE = timedelta(minutes=2), timedelta(seconds=5)
"""Of a look that yields to handoffs, before it asks again; the second: of one that a shopper in the chat waits for."""
LEAST_PAUSE, LOOK_STEP = timedelta(seconds=1), timedelta(milliseconds=250)
"""The second: for each that waits, so that at most four a second ask in vain."""


def take_turn(
    tx: Transaction, app: App, effect: OwedEffect, desk: Helpdesk, *, look_up: bool = False, stays: bool = False
) -> bool:
    """Take tokens for a call that is about to be made; False: not now, the effect waits, or is no longer ours.

    `stays`: the call is none that makes or finds a ticket, and nobody may pass this effect meanwhile.
    """
    if not tx.still_ours(effect):
        return False
    now, name, rate = app.clock(), desk.name, _rate(app, desk)
    cost = rate.look_up if rate and look_up else 1
    bucket = (tx.bucket(effect.workspace, name) or full(rate, now)).filled(rate, now)
    free, ahead = bucket.free_at(rate, cost), tx.ahead_in_line(effect, name, now)
    if free <= now and not ahead:
        if rate is not None:
            bucket = bucket.taken(cost)
            tx.save_bucket(effect.workspace, name, bucket)
        if effect.line is not None and not stays:
            tx.leave_line(effect)
            tx.call_first(effect.workspace, name, bucket.free_at(rate, 1), now)
        return True
    if ahead:
        tx.call_first(effect.workspace, name, free, now)
    gap = rate.gap if rate else STEP
    tx.stand_in_line(effect, name, max(free, now) + max(gap * ahead, STEP), f"waiting its turn at {name}")
    return False


def take_look(
    tx: Transaction, app: App, effect: OwedEffect, desk: Helpdesk, *, look_up: bool = False, live: bool = False
) -> bool:
    """Take tokens for a look at what is there already: only while no handoff waits. False: it is put off a little.

    After an outage thousands of tickets are looked at; they would take every token before the handoffs in line. And
    each time that they ask in vain costs us a commit: the more there are, the longer is the pause. `live`: a shopper
    waits in the chat for what it may find.
    """
    held = tx.effect_by_key(effect.workspace, effect.key)
    if held is None or not tx.still_ours(effect):
        return False
    now, rate = app.clock(), _rate(app, desk)
    cost = rate.look_up if rate and look_up else 1
    bucket = (tx.bucket(effect.workspace, desk.name) or full(rate, now)).filled(rate, now)
    free, waiting = bucket.free_at(rate, cost), tx.length_of_line(effect.workspace, desk.name)
    if free > now or waiting:
        crowd = waiting + tx.looks_due(effect.workspace, now)
        pause = max(max(rate.gap if rate else LOOK_STEP, LOOK_STEP) * crowd, LEAST_PAUSE)
        pause = min(pause, LONGEST_LIVE if live else LONGEST_PAUSE)
        tx.put_off(held, max(free, now) + pause, f"handoffs to {desk.name} go first")
        return False
    if rate is not None:
        tx.save_bucket(effect.workspace, desk.name, bucket.taken(cost))
    return True


def too_many(tx: Transaction, effect: OwedEffect, name: str, asked: timedelta, now: datetime) -> None:
    """The vendor said 429: nobody calls it until then, and this effect keeps its place in the line."""
    until = now + asked
    bucket = (tx.bucket(effect.workspace, name) or Bucket(0.0, now)).filled(None, now).closed(until)
    tx.save_bucket(effect.workspace, name, bucket)
    tx.stand_in_line(effect, name, until + STEP * (1 + tx.ahead_in_line(effect, name, now)), f"{name} asks to wait")


def _rate(app: App, desk: Helpdesk) -> Rate | None:
    """That of the vendor's smallest plan, or what the operator says that the account may have."""
    if desk.rate is None or app.timings.requests is None:
        return desk.rate
    return Rate(app.timings.requests, timedelta(minutes=1), desk.rate.look_up)
