"""What a write promises: all or nothing, alone or in company, on disk before it returns (THREATS G1-G3)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress

import apsw
import pytest

from tests.fixtures.conversations import NOW, said
from tests.store.conftest import ACME, OpenStore, begin_talk, shop_with_talk, two_shops
from warmline.domain.conversation import Conversation
from warmline.domain.effect import OwedEffect
from warmline.domain.ids import ConversationId, Seq
from warmline.domain.message import EventKind
from warmline.errors import Conflict, NotFound, Unavailable
from warmline.store.base import Store, Transaction
from warmline.store.conversations import key_for


def say(tx: Transaction, talk: Conversation, text: str, client_id: str | None = None) -> Seq:
    conversation = tx.conversation(ACME, talk.id)
    event = conversation.receive(said(text, client_id=client_id), NOW)
    tx.save(conversation)
    return event.seq


async def texts(store: Store, talk: Conversation) -> list[str]:
    events = await store.read(lambda tx: tx.log(talk.id))
    return [event.data["text"] for event in events if event.kind is EventKind.MESSAGE]


async def test_a_write_returns_what_was_made_and_others_see_it(store: Store, talk: Conversation) -> None:
    assert await store.write(lambda tx: say(tx, talk, "Hello")) == 1
    assert await texts(store, talk) == ["Hello"]


async def test_what_a_write_raises_takes_back_all_of_it(store: Store, talk: Conversation) -> None:
    def half(tx: Transaction) -> None:
        say(tx, talk, "half")
        tx.raise_revision(ACME)
        raise Conflict("Stop.", "stop")

    with pytest.raises(Conflict, match="Stop"):
        await store.write(half)
    assert await texts(store, talk) == []
    assert (await store.read(lambda tx: tx.workspace(ACME))).revision == 1


async def test_one_failing_member_is_taken_back_alone_and_the_others_commit(store: Store, talk: Conversation) -> None:
    def fail(tx: Transaction) -> Seq:
        say(tx, talk, "lost")
        raise ValueError("a slip of ours")

    def break_a_rule(tx: Transaction) -> Seq:
        say(tx, talk, "lost too")
        tx.put("workspace", id="acme", site="x", settings="{}", revision=1, knowledge_revision=1, created_at=0)
        return Seq(0)

    works = [fail if n == 7 else break_a_rule if n == 11 else lambda tx, n=n: say(tx, talk, str(n)) for n in range(20)]
    done = await asyncio.gather(*(store.write(work) for work in works), return_exceptions=True)
    assert isinstance(done[7], ValueError)
    assert isinstance(done[11], Exception)
    assert sorted(seq for seq in done if isinstance(seq, int)) == list(range(1, 19))
    assert sorted(await texts(store, talk), key=int) == [str(n) for n in range(20) if n not in {7, 11}]


async def test_g3_two_hundred_writes_at_once_to_one_conversation_leave_no_gap(store: Store, talk: Conversation) -> None:
    seqs = await asyncio.gather(*(store.write(lambda tx, n=n: say(tx, talk, str(n))) for n in range(200)))  # type: ignore[misc]
    assert sorted(seqs) == list(range(1, 201))
    events = await store.read(lambda tx: tx.log(talk.id))
    assert [event.seq for event in events] == list(range(1, 201))
    assert {event.data["text"]: event.seq for event in events} == {str(n): seq for n, seq in enumerate(seqs)}


async def test_g3_two_processes_that_write_to_one_conversation_leave_no_gap(open_store: OpenStore) -> None:
    first, second = await open_store("wrk_1"), await open_store("wrk_2")
    talk = await first.write(shop_with_talk)
    stores = [first, second]
    seqs = await asyncio.gather(*(stores[n % 2].write(lambda tx, n=n: say(tx, talk, str(n))) for n in range(60)))  # type: ignore[misc]
    assert sorted(seqs) == list(range(1, 61))
    assert await texts(first, talk) == await texts(second, talk)


async def test_a_read_sees_one_moment(store: Store, talk: Conversation) -> None:
    """A write that commits in the middle of a read is not seen by the rest of it."""
    began, go_on = threading.Event(), threading.Event()

    def look_twice(tx: Transaction) -> tuple[int, int]:
        before = tx.conversation(ACME, talk.id).seq
        began.set()
        assert go_on.wait(10)
        return before, len(tx.log(talk.id))

    reading = asyncio.create_task(store.read(look_twice))
    await asyncio.to_thread(began.wait, 10)
    await store.write(lambda tx: say(tx, talk, "meanwhile"))
    go_on.set()
    assert await reading == (0, 0)
    assert await texts(store, talk) == ["meanwhile"]


async def test_a_read_changes_nothing(store: Store) -> None:
    with suppress(apsw.ReadOnlyError):  # SQLite refuses, PostgreSQL forgets
        await store.read(lambda tx: tx.raise_revision(ACME))
    assert (await store.read(lambda tx: tx.workspace(ACME))).revision == 1


async def test_a_message_is_stored_once_for_each_key_its_client_made(store: Store, talk: Conversation) -> None:
    """The rule of `receive_message`; the index beneath it must hold even when nobody looks first."""
    await store.write(lambda tx: say(tx, talk, "Hello", "client-0001"))
    event = await store.read(lambda tx: tx.find_said(talk.id, key_for(None, "client-0001")))
    assert event is not None
    assert event.data["text"] == "Hello"
    assert await store.read(lambda tx: tx.find_said(talk.id, key_for("tm_1", "client-0001"))) is None
    with pytest.raises(Exception, match=r"(?i)unique"):
        await store.write(lambda tx: say(tx, talk, "Hello again", "client-0001"))
    assert await texts(store, talk) == ["Hello"]


async def test_the_same_client_key_in_another_conversation_is_another_message(store: Store, talk: Conversation) -> None:
    other = await store.write(lambda tx: begin_talk(tx, id="cnv_2"))
    for conversation in (talk, other):
        await store.write(lambda tx, it=conversation: say(tx, it, "Hello", "client-0001"))  # type: ignore[misc]
    assert await texts(store, other) == ["Hello"]


async def test_g2_a_message_sent_twice_at_once_is_stored_once(open_store: OpenStore) -> None:
    """Two replicas get the same request; the second finds what the first has stored."""
    stores = [await open_store("wrk_1"), await open_store("wrk_2")]
    talk = await stores[0].write(shop_with_talk)

    def receive(tx: Transaction) -> Seq:
        event = tx.find_said(talk.id, key_for(None, "client-0001"))
        return event.seq if event else say(tx, talk, "Hello", "client-0001")

    seqs = await asyncio.gather(*(stores[n % 2].write(receive) for n in range(20)))
    assert set(seqs) == {1}
    assert await texts(stores[1], talk) == ["Hello"]


async def test_the_worker_hears_of_new_and_dropped_effects_after_the_commit_only(
    store: Store, talk: Conversation
) -> None:
    told: list[tuple[list[str], list[str]]] = []

    def listen(born: Sequence[OwedEffect], dropped: Sequence[str]) -> None:
        told.append(([effect.key for effect in born], list(dropped)))

    store.after_commit = listen

    def fail(tx: Transaction) -> None:
        say(tx, talk, "lost")
        raise ValueError("a slip of ours")

    with pytest.raises(ValueError, match="slip"):
        await store.write(fail)
    assert told == []
    await store.write(lambda tx: say(tx, talk, "Hello"))
    await store.write(lambda tx: tx.cancel(ACME, f"answer:{talk.id}"))
    assert told == [(["answer:cnv_1"], []), ([], ["answer:cnv_1"])]


async def test_a_worker_that_fails_to_listen_leaves_no_writer_waiting(store: Store, talk: Conversation) -> None:
    def deaf(born: Sequence[OwedEffect], dropped: Sequence[str]) -> None:
        raise RuntimeError("deaf")

    store.after_commit = deaf
    heard: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(str(context["exception"])))
    done = await asyncio.wait_for(
        asyncio.gather(
            *(store.write(lambda tx, n=n: say(tx, talk, str(n))) for n in range(5)),  # type: ignore[misc]
            return_exceptions=True,
        ),
        10,
    )
    assert len(await texts(store, talk)) == len(done) == 5


async def test_a_caller_that_gave_up_hurts_nobody(store: Store, talk: Conversation) -> None:
    writes = [asyncio.create_task(store.write(lambda tx, n=n: say(tx, talk, str(n)))) for n in range(10)]  # type: ignore[misc]
    await asyncio.sleep(0)
    writes[3].cancel()
    done = await asyncio.gather(*writes, return_exceptions=True)
    assert isinstance(done[3], asyncio.CancelledError)
    assert len([seq for seq in done if isinstance(seq, int)]) == 9


@pytest.mark.parametrize(
    "text",
    ["\x00", "a\x00b", "'; DROP TABLE event; --", ":name %s %(name)s {0}", "👩‍👩‍👧 ąę Ⅷ \u202e", "\\u0000", '{"a": 1}'],
)
async def test_nasty_texts_come_back_as_they_were(store: Store, talk: Conversation, text: str) -> None:
    """The log is JSON, so even a NUL survives; `clean_text` refuses it all the same."""
    await store.write(lambda tx: say(tx, talk, text))
    assert await texts(store, talk) == [text]


async def test_a_closed_store_says_so(open_store: OpenStore) -> None:
    store = await open_store()
    await store.write(two_shops)
    await store.close()
    await store.close()
    for call in (store.write, store.read):
        with pytest.raises(Unavailable, match="closed"):
            await call(two_shops)


async def test_what_waits_when_the_store_closes_is_still_written(open_store: OpenStore) -> None:
    store = await open_store()
    talk = await store.write(shop_with_talk)
    writes = [asyncio.create_task(store.write(lambda tx, n=n: say(tx, talk, str(n)))) for n in range(30)]  # type: ignore[misc]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*writes)
    assert len(await texts(await open_store(), talk)) == 30


async def test_what_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.read(lambda tx: tx.conversation(ACME, ConversationId("cnv_none")))
