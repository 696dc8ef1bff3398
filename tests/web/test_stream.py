"""Streams and long polls of the widget: frames, cursors, hints, limits, and a house that closes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.web.house import SHOP, Chat, House, Streamed, bearer, streaming
from warmline.domain.workspace import Role
from warmline.web import state as state_module
from warmline.web import stream as stream_module
from warmline.web import streaming as streaming_module
from warmline.web.streaming import EventStream


def path(chat: Chat, query: str = "") -> str:
    return f"{chat.path}/stream{query}"


async def data(stream: Streamed) -> dict[str, Any]:
    """The next frame's data, with its id and event."""
    frame = await stream.frame()
    found: dict[str, Any] = json.loads(frame["data"])
    return found | {"_id": frame.get("id"), "_event": frame.get("event")}


async def test_a_stream_begins_with_what_the_cursor_has_not_seen(house: House) -> None:
    chat = await house.chat()
    async with streaming(house.app, path(chat, "?after=1"), bearer(chat.token)) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store, no-transform"
        assert stream.headers["x-accel-buffering"] == "no"
        first = await data(stream)
        assert ([each["seq"] for each in first["events"]], first["_id"], first["prev"]) == ([2], "2", 1)
        seq = await house.say(chat)
        then = await data(stream)
        assert ([each["seq"] for each in then["events"]], then["_id"]) == ([seq], str(seq))


async def test_last_event_id_wins(house: House) -> None:
    chat = await house.chat()
    await house.say(chat)
    headers = bearer(chat.token) | {"Last-Event-ID": "2"}
    async with streaming(house.app, path(chat, "?after=0"), headers) as stream:
        assert [each["seq"] for each in (await data(stream))["events"]] == [3]


@pytest.mark.parametrize("last", ["-1", "x", "1 2", "99999999999999999999"])
async def test_a_bad_last_event_id_is_refused(house: House, last: str) -> None:
    chat = await house.chat()
    answer = await house.http.get(path(chat), headers=bearer(chat.token) | {"Last-Event-ID": last})
    assert (answer.status_code, answer.json()["field"]) == (422, "Last-Event-ID")


async def test_a_change_of_state_alone_is_a_frame(house: House) -> None:
    chat = await house.waiting()
    async with streaming(house.app, path(chat), bearer(chat.token)) as stream:
        assert (await data(stream))["state"]["reply"] == "chat"
        owner = await house.key("acme", Role.OWNER, name="Marta")
        await house.team(owner, chat, "accept")
        state = (await data(stream))["state"]
        assert (state["owner"], state["teammate"]) == ("teammate", "Marta")


async def test_typing_has_no_id_and_comes_from_teammates_only(house: House) -> None:
    chat = await house.waiting()
    owner = await house.key("acme", Role.OWNER, name="Marta")
    async with streaming(house.app, path(chat), bearer(chat.token)) as stream:
        await data(stream)
        await house.post(chat, "typing")
        await house.team(owner, chat, "typing")
        typing = await data(stream)
        assert typing == {"name": "Marta", "_id": None, "_event": "typing"}


async def test_silence_is_broken_by_a_comment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "COMMENT_EVERY", 1.1)
    chat = await house.chat()
    async with streaming(house.app, path(chat), bearer(chat.token)) as stream:
        await data(stream)
        assert await stream.frame() == {"": "still here"}


async def test_a_closing_house_says_bye(house: House) -> None:
    chat = await house.chat()
    async with streaming(house.app, path(chat), bearer(chat.token)) as stream:
        await data(stream)
        house.door.closing.set()
        await house.machine.app.live.close()
        assert (await data(stream))["_event"] == "bye"
        await stream.frame()
        assert stream.ended


async def test_a_visitor_opens_five_streams_and_one_that_ends_makes_room(house: House) -> None:
    chat = await house.chat()
    async with AsyncExitStack() as stack:
        for _ in range(5):
            await data(await stack.enter_async_context(streaming(house.app, path(chat), bearer(chat.token))))
        refused = await house.http.get(path(chat), headers=bearer(chat.token))
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert house.door.streams == {}
    async with streaming(house.app, path(chat), bearer(chat.token)) as stream:
        assert stream.status == 200


async def test_an_open_stream_counts_as_presence_while_a_person_is_awaited(house: House) -> None:
    chat = await house.waiting()
    owner = await house.key("acme", Role.OWNER)

    async def present() -> bool:
        rows = (await house.http.get("/api/v1/conversations", headers=bearer(owner))).json()["conversations"]
        found: bool = rows[0]["visitor"]["present"]
        return found

    assert await present() is False
    async with streaming(house.app, path(chat), bearer(chat.token)) as stream:
        await data(stream)
        assert await present() is True


# What is lost, late, slow or too much


async def test_g4_a_lost_hint_costs_a_stream_one_round_of_the_sweep(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming_module, "SWEEP_EVERY", 0.2)
    chat = await house.chat()
    async with streaming(house.app, path(chat, "?after=2"), bearer(chat.token)) as stream:
        await data(stream)

        async def lost(*_: Any) -> None: ...

        monkeypatch.setattr(house.machine.app.live, "tell", lost)
        seq = await house.say(chat)
        assert [each["seq"] for each in (await data(stream))["events"]] == [seq]
    assert streaming_module.SWEEP_EVERY < 5, "and without this test's haste it is no longer than that"


async def test_no_stream_outlives_its_token_and_nothing_is_told_after_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming_module, "SWEEP_EVERY", 0.1)
    chat = await house.chat()
    async with streaming(house.app, path(chat), bearer(chat.token)) as stream:
        await data(stream)
        house.clock.passes(hours=24, minutes=1)
        assert (await data(stream))["_event"] == "bye"
    again = await house.http.get(path(chat), headers=bearer(chat.token))
    assert again.status_code == 401


