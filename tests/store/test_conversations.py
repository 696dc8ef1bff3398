"""A conversation comes back as it was, its log is whole, and its figures are a recount (THREATS G3, G4, G15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.conversations import (
    ANNA,
    DAY,
    HOUR,
    JAN,
    MARTA,
    MINUTE,
    NOW,
    SECOND,
    a_scene,
    answered,
    asked,
    said,
)
from tests.store.conftest import ACME, OTHER_SHOP, add_visitor, begin_talk
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import (
    Bound,
    Declined,
    Delivered,
    Handoff,
    HandoffReason,
    HandoffStep,
    NeedsEmail,
    Offered,
    Owed,
    Stuck,
)
from warmline.domain.ids import ConversationId, Seq, VisitorId
from warmline.domain.message import Author, AuthorKind, Event, EventKind, Verdict
from warmline.domain.outcome import Episode, recount
from warmline.domain.owner import AGENT, QUEUE, CloseReason, Owner, OwnerKind
from warmline.domain.ticket import TicketRef
from warmline.domain.visitor import Contact, EmailAddress, Proof
from warmline.errors import NotFound
from warmline.store.base import Store, Transaction

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
moments = st.timedeltas(timedelta(days=-9_000), timedelta(days=9_000)).map(lambda apart: NOW + apart)
seqs = st.integers(0, 2**40).map(Seq)
contacts = st.builds(
    Contact, st.sampled_from([EmailAddress("Anna@example.com"), EmailAddress("b@c.pl")]), st.sampled_from(Proof)
)
bounds = st.builds(Bound, st.sampled_from(["inbox", "zendesk", "gorgias"]), seqs, st.none() | contacts, moments)
tickets = st.none() | st.builds(TicketRef, texts, st.none() | texts, st.none() | texts)
steps: st.SearchStrategy[HandoffStep] = st.one_of(
    st.just(Offered()),
    st.builds(NeedsEmail, st.booleans()),
    st.builds(Owed, bounds, st.booleans()),
    st.builds(Delivered, bounds, tickets, st.booleans()),
    st.builds(Stuck, bounds, texts, st.booleans()),
    st.just(Declined()),
)
handoffs = st.builds(
    Handoff, st.integers(1, 99), st.sampled_from(HandoffReason), steps, st.none() | texts, st.none() | moments
)
owners = st.sampled_from([AGENT, QUEUE, MARTA, JAN, Owner(OwnerKind.HELPDESK, name="zendesk")])
CHANGES: dict[str, st.SearchStrategy[object]] = {
    "locale": st.sampled_from(["en", "pl-PL"]), "started_at": moments, "last_at": moments,
    "lang": st.none() | st.just("pl"), "page_url": st.none() | texts, "page_title": st.none() | texts,
    "seq": seqs, "owner": owners, "epoch": st.integers(0, 2**40), "episode": st.integers(1, 9_999),
    "open": st.booleans(), "accepted": st.integers(0, 99), "handoff": st.none() | handoffs,
    "waiting_since": st.none() | moments, "last_visitor_seq": seqs, "last_question_seq": seqs,
    "answered_upto": seqs, "restarts": st.integers(0, 9), "visitor_seen_at": st.none() | moments,
    "mailed_upto": seqs,
}  # fmt: skip
GIVEN = {"id", "workspace", "visitor"}
OF_ONE_WRITE = {"events", "effects", "cancelled"}


def test_the_round_trip_covers_every_field() -> None:
    assert CHANGES.keys() | GIVEN | OF_ONE_WRITE == {field.name for field in fields(Conversation)}


@given(change=st.fixed_dictionaries(CHANGES))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_conversation_comes_back_as_it_was(store: Store, change: dict[str, object]) -> None:
    def there_and_back(tx: Transaction) -> tuple[Conversation, Conversation]:
        visitor = add_visitor(tx)
        plain = Conversation(ConversationId(f"cnv_{visitor.id}"), ACME, visitor.id, "en", NOW, NOW)
        tx.add_conversation(plain, "net")
        changed = replace(plain, **change)  # type: ignore[arg-type]
        tx.save(changed)
        return changed, tx.conversation(ACME, changed.id)

    changed, loaded = await store.write(there_and_back)
    assert loaded == changed


# A long life: every kind of event, three episodes. Each line is a commit of its own.

Act = Callable[[Conversation], object]
LIFE: list[Act] = [
    lambda it: asked(it),
    lambda it: it.answer(answered(Verdict.CANNOT_ANSWER), it.last_question_seq, NOW + SECOND),
    lambda it: it.offer(HandoffReason.NO_ANSWER, "Can you engrave?", NOW + SECOND),
    lambda it: it.accept(1, a_scene("zendesk", contact=None), NOW + MINUTE),
    lambda it: it.receive(said("anna@example.com", aside=True), NOW + 2 * MINUTE),
    lambda it: it.give_email(ANNA, a_scene("zendesk", contact=None), NOW + 2 * MINUTE),
    lambda it: it.tell_saved(1, "Saved.", NOW + 3 * MINUTE),
    lambda it: it.receive(said("In blue."), NOW + 3 * MINUTE),
    lambda it: it.stuck(1, "no such brand", NOW + 4 * MINUTE),
    lambda it: it.send_again(NOW + 5 * MINUTE),
    lambda it: it.delivered(1, TicketRef("501", None, "#501"), "Done.", False, NOW + HOUR),
    lambda it: it.mailed(Author(AuthorKind.TEAMMATE, "Sam"), "On Friday.", NOW + HOUR, outside="zendesk:1"),
    lambda it: it.helped(it.seq, False, NOW + HOUR),
    lambda it: it.note(MARTA, "regular customer", NOW + 2 * HOUR),
    lambda it: it.reopen(MARTA, "Marta has joined.", NOW + DAY),
    lambda it: it.reply(MARTA, "Hello!", "client-0001", NOW + DAY + MINUTE),
    lambda it: it.hand_back(MARTA, "The assistant is back.", NOW + DAY + HOUR),
    lambda it: (asked(it, NOW + DAY + HOUR), asked(it, NOW + DAY + HOUR)),
    lambda it: it.answer(answered(), it.last_question_seq, NOW + DAY + HOUR),
    lambda it: it.helped(it.seq, True, NOW + DAY + HOUR),
    lambda it: it.receive(said("Another thing"), NOW + 4 * DAY),
    lambda it: it.close(JAN, CloseReason.COULD_NOT_HELP, NOW + 4 * DAY),
]


def act(tx: Transaction, id: ConversationId, *acts: Act) -> Conversation:
    conversation = tx.conversation(ACME, id)
    for each in acts:
        each(conversation)
    tx.save(conversation)
    return conversation


async def folded(store: Store) -> list[Episode]:
    rows = await store.read(lambda tx: tx.episodes(ACME, NOW - DAY, NOW + 30 * DAY))
    return sorted((row.episode for row in rows), key=lambda episode: episode.n)


async def test_g15_the_episodes_that_were_folded_commit_by_commit_equal_a_recount(
    store: Store, talk: Conversation
) -> None:
    log = list[Event]()
    for each in LIFE:
        saved = await store.write(lambda tx, each=each: act(tx, talk.id, each))  # type: ignore[misc]
        log = await store.read(lambda tx: tx.log(talk.id))
        assert [event.seq for event in log] == list(range(1, saved.seq + 1))
        assert await folded(store) == recount(log)
        loaded = await store.read(lambda tx: tx.conversation(ACME, talk.id))
        assert loaded == saved
    assert {event.kind for event in log} == set(EventKind) - {EventKind.IDENTITY, EventKind.REOPENED}
    assert len(await folded(store)) == 4


async def test_a_whole_life_in_one_commit_folds_to_the_same(store: Store, talk: Conversation) -> None:
    await store.write(lambda tx: act(tx, talk.id, *LIFE))
    assert await folded(store) == recount(await store.read(lambda tx: tx.log(talk.id)))


async def test_a_promised_handoff_has_a_row_that_follows_its_steps(store: Store, talk: Conversation) -> None:
    for each in LIFE[:4]:
        await store.write(lambda tx, each=each: act(tx, talk.id, each))  # type: ignore[misc]
    assert await store.read(lambda tx: tx.handoff_row(talk.id, 1)) is None, "nothing was promised yet"
    await store.write(lambda tx: act(tx, talk.id, LIFE[5]))
    await store.write(lambda tx: tx.set_profile(talk.id, 1, {"known": True, "id": "p1"}))
    await store.write(lambda tx: tx.set_profile(talk.id, 1, {"known": False, "id": None}))
    await store.write(lambda tx: act(tx, talk.id, LIFE[10]))
    await store.write(lambda tx: act(tx, talk.id, LIFE[12]))
    row = await store.read(lambda tx: tx.handoff_row(talk.id, 1))
    assert row is not None
    assert (row["step"], row["helpdesk"], row["email"]) == ("delivered", "zendesk", "anna@example.com")
    assert (row["owed_at"] // 10**6, row["delivered_at"] // 10**6) == (
        (NOW + 2 * MINUTE).timestamp(),
        (NOW + HOUR).timestamp(),
    )
    assert row["profile"] == '{"id":"p1","known":true}', "the first result stays"


async def test_a_handoff_that_came_home_is_listed_at_the_inbox(store: Store, talk: Conversation) -> None:
    await store.write(
        lambda tx: act(
            tx,
            talk.id,
            lambda it: it.request(HandoffReason.ASKED, a_scene("zendesk"), NOW),
            lambda it: it.take(MARTA, "Marta has joined.", NOW),
        )
    )
    row = await store.read(lambda tx: tx.handoff_row(talk.id, 1))
    assert row is not None
    assert (row["helpdesk"], row["step"]) == ("inbox", "delivered")


# Reading on from a cursor


async def test_g4_a_client_reads_every_public_event_once_and_in_order(store: Store, talk: Conversation) -> None:
    await store.write(lambda tx: act(tx, talk.id, *LIFE))
    log = await store.read(lambda tx: tx.log(talk.id))
    public = [event.seq for event in log if event.public]
    for size in (1, 3, 500):
        cursor, seen = 0, list[int]()
        for _ in range(100):
            window = await store.read(lambda tx, c=cursor, s=size: tx.window(talk.id, c, s))  # type: ignore[misc]
            assert window.prev == max([seq for seq in public if seq <= cursor], default=0)
            seen += [event.seq for event in window.events]
            cursor = window.cursor
            if not window.more:
                break
        assert (seen, cursor) == (public, public[-1])


async def test_beyond_the_end_there_is_nothing(store: Store, talk: Conversation) -> None:
    await store.write(lambda tx: act(tx, talk.id, LIFE[0]))
    window = await store.read(lambda tx: tx.window(talk.id, 10**9))
    assert (window.events, window.cursor, window.prev, window.more) == ([], 1, 1, False)


async def test_a_part_of_the_log(store: Store, talk: Conversation) -> None:
    await store.write(lambda tx: act(tx, talk.id, *LIFE))
    assert [event.seq for event in await store.read(lambda tx: tx.log(talk.id, 3))] == [1, 2, 3]
    between = await store.read(lambda tx: tx.messages_between(talk.id, 1, 8))
    assert all(event.kind is EventKind.MESSAGE and 1 < event.seq <= 8 for event in between)
    assert between


# Who may read, and who writes too much


async def test_another_shops_or_visitors_conversation_is_like_one_that_never_was(
    store: Store, talk: Conversation
) -> None:
    assert (await store.read(lambda tx: tx.conversation_of(talk.visitor, talk.id))).id == talk.id
    for look in (
        lambda tx: tx.conversation(OTHER_SHOP, talk.id),
        lambda tx: tx.conversation_of(VisitorId("vis_other"), talk.id),
        lambda tx: tx.conversation(ACME, ConversationId("cnv_none")),
    ):
        with pytest.raises(NotFound, match="no such conversation"):
            await store.read(look)


async def test_two_shops_see_nothing_of_each_other(store: Store, talk: Conversation) -> None:
    twin = await store.write(lambda tx: begin_talk(tx, OTHER_SHOP, "cnv_twin"))
    await store.write(lambda tx: act(tx, talk.id, *LIFE[:7]))
    since, until = NOW - DAY, NOW + 30 * DAY

    def everything(tx: Transaction) -> list[object]:
        return [
            tx.episodes(OTHER_SHOP, since, until), tx.unanswered(OTHER_SHOP, since, until, 9),
            tx.handoffs_since(OTHER_SHOP, since, network="net"), tx.counts(OTHER_SHOP)["owed"],
            tx.owed_to(OTHER_SHOP, "zendesk"), [each.id for each in tx.inbox(OTHER_SHOP, "all", "", 9)],
            [each.id for each in tx.inbox(ACME, "all", "", 9)], tx.handoffs_since(ACME, since, network="net"),
        ]  # fmt: skip

    assert await store.read(everything) == [[], [], 0, 0, 0, [twin.id], [talk.id], 1]


async def test_what_a_visitor_a_network_and_an_address_did_is_counted(store: Store, talk: Conversation) -> None:
    await store.write(lambda tx: begin_talk(tx, id="cnv_2"))
    for n in range(3):
        await store.write(lambda tx, n=n: act(tx, talk.id, lambda it: asked(it, NOW + n * MINUTE)))  # type: ignore[misc]
    await store.write(
        lambda tx: act(tx, talk.id, lambda it: it.request(HandoffReason.ASKED, a_scene("zendesk"), NOW + HOUR))
    )

    def counts(tx: Transaction) -> list[object]:
        return [
            tx.nth_last_said(talk.visitor, 1), tx.nth_last_said(talk.visitor, 3), tx.nth_last_said(talk.visitor, 4),
            tx.conversations_begun(ACME, "net", NOW - SECOND), tx.conversations_begun(ACME, "net", NOW),
            tx.handoffs_since(ACME, NOW, visitor=talk.visitor), tx.handoffs_since(ACME, NOW, email="anna@example.com"),
            tx.handoffs_since(ACME, NOW, network="net"), tx.handoffs_since(ACME, NOW + HOUR, network="net"),
            tx.network_of(talk.id), tx.network_of(ConversationId("cnv_none")),
        ]  # fmt: skip

    assert await store.read(counts) == [NOW + 2 * MINUTE, NOW, None, 2, 0, 1, 1, 1, 0, "net", ""]


async def test_a_turn_that_was_read_again_keeps_its_last_trace(store: Store, talk: Conversation) -> None:
    seq = asked(talk)
    for decision in ("ask", "cannot_answer"):
        await store.write(
            lambda tx, it=decision: tx.add_turn(  # type: ignore[misc]
                talk, seq, NOW, question="Can you engrave?", lang="en", decision=it, confidence=0.2, best=None, trace={}
            )
        )
    turn = await store.read(lambda tx: tx.turn(talk.id, seq))
    assert turn is not None
    assert (turn["decision"], turn["confidence"], turn["best"]) == ("cannot_answer", 0.2, None)
    assert await store.read(lambda tx: tx.turn_of(talk.id, 99, "Can you engrave?")) == turn
    assert await store.read(lambda tx: tx.turn_of(talk.id, 0, "Can you engrave?")) is None
    gaps = await store.read(lambda tx: tx.unanswered(ACME, NOW, NOW + SECOND, 9))
    assert [gap["question"] for gap in gaps] == ["Can you engrave?"]


async def test_the_inbox_shows_who_waits_longest_first(store: Store) -> None:
    for n, minutes in enumerate([5, 1, 3]):
        talk = await store.write(lambda tx, n=n: begin_talk(tx, id=f"cnv_{n}"))  # type: ignore[misc]
        at = NOW + timedelta(minutes=minutes)
        await store.write(
            lambda tx, it=talk, at=at: act(tx, it.id, lambda c: c.request(HandoffReason.ASKED, a_scene(), at))  # type: ignore[misc]
        )
    await store.write(lambda tx: act(tx, ConversationId("cnv_2"), lambda it: it.take(MARTA, "joined", NOW)))

    def ids(show: str, me: str = "tm_marta") -> Callable[[Transaction], list[str]]:
        return lambda tx: [each.id for each in tx.inbox(ACME, show, me, 9)]

    assert await store.read(ids("waiting")) == ["cnv_1", "cnv_0"]
    assert await store.read(ids("mine")) == ["cnv_2"]
    assert await store.read(ids("mine", "tm_jan")) == []
    assert await store.read(ids("open")) == ["cnv_1", "cnv_2", "cnv_0"]
    assert await store.read(ids("closed")) == []
