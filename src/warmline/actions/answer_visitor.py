"""The agent's answer to a turn: all that the visitor wrote since the last answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from warmline.actions.app import App
from warmline.actions.compose_answer import TakenOver, compose_answer
from warmline.actions.identify_visitor import take_written, usable
from warmline.actions.load_knowledge import load_in_a_turn
from warmline.actions.scene import (
    Stage,
    custom_message,
    is_pending,
    offer_words,
    pending_words,
    rest_pending_words,
    rest_words,
    safety_words,
    scene_of,
    stage_of,
)
from warmline.domain.consent import Consent, awaited, is_settled, own_address_in
from warmline.domain.conversation import Conversation, Speak
from warmline.domain.effect import OwedEffect
from warmline.domain.handoff import Declined, HandoffReason, Offered
from warmline.domain.ids import ConversationId, Seq, WorkspaceId
from warmline.domain.knowledge import (
    Answered,
    Asked,
    Chatted,
    CouldNotAnswer,
    Draft,
    Failed,
    Replied,
    SmallTalk,
    Thought,
    Turn,
    WantsPerson,
)
from warmline.domain.matter import is_question
from warmline.domain.message import THE_AGENT, AuthorKind, Event, EventKind, Message, Verdict
from warmline.domain.mood import Mood, last_answered, last_asked, mood_of
from warmline.domain.owner import OwnerKind
from warmline.domain.policy import (
    Ask,
    Chat,
    Decision,
    HandOff,
    OfferHandoff,
    Regret,
    Remind,
    Reply,
    ShowCustomMessage,
    TakeReply,
    decide,
    decide_while_off,
    once,
    refused_for,
)
from warmline.domain.rules import Action, Fired, Safety, by_words, safety_of
from warmline.domain.sureness import cut_for
from warmline.domain.visitor import find_in
from warmline.domain.wording import in_language, say
from warmline.domain.workspace import Workspace
from warmline.errors import WarmlineError
from warmline.failpoints import step
from warmline.store.base import Transaction

log = logging.getLogger(__name__)

_HISTORY = 20
SPARE = 1.0
"""Seconds of the deadline that are kept for what follows when a model has used up its own."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the agent saw when it began."""

    workspace: WorkspaceId
    conversation: ConversationId
    epoch: int
    upto: Seq
    turn: Turn
    locale: str
    agent_on: bool
    knowledge: int
    mood: Mood
    asked_before: str | None


async def answer_visitor(app: App, effect: OwedEffect) -> None:
    """Think outside any transaction, then store the answer if the agent may still speak."""
    reading = await app.store.read(lambda tx: _read(tx, effect))
    if reading is None:
        await app.store.write(lambda tx: tx.finish(effect))
        return
    try:
        thought = await _think(app, reading) if reading.agent_on else await _listen(app, reading)
    except TakenOver:
        await app.store.write(lambda tx: tx.finish(effect))
        return
    spoke = await app.store.write(lambda tx: _speak(tx, app, effect, reading, thought))
    if spoke and effect.conversation:
        await app.live.tell(effect.conversation)
        await app.live.tell(f"inbox:{reading.workspace}")


def _read(tx: Transaction, effect: OwedEffect) -> _Reading | None:
    if effect.conversation is None:
        return None
    conversation = tx.conversation(effect.workspace, effect.conversation)
    if not conversation.open or conversation.owner.kind is not OwnerKind.AGENT or not conversation.turn_open:
        return None
    events = tx.last_messages(conversation.id, conversation.answered_upto, _HISTORY)
    events += tx.messages_between(conversation.id, conversation.answered_upto, conversation.last_question_seq)
    workspace = tx.workspace(conversation.workspace)
    question = "\n".join(event.data["text"] for event in events if _in_turn(event, conversation))
    before = [event for event in events if not _in_turn(event, conversation)]
    signs = tx.signs_since(conversation.id, events[0].seq - 1)
    return _Reading(
        workspace=conversation.workspace,
        conversation=conversation.id,
        epoch=conversation.epoch,
        upto=conversation.last_question_seq,
        turn=_turn(tx, workspace, conversation, question, before),
        locale=conversation.locale,
        agent_on=workspace.agent,
        knowledge=workspace.knowledge_revision,
        mood=mood_of(sorted((*before, *signs), key=lambda event: event.seq), question),
        asked_before=last_asked(before),
    )


