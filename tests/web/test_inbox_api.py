"""The team's API: presence, the Inbox, one winner, the whole log, the handoff card, news."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.web.house import QUESTION, SHOP, Chat, House, bearer, streaming
from warmline.domain.ids import ConversationId, Seq, WorkspaceId
from warmline.domain.workspace import Role
from warmline.store.base import Transaction


async def get(house: House, key: str, path: str) -> Any:
    answer = await house.http.get(f"/api/v1{path}", headers=bearer(key))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(house: House, key: str, show: str) -> list[str]:
    return [each["id"] for each in (await get(house, key, f"/conversations?show={show}"))["conversations"]]


async def test_a_key_says_whom_it_speaks_for(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT, name="Marta")
    me = await get(house, key, "/me")
    assert (me["teammate"]["name"], me["teammate"]["role"], me["scopes"]) == ("Marta", "support", ["inbox"])
    assert me["workspace"] == {
        "id": "acme", "name": "acme", "site": "pk_acme", "locale": "en", "timezone": "UTC",
    }  # fmt: skip


async def test_available_ends_by_itself(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT)
    for body, status in (({"status": "available", "for_seconds": 60}, 200), ({"status": "busy"}, 422),
                         ({"status": "available", "for_seconds": 43_201}, 422)):  # fmt: skip
        answer = await house.http.put("/api/v1/me/presence", json=body, headers=bearer(key))
        assert answer.status_code == status, body
    assert (await get(house, key, "/me"))["teammate"]["available_until"] is not None
    house.clock.passes(seconds=61)
    assert (await get(house, key, "/me"))["teammate"]["available_until"] is None


async def test_the_tabs_of_the_inbox(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT)
    quiet, waiting, mine, closed = await house.chat(), await house.waiting(), await house.waiting(), await house.chat()
    await house.team(key, mine, "accept")
    await house.team(key, closed, "close", reason="not_needed")
    await house.waiting("other")
    assert await ids(house, key, "waiting") == [waiting.id]
    assert await ids(house, key, "mine") == [mine.id]
    assert await ids(house, key, "closed") == [closed.id]
    assert set(await ids(house, key, "open")) == {quiet.id, waiting.id, mine.id}
    assert len(await ids(house, key, "all")) == 4
    assert await get(house, key, "/inbox/counts") == {"waiting": 1, "open": 3, "stuck": 0, "owed": 0, "needs_person": 0}


async def test_a_line_says_who_waits_for_what_and_how_long(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT)
    chat = await house.waiting()
    [row] = (await get(house, key, "/conversations"))["conversations"]
    visitor = row.pop("visitor")
    assert (visitor["email"], visitor["proof"], visitor["name"]) == ("anna@shopper.example", "typed", None)
    assert row == {
        "id": chat.id, "first_line": QUESTION, "owner": {"kind": "queue", "id": None, "name": None}, "open": True,
        "step": "delivered", "reason": "asked", "waiting_since": house.clock().isoformat(), "lang": None,
        "episode": 1, "seq": row["seq"], "started_at": house.clock().isoformat(),
        "last_at": house.clock().isoformat(),
    }  # fmt: skip


async def test_who_waits_longest_stands_first_and_pages_leave_nobody_out(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT)
    waiting, quiet = [], []
    for n in range(7):
        waiting.append((await house.waiting()).id)
        quiet.append((await house.chat()).id)
        if n % 2:  # some at the same moment
            house.clock.passes(seconds=1)
    wanted, before, found = await ids(house, key, "all"), "", []
    while True:
        page = await get(house, key, f"/conversations?show=all&limit=3{before}")
        found += [each["id"] for each in page["conversations"]]
        if page["next"] is None:
            break
        before = f"&before={page['next'].replace('+', '%2B')}"
    assert found == wanted
    assert (set(found[:7]), set(found[7:])) == (set(waiting), set(quiet))
    since = [each["waiting_since"] for each in (await get(house, key, "/conversations?show=waiting"))["conversations"]]
    assert since == sorted(since)


@pytest.mark.parametrize("place", ["x", "w.x.y", "q.2026-11-23T10:00:00+00:00.cnv", "w.2026-11-23T10:00:00.cnv", "w.."])
async def test_a_place_that_nobody_gave_is_refused(house: House, place: str) -> None:
    key = await house.key("acme", Role.SUPPORT)
    answer = await house.http.get("/api/v1/conversations", params={"before": place}, headers=bearer(key))
    assert (answer.status_code, answer.json()["field"]) == (422, "before")


async def test_two_accept_and_one_wins(house: House) -> None:
    marta, tom = [await house.key("acme", Role.SUPPORT, name=name) for name in ("Marta", "Tom")]
    chat = await house.waiting()
    answers = await asyncio.gather(*(house.team(key, chat, "accept") for key in (marta, tom)))
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code, lost.json()["code"]) == (200, 409, "taken")
    winner = won.json()["conversation"]["owner"]["name"]
    assert lost.json()["detail"] == f"{winner} took this one."
    for key in (marta, tom):
        assert (await house.team(key, chat, "accept")).status_code in (200, 409)


async def test_taking_over_from_the_agent_counts_as_a_handoff(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT, name="Marta")
    chat = await house.chat()
    row = (await house.team(key, chat, "take-over")).json()["conversation"]
    assert (row["owner"]["name"], row["step"], row["reason"]) == ("Marta", "delivered", "by_teammate")


async def test_a_reply_is_said_once_and_a_note_stays_inside(house: House) -> None:
    marta, tom = [await house.key("acme", Role.SUPPORT, name=name) for name in ("Marta", "Tom")]
    chat = await house.waiting()
    first = await house.team(marta, chat, "reply", text="Yes, we do.", client_id="reply-0001")
    again = await house.team(marta, chat, "reply", text="Yes, we do.", client_id="reply-0001")
    assert first.json()["seq"] == again.json()["seq"]
    assert first.json()["conversation"]["owner"]["name"] == "Marta"
    noted = [await house.team(marta, chat, "note", text="Asks for green.", client_id="reply-0001") for _ in range(2)]
    assert noted[0].status_code == 200 and noted[0].json()["seq"] == noted[1].json()["seq"] > first.json()["seq"]
    changed = await house.team(marta, chat, "note", text="Asks for red.", client_id="reply-0001")
    assert (changed.status_code, changed.json()["code"]) == (409, "client_id")
    other = await house.team(marta, chat, "reply", text="No.", client_id="reply-0001")
    assert (other.status_code, other.json()["code"]) == (409, "client_id")
    taken = await house.team(tom, chat, "reply", text="Me too")
    assert (taken.status_code, taken.json()["code"]) == (409, "taken")
    await house.team(tom, chat, "note", text="VIP")
    public = await house.http.get(f"{chat.path}/events", headers=bearer(chat.token))
    assert ("Yes, we do." in public.text, "VIP" in public.text) == (True, False)
    whole = await get(house, tom, f"/conversations/{chat.id}")
    assert [each["text"] for each in whole["events"] if each["kind"] == "note"] == ["Asks for green.", "VIP"]
    assert [each["seq"] for each in whole["events"]] == list(range(1, whole["cursor"] + 1))


@pytest.mark.parametrize(("text", "status"), [("", 422), (" ", 422), ("x" * 8_001, 422), ("a\x00b", 422)])
async def test_a_teammates_words_have_the_same_limits(house: House, text: str, status: int) -> None:
    key = await house.key("acme", Role.SUPPORT)
    chat = await house.waiting()
    for verb in ("reply", "note"):
        answer = await house.team(key, chat, verb, text=text)
        assert (answer.status_code, answer.json()["field"]) == (status, "text")


async def test_close_hand_back_and_reopen(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT)
    chat = await house.waiting()
    await house.team(key, chat, "accept")
    back = (await house.team(key, chat, "hand-back")).json()["conversation"]
    assert (back["owner"]["kind"], back["step"], back["episode"]) == ("agent", None, 2)
    assert (await house.team(key, chat, "close", reason="because")).status_code == 422
    closed = (await house.team(key, chat, "close", reason="answered")).json()["conversation"]
    assert closed["open"] is False
    assert (await house.team(key, chat, "close", reason="spam")).json()["conversation"] == closed
    assert (await house.team(key, chat, "reply", text="Hi")).json()["code"] == "closed"
    opened = (await house.team(key, chat, "reopen")).json()["conversation"]
    assert (opened["open"], opened["owner"]["kind"], opened["episode"]) == (True, "teammate", 3)


async def test_a_program_asks_for_people_once(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT)
    chat = await house.chat()
    await house.say(chat)
    first = (await house.team(key, chat, "handoff")).json()["conversation"]
    again = (await house.team(key, chat, "handoff")).json()["conversation"]
    assert (first["reason"], first["step"], first["seq"]) == ("api", "needs_email", again["seq"])
    assert (await house.post(chat, "email", email="anna@shopper.example")).json()["state"]["step"] == "delivered"


async def test_under_a_custom_message_a_program_gets_the_message_for_the_shopper(house: House) -> None:
    await house.shop("acme", SHOP, handoff={"method": "message", "message": {"en": "See our pages."}})
    key = await house.key("acme", Role.SUPPORT)
    chat = await house.chat()
    assert (await house.team(key, chat, "handoff")).json()["conversation"]["step"] is None
    events = await house.http.get(f"{chat.path}/events", headers=bearer(chat.token))
    assert events.json()["events"][-1]["notice"] == "custom"


async def test_the_card_says_why_what_was_found_and_who_it_is(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT)
    chat = await house.waiting()

    def know(tx: Transaction) -> None:
        conversation = tx.conversation(WorkspaceId("acme"), ConversationId(chat.id))
        best = {"title": "Gifts", "url": None, "score": 3.1, "passages": [{"title": "Gifts", "url": None}]}
        tx.add_turn(
            conversation, Seq(3), house.clock(), question=QUESTION, lang="en", decision="cannot_answer",
            confidence=0.2, best=best, trace={"limits": {"answer": 7.5}, "rules": [], "missing": ["Malta"]},
        )  # fmt: skip
        tx.set_profile(conversation.id, 1, {"known": True, "id": "01KLAVIYO"})

    await house.machine.app.store.write(know)
    whole = await get(house, key, f"/conversations/{chat.id}")
    card = whole["handoff"]
    assert card["best"] == {
        "title": "Gifts", "url": None, "score": 3.1, "passages": [{"title": "Gifts", "url": None}],
        "limits": {"answer": 7.5}, "missing": ["Malta"],
    }  # fmt: skip
    assert (card["reason"], card["question"], card["helpdesk"]) == ("asked", QUESTION, "inbox")
    assert (card["email"], card["proof"]) == ("anna@shopper.example", "typed")
    assert card["profile"] == {"id": "01KLAVIYO", "known": True}
    trace = await get(house, key, f"/conversations/{chat.id}/turns/3")
    assert (trace["decision"], trace["confidence"], trace["trace"]["rules"]) == ("cannot_answer", 0.2, [])
    missing = await house.http.get(f"/api/v1/conversations/{chat.id}/turns/1", headers=bearer(key))
    assert missing.status_code == 404


# News


async def test_a_long_poll_of_the_team_hears_private_lines(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT)
    chat = await house.waiting()
    cursor = (await get(house, key, f"/conversations/{chat.id}/events"))["cursor"]
    waiting = asyncio.create_task(get(house, key, f"/conversations/{chat.id}/events?after={cursor}&wait=10"))
    await asyncio.sleep(0.1)
    await house.team(key, chat, "note", text="VIP")
    found = await asyncio.wait_for(waiting, 3)
    assert ([each["text"] for each in found["events"]], found["more"]) == (["VIP"], False)


async def news(stream: Any) -> dict[str, Any]:
    frame = await stream.frame()
    found: dict[str, Any] = json.loads(frame["data"])
    return found | ({"event": frame["event"]} if "event" in frame else {})


async def test_the_stream_of_the_inbox_names_what_changed(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT)
    chat: Chat = await house.chat()
    async with streaming(house.app, "/api/v1/inbox/stream", bearer(key)) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        first = await news(stream)
        assert first == {"counts": {"waiting": 0, "open": 1, "stuck": 0, "owed": 0, "needs_person": 0}, "changed": []}
        await house.say(chat)
        assert (await news(stream))["changed"] == [chat.id]
        await house.post(chat, "handoff", choice="request")
        await news(stream)
        await house.post(chat, "email", email="anna@shopper.example")
        assert (await news(stream))["counts"]["waiting"] == 1
        await house.post(chat, "typing")
        typing = await news(stream)
        assert typing == {"conversation": chat.id, "by": "visitor", "event": "typing"}
        await house.waiting("other")
        house.door.closing.set()
        await house.machine.app.live.close()
        assert (await news(stream))["event"] == "bye"


async def test_a_revoked_key_ends_its_streams(house: House) -> None:
    key = await house.key("acme", Role.SUPPORT)
    async with streaming(house.app, "/api/v1/inbox/stream", bearer(key)) as stream:
        await news(stream)

        def revoke(tx: Transaction) -> None:
            holder = tx.key_holder(key)
            assert holder is not None
            tx.revoke_key(WorkspaceId("acme"), holder.key_id, house.clock())

        await house.machine.app.store.write(revoke)
        await house.machine.app.live.tell("inbox:acme")
        assert (await news(stream))["event"] == "bye"
    answer = await house.http.get("/api/v1/inbox/stream", headers=bearer(key))
    assert answer.status_code == 401


# Figures


async def test_the_figures_and_the_conversations_behind_them(house: House) -> None:
    analyst, support = await house.key("acme", Role.ANALYST), await house.key("acme", Role.SUPPORT)
    routed, pending = await house.waiting(), await house.chat()
    await house.waiting("other")
    await house.team(support, routed, "accept")
    await house.team(support, routed, "close", reason="answered")
    summary = await get(house, analyst, "/reports/summary")
    assert (summary["asked"]["count"], summary["routed_to_team"], summary["resolution_rate"]) == (1, 1.0, 0.0)
    assert summary["outcomes"]["routed"]["conversations"] == [routed.id]
    assert summary["outcomes"]["pending"]["conversations"] == [pending.id]
    assert summary["period"] == {"since": "2026-10-25", "until": "2026-11-23", "timezone": "UTC"}
    behind = await get(house, analyst, "/reports/conversations?outcome=routed")
    assert (behind["count"], [each["id"] for each in behind["conversations"]]) == (1, [routed.id])
    assert "anna@" not in str(behind)
    assert (await get(house, analyst, "/reports/unanswered"))["unanswered"] == []


async def test_days_are_the_shops_and_inclusive(house: House) -> None:
    await house.shop("acme", SHOP, workspace={"name": "acme", "timezone": "Pacific/Auckland"})
    analyst = await house.key("acme", Role.ANALYST)
    await house.chat()  # 23 November, 10:00 UTC is 23:00 in Auckland
    house.clock.passes(hours=2)
    await house.chat()
    for days, count in (("since=2026-11-23&until=2026-11-23", 1), ("since=2026-11-24&until=2026-11-24", 1),
                        ("since=2026-11-23&until=2026-11-24", 2), ("until=2026-11-22", 0)):  # fmt: skip
        summary = await get(house, analyst, f"/reports/summary?{days}")
        assert summary["outcomes"]["pending"]["count"] == count, days


@pytest.mark.parametrize(
    ("query", "field"),
    [("since=2026-11-24&until=2026-11-23", "since"), ("since=yesterday", "since"), ("until=9999-12-31", "until"),
     ("since=0001-01-01", "since"), ("until=2026-02-30", "until")],
)  # fmt: skip
async def test_days_that_cannot_be_are_refused(house: House, query: str, field: str) -> None:
    analyst = await house.key("acme", Role.ANALYST)
    answer = await house.http.get(f"/api/v1/reports/summary?{query}", headers=bearer(analyst))
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_what_could_not_be_answered_is_listed_with_the_nearest_page(house: House) -> None:
    analyst = await house.key("acme", Role.ANALYST)
    chat = await house.chat()
    await house.say(chat)

    def know(tx: Transaction) -> None:
        conversation = tx.conversation(WorkspaceId("acme"), ConversationId(chat.id))
        best = {"title": "Gifts", "url": "https://shop.example/gifts", "score": 3.1, "passages": []}
        for seq in (3, 4):
            tx.add_turn(
                conversation, Seq(seq), house.clock() + timedelta(seconds=seq), question=f"{QUESTION} {seq}",
                lang="en", decision="cannot_answer", confidence=0.2, best=best if seq == 3 else None, trace={},
            )  # fmt: skip

    await house.machine.app.store.write(know)
    last, first = (await get(house, analyst, "/reports/unanswered"))["unanswered"]
    assert (last["question"], last["best"], last["score"]) == (f"{QUESTION} 4", None, None)
    assert first["best"] == {"title": "Gifts", "url": "https://shop.example/gifts"}
    assert len((await get(house, analyst, "/reports/unanswered?limit=1"))["unanswered"]) == 1
