"""From the agent's draft to what the shopper gets: a ticket method offers people, a custom message never does."""

from __future__ import annotations

import pytest

from warmline.domain.handoff import CustomMessage, HandoffReason, SendTicket
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
from warmline.domain.policy import (
    Ask,
    Chat,
    Decision,
    HandOff,
    OfferHandoff,
    Reply,
    ShowCustomMessage,
    agent_is_off,
    decide,
)

PAGES = (Citation("Delivery", "https://shop.example/delivery"),)
CHOICES = (Choice("Returns", "How do I return something?"),)


@pytest.mark.parametrize(
    ("draft", "with_ticket", "with_message"),
    [
        (Answered("On Mondays.", PAGES, 0.97), Reply("On Mondays.", PAGES), Reply("On Mondays.", PAGES)),
        (Asked(CHOICES, 0.6), Ask(CHOICES), Ask(CHOICES)),
        (Chatted(SmallTalk.THANKS), Chat(SmallTalk.THANKS), Chat(SmallTalk.THANKS)),
        (
            CouldNotAnswer(0.2),
            OfferHandoff(HandoffReason.NO_ANSWER),
            ShowCustomMessage(HandoffReason.NO_ANSWER),
        ),
        (WantsPerson(), HandOff(HandoffReason.ASKED), ShowCustomMessage(HandoffReason.ASKED)),
        (
            Failed("too late"),
            OfferHandoff(HandoffReason.AGENT_FAILURE),
            ShowCustomMessage(HandoffReason.AGENT_FAILURE),
        ),
    ],
)
def test_the_decision_follows_from_draft_and_method(
    draft: Draft, with_ticket: Decision, with_message: Decision
) -> None:
    for helpdesk in ("inbox", "zendesk", "gorgias"):
        assert decide(draft, SendTicket(helpdesk)) == with_ticket
    assert decide(draft, CustomMessage({"en": "See our FAQ."})) == with_message


def test_a_switched_off_agent_offers_people_or_shows_the_message() -> None:
    assert agent_is_off(SendTicket()) == OfferHandoff(HandoffReason.AGENT_OFF)
    assert agent_is_off(CustomMessage()) == ShowCustomMessage(HandoffReason.AGENT_OFF)
