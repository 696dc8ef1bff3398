"""The second destination takes over what the first has not taken in time, and only what it cannot have taken."""

from __future__ import annotations

from datetime import datetime, timedelta

from warmline.actions.app import App
from warmline.actions.scene import scene_of, stage_of
from warmline.domain.conversation import Conversation
from warmline.domain.effect import Attempt, EffectKind, OwedEffect
from warmline.domain.handoff import INBOX, Takeover, takeover
from warmline.domain.owner import OwnerKind
from warmline.errors import NotFound
from warmline.store.base import Transaction

LOOK_EVERY = timedelta(seconds=60)
"""Unknown at the first: what its look-up finds wakes this at once; this is the net below."""


async def hand_to_second(app: App, effect: OwedEffect) -> None:
    """Run the timer of a handoff that has a second destination."""
    await app.store.write(lambda tx: _run(tx, app, effect))
    if effect.conversation:
        await app.live.tell(effect.conversation)
        await app.live.tell(f"inbox:{effect.workspace}")


def _run(tx: Transaction, app: App, effect: OwedEffect) -> None:
    if effect.conversation is None or not tx.still_ours(effect):
        return
    conversation = tx.conversation(effect.workspace, effect.conversation)
    now = app.clock()
    match second_may(tx, conversation, effect.data["n"], now):
        case Takeover.NEVER:
            tx.finish(effect)
        case Takeover.WAIT:
            tx.put_off(effect, _due(conversation, now), "its time has not come")
        case Takeover.LOOK:
            tx.wake_effect(effect.workspace, f"ticket:{conversation.id}-{effect.data['n']}", now)
            tx.put_off(effect, now + LOOK_EVERY, "unknown at the first destination: it is looked up")
        case Takeover.NOW:
            if take_over(tx, app, conversation, now):
                tx.finish(effect)
            else:
                tx.put_off(effect, now + LOOK_EVERY, "the second destination is not connected")


def second_may(tx: Transaction, conversation: Conversation, n: int, now: datetime) -> Takeover:
    """The rule, with what the store knows of the attempts at the first destination."""
    handoff = conversation.handoff
    if handoff is None or handoff.n != n or not conversation.open:
        return Takeover.NEVER
    held = tx.effect_by_key(conversation.workspace, f"ticket:{conversation.id}-{n}")
    attempt = held.attempt if held else Attempt.NONE
    if held is not None and held.tries == 0 and tx.restored(conversation.id) is not None:
        attempt = Attempt.UNKNOWN  # what was sent before a restore is not known here
    return takeover(handoff.step, conversation.owner.kind is OwnerKind.QUEUE, attempt, now)


def take_over(tx: Transaction, app: App, conversation: Conversation, now: datetime) -> bool:
    """Cancel the first's effect, its fence raised, and owe it to the second: one commit. False: not connected."""
    handoff = conversation.handoff
    bound = handoff.bound if handoff else None
    if bound is None or bound.second is None:
        return False
    name = bound.second.helpdesk
    integration = tx.integration(conversation.workspace, name) if name != INBOX else None
    if name != INBOX and (integration is None or integration.paused_why is not None):
        return False
    stage = stage_of(tx, conversation, app.mail is not None, now)
    conversation.second_takes_over(scene_of(tx, stage, bound.contact), now)
    tx.save(conversation)
    return True


def made_nothing(tx: Transaction, app: App, effect: OwedEffect, now: datetime) -> bool:
    """The first is known to have made nothing: when its time is over, the second has it now.

    To be asked in the transaction that records it, so that no worker tries the first once more in between.
    """
    if effect.kind is not EffectKind.TICKET or effect.conversation is None:
        return False
    try:
        conversation = tx.conversation(effect.workspace, effect.conversation)
    except NotFound:
        return False
    n = effect.data["n"]
    if second_may(tx, conversation, n, now) is not Takeover.NOW or not take_over(tx, app, conversation, now):
        return False
    tx.cancel(effect.workspace, f"{EffectKind.SECOND.value}:{conversation.id}-{n}")
    return True


def _due(conversation: Conversation, now: datetime) -> datetime:
    bound = conversation.handoff.bound if conversation.handoff else None
    return bound.second.at if bound and bound.second else now
