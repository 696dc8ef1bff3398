"""What is said when time has passed: the delivery is late, or nobody has accepted."""

from __future__ import annotations

from warmline.actions.app import App
from warmline.actions.deliver_ticket import tell_both
from warmline.actions.scene import Stage, nobody_words, saved_words, stage_of
from warmline.domain.effect import Effect, EffectKind, OwedEffect
from warmline.store.base import Transaction


async def keep_promises(app: App, effect: OwedEffect) -> None:
    """Run a timer: it says what is true now, once, or nothing."""
    await app.store.write(lambda tx: _tell(tx, app, effect))
    if effect.conversation:
        await tell_both(app, effect.workspace, effect.conversation)


def _tell(tx: Transaction, app: App, effect: OwedEffect) -> None:
    if effect.conversation is None or not tx.finish(effect):
        return
    stage = stage_of(tx, tx.conversation(effect.workspace, effect.conversation), app.mail is not None, app.clock())
    conversation, handoff = stage.conversation, stage.conversation.handoff
    contact = handoff.bound.contact if handoff and handoff.bound else None
    if effect.kind is EffectKind.SAVED:
        conversation.tell_saved(effect.data["n"], saved_words(stage, contact), stage.now)
    else:
        _, told = nobody_words(stage, contact)
        nobody_came = conversation.queue_timed_out(effect.data["n"], told, stage.now)
        if nobody_came and stage.mail:
            _alert_anyway(tx, effect, stage)
    tx.save(conversation)


def _alert_anyway(tx: Transaction, effect: OwedEffect, stage: Stage) -> None:
    """Somebody has the Inbox open and does not accept: the team is told by mail all the same. Nobody is told twice."""
    key = f"{EffectKind.ALERT.value}:{stage.conversation.id}-{effect.data['n']}"
    before = tx.effect_by_key(effect.workspace, key)
    told = list(before.data.get("told", ())) if before else []
    data = {"n": effect.data["n"], "anyway": True, "told": told}
    tx.owe(effect.workspace, Effect(EffectKind.ALERT, key, stage.conversation.id, None, data), stage.now)