def _turn(
    tx: Transaction, workspace: Workspace, conversation: Conversation, question: str, before: Sequence[Event]
) -> Turn:
    history = [(event.data["author"]["kind"], event.data["text"]) for event in before]
    step = conversation.handoff.step if conversation.handoff else None
    said = before[-1].data.get("verdict") if before else None
    last = Verdict(said) if said else None
    return Turn(
        question,
        conversation.lang,
        history[-_HISTORY:],
        in_language(conversation.locale),
        workspace.rules,
        cut_for(workspace.sureness.target, tx.judged(workspace.id)),
        awaited(step, last, question),
        refused_for(conversation.handoff),
        last_answered(before),
        is_settled(step, last),
    )


def _in_turn(event: Event, conversation: Conversation) -> bool:
    by_visitor = event.kind is EventKind.MESSAGE and event.data["author"]["kind"] == AuthorKind.VISITOR
    return by_visitor and event.seq > conversation.answered_upto and not event.data.get("aside")


async def _think(app: App, reading: _Reading) -> Thought:
    """The agent's draft; a late or broken agent is a draft too, so that the shopper never meets silence."""
    until = asyncio.get_running_loop().time() + app.timings.thinking.total_seconds() - SPARE
    try:
        async with asyncio.timeout(app.timings.thinking.total_seconds()):
            if app.agent.revision(reading.workspace) != reading.knowledge:
                await load_in_a_turn(app, reading.workspace)
            thought = await step("answer.think", app.agent.think(reading.workspace, reading.turn))
        thought = await compose_answer(
            app, reading.workspace, reading.turn, thought, reading.mood,
            conversation=reading.conversation, show=lambda text: _show(app, reading, text), until=until,
        )  # fmt: skip
        if isinstance(thought.draft, Answered) and not any(map(str.isalnum, thought.draft.text)):
            return _failed("said nothing", reading)
        return thought
    except TimeoutError:
        return _failed("too late", reading)
    except TakenOver:
        raise
    except Exception as error:
        log.exception("the agent failed")
        return _failed(str(error) if isinstance(error, WarmlineError) else type(error).__name__, reading)


async def _listen(app: App, reading: _Reading) -> Thought:
    """What is heard while the agent is switched off: a wish for a person, rules and safety signals."""
    try:
        return await asyncio.to_thread(app.agent.listen, reading.turn)
    except Exception as error:
        log.exception("the agent could not even listen")
        return _failed(type(error).__name__, reading)


async def _show(app: App, reading: _Reading, text: str) -> None:
    """Show what is said so far. Raises TakenOver once somebody else may speak, in whichever process that happened."""
    now = await app.store.read(lambda tx: tx.conversation(reading.workspace, reading.conversation))
    if now.epoch != reading.epoch or now.owner.kind is not OwnerKind.AGENT or not now.open:
        raise TakenOver
    passing = {"kind": "partial", "by": "agent", "reply_to": reading.upto, "text": text}
    await app.live.tell(reading.conversation, passing)


def _failed(why: str, reading: _Reading) -> Thought:
    """What needs no agent is heard all the same: the rules' phrases and safety signals."""
    turn, lang = reading.turn, reading.turn.lang or in_language(reading.locale)
    heard = Fired().joined(by_words(turn.question, lang, turn.rules), turn.rules)
    fired = replace(heard, safety=safety_of(turn.question))
    trace = {"verdict": "failure", "why": why, "rules": list(fired.names)}
    return Thought(Failed(why), turn.lang or reading.locale, trace, fired=fired)


def _speak(tx: Transaction, app: App, effect: OwedEffect, reading: _Reading, thought: Thought) -> bool:
    """One commit: still ours, still the agent's, still the whole turn; then the answer and what follows from it."""
    if effect.conversation is None or not tx.finish(effect):
        return False
    conversation = tx.conversation(effect.workspace, effect.conversation)
    match conversation.may_speak(reading.epoch, reading.upto):
        case Speak.NEVER:
            return False
        case Speak.READ_AGAIN:
            conversation.read_again()
            tx.save(conversation)
            return False
        case Speak.NOW:
            now = app.clock()
            _settle_language(conversation, thought)
            stage = stage_of(tx, conversation, app.mail is not None, now)
            judge = decide if reading.agent_on else decide_while_off
            decision = judge(thought.draft, stage.workspace.method, reading.mood, thought.fired)
            decision = once(decision, conversation.handoff, reading.turn.question, thought.again)
            _carry_out(tx, stage, decision, reading)
            if reading.agent_on or thought.fired.names:
                _keep_turn(tx, conversation, reading, thought, decision, now)
            tx.save(conversation)
            return True


