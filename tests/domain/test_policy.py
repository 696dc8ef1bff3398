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
from warmline.domain.mood import Mood
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


OFFER = HandoffReason


@pytest.mark.parametrize(
    ("draft", "mood", "decision"),
    [
        # asked once, then a person is offered
        (Asked(CHOICES, 0.6), Mood(clarified=True), OfferHandoff(OFFER.NO_ANSWER)),
        (Asked(CHOICES, 0.6), Mood(frustrated=True), OfferHandoff(OFFER.FRUSTRATION)),
        # the same answer again helps nobody
        (Answered("On Mondays.", PAGES, 0.97), Mood(repeated=True), OfferHandoff(OFFER.UNHELPFUL)),
        # anger is offered a person beside the answer
        (
            Answered("On Mondays.", PAGES, 0.97),
            Mood(frustrated=True),
            Reply("On Mondays.", PAGES, offer=OFFER.FRUSTRATION),
        ),
        (CouldNotAnswer(0.2), Mood(frustrated=True), OfferHandoff(OFFER.FRUSTRATION)),
        # half an answer
        (
            Answered("On Mondays.", PAGES, 0.97, rest="And to Mars?"),
            Mood(),
            Reply("On Mondays.", PAGES, offer=OFFER.NO_ANSWER, rest="And to Mars?"),
        ),
        (Chatted(SmallTalk.THANKS), Mood(frustrated=True, repeated=True, clarified=True), Chat(SmallTalk.THANKS)),
        (WantsPerson(), Mood(frustrated=True, repeated=True, clarified=True), HandOff(OFFER.ASKED)),
    ],
)
def test_the_mood_offers_a_person_and_forces_none(draft: Draft, mood: Mood, decision: Decision) -> None:
    assert decide(draft, SendTicket(), mood) == decision


def test_under_a_custom_message_no_mood_offers_a_person() -> None:
    method, mood = CustomMessage({"en": "See our FAQ."}), Mood(frustrated=True, clarified=True)
    assert decide(Answered("On Mondays.", PAGES, 0.97, rest="?"), method, mood) == Reply("On Mondays.", PAGES, rest="?")
    assert decide(Asked(CHOICES, 0.6), method, mood) == ShowCustomMessage(OFFER.FRUSTRATION)
