"""What a teammate does about a line of "needs a person": send it again, take it here, say what they found."""

from __future__ import annotations

from warmline.actions.app import App
from warmline.actions.deliver_ticket import tell_both
from warmline.actions.reply_as_teammate import send_again, take_conversation
from warmline.actions.retry_deliveries import retry_deliveries
from warmline.actions.scene import stage_of
from warmline.actions.second_destination import made_nothing
from warmline.domain.effect import Attempt, Effect, EffectKind
from warmline.domain.ids import ConversationId, EffectId
from warmline.domain.needs import Need, NeedKind
from warmline.domain.owner import Owner, OwnerKind
from warmline.domain.wording import say
from warmline.errors import Conflict, NotFound
from warmline.store.base import Teammate, Transaction


async def send_need_again(app: App, me: Teammate, id: EffectId) -> ConversationId:
    """Try it once more, now. Raises NotFound, Conflict, and Invalid when the account is still refused."""
    need = await _find(app, me, id)
    if need.kind is NeedKind.DOUBLED:
        raise Conflict("There are two tickets already: merge them there, and settle this line.", "doubled")
    if need.kind is NeedKind.PAUSED and need.helpdesk:
        await retry_deliveries(app, me.workspace, need.helpdesk)
    elif need.effect is EffectKind.TICKET and need.is_over:
        await send_again(app, me, need.conversation)
    else:
        await app.store.write(lambda tx: _owe_again(tx, app, me, need))
    await tell_both(app, me.workspace, need.conversation)
    return need.conversation


async def take_need(app: App, me: Teammate, id: EffectId) -> ConversationId:
    """Answer it here. Raises Conflict `unknown` while it may already be there: then it is looked up first."""
    need = await _find(app, me, id)
    if need.effect in {EffectKind.TICKET, EffectKind.DOUBLE}:
        await take_conversation(app, me, need.conversation)
        return need.conversation
    refused = await app.store.write(lambda tx: _take(tx, app, me, need))
    await tell_both(app, me.workspace, need.conversation)
    if refused is not None:
        raise refused
    return need.conversation


async def looked_by_hand(app: App, me: Teammate, id: EffectId) -> ConversationId:
    """A teammate has looked in the helpdesk: it is not there. From here the usual rules go on."""
    need = await _find(app, me, id)
    await app.store.write(lambda tx: _store_look(tx, app, me, need))
    await tell_both(app, me.workspace, need.conversation)
    return need.conversation


async def settle_need(app: App, me: Teammate, id: EffectId) -> ConversationId:
    """A reply or follow-up that reached the other side some other way. Raises Conflict for a handoff."""
    need = await _find(app, me, id)
    if need.effect is EffectKind.TICKET:
        raise Conflict("A handoff is not settled by a word: send it again, or take it here.", "owed")
    await app.store.write(lambda tx: _settle(tx, app, me, need))
    await tell_both(app, me.workspace, need.conversation)
    return need.conversation


async def _find(app: App, me: Teammate, id: EffectId) -> Need:
    need = await app.store.read(lambda tx: tx.need(me.workspace, id, app.clock()))
    if need is None:
        raise NotFound("This needs nobody any more.")
    return need


def _owe_again(tx: Transaction, app: App, me: Teammate, need: Need) -> None:
    """Due now; an attempt whose end is unknown is looked up first, as ever."""
    key = tx.effect_key(me.workspace, need.id)
    if key is not None and not (not need.is_over and tx.wake_effect(me.workspace, key, app.clock())):
        tx.owe(me.workspace, Effect(need.effect, key, need.conversation, None, need.data), app.clock())


def _take(tx: Transaction, app: App, me: Teammate, need: Need) -> Conflict | None:
    """A follow-up or a reply: its effect goes in the commit that takes the conversation."""
    if need.open_attempt is not Attempt.NONE and need.effect is EffectKind.APPEND:
        _owe_again(tx, app, me, need)
        return Conflict(f"It may already be in {need.helpdesk}. It is being looked up; try again shortly.", "unknown")
    key = tx.effect_key(me.workspace, need.id)
    if key is not None:
        tx.cancel(me.workspace, key)
    stage = stage_of(tx, tx.conversation(me.workspace, need.conversation), app.mail is not None, app.clock())
    conversation, owner = stage.conversation, Owner(OwnerKind.TEAMMATE, me.id, me.name)
    joined = say("joined", stage.lang, name=me.name)
    if conversation.open:
        conversation.take(owner, joined, stage.now)
    else:
        conversation.reopen(owner, joined, stage.now)
    tx.save(conversation)
    return None


def _store_look(tx: Transaction, app: App, me: Teammate, need: Need) -> None:
    """Raises Conflict while a try is running: nobody can know yet."""
    key, now = tx.effect_key(me.workspace, need.id), app.clock()
    held = tx.effect_by_key(me.workspace, key) if key else None
    if held is None or need.kind is not NeedKind.UNKNOWN:
        raise Conflict("Nothing is unknown here any more.", "not_unknown")
    if held.attempt is Attempt.IN_FLIGHT and not need.is_over:
        raise Conflict("A try is running this minute. Look again when it has ended.", "unknown")
    tx.known_absent(me.workspace, held.key, now)
    after = tx.effect_by_key(me.workspace, held.key)
    if after is not None and "only_look" in held.data:
        tx.stick(after, f"{me.name} looked: it made nothing")
    conversation = tx.conversation(me.workspace, need.conversation)
    conversation.remark(f"{me.name} looked in {need.helpdesk}: there is no ticket.", now)
    tx.save(conversation)
    made_nothing(tx, app, held, now)


def _settle(tx: Transaction, app: App, me: Teammate, need: Need) -> None:
    key = tx.effect_key(me.workspace, need.id)
    if key is not None:
        tx.cancel(me.workspace, key)
    conversation = tx.conversation(me.workspace, need.conversation)
    conversation.remark(_SETTLED[need.effect].format(name=me.name), app.clock())
    tx.save(conversation)


_SETTLED = {
    EffectKind.RECEIPT: "The mail that could not be sent was settled by {name}.",
    EffectKind.MAIL: "The mail that could not be sent was settled by {name}.",
    EffectKind.APPEND: "The follow-up that could not be added was settled by {name}.",
    EffectKind.DOUBLE: "The second ticket was merged by {name}.",
}
