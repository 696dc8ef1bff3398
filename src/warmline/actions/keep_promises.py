"""What is said when time has passed: the delivery is late, or nobody has accepted."""

from __future__ import annotations

from warmline.actions.app import App
from warmline.actions.deliver_ticket import tell_both
from warmline.actions.scene import nobody_words, saved_words, stage_of
from warmline.domain.effect import EffectKind, OwedEffect
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
        conversation.queue_timed_out(effect.data["n"], told, stage.now)
    tx.save(conversation)
