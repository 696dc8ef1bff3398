"""What a teammate does with a conversation: take, reply, note, close, hand back, open again, send again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from warmline.actions.app import App
from warmline.actions.mail_replies import contact_of
from warmline.actions.scene import Stage, stage_of
from warmline.domain.conversation import Conversation
from warmline.domain.effect import Attempt, Effect, EffectKind
from warmline.domain.handoff import Owed, Stuck
from warmline.domain.ids import ConversationId, Seq
from warmline.domain.message import clean_text
from warmline.domain.owner import CloseReason, Owner, OwnerKind
from warmline.domain.wording import say
from warmline.errors import Conflict
from warmline.store.base import Teammate, Transaction, key_for, note_key

PRESENT = timedelta(seconds=25)
"""A shopper whose stream was open this short a while ago counts as present."""

Verb = Callable[[Transaction, Stage, Owner], None]


async def take_conversation(app: App, teammate: Teammate, id: ConversationId) -> Stage:
    """Accept a waiting one, or take over from the agent: one winner. Raises Conflict `taken`, `unknown`, `closed`."""
    try:
        return await _do(app, teammate, id, _take)
    except Conflict as conflict:
        if conflict.code == "unknown":
            await app.store.write(lambda tx: look_first(tx, app, teammate, id))
        raise


def look_first(tx: Transaction, app: App, teammate: Teammate, id: ConversationId) -> None:
    """What may already be a ticket elsewhere is looked up now, as far as its index can be believed."""
    conversation = tx.conversation(teammate.workspace, id)
    if conversation.handoff is not None:
        key, now = f"ticket:{id}-{conversation.handoff.n}", app.clock()
        if not tx.look_only(teammate.workspace, key, now):
            tx.wake_effect(teammate.workspace, key, now)


async def reply_as_teammate(
    app: App, teammate: Teammate, id: ConversationId, text: str, client_id: str | None = None
) -> tuple[Stage, Seq]:
    """Speak to the shopper; takes the conversation when nobody has it. The same client_id again: the first result."""
    clean_text(text)
    seqs: list[Seq] = []

    def verb(tx: Transaction, stage: Stage, me: Owner) -> None:
        seqs[:] = [_reply(tx, app, stage, me, text, client_id)]

    stage = await _do(app, teammate, id, verb)
    return stage, seqs[0]


async def note_conversation(
    app: App, teammate: Teammate, id: ConversationId, text: str, client_id: str | None = None
) -> tuple[Stage, Seq]:
    """An internal note; shoppers never see it. The same client_id again: the first result."""
    clean_text(text)
    seqs: list[Seq] = []

    def verb(tx: Transaction, stage: Stage, me: Owner) -> None:
        said = _said_before(tx, stage, note_key(me.id, client_id) if client_id else None, text)
        seqs[:] = [said or stage.conversation.note(me, text, stage.now, client_id).seq]

    stage = await _do(app, teammate, id, verb)
    return stage, seqs[0]


async def close_conversation(app: App, teammate: Teammate, id: ConversationId, reason: CloseReason) -> Stage:
    """End it with a reason. Raises Conflict when somebody else has it, or a ticket is still owed."""

    def verb(tx: Transaction, stage: Stage, me: Owner) -> None:
        stage.conversation.close(me, reason, stage.now)

    return await _do(app, teammate, id, verb)


async def hand_back(app: App, teammate: Teammate, id: ConversationId) -> Stage:
    """Give it back to the agent, as a new episode."""

    def verb(tx: Transaction, stage: Stage, me: Owner) -> None:
        stage.conversation.hand_back(me, say("handback", stage.lang, name=teammate.name), stage.now)

    return await _do(app, teammate, id, verb)


async def reopen_conversation(app: App, teammate: Teammate, id: ConversationId) -> Stage:
    """Open a closed conversation again, as theirs."""

    def verb(tx: Transaction, stage: Stage, me: Owner) -> None:
        stage.conversation.reopen(me, say("joined", stage.lang, name=teammate.name), stage.now)

    return await _do(app, teammate, id, verb)


async def send_again(app: App, teammate: Teammate, id: ConversationId) -> Stage:
    """Try a stuck ticket once more. Raises Conflict `not_stuck`."""
    return await _do(app, teammate, id, _send_again)


async def _do(app: App, teammate: Teammate, id: ConversationId, verb: Verb) -> Stage:
    """Load, ask the domain, save, tell."""
    me = Owner(OwnerKind.TEAMMATE, teammate.id, teammate.name)

    def work(tx: Transaction) -> Stage:
        stage = stage_of(tx, tx.conversation(teammate.workspace, id), app.mail is not None, app.clock())
        verb(tx, stage, me)
        tx.save(stage.conversation)
        return stage

    stage = await app.store.write(work)
    await app.live.tell(id)
    await app.live.tell(f"inbox:{teammate.workspace}")
    return stage


def _take(tx: Transaction, stage: Stage, me: Owner) -> None:
    _refuse_if_unknown(tx, stage.conversation, stage.now)
    stage.conversation.take(me, say("joined", stage.lang, name=me.name or ""), stage.now)


def _refuse_if_unknown(tx: Transaction, conversation: Conversation, now: object) -> None:
    """A handoff that may already be a ticket elsewhere is not taken: somebody looks first (DESIGN.md section 2)."""
    handoff = conversation.handoff
    if handoff is None or not isinstance(handoff.step, Owed | Stuck):
        return
    effect = tx.effect_by_key(conversation.workspace, f"ticket:{conversation.id}-{handoff.n}")
    if effect is not None and effect.attempt is not Attempt.NONE:
        raise Conflict(
            f"This handoff may already be in {handoff.step.bound.helpdesk}. It is being looked up; try again shortly.",
            "unknown",
        )


def _reply(tx: Transaction, app: App, stage: Stage, me: Owner, text: str, client_id: str | None) -> Seq:
    conversation = stage.conversation
    said = _said_before(tx, stage, key_for(me.id, client_id) if client_id else None, text)
    if said is not None:
        return said
    if conversation.owner.kind is not OwnerKind.TEAMMATE:
        _take(tx, stage, me)
    event = conversation.reply(me, text, client_id, stage.now)
    if stage.mail and contact_of(stage) is not None:
        conversation.effects.append(_letter_owed(app, stage))
    return event.seq


def _said_before(tx: Transaction, stage: Stage, key: str | None, text: str) -> Seq | None:
    """Where this very text was stored under this key. Raises Conflict when another text was."""
    said = tx.find_said(stage.conversation.id, key) if key else None
    if said is None:
        return None
    if said.data["text"] != text:
        raise Conflict("This client_id was used for another text. Make a new one for each message.", "client_id")
    return said.seq


def _letter_owed(app: App, stage: Stage) -> Effect:
    """Who is here gets some seconds to see it; who has left gets a letter now. What was seen is not mailed."""
    seen = stage.conversation.visitor_seen_at
    present = seen is not None and stage.now - seen < PRESENT
    due = stage.now + app.timings.reply_mail if present else None
    return Effect(EffectKind.MAIL, f"mail:{stage.conversation.id}", stage.conversation.id, due)


def _send_again(tx: Transaction, stage: Stage, me: Owner) -> None:
    conversation = stage.conversation
    handoff = conversation.handoff
    before = tx.effect_by_key(conversation.workspace, f"ticket:{conversation.id}-{handoff.n}") if handoff else None
    conversation.send_again(stage.now)
    if before is not None and conversation.effects:
        again = int(before.data.get("again", 0)) + 1
        owed = conversation.effects[-1]
        conversation.effects[-1] = Effect(
            owed.kind, owed.key, owed.conversation, owed.due, dict(owed.data) | {"again": again}
        )