def _settle_language(conversation: Conversation, thought: Thought) -> None:
    """The language sticks from the first message that says something, until the shopper goes over to another."""
    if not isinstance(thought.draft, Chatted | Replied | Failed):
        conversation.lang = thought.lang


def _carry_out(tx: Transaction, stage: Stage, decision: Decision, reading: _Reading) -> None:
    conversation, upto, now = stage.conversation, reading.upto, stage.now
    match decision:
        case Reply():
            _reply(stage, decision, reading)
        case Chat(kind):
            conversation.answer(Message(THE_AGENT, _small_talk(stage, kind), verdict=Verdict.SMALL_TALK), upto, now)
        case TakeReply(said):
            _take_reply(tx, stage, said, reading)
        case Ask(choices):
            shown = tuple({"label": choice.label, "text": choice.question} for choice in choices)
            if stage.workspace.sees_person and not is_pending(conversation.handoff):
                # A shopper must be able to say that it is none of them; these words are a wish for a person. While an
                # offer stands, its own buttons stand there.
                none = say("choices.none", stage.lang)
                shown = (*shown, {"label": none, "text": none})
            words = say("choices.one" if len(choices) == 1 else "choices", stage.lang)
            asked = Message(THE_AGENT, words, choices=shown, verdict=Verdict.ASK)
            conversation.answer(asked, upto, now)
        case ShowCustomMessage(reason, safety):
            verdict = Verdict.HUMAN if reason is HandoffReason.ASKED else Verdict.CANNOT_ANSWER
            if first := safety_words(stage, safety):
                conversation.say(Message(THE_AGENT, first), now)
            conversation.answer(custom_message(stage, verdict), upto, now)
        case OfferHandoff(reason, safety):
            _offer(stage, reason, safety, reading)
        case Remind():
            _remind(stage, decision, reading)
        case Regret():
            text = say("unsure.declined", stage.lang)
            conversation.answer(Message(THE_AGENT, text, verdict=Verdict.CANNOT_ANSWER), upto, now)
        case HandOff(reason):
            _hand_off(tx, stage, reason, reading)
        case _:
            assert_never(decision)


def _take_reply(tx: Transaction, stage: Stage, said: Consent, reading: _Reading) -> None:
    """Take it as the yes or no, and an address that came with a yes as the one for the answer."""
    conversation, handoff = stage.conversation, stage.conversation.handoff
    fits = said is Consent.YES and handoff is not None and isinstance(handoff.step, Offered)
    address = find_in(reading.turn.question) if fits else None
    conversation.take_reply(said, scene_of(tx, stage, usable(tx, stage, address)), reading.upto, stage.now)
    if address is not None and conversation.handoff and conversation.handoff.undecided:
        take_written(tx, stage, address)


def _reply(stage: Stage, reply: Reply, reading: _Reading) -> None:
    """The answer, and beside it the offer of a person for what it is not enough for."""
    conversation, handoff = stage.conversation, stage.conversation.handoff
    sources = tuple({"title": each.title, "url": each.url} for each in reply.citations)
    verdict = Verdict.CANNOT_ANSWER if reply.rest else Verdict.ANSWER
    text = reply.text
    if reply.offer:
        text = f"{text}\n\n{rest_words(stage) if reply.rest else offer_words(stage, reply.offer)}"
    elif reply.rest and handoff is not None and handoff.undecided:
        text = f"{text}\n\n{rest_pending_words(stage, handoff)}"
        conversation.ask_besides(reply.rest)
    elif reply.rest and stage.workspace.sees_person:
        text = f"{text}\n\n{say('rest.declined', stage.lang)}"
    conversation.answer(Message(THE_AGENT, text, sources=sources, verdict=verdict), reading.upto, stage.now)
    if reply.offer:
        conversation.offer(reply.offer, reply.rest or reading.turn.question, stage.now)


