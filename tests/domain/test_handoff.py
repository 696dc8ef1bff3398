"""How a handoff goes on, step by step: consent, address, promise, delivery (DESIGN.md section 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from tests.fixtures.conversations import (
    ANNA,
    DAY,
    JAN,
    MARTA,
    MINUTE,
    NOW,
    OTHER,
    SECOND,
    a_conversation,
    a_scene,
    answered,
    asked,
    kinds,
    notices,
    said,
    steps,
    stored,
)
from warmline.domain.consent import Consent
from warmline.domain.conversation import Conversation, Speak
from warmline.domain.effect import Attempt, Effect, EffectKind
from warmline.domain.handoff import (
    INBOX,
    Bound,
    Declined,
    Delivered,
    Handoff,
    HandoffReason,
    HandoffStep,
    NeedsEmail,
    Offered,
    Owed,
    Second,
    Stuck,
    Takeover,
    may_follow,
    step_name,
    takeover,
)
from warmline.domain.ids import Seq
from warmline.domain.message import EventKind
from warmline.domain.owner import AGENT, QUEUE, CloseReason, Owner, OwnerKind
from warmline.domain.ticket import TicketRef
from warmline.domain.visitor import Contact, EmailAddress, Proof
from warmline.errors import Conflict, Invalid

ZENDESK = Owner(OwnerKind.HELPDESK, name="zendesk")
TICKET = TicketRef("501", "https://acme.zendesk.com/501", "#501")
BOUND = Bound("zendesk", Seq(4), ANNA, NOW)
STEPS: dict[str, HandoffStep] = {
    "offered": Offered(),
    "needs_email": NeedsEmail(skippable=True),
    "owed": Owed(BOUND),
    "stuck": Stuck(BOUND, "no such brand"),
    "delivered": Delivered(BOUND, TICKET),
    "declined": Declined(),
}


def offered() -> Conversation:
    """The visitor asked, the agent does not know and has offered a person."""
    conversation = a_conversation()
    asked(conversation)
    conversation.offer(HandoffReason.NO_ANSWER, "Can you engrave?", NOW)
    return stored(conversation)


def needs_email(*, available: bool = True, helpdesk: str = "inbox") -> Conversation:
    conversation = offered()
    conversation.accept(1, a_scene(helpdesk, available=available, contact=None), NOW)
    return stored(conversation)


def owed(helpdesk: str = "zendesk") -> Conversation:
    conversation = offered()
    conversation.accept(1, a_scene(helpdesk), NOW)
    return stored(conversation)


def queued(*, available: bool = True) -> Conversation:
    conversation = offered()
    conversation.accept(1, a_scene(available=available), NOW)
    return stored(conversation)


def stuck() -> Conversation:
    conversation = owed()
    conversation.stuck(1, "no such brand", NOW)
    return stored(conversation)


def declined() -> Conversation:
    conversation = offered()
    conversation.decline(1, a_scene(), NOW)
    return stored(conversation)


def delivered(*, stays_open: bool = False) -> Conversation:
    conversation = owed()
    conversation.delivered(1, TICKET, "Done.", stays_open, NOW)
    return stored(conversation)


def untouched() -> Conversation:
    return stored(a_conversation())


def step(conversation: Conversation) -> str | None:
    return conversation.handoff.name if conversation.handoff else None


def bound(conversation: Conversation) -> Bound:
    assert conversation.handoff is not None
    assert conversation.handoff.bound is not None
    return conversation.handoff.bound


def due(effects: list[Effect]) -> dict[str, timedelta | None]:
    return {effect.key: effect.due - NOW if effect.due else None for effect in effects}


Start = Callable[[], Conversation]
EVERYWHERE: list[tuple[Start, str | None]] = [
    (untouched, None),
    (offered, "offered"),
    (needs_email, "needs_email"),
    (owed, "owed"),
    (stuck, "stuck"),
    (queued, "delivered"),
    (delivered, "delivered"),
    (declined, "declined"),
]

ALLOWED = {
    (None, "offered"), (None, "needs_email"), (None, "owed"),
    ("offered", "needs_email"), ("offered", "owed"), ("offered", "declined"),
    ("needs_email", "owed"), ("needs_email", "declined"),
    ("owed", "delivered"), ("owed", "stuck"),
    ("stuck", "owed"), ("stuck", "delivered"),
    ("declined", "offered"), ("declined", "needs_email"), ("declined", "owed"),
}  # fmt: skip


@pytest.mark.parametrize("before", [None, *STEPS])
@pytest.mark.parametrize("after", STEPS)
def test_a_step_follows_only_where_the_contract_says_so(before: str | None, after: str) -> None:
    assert may_follow(STEPS[before] if before else None, STEPS[after]) is ((before, after) in ALLOWED)


def test_every_step_is_in_the_tables_above_and_bears_its_name() -> None:
    assert {type(step) for step in STEPS.values()} == set(get_args(HandoffStep))
    assert {name: step_name(step) for name, step in STEPS.items()} == {name: name for name in STEPS}
    pending = {name for name, step in STEPS.items() if Handoff(1, HandoffReason.ASKED, step).pending}
    assert pending == {"offered", "needs_email", "owed", "stuck"}
    bounds = {name for name, step in STEPS.items() if Handoff(1, HandoffReason.ASKED, step).bound}
    assert bounds == {"owed", "stuck", "delivered"}


# The offer


def test_an_offer_is_made_once() -> None:
    conversation = offered()
    conversation.offer(HandoffReason.UNHELPFUL, "Again?", NOW)
    assert (step(conversation), conversation.events, conversation.owner) == ("offered", [], AGENT)
    assert conversation.handoff == Handoff(1, HandoffReason.NO_ANSWER, Offered(), "Can you engrave?")


def test_a_declined_offer_may_be_made_again_with_its_new_reason_and_the_same_number() -> None:
    conversation = declined()
    conversation.offer(HandoffReason.UNHELPFUL, "Again?", NOW)
    assert conversation.handoff == Handoff(1, HandoffReason.UNHELPFUL, Offered(), "Again?")


def test_yes_with_a_known_address_is_a_promise_in_one_commit_with_its_ticket() -> None:
    conversation = offered()
    conversation.accept(1, a_scene("zendesk"), NOW)
    assert bound(conversation) == Bound("zendesk", Seq(2), ANNA, NOW)
    assert (conversation.owner, conversation.epoch, conversation.accepted) == (ZENDESK, 1, 1)
    assert conversation.waiting_since == NOW
    assert due(conversation.effects) == {"ticket:cnv_1-1": None, "saved:cnv_1-1": 5 * SECOND}
    assert conversation.effects[0].data == {"n": 1}
    assert conversation.cancelled == ["answer:cnv_1"]
    assert kinds(conversation.events) == ["handoff", "owner"]


def test_yes_without_an_address_asks_for_one() -> None:
    conversation = needs_email()
    assert (step(conversation), conversation.owner, conversation.accepted) == ("needs_email", AGENT, 0)
    assert conversation.waiting_since == NOW, "the wait clock starts at the request, not at the address"


@pytest.mark.parametrize(
    ("helpdesk", "available", "skippable"),
    [("inbox", True, True), ("inbox", False, False), ("zendesk", True, False), ("gorgias", False, False)],
)
def test_going_on_without_an_address_is_offered_only_where_a_teammate_could_answer_at_once(
    helpdesk: str, available: bool, skippable: bool
) -> None:
    conversation = needs_email(helpdesk=helpdesk, available=available)
    assert conversation.handoff is not None
    assert conversation.handoff.step == NeedsEmail(skippable)


def test_in_the_inbox_with_a_teammate_available_the_promise_is_kept_in_its_own_commit() -> None:
    conversation = offered()
    conversation.accept(1, a_scene(), NOW)
    assert steps(conversation) == ["owed", "delivered"]
    assert (conversation.owner, conversation.open, notices(conversation)) == (QUEUE, True, ["queued"])
    assert due(conversation.effects) == {"queue_timeout:cnv_1-1": 2 * MINUTE}


def test_in_the_inbox_with_nobody_available_the_shopper_reads_so_at_once_and_nothing_times_out() -> None:
    conversation = offered()
    conversation.accept(1, a_scene(available=False), NOW)
    assert (conversation.owner, notices(conversation), conversation.effects) == (QUEUE, ["auto_reply"], [])


def test_a_profile_is_looked_up_for_the_inbox_only_when_there_is_an_address_and_a_service() -> None:
    conversation = offered()
    conversation.accept(1, replace(a_scene(), profiles=True), NOW)
    assert "profile:cnv_1-1" in due(conversation.effects)
    anonymous = needs_email()
    anonymous.skip_email(replace(a_scene(contact=None), profiles=True), NOW)
    assert "profile:cnv_1-1" not in due(anonymous.effects)


def test_what_was_offered_is_kept_after_the_merchant_switched_to_another_helpdesk() -> None:
    conversation = needs_email(helpdesk="zendesk")
    conversation.give_email(ANNA, a_scene("gorgias", contact=None), NOW)
    assert bound(conversation).helpdesk == "gorgias", "bound at the promise, not before"
    conversation = owed("zendesk")
    conversation.accept(1, a_scene("gorgias"), NOW)
    assert bound(conversation).helpdesk == "zendesk"


# Again, late, or in another tab


@pytest.mark.parametrize(("start", "name"), EVERYWHERE)
def test_yes_twice_is_the_same_handoff_and_yes_to_nothing_is_a_conflict(start: Start, name: str | None) -> None:
    conversation = start()
    if name in {None, "declined"}:
        with pytest.raises(Conflict) as caught:
            conversation.accept(None, a_scene(), NOW)
        assert caught.value.code == "nothing_offered"
        return
    conversation.accept(1, a_scene("zendesk", contact=None), NOW)
    before = (step(stored(conversation)), conversation.seq)
    conversation.accept(1, a_scene("zendesk", contact=None), NOW)
    assert (step(conversation), conversation.seq) == before


@pytest.mark.parametrize(("start", "name"), EVERYWHERE)
def test_no_is_taken_until_the_promise_and_saying_it_again_changes_nothing(start: Start, name: str | None) -> None:
    conversation = start()
    if name in {"offered", "needs_email", "declined"}:
        conversation.decline(1, a_scene(), NOW)
        assert (step(conversation), conversation.waiting_since) == ("declined", None)
        before = conversation.seq
        conversation.decline(1, a_scene(), NOW)
        assert conversation.seq == before
        return
    with pytest.raises(Conflict) as caught:
        conversation.decline(None, a_scene(), NOW)
    assert caught.value.code == ("nothing_offered" if name is None else "too_late")
    assert (step(conversation), conversation.events) == (name, [])


@pytest.mark.parametrize(("start", "name"), EVERYWHERE)
def test_an_older_or_unknown_offer_is_stale(start: Start, name: str | None) -> None:
    for call in (Conversation.accept, Conversation.decline):
        with pytest.raises(Conflict) as caught:
            call(start(), 7, a_scene(), NOW)
        assert caught.value.code == "stale"


@pytest.mark.parametrize(("start", "name"), EVERYWHERE)
def test_asking_for_a_person_is_consent_and_twice_is_the_same_handoff(start: Start, name: str | None) -> None:
    conversation = start()
    conversation.request(HandoffReason.ASKED, a_scene("zendesk"), NOW + MINUTE)
    fresh = name in {None, "offered", "declined"}
    assert step(conversation) == ("owed" if fresh else name)
    assert len(conversation.events) == (3 if fresh else 0)
    before = conversation.seq
    for _ in range(4):
        conversation.request(HandoffReason.RULE, a_scene("gorgias"), NOW + 2 * MINUTE)
    assert (conversation.seq, conversation.accepted <= 1) == (before, True)


def test_the_wish_for_a_person_keeps_the_reason_of_the_offer_that_stands() -> None:
    conversation = offered()
    conversation.request(HandoffReason.ASKED, a_scene(), NOW)
    assert conversation.handoff is not None
    assert (conversation.handoff.reason, conversation.handoff.question) == (HandoffReason.NO_ANSWER, "Can you engrave?")


def test_a_wish_read_from_a_message_is_the_answer_to_it() -> None:
    conversation = a_conversation()
    upto = asked(conversation, text="human please")
    conversation.request(HandoffReason.ASKED, a_scene("zendesk"), NOW, None, upto)
    assert not conversation.turn_open


def test_what_the_same_write_owed_before_it_dropped_it_stays_dropped() -> None:
    conversation = a_conversation()
    upto = asked(conversation, text="human please")
    asked(conversation, text="hello?")
    conversation.request(HandoffReason.ASKED, a_scene("zendesk"), NOW, None, upto)
    assert "answer:cnv_1" not in due(conversation.effects)
    assert "answer:cnv_1" in conversation.cancelled


# The address


@pytest.mark.parametrize(
    ("start", "contact", "code"),
    [
        (untouched, ANNA, "not_asked"),
        (declined, ANNA, "not_asked"),
        (owed, OTHER, "too_late"),
        (stuck, OTHER, "too_late"),
        (delivered, OTHER, "too_late"),
        (queued, OTHER, "too_late"),
    ],
)
def test_an_address_that_nobody_asked_for_or_that_comes_too_late_is_a_conflict(
    start: Start, contact: Contact, code: str
) -> None:
    conversation = start()
    with pytest.raises(Conflict) as caught:
        conversation.give_email(contact, a_scene("zendesk"), NOW)
    assert (caught.value.code, conversation.events) == (code, [])


@pytest.mark.parametrize("start", [owed, stuck, delivered, queued])
def test_the_same_address_again_changes_nothing_however_it_is_spelt(start: Start) -> None:
    conversation = start()
    again = Contact(EmailAddress("Anna@example.com"), Proof.TYPED)
    conversation.give_email(again, a_scene("zendesk"), NOW)
    assert conversation.events == []


def test_an_address_while_the_offer_stands_changes_no_step() -> None:
    conversation = offered()
    conversation.give_email(OTHER, a_scene(), NOW)
    assert (step(conversation), conversation.events) == ("offered", [])


def test_the_address_is_bound_with_the_promise() -> None:
    conversation = needs_email()
    conversation.give_email(OTHER, a_scene(contact=None), NOW + MINUTE)
    assert bound(conversation).contact == OTHER
    assert conversation.waiting_since == NOW


def test_skipping_the_address_is_taken_where_it_was_offered() -> None:
    conversation = needs_email()
    conversation.skip_email(a_scene(contact=OTHER), NOW)
    assert (bound(conversation).contact, conversation.owner) == (None, QUEUE)
    conversation.skip_email(a_scene(), NOW)
    assert steps(conversation) == ["owed", "delivered"]


@pytest.mark.parametrize(("helpdesk", "available"), [("inbox", False), ("zendesk", True)])
def test_skipping_is_refused_where_the_team_answers_by_mail(helpdesk: str, available: bool) -> None:
    conversation = needs_email(helpdesk=helpdesk, available=available)
    with pytest.raises(Invalid) as caught:
        conversation.skip_email(a_scene(), NOW)
    assert (caught.value.field, step(conversation)) == ("email", "needs_email")


def test_skipping_is_refused_when_the_merchant_switched_to_a_helpdesk_that_answers_by_mail() -> None:
    conversation = needs_email()
    with pytest.raises(Invalid):
        conversation.skip_email(a_scene("zendesk"), NOW)
    assert step(conversation) == "needs_email"


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (untouched, "not_asked"),
        (offered, "not_asked"),
        (declined, "not_asked"),
        (owed, "too_late"),
        (queued, "too_late"),
    ],
)
def test_skipping_what_was_not_asked_or_was_given_is_a_conflict(start: Start, code: str) -> None:
    with pytest.raises(Conflict) as caught:
        start().skip_email(a_scene(), NOW)
    assert caught.value.code == code


@pytest.mark.parametrize("start", [offered, needs_email])
def test_a_closed_chat_hands_nothing_off(start: Start) -> None:
    """It would wait in a tab of the Inbox that lists open conversations only."""
    closed = start()
    closed.close(MARTA, CloseReason.NOT_NEEDED, NOW)
    stored(closed)
    calls: list[Callable[[], None]] = [
        lambda: closed.request(HandoffReason.ASKED, a_scene(), NOW),
        lambda: closed.decline(1, a_scene(), NOW),
    ]
    if start is offered:
        calls.append(lambda: closed.accept(1, a_scene(), NOW))
    else:
        calls.append(lambda: closed.give_email(ANNA, a_scene(), NOW))
        calls.append(lambda: closed.skip_email(a_scene(), NOW))
    for call in calls:
        with pytest.raises(Conflict) as caught:
            call()
        assert (caught.value.code, closed.events) == ("closed", [])


# Delivery


def test_delivery_notice_and_end_are_one_commit() -> None:
    conversation = owed()
    assert conversation.delivered(1, TICKET, "Done.", stays_open=False, now=NOW)
    assert kinds(conversation.events) == ["handoff", "message", "closed"]
    assert (steps(conversation), notices(conversation)) == (["delivered"], ["ticket"])
    assert conversation.events[-1].data == {"by": "helpdesk"}
    assert (conversation.open, conversation.waiting_since) == (False, None)
    assert "saved:cnv_1-1" in conversation.cancelled
    assert conversation.handoff is not None
    assert conversation.handoff.step == Delivered(Bound("zendesk", Seq(2), ANNA, NOW), TICKET)


def test_where_the_helpdesk_mirrors_the_chat_stays_open() -> None:
    conversation = delivered(stays_open=True)
    assert (conversation.open, conversation.owner) == (True, ZENDESK)
    assert conversation.waiting_since == NOW, "nobody has answered yet"


def test_a_second_delivery_says_nothing() -> None:
    conversation = delivered()
    assert not conversation.delivered(1, TICKET, "Done.", stays_open=False, now=NOW)
    assert not conversation.delivered(2, TICKET, "Done.", stays_open=False, now=NOW)
    assert conversation.events == []


def test_what_was_written_after_the_promise_is_one_follow_up_with_the_delivery() -> None:
    conversation = owed()
    conversation.receive(said("It is for Friday."), NOW)
    conversation.receive(said("In blue."), NOW)
    assert due(conversation.effects) == {}, "the agent is silent from here on"
    conversation.delivered(1, TICKET, "Done.", stays_open=False, now=NOW)
    follow_ups = [effect for effect in conversation.effects if effect.kind is EffectKind.APPEND]
    assert [(effect.key, effect.data) for effect in follow_ups] == [
        ("append:cnv_1-1", {"n": 1}),
    ]


def test_nothing_written_after_the_promise_is_no_follow_up() -> None:
    conversation = owed()
    conversation.delivered(1, TICKET, "Done.", stays_open=False, now=NOW)
    assert [effect.kind for effect in conversation.effects] == [EffectKind.LOOK]


def test_saved_is_said_once_and_never_after_delivery() -> None:
    conversation = owed()
    assert conversation.tell_saved(1, "Saved.", NOW)
    assert not conversation.tell_saved(1, "Saved.", NOW)
    conversation.stuck(1, "no such brand", NOW)
    assert not conversation.tell_saved(1, "Saved.", NOW)
    conversation.send_again(NOW)
    assert not conversation.tell_saved(1, "Saved.", NOW)
    assert notices(conversation) == ["saved"]
    assert not delivered().tell_saved(1, "Saved.", NOW)
    assert not queued().tell_saved(1, "Saved.", NOW)
    assert not owed().tell_saved(2, "Saved.", NOW)


def test_a_refused_ticket_is_stuck_until_a_teammate_sends_it_again() -> None:
    conversation = owed()
    conversation.stuck(1, "no such brand", NOW)
    conversation.stuck(1, "no such brand", NOW)
    assert (step(conversation), steps(conversation)) == ("stuck", ["stuck"])
    assert conversation.events[0].data["why"] == "no such brand"
    conversation.send_again(NOW)
    assert (bound(conversation), due(conversation.effects)) == (bound(owed()), {"ticket:cnv_1-1": None})
    with pytest.raises(Conflict) as caught:
        conversation.send_again(NOW)
    assert caught.value.code == "not_stuck"


def test_a_ticket_that_turns_out_to_exist_ends_the_stuck_handoff() -> None:
    conversation = stuck()
    assert conversation.delivered(1, TICKET, "Done.", stays_open=False, now=NOW)
    conversation.stuck(1, "late", NOW)
    assert step(conversation) == "delivered"


# The Inbox


def test_the_away_text_is_said_once_and_only_while_nobody_has_accepted() -> None:
    conversation = queued()
    assert conversation.queue_timed_out(1, "Away.", NOW + 2 * MINUTE)
    assert not conversation.queue_timed_out(1, "Away.", NOW + 3 * MINUTE)
    assert (notices(conversation), conversation.owner, conversation.waiting_since) == (["away"], QUEUE, NOW)
    taken = queued()
    taken.take(MARTA, "Marta has joined.", NOW)
    assert not taken.queue_timed_out(1, "Away.", NOW)
    closed = queued()
    closed.close(MARTA, CloseReason.ANSWERED, NOW)
    assert not closed.queue_timed_out(1, "Away.", NOW)
    assert not queued().queue_timed_out(2, "Away.", NOW)


@pytest.mark.parametrize("start", [owed, stuck])
def test_accepting_an_owed_or_stuck_handoff_brings_it_home_and_drops_its_ticket(start: Start) -> None:
    conversation = start()
    assert conversation.take(MARTA, "Marta has joined.", NOW)
    assert {"ticket:cnv_1-1", "saved:cnv_1-1"} <= set(conversation.cancelled)
    assert (step(conversation), bound(conversation).helpdesk, conversation.owner) == ("delivered", "inbox", MARTA)
    assert bound(conversation).contact == ANNA
    assert not stored(conversation).delivered(1, TICKET, "Done.", stays_open=False, now=NOW), "a late worker"
    assert conversation.open


@pytest.mark.parametrize(
    ("start", "accepted", "reason"),
    [
        (untouched, 1, HandoffReason.BY_TEAMMATE),
        (declined, 1, HandoffReason.BY_TEAMMATE),
        (offered, 1, HandoffReason.NO_ANSWER),
        (needs_email, 1, HandoffReason.NO_ANSWER),
    ],
)
def test_a_take_over_from_the_agent_is_a_delivered_handoff(start: Start, accepted: int, reason: HandoffReason) -> None:
    conversation = start()
    conversation.take(MARTA, "Marta has joined.", NOW)
    assert (steps(conversation), conversation.accepted) == (["owed", "delivered"], accepted)
    assert conversation.handoff is not None
    assert conversation.handoff.reason is reason
    assert "answer:cnv_1" in conversation.cancelled


def test_the_first_teammate_wins_and_the_second_is_told_who_it_was() -> None:
    conversation = queued()
    assert conversation.take(MARTA, "Marta has joined.", NOW)
    assert not conversation.take(MARTA, "Marta has joined.", NOW)
    with pytest.raises(Conflict, match="Marta took this one") as caught:
        conversation.take(JAN, "Jan has joined.", NOW)
    assert (caught.value.code, conversation.owner, notices(conversation)) == ("taken", MARTA, ["joined"])


# Episodes


def handed_back() -> Conversation:
    conversation = queued()
    conversation.take(MARTA, "Marta has joined.", NOW)
    conversation.hand_back(MARTA, "The assistant is back.", NOW)
    return stored(conversation)


def test_after_hand_back_the_old_handoff_never_triggers_again() -> None:
    conversation = handed_back()
    assert (conversation.handoff, conversation.owner, conversation.episode) == (None, AGENT, 2)
    for late in (
        conversation.delivered(1, TICKET, "Done.", stays_open=False, now=NOW),
        conversation.tell_saved(1, "Saved.", NOW),
        conversation.queue_timed_out(1, "Away.", NOW),
    ):
        assert not late
    conversation.stuck(1, "late", NOW)
    assert conversation.events == []
    for call in (Conversation.accept, Conversation.decline):
        with pytest.raises(Conflict):
            call(conversation, 1, a_scene(), NOW)


def test_the_number_of_a_handoff_rises_with_each_accepted_one_and_never_restarts() -> None:
    conversation = handed_back()
    conversation.request(HandoffReason.ASKED, a_scene("zendesk"), NOW)
    assert (conversation.accepted, due(conversation.effects)) == (
        2,
        {"ticket:cnv_1-2": None, "saved:cnv_1-2": 5 * SECOND},
    )
    conversation.delivered(2, TICKET, "Done.", stays_open=False, now=NOW)
    conversation.reopen(JAN, "Jan has joined.", NOW)
    conversation.hand_back(JAN, "The assistant is back.", NOW)
    conversation.request(HandoffReason.ASKED, a_scene("gorgias"), NOW)
    assert conversation.accepted == 3


def test_a_wish_for_a_person_where_one_has_reopened_the_chat_changes_nothing() -> None:
    conversation = delivered()
    conversation.reopen(MARTA, "Marta has joined.", NOW)
    stored(conversation).request(HandoffReason.ASKED, a_scene("zendesk"), NOW)
    assert (conversation.owner, conversation.events, conversation.handoff) == (MARTA, [], None)


def test_the_wait_clock_starts_at_the_request_and_ends_at_the_first_reply() -> None:
    conversation = needs_email()
    conversation.give_email(ANNA, a_scene(contact=None), NOW + MINUTE)
    conversation.queue_timed_out(1, "Away.", NOW + 3 * MINUTE)
    conversation.receive(said("Still there?"), NOW + 4 * MINUTE)
    conversation.take(MARTA, "Marta has joined.", NOW + 5 * MINUTE)
    assert conversation.waiting_since == NOW
    conversation.reply(MARTA, "Hello!", "c-12345678", NOW + 6 * MINUTE)
    assert conversation.waiting_since is None


def test_an_offer_ends_with_its_episode_and_a_late_yes_is_an_ordinary_message() -> None:
    conversation = offered()
    event = conversation.receive(said("yes", aside=True), NOW + DAY)
    assert (conversation.episode, conversation.handoff) == (2, None)
    assert "aside" not in event.data
    assert due(conversation.effects) == {"answer:cnv_1": None}, "or the shopper would meet silence"


@pytest.mark.parametrize("start", [needs_email, owed, queued])
def test_a_handoff_under_way_outlives_a_quiet_day(start: Start) -> None:
    conversation = start()
    before = step(conversation)
    conversation.receive(said("Hello?"), NOW + 2 * DAY)
    assert (conversation.episode, step(conversation)) == (1, before)


def test_the_agent_may_not_speak_between_request_and_hand_back() -> None:
    conversation = a_conversation()
    upto = asked(conversation)
    epoch = conversation.epoch
    assert conversation.may_speak(epoch, upto) is Speak.NOW
    conversation.request(HandoffReason.ASKED, a_scene(), NOW)
    assert conversation.may_speak(epoch, upto) is Speak.NEVER
    conversation.take(MARTA, "Marta has joined.", NOW)
    conversation.hand_back(MARTA, "The assistant is back.", NOW)
    assert conversation.may_speak(epoch, upto) is Speak.NEVER
    again = asked(conversation)
    assert conversation.may_speak(epoch, again) is Speak.NEVER, "it read before the hand-back"
    assert conversation.may_speak(conversation.epoch, again) is Speak.NOW
    conversation.answer(answered(), again, NOW)


def test_a_handoff_cannot_skip_a_step() -> None:
    conversation = offered()
    handoff = conversation.handoff = Handoff(1, HandoffReason.ASKED, Delivered(BOUND))
    with pytest.raises(RuntimeError, match="cannot go"):
        conversation._step(handoff, Offered(), NOW)


# The second destination

LATE = Second("gorgias", NOW + 15 * MINUTE)
HAS_SECOND = replace(BOUND, second=LATE)
IN_QUEUE = replace(BOUND, helpdesk="inbox", second=LATE)


@pytest.mark.parametrize(
    ("step", "queued", "attempt", "minutes", "expected"),
    [
        (Owed(HAS_SECOND), False, Attempt.NONE, 14, Takeover.WAIT),
        (Owed(HAS_SECOND), False, Attempt.NONE, 15, Takeover.NOW),
        (Stuck(HAS_SECOND, "no such brand"), False, Attempt.NONE, 15, Takeover.NOW),
        (Owed(HAS_SECOND), False, Attempt.IN_FLIGHT, 15, Takeover.LOOK),
        (Owed(HAS_SECOND), False, Attempt.UNKNOWN, 999, Takeover.LOOK),
        (Stuck(HAS_SECOND, "7 days"), False, Attempt.UNKNOWN, 999, Takeover.LOOK),
        (Owed(HAS_SECOND), False, Attempt.UNKNOWN, 14, Takeover.WAIT),
        (Owed(BOUND), False, Attempt.NONE, 999, Takeover.NEVER),
        (Delivered(HAS_SECOND, TICKET), False, Attempt.NONE, 999, Takeover.NEVER),
        (Delivered(IN_QUEUE), True, Attempt.NONE, 15, Takeover.NOW),
        (Delivered(IN_QUEUE), True, Attempt.NONE, 14, Takeover.WAIT),
        (Delivered(IN_QUEUE), False, Attempt.NONE, 999, Takeover.NEVER),
        (Delivered(replace(IN_QUEUE, contact=None)), True, Attempt.NONE, 999, Takeover.NEVER),
        (Owed(replace(HAS_SECOND, contact=None, second=replace(LATE, helpdesk="inbox"))), False, Attempt.NONE, 15,
         Takeover.NOW),
        (Offered(), False, Attempt.NONE, 999, Takeover.NEVER),
        (Declined(), False, Attempt.NONE, 999, Takeover.NEVER),
    ],
)  # fmt: skip
def test_g5_the_second_takes_over_only_what_the_first_is_known_not_to_have_made(
    step: HandoffStep, queued: bool, attempt: Attempt, minutes: int, expected: Takeover
) -> None:
    assert takeover(step, queued, attempt, NOW + minutes * MINUTE) is expected


def test_g5_only_the_named_second_takes_over_and_never_a_handoff_that_has_a_ticket() -> None:
    moved = Owed(replace(HAS_SECOND, helpdesk="gorgias", second=None))
    assert may_follow(Owed(HAS_SECOND), moved) and may_follow(Delivered(IN_QUEUE), moved)
    assert not may_follow(Owed(BOUND), moved)
    assert not may_follow(Delivered(HAS_SECOND, TICKET), moved)
    assert not may_follow(Owed(HAS_SECOND), Owed(HAS_SECOND))


def test_g5_a_take_over_drops_what_the_first_was_owed_in_the_same_commit() -> None:
    conversation = a_conversation()
    upto = asked(conversation)
    scene = replace(a_scene("zendesk"), second=("inbox", 15 * MINUTE))
    conversation.request(HandoffReason.ASKED, scene, NOW)
    assert f"second:{conversation.id}-1" in [effect.key for effect in conversation.effects]
    stored(conversation)
    conversation.second_takes_over(a_scene(), NOW + 15 * MINUTE)
    assert f"ticket:{conversation.id}-1" in conversation.cancelled
    assert conversation.owner == QUEUE and notices(conversation)[-1] == "queued"
    bound = conversation.handoff.bound if conversation.handoff else None
    assert bound is not None and (bound.helpdesk, bound.second) == (INBOX, None) and bound.upto >= upto
    with pytest.raises(RuntimeError):
        conversation.second_takes_over(a_scene(), NOW)


def read_anew(conversation: Conversation) -> Conversation:
    """The visitor writes something that is not heard as a yes or no at once: the agent reads it."""
    asked(conversation)
    return stored(conversation)


def test_a_yes_that_the_agent_read_is_the_consent_and_answers_the_turn() -> None:
    conversation = read_anew(offered())
    conversation.take_reply(Consent.YES, a_scene(contact=None), conversation.last_question_seq, NOW)
    assert isinstance(conversation.handoff and conversation.handoff.step, NeedsEmail)
    [told] = [event for event in conversation.events if event.kind is EventKind.MESSAGE]
    assert told.data["reply_to"] == conversation.last_question_seq
    assert not conversation.turn_open and conversation.effects == []


def test_a_yes_that_the_agent_read_makes_one_ticket() -> None:
    conversation = read_anew(offered())
    conversation.take_reply(Consent.YES, a_scene("zendesk"), conversation.last_question_seq, NOW)
    assert isinstance(conversation.handoff and conversation.handoff.step, Owed)
    assert [effect.kind for effect in conversation.effects].count(EffectKind.TICKET) == 1
    conversation.take_reply(Consent.YES, a_scene("zendesk"), conversation.last_question_seq, NOW)
    assert [effect.kind for effect in conversation.effects].count(EffectKind.TICKET) == 1


@pytest.mark.parametrize("stands", [offered, needs_email])
def test_a_no_that_the_agent_read_declines(stands: Callable[[], Conversation]) -> None:
    conversation = read_anew(stands())
    conversation.take_reply(Consent.NO, a_scene(), conversation.last_question_seq, NOW)
    assert isinstance(conversation.handoff and conversation.handoff.step, Declined)
    assert not conversation.turn_open


@pytest.mark.parametrize("said", list(Consent))
@pytest.mark.parametrize("stands", [declined, owed, delivered])
def test_what_a_button_said_meanwhile_stands(stands: Callable[[], Conversation], said: Consent) -> None:
    conversation = stands()
    before, step = len(conversation.events), conversation.handoff and conversation.handoff.step
    conversation.take_reply(said, a_scene(), conversation.last_question_seq, NOW)
    assert (conversation.handoff and conversation.handoff.step) == step
    assert len(conversation.events) == before


def test_a_yes_while_an_address_is_asked_for_asks_for_it_no_second_time() -> None:
    conversation = read_anew(needs_email())
    conversation.take_reply(Consent.YES, a_scene(contact=None), conversation.last_question_seq, NOW)
    assert isinstance(conversation.handoff and conversation.handoff.step, NeedsEmail) and conversation.events == []


def test_what_was_written_after_the_yes_is_answered_still() -> None:
    conversation = read_anew(offered())
    read_upto = conversation.last_question_seq
    asked(conversation)
    stored(conversation)
    conversation.take_reply(Consent.YES, a_scene(contact=None), read_upto, NOW)
    assert conversation.turn_open and [effect.kind for effect in conversation.effects] == [EffectKind.ANSWER]
