"""How an episode ended, always from its log, and the figures that are made of that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.fixtures.conversations import (
    DAY,
    HOUR,
    MARTA,
    MINUTE,
    NOW,
    SECOND,
    a_conversation,
    a_scene,
    answered,
    asked,
    said,
)
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import HandoffReason
from warmline.domain.ids import Seq
from warmline.domain.message import SYSTEM, Event, EventKind, Message, Verdict
from warmline.domain.outcome import Episode, Figures, Outcome, recount, tally
from warmline.domain.owner import CloseReason
from warmline.domain.ticket import TicketRef

Story = Callable[[Conversation], object]


# What can happen, one line each; a story is a list of them.


def greets(conversation: Conversation) -> None:
    conversation.say(Message(SYSTEM, "Hi! Ask me anything."), NOW)


def asks(conversation: Conversation) -> None:
    asked(conversation)


def agrees(conversation: Conversation) -> None:
    conversation.receive(said("yes", aside=True), NOW)


def agent_says(verdict: Verdict) -> Story:
    def happens(conversation: Conversation) -> None:
        conversation.answer(answered(verdict), conversation.last_question_seq, NOW)

    happens.__name__ = verdict.value
    return happens


answers = agent_says(Verdict.ANSWER)
fails = agent_says(Verdict.FAILURE)
asks_back = agent_says(Verdict.ASK)
cannot = agent_says(Verdict.CANNOT_ANSWER)
chats = agent_says(Verdict.SMALL_TALK)


def rates(helped: bool) -> Story:
    def happens(conversation: Conversation) -> None:
        conversation.helped(conversation.seq, helped, NOW)

    return happens


helped, not_helped = rates(True), rates(False)


def offers(conversation: Conversation) -> None:
    conversation.offer(HandoffReason.NO_ANSWER, "Can you engrave?", NOW)


def declines(conversation: Conversation) -> None:
    conversation.decline(None, a_scene(), NOW)


def wants_a_person(conversation: Conversation) -> None:
    conversation.request(HandoffReason.ASKED, a_scene("zendesk", contact=None), NOW)


def hands_off(conversation: Conversation) -> None:
    conversation.request(HandoffReason.ASKED, a_scene("zendesk"), NOW)


def queues(conversation: Conversation) -> None:
    conversation.request(HandoffReason.ASKED, a_scene(), NOW)


def arrives(conversation: Conversation) -> None:
    conversation.delivered(1, TicketRef("1"), "Done.", stays_open=False, now=NOW)


def sticks(conversation: Conversation) -> None:
    conversation.stuck(1, "refused", NOW)


def taken(conversation: Conversation) -> None:
    conversation.take(MARTA, "Marta has joined.", NOW)


def teammate_replies(conversation: Conversation) -> None:
    conversation.reply(MARTA, "Hello!", None, NOW)


def closes(reason: CloseReason) -> Story:
    def happens(conversation: Conversation) -> None:
        conversation.close(MARTA, reason, NOW)

    return happens


spam, done = closes(CloseReason.SPAM), closes(CloseReason.ANSWERED)


def told(*story: Story) -> list[Event]:
    conversation = a_conversation()
    for happens in story:
        happens(conversation)
    return conversation.events


def last(*story: Story) -> Episode:
    return recount(told(*story))[-1]


ROWS: list[tuple[Outcome, tuple[Story, ...]]] = [
    (Outcome.EMPTY, (greets,)),
    (Outcome.EMPTY, (asks, chats)),
    (Outcome.EMPTY, (agrees,)),
    (Outcome.EMPTY, (asks, chats, helped)),
    (Outcome.SPAM, (asks, spam)),
    (Outcome.SPAM, (queues, spam)),
    (Outcome.SPAM, (asks, answers, helped, spam)),
    (Outcome.ROUTED, (asks, cannot, offers, queues)),
    (Outcome.ROUTED, (queues,)),
    (Outcome.ROUTED, (hands_off, arrives)),
    (Outcome.ROUTED, (asks, answers, helped, hands_off, arrives)),
    (Outcome.ROUTED, (hands_off, sticks, taken)),
    (Outcome.ROUTED, (asks, taken, teammate_replies, done)),
    (Outcome.ROUTED, (asks, chats, taken)),
    (Outcome.UNRESOLVED, (asks,)),
    (Outcome.UNRESOLVED, (asks, cannot)),
    (Outcome.UNRESOLVED, (asks, cannot, offers)),
    (Outcome.UNRESOLVED, (asks, cannot, offers, declines)),
    (Outcome.UNRESOLVED, (asks, fails)),
    (Outcome.UNRESOLVED, (asks, asks_back)),
    (Outcome.UNRESOLVED, (asks, answers, asks)),
    (Outcome.UNRESOLVED, (asks, answers, asks, cannot)),
    (Outcome.UNRESOLVED, (asks, answers, helped, asks, cannot)),
    (Outcome.UNRESOLVED, (asks, answers, not_helped)),
    (Outcome.UNRESOLVED, (asks, answers, not_helped, done)),
    (Outcome.UNRESOLVED, (wants_a_person,)),
    (Outcome.UNRESOLVED, (asks, answers, wants_a_person)),
    (Outcome.UNRESOLVED, (hands_off,)),
    (Outcome.UNRESOLVED, (asks, answers, hands_off)),
    (Outcome.UNRESOLVED, (asks, answers, hands_off, sticks)),
    (Outcome.RESOLVED_CONFIRMED, (asks, answers, helped)),
    (Outcome.RESOLVED_CONFIRMED, (asks, answers, not_helped, helped)),
    (Outcome.RESOLVED_CONFIRMED, (asks, cannot, asks, answers, helped)),
    (Outcome.RESOLVED_CONFIRMED, (asks, answers, helped, done)),
    (Outcome.RESOLVED_ASSUMED, (asks, answers)),
    (Outcome.RESOLVED_ASSUMED, (asks, asks_back, asks, answers)),
    (Outcome.RESOLVED_ASSUMED, (asks, answers, asks, chats)),
    (Outcome.RESOLVED_ASSUMED, (asks, answers, agrees)),
    (Outcome.RESOLVED_ASSUMED, (asks, answers, helped, asks, answers)),
    (Outcome.RESOLVED_ASSUMED, (asks, cannot, offers, declines, asks, answers)),
    (Outcome.RESOLVED_ASSUMED, (asks, answers, done)),
]


@pytest.mark.parametrize(("outcome", "story"), ROWS, ids=range(len(ROWS)))
def test_an_episode_ends_as_its_log_says(outcome: Outcome, story: tuple[Story, ...]) -> None:
    episode = last(*story)
    assert episode.outcome(NOW + DAY) is outcome
    if not episode.closed:
        assert episode.outcome(NOW + DAY - SECOND) is Outcome.PENDING


def test_the_table_has_a_row_for_each_outcome() -> None:
    assert {outcome for outcome, _ in ROWS} == set(Outcome) - {Outcome.PENDING}


def test_closing_ends_the_wait_for_a_quiet_day() -> None:
    assert last(asks, answers).outcome(NOW) is Outcome.PENDING
    assert last(asks, answers, done).outcome(NOW) is Outcome.RESOLVED_ASSUMED


def test_a_note_is_no_word_and_does_not_put_off_the_outcome() -> None:
    conversation = a_conversation()
    asked(conversation)
    conversation.note(MARTA, "call them", NOW + HOUR)
    assert recount(conversation.events)[0].outcome(NOW + DAY) is Outcome.UNRESOLVED


def test_hand_back_ends_an_episode_whatever_comes_next() -> None:
    def back(conversation: Conversation) -> None:
        conversation.hand_back(MARTA, "The assistant is back.", NOW)

    first, second = recount(told(asks, taken, teammate_replies, back, asks, answers))
    assert (first.n, first.outcome(NOW)) == (1, Outcome.ROUTED)
    assert (second.n, second.outcome(NOW), second.outcome(NOW + DAY)) == (
        2,
        Outcome.PENDING,
        Outcome.RESOLVED_ASSUMED,
    )


def test_a_return_after_a_quiet_day_leaves_the_first_episode_as_it_was() -> None:
    def returns(conversation: Conversation) -> None:
        asked(conversation, NOW + 2 * DAY)

    first, second = recount(told(asks, answers, returns))
    assert first.outcome(NOW) is Outcome.RESOLVED_ASSUMED
    assert (second.started_at, second.outcome(NOW + 3 * DAY)) == (NOW + 2 * DAY, Outcome.UNRESOLVED)


def test_an_episode_knows_the_steps_that_reports_count() -> None:
    episode = last(asks, cannot, offers, declines, offers, wants_a_person)
    assert (episode.offered, episode.declined, episode.accepted, episode.left_before_email) == (2, 1, 0, True)
    assert episode.reason == HandoffReason.NO_ANSWER
    episode = last(asks, hands_off, sticks, taken, teammate_replies)
    assert (episode.accepted, episode.stuck, episode.delivered, episode.left_before_email) == (1, 1, 1, False)
    assert (episode.wanted_at, episode.first_reply_at) == (NOW, NOW)


def test_the_first_human_reply_is_the_first_one() -> None:
    conversation = a_conversation()
    conversation.take(MARTA, "Marta has joined.", NOW)
    for minutes in (3, 5):
        conversation.reply(MARTA, "Hello!", None, NOW + minutes * MINUTE)
    assert recount(conversation.events)[0].first_reply_at == NOW + 3 * MINUTE


def test_recounting_nothing_is_one_empty_episode_that_has_not_begun() -> None:
    assert recount([]) == [Episode()]
    assert Episode().outcome(NOW) is Outcome.PENDING


def test_an_event_of_no_weight_changes_nothing_but_the_beginning() -> None:
    at: datetime = NOW
    assert Episode().after(Event(Seq(1), at, EventKind.IDENTITY, {})) == Episode(started_at=NOW)


def test_the_figures_divide_by_episodes_in_which_something_was_asked() -> None:
    counts = {
        Outcome.PENDING: 5, Outcome.SPAM: 3, Outcome.EMPTY: 2, Outcome.ROUTED: 4, Outcome.UNRESOLVED: 6,
        Outcome.RESOLVED_CONFIRMED: 1, Outcome.RESOLVED_ASSUMED: 9,
    }  # fmt: skip
    figures = tally(outcome for outcome, n in counts.items() for _ in range(n))
    assert figures == Figures(**{outcome.value: n for outcome, n in counts.items()})
    assert (figures.asked, figures.resolution_rate, figures.routed_to_team) == (20, 0.5, 0.2)


def test_without_a_question_there_is_no_rate() -> None:
    figures = tally([Outcome.PENDING, Outcome.SPAM, Outcome.EMPTY])
    assert (figures.asked, figures.resolution_rate, figures.routed_to_team) == (0, None, None)