def _offer(stage: Stage, reason: HandoffReason, safety: Safety | None, reading: _Reading) -> None:
    said = Message(THE_AGENT, offer_words(stage, reason, safety), verdict=_failing(reason))
    stage.conversation.answer(said, reading.upto, stage.now)
    stage.conversation.offer(reason, reading.turn.question, stage.now)


def _remind(stage: Stage, remind: Remind, reading: _Reading) -> None:
    """The offer stands, and is not made again; another question is part of it from now on."""
    handoff, said = stage.conversation.handoff, reading.turn.question
    remark = remind.reason is HandoffReason.NO_ANSWER and not is_question(said)
    stands = pending_words(stage, handoff, said, remark) if handoff else None
    text = " ".join(filter(None, (safety_words(stage, remind.safety), stands)))
    stage.conversation.answer(Message(THE_AGENT, text, verdict=_failing(remind.reason)), reading.upto, stage.now)
    if remind.anew:
        stage.conversation.ask_besides(said)


def _failing(reason: HandoffReason) -> Verdict:
    return Verdict.FAILURE if reason is HandoffReason.AGENT_FAILURE else Verdict.CANNOT_ANSWER


def _hand_off(tx: Transaction, stage: Stage, reason: HandoffReason, reading: _Reading) -> None:
    conversation, handoff = stage.conversation, stage.conversation.handoff
    before = conversation.seq
    begins = handoff is None or isinstance(handoff.step, Offered | Declined)
    address = own_address_in(reading.turn.question) if begins else None
    scene = scene_of(tx, stage, usable(tx, stage, address))
    conversation.request(reason, scene, stage.now, reading.asked_before, reading.upto)
    if address is not None and conversation.handoff and conversation.handoff.undecided:
        take_written(tx, stage, address)
    if conversation.seq == before and handoff is not None:
        again = Message(THE_AGENT, pending_words(stage, handoff), verdict=Verdict.HUMAN)
        conversation.answer(again, reading.upto, stage.now)


def _small_talk(stage: Stage, kind: SmallTalk) -> str:
    if kind is SmallTalk.ARE_YOU_A_BOT:
        return say("bot" if stage.workspace.sees_person else "bot.custom", stage.lang)
    return say(kind.value, stage.lang)


def _keep_turn(
    tx: Transaction, conversation: Conversation, reading: _Reading, thought: Thought, decision: Decision, now: datetime
) -> None:
    tx.add_turn(
        conversation,
        reading.upto,
        now,
        question=reading.turn.question,
        lang=thought.lang,
        decision=decision_name(thought.draft),
        confidence=getattr(thought.draft, "confidence", None),
        best=_best(thought),
        trace=_traced(thought, reading.mood, decision),
    )


def _traced(thought: Thought, mood: Mood, decision: Decision) -> Mapping[str, Any]:
    """The trace; the signs that the agent is not helping, what a person was offered for, and where a rule sends the
    handoffs from now on."""
    trace = dict(thought.trace)
    if mood.signs:
        trace["mood"] = mood.signs
    match decision:
        case OfferHandoff(reason) | Reply(offer=HandoffReason() as reason):
            trace["offered"] = reason.value
    if route := thought.fired.first(Action.ROUTE):
        trace["route"] = {"rule": route.name}
    return trace


def decision_name(draft: Draft) -> str:
    """The decision's name in traces, reports and evaluations (FORMAT of `warmline eval`)."""
    match draft:
        case Answered():
            return "answer"
        case Asked():
            return "ask"
        case CouldNotAnswer():
            return "cannot_answer"
        case WantsPerson():
            return "human"
        case Chatted():
            return "smalltalk"
        case Replied(said):
            return said.value
        case Failed():
            return "failure"
        case _:
            assert_never(draft)


def _best(thought: Thought) -> Mapping[str, Any] | None:
    if not thought.passages:
        return None
    best = thought.passages[0]
    shown = [{"title": each.chunk.title, "url": each.chunk.url} for each in thought.passages[:3]]
    return {
        "article": best.chunk.article,
        "title": best.chunk.title,
        "url": best.chunk.url,
        "score": best.score,
        "passages": shown,
    }
