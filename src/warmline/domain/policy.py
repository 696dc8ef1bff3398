"""What the shopper gets next: code decides, never a model's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from warmline.domain.handoff import CustomMessage, HandoffMethod, HandoffReason
from warmline.domain.knowledge import (
    Answered,
    Asked,
    Chatted,
    Choice,
    Citation,
    CouldNotAnswer,
    Draft,
    Failed,
    SmallTalk,
    WantsPerson,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """Say this; it quotes these pages."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Chat:
    """Answer small talk."""

    kind: SmallTalk


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask which of these was meant."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class OfferHandoff:
    """Say that there is no reliable answer and ask whether a person is wanted."""

    reason: HandoffReason


@dataclass(frozen=True, slots=True)
class HandOff:
    """The shopper asked for a person, and that is consent."""

    reason: HandoffReason


@dataclass(frozen=True, slots=True)
class ShowCustomMessage:
    """Show the merchant's message and links: no person is offered."""

    reason: HandoffReason


Decision = Reply | Chat | Ask | OfferHandoff | HandOff | ShowCustomMessage


def decide(draft: Draft, method: HandoffMethod) -> Decision:
    """From what the agent would say to what the shopper gets. Escalation rules join here when they exist."""
    match draft:
        case Answered(text, citations):
            return Reply(text, citations)
        case Chatted(kind):
            return Chat(kind)
        case Asked(choices):
            return Ask(choices)
        case WantsPerson():
            return _person(HandOff(HandoffReason.ASKED), method)
        case CouldNotAnswer():
            return _person(OfferHandoff(HandoffReason.NO_ANSWER), method)
        case Failed():
            return _person(OfferHandoff(HandoffReason.AGENT_FAILURE), method)
        case _:
            assert_never(draft)


def agent_is_off(method: HandoffMethod) -> Decision:
    """The merchant switched the agent off: the first message is answered by the offer or the custom message."""
    return _person(OfferHandoff(HandoffReason.AGENT_OFF), method)


def _person(decision: OfferHandoff | HandOff, method: HandoffMethod) -> Decision:
    return ShowCustomMessage(decision.reason) if isinstance(method, CustomMessage) else decision
