"""What the shopper gets next: code decides, never a model's text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from warmline.domain.consent import Consent
from warmline.domain.handoff import CustomMessage, Declined, Handoff, HandoffMethod, HandoffReason
from warmline.domain.knowledge import (
    Answered,
    Asked,
    Chatted,
    Choice,
    Citation,
    CouldNotAnswer,
    Draft,
    Failed,
    Replied,
    SmallTalk,
    WantsPerson,
)
from warmline.domain.matter import asks, is_question, touches
from warmline.domain.mood import Mood
from warmline.domain.rules import Action, Fired, Safety

CALM = Mood()
NOTHING_FIRED = Fired()


@dataclass(frozen=True, slots=True)
class Reply:
    """Say this; it quotes these pages. With `offer`, a person is offered along with it.

    `rest` is the part of the question that stays open.
    """

    text: str
    citations: tuple[Citation, ...]
    offer: HandoffReason | None = None
    rest: str | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """Answer small talk."""

    kind: SmallTalk


@dataclass(frozen=True, slots=True)
class TakeReply:
    """Take the message as the yes or no to the offer that stands."""

    said: Consent


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask which of these was meant."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class OfferHandoff:
    """Say that there is no reliable answer and ask whether a person is wanted; `safety` has words of its own."""

    reason: HandoffReason
    safety: Safety | None = None


@dataclass(frozen=True, slots=True)
class HandOff:
    """The shopper asked for a person, and that is consent."""

    reason: HandoffReason


@dataclass(frozen=True, slots=True)
class ShowCustomMessage:
    """Show the merchant's message and links: no person is offered."""

    reason: HandoffReason
    safety: Safety | None = None


@dataclass(frozen=True, slots=True)
class Regret:
    """Say that there is no reliable answer, and offer nobody: a rule of the merchant, or the shopper, wants it so."""


@dataclass(frozen=True, slots=True)
class Remind:
    """Say that there is no reliable answer again and that the offer stands; `safety` has words of its own.

    `anew`: to another question than the one that the offer was made for. A remark is none: it may well have been a
    yes or a no that was not understood.
    """

    reason: HandoffReason
    safety: Safety | None = None
    anew: bool = True


Decision = Reply | Chat | TakeReply | Ask | OfferHandoff | HandOff | ShowCustomMessage | Regret | Remind


def decide(draft: Draft, method: HandoffMethod, mood: Mood = CALM, fired: Fired = NOTHING_FIRED) -> Decision:
    """From what the agent would say to what the shopper gets.

    A wish for a person first, then safety, then the merchant's rules (DESIGN.md section 3), then the draft. Anger, a
    question that was asked before and turn after turn without help offer a person, and force none. "Did you mean …?"
    is asked once.
    """
    if isinstance(draft, WantsPerson):
        return _person(HandOff(HandoffReason.ASKED), method)
    if fired.safety or fired.first(Action.HAND_OFF):
        return _person(OfferHandoff(HandoffReason.RULE, fired.safety), method)
    decision = _from_draft(draft, method, mood)
    if not fired.first(Action.SUPPRESS):
        return decision
    match decision:
        case Reply():
            return replace(decision, offer=None)
        case OfferHandoff() | ShowCustomMessage():
            return Regret()
        case _:
            return decision


def once(decision: Decision, handoff: Handoff | None, question: str, again: bool = False) -> Decision:
    """An offer that stands is not made again; a refused one is made again for a new question, or for safety's sake.

    `again`: by its meaning it is the refused question, whatever its words.
    """
    if handoff is None or not (handoff.undecided or isinstance(handoff.step, Declined)):
        return decision
    anew = asks(question) and not again and not any(touches(each, question) for each in handoff.questions)
    match decision:
        case OfferHandoff(reason, safety) if handoff.undecided:
            return Remind(reason, safety, anew and is_question(question))
        case OfferHandoff(safety=None) if not anew:
            return Regret()
        case Reply() if handoff.undecided or not anew:
            return replace(decision, offer=None)
        case _:
            return decision


def refused_for(handoff: Handoff | None) -> str | None:
    """The question for which the person that was offered last was refused."""
    return handoff.question if handoff is not None and isinstance(handoff.step, Declined) else None


def _from_draft(draft: Draft, method: HandoffMethod, mood: Mood) -> Decision:
    match draft:
        case Answered() if mood.repeated:
            return _person(OfferHandoff(HandoffReason.UNHELPFUL), method)
        case Answered(text, citations, _, rest):
            return Reply(text, citations, _offer_beside(rest, mood, method), rest)
        case Chatted(SmallTalk.REMARK) if mood.frustrated:
            return _person(OfferHandoff(HandoffReason.FRUSTRATION), method)
        case Chatted(kind):
            return Chat(kind)
        case Replied(said):
            return TakeReply(said)
        case Asked(choices) if not (mood.frustrated or mood.clarified or mood.in_vain):
            return Ask(choices)
        case Asked() if mood.in_vain and not mood.frustrated:
            return _person(OfferHandoff(HandoffReason.UNHELPFUL), method)
        case WantsPerson():
            return _person(HandOff(HandoffReason.ASKED), method)
        case Asked() | CouldNotAnswer():
            reason = HandoffReason.FRUSTRATION if mood.frustrated else HandoffReason.NO_ANSWER
            return _person(OfferHandoff(reason), method)
        case Failed():
            return _person(OfferHandoff(HandoffReason.AGENT_FAILURE), method)
        case _:
            assert_never(draft)


def _offer_beside(rest: str | None, mood: Mood, method: HandoffMethod) -> HandoffReason | None:
    """What an answer is not enough for. Where no person is offered, the answer stands alone."""
    if isinstance(method, CustomMessage):
        return None
    if mood.frustrated:
        return HandoffReason.FRUSTRATION
    if rest:
        return HandoffReason.NO_ANSWER
    return HandoffReason.UNHELPFUL if mood.in_vain else None


def decide_while_off(draft: Draft, method: HandoffMethod, mood: Mood = CALM, fired: Fired = NOTHING_FIRED) -> Decision:
    """The merchant switched the agent off: the first message is answered by the offer or the custom message. A wish for
    a person, safety and the merchant's rules count as ever."""
    if isinstance(draft, WantsPerson) or fired.safety or fired.first(Action.HAND_OFF):
        return decide(draft, method, mood, fired)
    if fired.first(Action.SUPPRESS):
        return Regret()
    return _person(OfferHandoff(HandoffReason.AGENT_OFF), method)


def _person(decision: OfferHandoff | HandOff, method: HandoffMethod) -> Decision:
    if not isinstance(method, CustomMessage):
        return decision
    return ShowCustomMessage(decision.reason, decision.safety if isinstance(decision, OfferHandoff) else None)
