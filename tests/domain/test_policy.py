"""From the agent's draft to what the shopper gets: a ticket method offers people, a custom message never does."""

from __future__ import annotations

import pytest

from warmline.domain.consent import Consent
from warmline.domain.handoff import (
    CustomMessage,
    Declined,
    Handoff,
    HandoffReason,
    HandoffStep,
    NeedsEmail,
    Offered,
    SendTicket,
)
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
from warmline.domain.mood import Mood
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
)
from warmline.domain.rules import Action, Fired, Rule, Safety

PAGES = (Citation("Delivery", "https://shop.example/delivery"),)
CHOICES = (Choice("Returns", "How do I return something?"),)


@pytest.mark.parametrize(
    ("draft", "with_ticket", "with_message"),
    [
        (Answered("On Mondays.", PAGES, 0.97), Reply("On Mondays.", PAGES), Reply("On Mondays.", PAGES)),
        (Asked(CHOICES, 0.6), Ask(CHOICES), Ask(CHOICES)),
        (Chatted(SmallTalk.THANKS), Chat(SmallTalk.THANKS), Chat(SmallTalk.THANKS)),
        (Replied(Consent.YES, 0.97), TakeReply(Consent.YES), TakeReply(Consent.YES)),
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
    nothing = CouldNotAnswer(0.0)
    assert decide_while_off(nothing, SendTicket()) == OfferHandoff(HandoffReason.AGENT_OFF)
    assert decide_while_off(nothing, CustomMessage()) == ShowCustomMessage(HandoffReason.AGENT_OFF)


@pytest.mark.parametrize(
    ("draft", "fired", "decision"),
    [
        (WantsPerson(), Fired(), HandOff(HandoffReason.ASKED)),
        (Chatted(SmallTalk.HELLO), Fired(), OfferHandoff(HandoffReason.AGENT_OFF)),
        (CouldNotAnswer(0.0), Fired(safety=Safety.SELF_HARM), OfferHandoff(HandoffReason.RULE, Safety.SELF_HARM)),
        (CouldNotAnswer(0.0), Fired((Rule("press", Action.HAND_OFF),)), OfferHandoff(HandoffReason.RULE)),
        (CouldNotAnswer(0.0), Fired((Rule("sizes", Action.SUPPRESS),)), Regret()),
    ],
)
def test_a_switched_off_agent_still_hears_wishes_rules_and_safety_signals(
    draft: Draft, fired: Fired, decision: Decision
) -> None:
    assert decide_while_off(draft, SendTicket(), fired=fired) == decision


OFFER = HandoffReason
ANSWER = Answered("On Mondays.", PAGES, 0.97)


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
        # turn after turn without help: still answered, asked back no more
        (ANSWER, Mood(unhelpful=2), Reply("On Mondays.", PAGES)),
        (ANSWER, Mood(unhelpful=3), Reply("On Mondays.", PAGES, offer=OFFER.UNHELPFUL)),
        (ANSWER, Mood(unhelpful=4, frustrated=True), Reply("On Mondays.", PAGES, offer=OFFER.FRUSTRATION)),
        (Asked(CHOICES, 0.6), Mood(unhelpful=2), Ask(CHOICES)),
        (Asked(CHOICES, 0.6), Mood(unhelpful=3), OfferHandoff(OFFER.UNHELPFUL)),
        (Asked(CHOICES, 0.6), Mood(unhelpful=3, frustrated=True), OfferHandoff(OFFER.FRUSTRATION)),
        (CouldNotAnswer(0.2), Mood(unhelpful=3), OfferHandoff(OFFER.NO_ANSWER)),
        (Chatted(SmallTalk.THANKS), Mood(unhelpful=9), Chat(SmallTalk.THANKS)),
        # half an answer
        (
            Answered("On Mondays.", PAGES, 0.97, rest="And to Mars?"),
            Mood(),
            Reply("On Mondays.", PAGES, offer=OFFER.NO_ANSWER, rest="And to Mars?"),
        ),
        (Chatted(SmallTalk.THANKS), Mood(frustrated=True, repeated=True, clarified=True), Chat(SmallTalk.THANKS)),
        (Chatted(SmallTalk.REMARK), Mood(unhelpful=9), Chat(SmallTalk.REMARK)),
        (Chatted(SmallTalk.REMARK), Mood(frustrated=True), OfferHandoff(HandoffReason.FRUSTRATION)),
        (Replied(Consent.NO, 0.97), Mood(frustrated=True, unhelpful=9), TakeReply(Consent.NO)),
        (WantsPerson(), Mood(frustrated=True, repeated=True, clarified=True), HandOff(OFFER.ASKED)),
    ],
)
def test_the_mood_offers_a_person_and_forces_none(draft: Draft, mood: Mood, decision: Decision) -> None:
    assert decide(draft, SendTicket(), mood) == decision


HAND_OFF, SUPPRESS = (Rule(action.value, action, ("x",)) for action in (Action.HAND_OFF, Action.SUPPRESS))


@pytest.mark.parametrize(
    ("draft", "fired", "decision"),
    [
        (ANSWER, Fired((HAND_OFF,)), OfferHandoff(OFFER.RULE)),
        (CouldNotAnswer(0.2), Fired((HAND_OFF, SUPPRESS)), OfferHandoff(OFFER.RULE)),
        (ANSWER, Fired((SUPPRESS,)), Reply("On Mondays.", PAGES)),
        (Answered("On Mondays.", PAGES, 0.97, rest="?"), Fired((SUPPRESS,)), Reply("On Mondays.", PAGES, rest="?")),
        (CouldNotAnswer(0.2), Fired((SUPPRESS,)), Regret()),
        (Failed("late"), Fired((SUPPRESS,)), Regret()),
        # safety cannot be switched off, and a wish for a person is stronger than every rule
        (ANSWER, Fired((SUPPRESS,), Safety.SELF_HARM), OfferHandoff(OFFER.RULE, Safety.SELF_HARM)),
        (WantsPerson(), Fired((SUPPRESS,)), HandOff(OFFER.ASKED)),
        (Chatted(SmallTalk.THANKS), Fired((SUPPRESS,)), Chat(SmallTalk.THANKS)),
        (Replied(Consent.NO, 0.97), Fired((), Safety.SELF_HARM), OfferHandoff(OFFER.RULE, Safety.SELF_HARM)),
    ],
)
def test_rules_come_before_the_reply(draft: Draft, fired: Fired, decision: Decision) -> None:
    assert decide(draft, SendTicket(), fired=fired) == decision


