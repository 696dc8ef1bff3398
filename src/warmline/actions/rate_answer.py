"""Did this help?"""

from __future__ import annotations

from warmline.actions.app import App
from warmline.actions.scene import Stage, custom_message, offer_words, stage_of
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import HandoffReason
from warmline.domain.ids import ConversationId, Seq
from warmline.domain.message import THE_AGENT, AuthorKind, Message, Verdict
from warmline.domain.owner import AGENT
from warmline.domain.policy import OfferHandoff, once
from warmline.domain.visitor import Visitor
from warmline.errors import Invalid
from warmline.store.base import SHOPPER, Transaction


async def rate_answer(app: App, visitor: Visitor, id: ConversationId, seq: int, helped: bool) -> Stage:
    """The shopper's word on one answer. Raises Invalid when `seq` is no answer, NotFound.

    "No" to the last answer is met by the offer of a person, or by the custom message.
    """
    stage = await app.store.write(lambda tx: _rate(tx, app, visitor, id, seq, helped))
    await app.live.tell(id)
    await app.live.tell(f"inbox:{visitor.workspace}")
    return stage


def _rate(tx: Transaction, app: App, visitor: Visitor, id: ConversationId, seq: int, helped: bool) -> Stage:
    conversation = tx.conversation_of(visitor.id, id)
    found = tx.messages_between(id, seq - 1, seq)
    if not found or found[0].data["author"]["kind"] != AuthorKind.AGENT or "verdict" not in found[0].data:
        raise Invalid("There is no answer with this seq.", "seq")
    stage = stage_of(tx, conversation, app.mail is not None, app.clock())
    conversation.helped(seq, helped, stage.now)
    asked = found[0].data.get("reply_to")
    if found[0].data["verdict"] == Verdict.ANSWER and asked is not None:
        tx.judge_turn(visitor.workspace, id, Seq(asked), SHOPPER, helped, stage.now)
    if not helped and found[0].data["verdict"] == Verdict.ANSWER and _is_last(tx, conversation, seq):
        _make_up(tx, stage, found[0].data.get("reply_to"))
    tx.save(conversation)
    return stage


def _is_last(tx: Transaction, conversation: Conversation, seq: int) -> bool:
    """Nobody said anything after it, and the agent still owns an open conversation."""
    later = tx.messages_between(conversation.id, seq, conversation.seq)
    return conversation.open and conversation.owner == AGENT and not later


def _make_up(tx: Transaction, stage: Stage, asked: Seq | None) -> None:
    conversation = stage.conversation
    if conversation.handoff is not None and conversation.handoff.undecided:
        return
    if not stage.workspace.sees_person:
        conversation.say(custom_message(stage, Verdict.CANNOT_ANSWER), stage.now)
        return
    found = tx.messages_between(conversation.id, asked - 1, asked) if asked else []
    question = found[0].data["text"] if found else None
    offer = OfferHandoff(HandoffReason.UNHELPFUL)
    if once(offer, conversation.handoff, question or "") == offer:
        conversation.say(Message(THE_AGENT, offer_words(stage, offer.reason)), stage.now)
        conversation.offer(offer.reason, question, stage.now)
