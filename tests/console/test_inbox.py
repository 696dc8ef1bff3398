"""The Inbox without scripts: who waits, accepting, speaking, notes, closing, and what another teammate sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.console.browser import Visit, a_console, a_desk, is_harmless, words
from tests.fixtures.attacks import texts
from tests.web.house import House
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.message import THE_AGENT, Message
from warmline.domain.workspace import Role
from warmline.store.base import Transaction

Console = tuple[House, Visit]


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path / "data") as found:
        yield found


async def test_nobody_waits(console: Console) -> None:
    _, desk = console
    page = words(await desk.see("/inbox"))
    assert "Nobody is waiting." in page and "Conversations that need a person appear here" in page


async def test_who_waits_stands_in_the_list_with_reason_wait_and_presence(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    house.clock.passes(minutes=2, seconds=10)
    page = words(await desk.see("/inbox"))
    assert "anna@shopper.example 2:10" in page
    assert "Asked for a person" in page and "Can you engrave the box?" in page and "has left" in page
    assert f"/inbox/{chat.id}?show=waiting" in await desk.see("/inbox")


async def test_the_longest_wait_stands_first(console: Console) -> None:
    house, desk = console
    first = await house.waiting()
    house.clock.passes(minutes=1)
    second = await house.waiting()
    page = await desk.see("/inbox")
    assert page.index(f"/inbox/{first.id}?") < page.index(f"/inbox/{second.id}?")


async def test_the_card_at_the_joint_says_why(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    page = words(await desk.see(f"/inbox/{chat.id}"))
    for part in ("Handed over", "Can you engrave the box?", "Typed, not proven", "What was tried", "Accept to reply"):
        assert part in page


async def test_a_yes_that_the_agent_read_is_shown_with_how_sure_it_was(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()

    def read(tx: Transaction) -> None:
        conversation = tx.conversation(WorkspaceId("acme"), ConversationId(chat.id))
        seq = conversation.last_question_seq
        tx.add_turn(
            conversation, seq, house.clock(), question="I would be glad", lang="en", decision="yes", confidence=None,
            best=None, trace={"read": {"as": "yes", "sure": 0.971, "cut": 0.9}},
        )  # fmt: skip
        conversation.say(Message(THE_AGENT, "Which address?", reply_to=seq), house.clock())
        tx.save(conversation)

    await house.machine.app.store.write(read)
    assert "Read as a yes to the offer (97 %)" in words(await desk.see(f"/inbox/{chat.id}"))


async def test_the_pages_of_an_answer_stand_once_each_and_without_raw_scores(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    pages = [("Engraving", 5.683), ("Gift wrapping", -0.212), ("Engraving", -0.3)]
    passages = [{"title": title, "url": None, "score": score} for title, score in pages]

    def answer(tx: Transaction) -> None:
        conversation = tx.conversation(WorkspaceId("acme"), ConversationId(chat.id))
        seq = conversation.last_question_seq
        tx.add_turn(
            conversation, seq, house.clock(), question="Engraved?", lang="en", decision="reply", confidence=0.97,
            best=None, trace={"passages": passages},
        )  # fmt: skip
        source = {"title": "Engraving", "url": None}
        conversation.say(Message(THE_AGENT, "Up to 24 letters.", sources=(source,), reply_to=seq), house.clock())
        tx.save(conversation)

    await house.machine.app.store.write(answer)
    markup = await desk.see(f"/inbox/{chat.id}")
    assert "the likeliest first: Engraving Gift wrapping Right page" in words(markup)
    assert "5.68" not in markup and "-0.21" not in markup


async def test_accept_reply_note_and_close(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    page = words(await desk.do(f"/inbox/{chat.id}/accept?show=waiting"))
    assert "You joined the chat." in page and "Your reply" in page
    page = words(await desk.do(f"/inbox/{chat.id}/reply", text="Yes, up to 24 letters.", client_id="reply-0001"))
    assert "You 10:00 Yes, up to 24 letters." in page
    page = words(await desk.do(f"/inbox/{chat.id}/note", text="The workshop has time."))
    assert "Internal note, shoppers never see it The workshop has time." in page
    page = words(await desk.do(f"/inbox/{chat.id}/close", reason="answered"))
    assert "Closed: Answered" in page and "Open again" in page
    assert "Your reply" in words(await desk.do(f"/inbox/{chat.id}/reopen"))


async def test_what_was_written_to_somebody_who_had_left_is_not_said_to_be_read(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    page = words(await desk.see(f"/inbox/{chat.id}"))
    assert "Not on the page" in page
    assert "Told the shopper: " in page
    assert " read:" not in page and "then reads" not in page


async def test_send_and_close(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    await desk.do(f"/inbox/{chat.id}/accept")
    page = words(await desk.do(f"/inbox/{chat.id}/reply", text="Done.", then="answered"))
    assert "Done." in page and "Closed: Answered" in page


async def test_the_same_reply_sent_twice_is_said_once(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    await desk.do(f"/inbox/{chat.id}/accept")
    await desk.do(f"/inbox/{chat.id}/reply", text="Only once.", client_id="reply-0001")
    page = await desk.do(f"/inbox/{chat.id}/reply", text="Only once.", client_id="reply-0001")
    assert page.count("Only once.") == 1


async def test_the_second_who_accepts_is_told_who_has_it_and_stays_on_the_list(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    async with a_desk(house, Role.SUPPORT, "Tom") as tom:
        pages = await asyncio.gather(
            desk.do(f"/inbox/{chat.id}/accept?show=waiting"), tom.do(f"/inbox/{chat.id}/accept?show=waiting")
        )
        told = [name for name, page in zip(("Tom", "Marta"), pages, strict=True) if f"{name} took this one." in page]
        assert len(told) == 1
        loser = desk if told == ["Tom"] else tom
        assert loser.at == "/inbox?show=waiting"


async def test_a_reply_that_cannot_be_sent_stays_in_its_field(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    await desk.do(f"/inbox/{chat.id}/accept")
    too_long = "x" * 8001
    page = await desk.do(f"/inbox/{chat.id}/reply", 422, text=too_long)
    assert too_long in page and 'aria-invalid="true"' in page
    async with a_desk(house, Role.SUPPORT, "Tom") as tom:
        page = await tom.do(f"/inbox/{chat.id}/reply", 409, text="Mine now?")
        assert "Marta took this one." in page and "Mine now?" in page


async def test_hand_back(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    await desk.do(f"/inbox/{chat.id}/accept")
    page = words(await desk.do(f"/inbox/{chat.id}/hand-back"))
    assert "Handed back to the assistant." in page and "Take over" in page


async def test_the_tabs_count_and_hold_what_they_say(console: Console) -> None:
    house, desk = console
    mine, waits, quiet = await house.waiting(), await house.waiting(), await house.chat()
    await house.say(quiet)
    await desk.do(f"/inbox/{mine.id}/accept")
    page = words(await desk.see("/inbox?show=mine"))
    assert "Waiting 1 Mine 1 All open 2 Closed" in page
    listed = await desk.see("/inbox?show=open")
    assert mine.id in listed and waits.id in listed and quiet.id not in listed
    assert quiet.id in await desk.see("/inbox?show=assistant")


async def test_how_a_reply_reaches_the_shopper_is_said_truthfully(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    page = words(await desk.do(f"/inbox/{chat.id}/accept"))
    assert "They see it when they come back." in page  # there is no mail server
    await house.machine.app.store.write(lambda tx: tx.seen(chat.id, house.clock()))  # type: ignore[arg-type]
    assert "They are on the page and see your reply at once." in words(await desk.see(f"/inbox/{chat.id}"))


async def test_a_conversation_at_zendesk_can_only_be_read(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()

    def move(tx: object) -> None:
        run = getattr(tx, "run")  # noqa: B009 a stored row as Zendesk's delivery leaves it
        run(
            "UPDATE conversation SET is_open = 0, owner = 'helpdesk', owner_name = 'zendesk', handoff ="
            ' replace(replace(handoff, \'"helpdesk":"inbox"\', \'"helpdesk":"zendesk"\'), \'"step"\','
            ' \'"ticket":{"id":"7","url":"https://demo.zendesk.com/7","reference":"7"},"step"\')'
        )

    await house.machine.app.store.write(move)
    page = await desk.see(f"/inbox/{chat.id}")
    assert "handled in Zendesk" in page and 'href="https://demo.zendesk.com/7"' in page
    assert "reply-text" not in page and "Open again" not in page


async def test_another_shops_conversation_is_not_found(console: Console) -> None:
    house, desk = console
    foreign = await house.waiting("other")
    await desk.see(f"/inbox/{foreign.id}", 404)
    await desk.do(f"/inbox/{foreign.id}/accept", 404)
    await desk.do(f"/inbox/{foreign.id}/typing", 404)


async def test_a_form_from_elsewhere_is_refused(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    answer = await desk.http.post(f"/inbox/{chat.id}/accept", data={"csrf": "x"}, headers={"accept": "text/html"})
    assert answer.status_code == 403
    assert "Accept to reply" in await desk.see(f"/inbox/{chat.id}")


SAMPLES = [
    text
    for text in texts("xss", "nasty_strings")
    if text.strip()
    and "\x00" not in text
    and len(text) < 8_000
    and not any("\ud800" <= each <= "\udfff" for each in text)
]


async def test_what_a_shopper_or_a_teammate_writes_is_text_on_every_page(console: Console) -> None:
    house, desk = console
    chat = await house.chat(page={"url": "https://shop.example/", "title": SAMPLES[1]})
    for text in SAMPLES:
        await house.say(chat, text)
    await house.post(chat, "handoff", choice="request")
    await house.post(chat, "email", email="anna@shopper.example")
    await desk.do(f"/inbox/{chat.id}/accept")
    for text in SAMPLES[:40:4]:
        await desk.do(f"/inbox/{chat.id}/note", text=text)
    for path in ("/inbox?show=mine", f"/inbox/{chat.id}", "/dashboard", "/dashboard/conversations?number=all"):
        assert is_harmless(await desk.see(path)), path
    assert "<script>alert(1)</script>" in words_of_thread(await desk.see(f"/inbox/{chat.id}"))


def words_of_thread(markup: str) -> str:
    """The text nodes of what was said."""
    return "\n".join(node.text() for node in LexborHTMLParser(markup).css(".said"))


async def test_a_teammate_in_the_inbox_stays_available_and_an_away_one_does_not(console: Console) -> None:
    house, desk = console
    await desk.do("/me/status", status="available")
    house.clock.passes(minutes=10)
    assert await _available(house) == 0
    await desk.see("/inbox")
    assert await _available(house) == 1
    await desk.do("/me/status", status="away")
    await desk.see("/inbox")
    assert await _available(house) == 0


async def _available(house: House) -> int:
    return await house.machine.app.store.read(lambda tx: tx.available_now("acme", house.clock()))  # type: ignore[arg-type]