def test_a_safety_signal_under_a_custom_message_keeps_its_words() -> None:
    shown = decide(ANSWER, CustomMessage({"en": "See our FAQ."}), fired=Fired((), Safety.SELF_HARM))
    assert shown == ShowCustomMessage(OFFER.RULE, Safety.SELF_HARM)


def test_under_a_custom_message_no_mood_offers_a_person() -> None:
    method, mood = CustomMessage({"en": "See our FAQ."}), Mood(frustrated=True, clarified=True)
    assert decide(Answered("On Mondays.", PAGES, 0.97, rest="?"), method, mood) == Reply("On Mondays.", PAGES, rest="?")
    assert decide(Asked(CHOICES, 0.6), method, mood) == ShowCustomMessage(OFFER.FRUSTRATION)
    assert decide(ANSWER, method, Mood(unhelpful=3)) == Reply("On Mondays.", PAGES)
    assert decide(Asked(CHOICES, 0.6), method, Mood(unhelpful=3)) == ShowCustomMessage(OFFER.UNHELPFUL)


def test_a_rule_that_offers_nobody_holds_after_many_turns_in_vain() -> None:
    assert decide(ANSWER, SendTicket(), Mood(unhelpful=3), Fired((SUPPRESS,))) == Reply("On Mondays.", PAGES)


REPAIRS, BEANS = "Do you repair grinders?", "Which beans are best for espresso?"
NO_ANSWER = OfferHandoff(HandoffReason.NO_ANSWER)


@pytest.mark.parametrize(
    ("decision", "step", "question", "becomes"),
    [
        (NO_ANSWER, None, REPAIRS, NO_ANSWER),
        (NO_ANSWER, Offered(), REPAIRS, Remind(HandoffReason.NO_ANSWER, anew=False)),
        (NO_ANSWER, Offered(), BEANS, Remind(HandoffReason.NO_ANSWER)),
        (NO_ANSWER, Offered(), "it stands on the kitchen table", Remind(HandoffReason.NO_ANSWER, anew=False)),
        (NO_ANSWER, NeedsEmail(skippable=True), "hm", Remind(HandoffReason.NO_ANSWER, anew=False)),
        (NO_ANSWER, Declined(), "But do you repair the grinders?", Regret()),
        (NO_ANSWER, Declined(), "That's a pity", Regret()),
        (OfferHandoff(HandoffReason.FRUSTRATION), Declined(), "useless bot!", Regret()),
        (NO_ANSWER, Declined(), BEANS, NO_ANSWER),
        (OfferHandoff(HandoffReason.RULE, Safety.SELF_HARM), Declined(), REPAIRS,
         OfferHandoff(HandoffReason.RULE, Safety.SELF_HARM)),
        (HandOff(HandoffReason.ASKED), Declined(), REPAIRS, HandOff(HandoffReason.ASKED)),
        (Reply("Yes.", PAGES, HandoffReason.NO_ANSWER, "lids?"), Offered(), BEANS, Reply("Yes.", PAGES, None, "lids?")),
        (Reply("Yes.", PAGES, HandoffReason.FRUSTRATION), Declined(), REPAIRS, Reply("Yes.", PAGES)),
        (Reply("Yes.", PAGES, HandoffReason.UNHELPFUL), Offered(), BEANS, Reply("Yes.", PAGES)),
        (Reply("Yes.", PAGES, HandoffReason.UNHELPFUL), Declined(), REPAIRS, Reply("Yes.", PAGES)),
        (Reply("Yes.", PAGES, HandoffReason.UNHELPFUL), Declined(), BEANS,
         Reply("Yes.", PAGES, HandoffReason.UNHELPFUL)),
        (Ask(CHOICES), Declined(), REPAIRS, Ask(CHOICES)),
    ],
)  # fmt: skip
def test_an_offer_is_made_once_and_after_a_no_for_a_new_question_only(
    decision: Decision, step: HandoffStep | None, question: str, becomes: Decision
) -> None:
    handoff = None if step is None else Handoff(1, HandoffReason.NO_ANSWER, step, REPAIRS)
    assert once(decision, handoff, question) == becomes


@pytest.mark.parametrize(
    ("decision", "step", "becomes"),
    [
        (NO_ANSWER, Declined(), Regret()),
        (NO_ANSWER, Offered(), Remind(HandoffReason.NO_ANSWER, anew=False)),
        (Reply("Yes.", PAGES, HandoffReason.UNHELPFUL), Declined(), Reply("Yes.", PAGES)),
        (HandOff(HandoffReason.ASKED), Declined(), HandOff(HandoffReason.ASKED)),
        (NO_ANSWER, None, NO_ANSWER),
    ],
)
def test_the_refused_question_in_other_words_is_no_new_one(
    decision: Decision, step: HandoffStep | None, becomes: Decision
) -> None:
    handoff = None if step is None else Handoff(1, HandoffReason.NO_ANSWER, step, REPAIRS)
    assert once(decision, handoff, "so nobody mends a broken mill then?", again=True) == becomes
