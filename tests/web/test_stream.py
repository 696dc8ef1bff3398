"""Streams and long polls of the widget: frames, cursors, hints, limits, and a house that closes."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.web.house import SHOP, Chat, House, Streamed, bearer, streaming
from warmline.domain.workspace import Role
from warmline.web import stream as stream_module


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
