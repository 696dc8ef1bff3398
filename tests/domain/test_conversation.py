"""Who may speak: turns that grow, teammates, closing and reopening."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.fixtures.conversations import (
    DAY,
    HOUR,
    JAN,
    MARTA,
    MINUTE,
    NOW,
    a_conversation,
    a_scene,
    answered,
    asked,
    kinds,
    notices,
    said,
    stored,
)
from warmline.domain.conversation import MAX_RESTARTS, Conversation, Speak
from warmline.domain.handoff import HandoffReason
from warmline.domain.ids import Seq, TeammateId
from warmline.domain.message import AuthorKind, Verdict
from warmline.domain.owner import AGENT, CloseReason, Owner, OwnerKind
from warmline.errors import Conflict


def with_marta() -> Conversation:
    conversation = a_conversation()
    asked(conversation)
    conversation.take(MARTA, "Marta has joined.", NOW)
    return stored(conversation)


def closed() -> Conversation:
    conversation = with_marta()
    conversation.close(MARTA, CloseReason.ANSWERED, NOW)
    return stored(conversation)


def effect_keys(conversation: Conversation) -> list[str]:
    return [effect.key for effect in conversation.effects]


# Turns


def test_a_question_to_the_agent_owes_one_answer() -> None:
    conversation = a_conversation()
    first = asked(conversation)
    assert (first, conversation.last_visitor_seq, conversation.turn_open) == (1, 1, True)
    assert effect_keys(conversation) == ["answer:cnv_1"]


def test_an_aside_asks_nothing() -> None:
    conversation = a_conversation()
    conversation.receive(said("anna@example.com", aside=True), NOW)
    assert (conversation.turn_open, conversation.effects, conversation.last_visitor_seq) == (False, [], 1)


def test_a_newer_message_makes_the_turn_larger() -> None:
    conversation = a_conversation()
    upto = asked(conversation)
    newer = asked(conversation)
    assert conversation.may_speak(0, upto) is Speak.READ_AGAIN
    assert conversation.may_speak(0, newer) is Speak.NOW
    conversation.answer(answered(), newer, NOW)
    assert (conversation.turn_open, conversation.answered_upto) == (False, newer)


def test_after_three_restarts_the_agent_answers_what_it_has_and_owes_the_rest() -> None:
    conversation = a_conversation()
    upto = asked(conversation)
    for restart in range(MAX_RESTARTS):
        newer = asked(stored(conversation))
        assert conversation.may_speak(0, upto) is Speak.READ_AGAIN
        conversation.read_again()
        assert conversation.restarts == restart + 1
        assert "answer:cnv_1" in effect_keys(conversation)
        upto = newer
    newest = asked(stored(conversation))
    stored(conversation)
    assert conversation.may_speak(0, upto) is Speak.NOW
    event = conversation.answer(answered(), upto, NOW)
    assert (event.data["reply_to"], conversation.turn_open, conversation.restarts) == (upto, True, 0)
    assert effect_keys(conversation) == ["answer:cnv_1"]
    assert conversation.may_speak(0, newest) is Speak.NOW


def test_an_aside_does_not_make_the_turn_larger() -> None:
    conversation = a_conversation()
    upto = asked(conversation)
    conversation.receive(said("ok", aside=True), NOW)
    assert conversation.may_speak(0, upto) is Speak.NOW


def taken(conversation: Conversation) -> None:
    conversation.take(MARTA, "Marta has joined.", NOW)


def shut(conversation: Conversation) -> None:
    conversation.close(MARTA, CloseReason.SPAM, NOW)


def requested(conversation: Conversation) -> None:
    conversation.request(HandoffReason.ASKED, a_scene(), NOW)


def answered_by_a_twin(conversation: Conversation) -> None:
    conversation.answer(answered(), conversation.last_question_seq, NOW)


def taken_and_back(conversation: Conversation) -> None:
    taken(conversation)
    conversation.hand_back(MARTA, "The assistant is back.", NOW)
    asked(conversation)


@pytest.mark.parametrize("meanwhile", [taken, shut, requested, answered_by_a_twin, taken_and_back])
def test_an_agent_that_comes_too_late_says_nothing(meanwhile: Callable[[Conversation], None]) -> None:
    conversation = a_conversation()
    upto, epoch = asked(conversation), conversation.epoch
    meanwhile(conversation)
    assert conversation.may_speak(epoch, upto) is Speak.NEVER


def test_an_answer_after_another_one_starts_its_restarts_anew() -> None:
    conversation = a_conversation()
    upto = asked(conversation)
    asked(conversation)
    conversation.read_again()
    conversation.answer(answered(), Seq(upto + 1), NOW)
    asked(conversation)
    assert conversation.restarts == 0


# The quiet day


@pytest.mark.parametrize(("pause", "episode"), [(DAY - timedelta(seconds=1), 1), (DAY, 2), (3 * DAY, 2), (-HOUR, 1)])
def test_a_message_after_a_quiet_day_begins_a_new_episode(pause: timedelta, episode: int) -> None:
    conversation = a_conversation()
    upto = asked(conversation)
    conversation.answer(answered(), upto, NOW)
    stored(conversation).receive(said("Another thing"), NOW + pause)
    assert conversation.episode == episode
    assert kinds(conversation.events) == (["message"] if episode == 1 else ["episode", "message"])
    assert effect_keys(conversation) == ["answer:cnv_1"]


def test_a_first_message_after_a_long_look_at_the_greeting_is_no_return() -> None:
    conversation = a_conversation()
    conversation.receive(said(), NOW + 3 * DAY)
    assert conversation.episode == 1


def test_a_teammates_conversation_has_no_quiet_day() -> None:
    conversation = with_marta()
    conversation.receive(said("Thanks"), NOW + 3 * DAY)
    assert (conversation.episode, conversation.owner) == (1, MARTA)


# Teammates


def test_only_the_teammate_who_has_it_may_reply_and_a_renamed_one_is_the_same() -> None:
    conversation = with_marta()
    renamed = Owner(OwnerKind.TEAMMATE, TeammateId("tm_marta"), "Marta Nowak")
    assert not conversation.take(renamed, "…", NOW)
    event = conversation.reply(renamed, "Hello!", "c-12345678", NOW)
    assert event.data["author"] == {"kind": AuthorKind.TEAMMATE, "name": "Marta Nowak", "id": "tm_marta"}
    assert (event.data["client_id"], conversation.turn_open) == ("c-12345678", False)
    with pytest.raises(Conflict) as caught:
        conversation.reply(JAN, "Hello!", None, NOW)
    assert caught.value.code == "taken"


def test_a_reply_needs_an_accepted_and_open_conversation() -> None:
    for conversation, code in [(a_conversation(), "not_taken"), (closed(), "closed")]:
        with pytest.raises(Conflict) as caught:
            conversation.reply(MARTA, "Hello!", None, NOW)
        assert (caught.value.code, conversation.events) == (code, [])


def test_hand_back_gives_the_agent_nothing_to_answer() -> None:
    conversation = with_marta()
    asked(conversation)
    stored(conversation).hand_back(MARTA, "The assistant is back.", NOW)
    assert (conversation.owner, conversation.turn_open, conversation.effects) == (AGENT, False, [])
    assert (conversation.episode, conversation.waiting_since) == (2, None)
    assert kinds(conversation.events) == ["episode", "owner", "message"]
    assert notices(conversation) == ["handback"]


@pytest.mark.parametrize(("conversation", "code"), [(a_conversation(), "not_taken"), (closed(), "closed")])
def test_hand_back_needs_a_conversation_of_ones_own(conversation: Conversation, code: str) -> None:
    with pytest.raises(Conflict) as caught:
        conversation.hand_back(MARTA, "The assistant is back.", NOW)
    assert caught.value.code == code
    with pytest.raises(Conflict) as caught:
        with_marta().hand_back(JAN, "The assistant is back.", NOW)
    assert caught.value.code == "taken"


# The end


@pytest.mark.parametrize("reason", list(CloseReason))
def test_closing_keeps_its_reason_and_ends_every_wait(reason: CloseReason) -> None:
    conversation = with_marta()
    assert conversation.close(MARTA, reason, NOW)
    assert conversation.events[-1].data == {"by": "teammate", "reason": reason.value, "teammate": "tm_marta"}
    assert (conversation.open, conversation.waiting_since) == (False, None)
    assert "answer:cnv_1" in conversation.cancelled
    assert not conversation.close(MARTA, reason, NOW)
    calls: list[Callable[[], object]] = [
        lambda: conversation.receive(said(), NOW),
        lambda: conversation.take(JAN, "Jan has joined.", NOW),
        lambda: conversation.reply(MARTA, "Bye", None, NOW),
    ]
    for call in calls:
        with pytest.raises(Conflict) as caught:
            call()
        assert caught.value.code == "closed"


def test_nobody_closes_what_another_teammate_has() -> None:
    with pytest.raises(Conflict) as caught:
        with_marta().close(JAN, CloseReason.ANSWERED, NOW)
    assert caught.value.code == "taken"


@pytest.mark.parametrize("stuck", [False, True])
def test_a_conversation_that_owes_a_ticket_cannot_be_closed(stuck: bool) -> None:
    conversation = a_conversation()
    conversation.request(HandoffReason.ASKED, a_scene("zendesk"), NOW)
    if stuck:
        conversation.stuck(1, "no such brand", NOW)
    with pytest.raises(Conflict) as caught:
        conversation.close(MARTA, CloseReason.ANSWERED, NOW)
    assert (caught.value.code, conversation.open) == ("owed", True)


def test_reopening_is_a_new_episode_of_the_teammate_who_did_it() -> None:
    conversation = closed()
    epoch = conversation.epoch
    conversation.reopen(JAN, "Jan has joined.", NOW + HOUR)
    assert (conversation.open, conversation.owner, conversation.episode, conversation.epoch) == (
        True,
        JAN,
        2,
        epoch + 1,
    )
    assert (conversation.handoff, conversation.waiting_since) == (None, None)
    with pytest.raises(Conflict) as caught:
        conversation.reopen(JAN, "Jan has joined.", NOW)
    assert caught.value.code == "open"


def test_the_epoch_rises_only_when_the_owner_changes() -> None:
    conversation = closed()
    epoch = conversation.epoch
    conversation.reopen(MARTA, "Marta has joined.", NOW)
    assert conversation.epoch == epoch
    conversation.receive(said(), NOW)
    conversation.reply(MARTA, "Hello!", None, NOW)
    conversation.note(MARTA, "regular customer", NOW)
    conversation.helped(1, True, NOW)
    assert conversation.epoch == epoch
    conversation.hand_back(MARTA, "The assistant is back.", NOW)
    assert conversation.epoch == epoch + 1


def test_a_note_and_a_rating_stay_with_the_team() -> None:
    conversation = with_marta()
    note = conversation.note(MARTA, "regular customer", NOW)
    conversation.helped(1, False, NOW)
    assert note.data == {"by": {"id": "tm_marta", "name": "Marta"}, "text": "regular customer"}
    assert [event.public for event in conversation.events] == [False, False]


def test_a_clock_that_goes_back_never_makes_the_conversation_older() -> None:
    conversation = a_conversation()
    asked(conversation, NOW + HOUR)
    conversation.answer(answered(Verdict.SMALL_TALK), Seq(1), NOW + MINUTE)
    assert (conversation.last_at, conversation.seq) == (NOW + HOUR, 2)