async def test_a_renewed_token_ends_the_streams_of_the_old_one_five_minutes_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming_module, "SWEEP_EVERY", 3600)
    chat = await house.chat()
    async with streaming(house.app, path(chat, "?after=2"), bearer(chat.token)) as stream:
        await data(stream)
        token = (await house.post(chat, "token")).json()["token"]
        house.clock.passes(minutes=4)
        seq = await house.say(Chat(chat.id, token))
        assert [each["seq"] for each in (await data(stream))["events"]] == [seq]
        house.clock.passes(minutes=2)
        await house.say(Chat(chat.id, token))
        assert (await data(stream))["_event"] == "bye", "no event, no typing: the first look says that it is over"


async def test_g16_a_reader_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming_module, "TOO_SLOW_AFTER", 0.1)
    taken: list[bytes] = []
    made, cut, ended = 0, asyncio.Event(), asyncio.Event()

    async def frames() -> AsyncGenerator[bytes]:
        nonlocal made
        try:
            while True:
                made += 1
                yield b"data: {}\n\n"
        finally:
            ended.set()

    async def send(message: Any) -> None:
        if message.get("body"):
            taken.append(message["body"])
        if len(taken) == 3:
            await asyncio.Event().wait()

    async def receive() -> Any:
        await asyncio.Event().wait()

    async with asyncio.timeout(5):
        await EventStream(frames())({"type": "http", "state": {"cut": cut.set}}, receive, send)
    assert cut.is_set() and ended.is_set() and made == 3, "and nothing was made for it in the meantime"


async def test_g16_a_long_log_comes_in_frames_of_a_bearable_size(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_module, "MOST_TEXT", 10_000)
    chat = await house.chat()
    said = [await house.say(chat, "x" * 4000) for _ in range(7)]
    async with streaming(house.app, path(chat, "?after=2"), bearer(chat.token)) as stream:
        frames = [await data(stream) for _ in range(4)]
    assert [[each["seq"] for each in found["events"]] for found in frames] == [
        said[0:2], said[2:4], said[4:6], said[6:]
    ]  # fmt: skip
    assert [found["more"] for found in frames] == [True, True, True, False]
    assert [found["prev"] for found in frames] == [2, said[1], said[3], said[5]]


async def test_g16_a_flood_of_long_polls_is_refused_and_makes_room_again(house: House) -> None:
    chat = await house.chat()
    waiting = [asyncio.create_task(poll(house, chat, 2, 2)) for _ in range(20)]
    await polls_wait(house, 20)
    refused = await house.http.get(f"{chat.path}/events?after=2&wait=2", headers=bearer(chat.token))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    at_once = await house.http.get(f"{chat.path}/events?after=0", headers=bearer(chat.token))
    assert at_once.status_code == 200, "reading without waiting is always allowed"
    await house.say(chat)
    await asyncio.gather(*waiting)
    assert house.door.streams.total() == 0


async def polls_wait(house: House, n: int) -> None:
    async with asyncio.timeout(5):
        while house.door.streams.total() < n:  # noqa: ASYNC110 a count tells nobody when it changes
            await asyncio.sleep(0.01)


async def test_a_long_poll_ends_with_its_token(house: House) -> None:
    chat = await house.chat()

    async def wait() -> int:
        url = f"{chat.path}/events?after=2&wait=20"
        return (await house.http.get(url, headers=bearer(chat.token))).status_code

    waiting = asyncio.create_task(wait())
    await polls_wait(house, 1)
    house.clock.passes(hours=25)
    await house.machine.app.live.tell(chat.id)
    assert await asyncio.wait_for(waiting, 5) == 401


# Long polls


async def poll(house: House, chat: Chat, after: int, wait: float) -> tuple[dict[str, Any], float]:
    began = time.monotonic()
    answer = await house.http.get(f"{chat.path}/events?after={after}&wait={wait}", headers=bearer(chat.token))
    assert answer.status_code == 200
    return answer.json(), time.monotonic() - began


async def test_a_long_poll_returns_at_the_first_event(house: House) -> None:
    chat = await house.chat()
    waiting = asyncio.create_task(poll(house, chat, 2, 10))
    await asyncio.sleep(0.1)
    await house.say(chat)
    found, took = await waiting
    assert [each["seq"] for each in found["events"]] == [3]
    assert took < 3


async def test_a_long_poll_returns_at_a_change_of_state(house: House) -> None:
    """The merchant switches to the custom message: no event, but another `reply`."""
    chat = await house.chat()
    waiting = asyncio.create_task(poll(house, chat, 2, 10))
    await asyncio.sleep(0.1)
    await house.shop("acme", SHOP, handoff={"method": "message", "message": {"en": "See our pages."}})
    await house.machine.app.live.tell(chat.id)
    found, took = await waiting
    assert (found["events"], found["state"]["reply"]) == ([], "message")
    assert took < 3


async def test_a_long_poll_without_news_ends_in_time_and_one_with_news_at_once(house: House) -> None:
    chat = await house.chat()
    found, took = await poll(house, chat, 2, 0.3)
    assert (found["events"], 0.3 <= took < 3) == ([], True)
    found, took = await poll(house, chat, 0, 20)
    assert (len(found["events"]), took < 3) == (2, True)


async def test_a_closing_house_ends_a_long_poll(house: House) -> None:
    chat = await house.chat()
    waiting = asyncio.create_task(poll(house, chat, 2, 20))
    await asyncio.sleep(0.1)
    house.door.closing.set()
    await house.machine.app.live.close()
    _, took = await waiting
    assert took < 3
