"""The widget API as DESIGN.md section 5 promises it, row by row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import jsonschema
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.web.house import QUESTION, SHOP, House, bearer
from warmline.domain.ids import WorkspaceId
from warmline.domain.workspace import Role

SECRET = "a secret of the shop, 32 bytes long at least"
ID = "cnv_00000000000000000000000000000000"
HELLO = {"client_id": "hello-0001", "text": "Hello"}


def code(answer: httpx.Response) -> tuple[int, str | None]:
    """(status, code or field) of a problem."""
    body = answer.json()
    return answer.status_code, body.get("code") or body.get("field")


async def messages(house: House, chat: Any, body: Any, **headers: str) -> httpx.Response:
    return await house.http.post(f"{chat.path}/messages", json=body, headers=bearer(chat.token) | headers)


async def window(house: House, chat: Any, query: str = "after=0") -> dict[str, Any]:
    answer = await house.http.get(f"{chat.path}/events?{query}", headers=bearer(chat.token))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def signed(house: House, **claims: Any) -> str:
    now = int(house.clock().timestamp())
    whole = {"sub": "7", "aud": "pk_acme", "iat": now, "exp": now + 600} | claims
    return jwt.encode({"alg": "HS256"}, whole, OctKey.import_key(SECRET))


async def with_identity(house: House) -> None:
    await house.machine.app.store.write(lambda tx: tx.set_identity_keys(WorkspaceId("acme"), {"secret": SECRET}))


# The site


async def test_a_site_says_what_the_panel_draws(house: House) -> None:
    answer = await house.http.get("/api/widget/sites/pk_acme")
    assert answer.json() == {
        "name": "acme",
        "locale": "en",
        "person": True,
        "reply": "chat",
        "live": False,
        "greeting": "Hi! Ask me about orders, delivery, returns or our products.",
        "disclosure": "You are chatting with an AI assistant. You can ask for a person at any time.",
        "starters": [],
        "open": True,
    }
    tag = {"If-None-Match": answer.headers["etag"]}
    assert (await house.http.get("/api/widget/sites/pk_acme", headers=tag)).status_code == 304
    assert (await house.http.get("/api/widget/sites/pk_nowhere")).status_code == 404


async def test_a_closed_shop_names_its_next_opening(house: House) -> None:
    await house.shop("acme", SHOP, office_hours={"tue": ["09:00-17:00"]})
    found = (await house.http.get("/api/widget/sites/pk_acme")).json()
    assert (found["open"], found["next_opening"]) == (False, "2026-11-24T09:00:00+00:00")


# Beginning


async def test_a_conversation_begins_with_greeting_and_disclosure(house: House) -> None:
    answer = await house.http.post(
        "/api/widget/conversations",
        json={"site": "pk_acme", "locale": "pl", "page": {"url": "https://shop.example/x", "title": "X"}},
    )
    begun = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert begun["greeting"].startswith("Cześć!")
    assert begun["cursor"] == 2
    assert begun["state"] == {
        "owner": "agent",
        "step": None,
        "handoff": None,
        "reply": "chat",
        "live": False,
        "open": True,
    }
    events = await house.http.get(
        f"/api/widget/conversations/{begun['conversation']['id']}/events", headers=bearer(begun["token"])
    )
    assert [each["text"] for each in events.json()["events"]] == [begun["greeting"], begun["disclosure"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"site": "pk_nowhere"}, (404, None)),
        ({}, (422, "site")),
        ({"site": "pk_acme", "locale": "english please"}, (422, "locale")),
        ({"site": "pk_acme", "page": {"url": 1}}, (422, "page.url")),
        ({"site": "pk_acme", "identity": "not.a.token"}, (422, "identity")),
    ],
)
async def test_a_beginning_is_refused(house: House, body: Any, expected: Any) -> None:
    await with_identity(house)
    answer = await house.http.post("/api/widget/conversations", json=body)
    assert code(answer) == expected
    assert await house.machine.app.store.read(lambda tx: tx.rows("SELECT id FROM conversation")) == []
    assert await house.machine.app.store.read(lambda tx: tx.rows("SELECT id FROM visitor")) == []


async def test_an_expired_identity_is_refused_and_a_good_one_needs_no_address(house: House) -> None:
    await with_identity(house)
    old = signed(house, exp=int(house.clock().timestamp()) - 3600)
    refused = await house.http.post("/api/widget/conversations", json={"site": "pk_acme", "identity": old})
    assert code(refused) == (422, "identity")
    good = signed(house, email="anna@shopper.example", email_verified=True)
    chat = await house.chat(identity=good)
    state = (await house.post(chat, "handoff", choice="request")).json()["state"]
    assert (state["step"], state["email"]) == ("delivered", "a…@shopper.example")


async def test_an_earlier_token_keeps_the_visitor_and_a_bad_one_makes_a_new_one(house: House) -> None:
    first = await house.chat()
    second = await house.chat(token=first.token)
    assert await house.visitor_of(first) == await house.visitor_of(second)
    for header in ("Bearer wlv_garbage", "Basic eA==", "Bearer", ""):
        answer = await house.http.post(
            "/api/widget/conversations", json={"site": "pk_acme"}, headers={"Authorization": header}
        )
        assert answer.status_code == 201, header


# Speaking


async def test_g2_a_message_is_stored_once(house: House) -> None:
    chat = await house.chat()
    first = await messages(house, chat, HELLO)
    again = await messages(house, chat, HELLO)
    other = await messages(house, chat, HELLO | {"text": "Another"})
    assert (first.status_code, first.json()) == (201, {"seq": 3, "client_id": "hello-0001"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert code(other) == (409, "client_id")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"client_id": "hello-0001"}, "text"),
        ({"text": "Hello"}, "client_id"),
        (HELLO | {"text": ""}, "text"),
        (HELLO | {"text": " \n\t"}, "text"),
        (HELLO | {"text": "x" * 8_001}, "text"),
        (HELLO | {"text": 1}, "text"),
        (HELLO | {"text": None}, "text"),
        (HELLO | {"client_id": "short"}, "client_id"),
        (HELLO | {"client_id": "x" * 65}, "client_id"),
        (HELLO | {"client_id": "hello 001"}, "client_id"),
        (HELLO | {"client_id": "hello-0001\n"}, "client_id"),
        ([], None),
        ("text", None),
    ],
)
async def test_a_message_that_cannot_be_used_names_its_field(house: House, body: Any, field: str | None) -> None:
    assert code(await messages(house, await house.chat(), body)) == (422, field)


async def test_the_longest_message_fits(house: House) -> None:
    chat = await house.chat()
    assert (await messages(house, chat, HELLO | {"text": "ż" * 8_000})).status_code == 201


async def test_a_closed_chat_takes_no_message(house: House) -> None:
    chat = await house.waiting()
    owner = await house.key("acme", Role.OWNER)
    await house.team(owner, chat, "accept")
    await house.team(owner, chat, "close", reason="answered")
    assert code(await messages(house, chat, HELLO)) == (409, "closed")
    found = await window(house, chat)
    assert found["events"][-1] == {
        "seq": found["cursor"],
        "at": house.clock().isoformat(),
        "kind": "closed",
        "by": "teammate",
    }
    assert found["state"]["open"] is False


async def test_too_many_messages_say_when_to_try_again(house: House) -> None:
    await house.shop("acme", SHOP, limits={"messages_per_minute": 2})
    chat = await house.chat()
    for n in (1, 2):
        assert (await messages(house, chat, HELLO | {"client_id": f"hello-000{n}"})).status_code == 201
        house.clock.passes(seconds=10)
    answer = await messages(house, chat, HELLO | {"client_id": "hello-0003"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "40")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wlv_garbage", "Basic eA==", "wlv_x"])
@pytest.mark.parametrize("id", [ID, "..", "a%00b"])
async def test_the_token_is_asked_for_before_anything_else(house: House, header: str | None, id: str) -> None:
    """An unknown conversation, a foreign page and a broken body are nobody's business without a token."""
    headers = {"Origin": "https://evil.example"} | ({"Authorization": header} if header is not None else {})
    path = f"/api/widget/conversations/{id}/messages"
    answer = await house.http.post(path, content=b"\xff" * 70_000, headers=headers)
    assert answer.status_code == (401 if id == ID else 404)


async def test_after_the_token_come_origin_then_conversation_then_body(house: House) -> None:
    chat = await house.chat()
    path = f"/api/widget/conversations/{ID}/messages"
    foreign = bearer(chat.token) | {"Origin": "https://evil.example"}
    assert (await house.http.post(path, content=b"{", headers=foreign)).status_code == 403
    assert (await house.http.post(path, content=b"{", headers=bearer(chat.token))).status_code == 404
    assert (await house.http.post(f"{chat.path}/messages", content=b"{", headers=bearer(chat.token))).status_code == 422


# Reading


async def test_a_window_has_what_came_after_the_cursor(house: House) -> None:
    chat = await house.chat()
    await house.say(chat)
    schema = house.app.openapi()
    whole = await window(house, chat)
    jsonschema.validate(whole, schema["components"]["schemas"]["Window"] | {"components": schema["components"]})
    assert [each["seq"] for each in whole["events"]] == [1, 2, 3]
    assert whole["events"][2]["client_id"].startswith("said-")
    assert (whole["prev"], whole["cursor"], whole["more"]) == (0, 3, False)
    rest = await window(house, chat, "after=2")
    assert ([each["seq"] for each in rest["events"]], rest["prev"]) == ([3], 2)
    beyond = await window(house, chat, "after=99")
    assert (beyond["events"], beyond["more"]) == ([], False)


async def test_prev_tells_of_holes_that_private_lines_leave(house: House) -> None:
    chat = await house.waiting()
    owner = await house.key("acme", Role.OWNER)
    await house.team(owner, chat, "accept")
    before = await window(house, chat)
    await house.team(owner, chat, "note", text="A secret of the team")
    await house.team(owner, chat, "reply", text="Hello")
    after = await window(house, chat, f"after={before['cursor'] + 1}")
    assert [each["seq"] for each in after["events"]] == [before["cursor"] + 2]
    assert after["prev"] == before["cursor"]
    assert "secret" not in str(await window(house, chat))


async def test_a_long_log_comes_in_pages(house: House) -> None:
    chat = await house.chat()
    for n in range(510):
        await messages(house, chat, {"client_id": f"hello-{n:04}", "text": "Hello"})
    first = await window(house, chat)
    rest = await window(house, chat, f"after={first['cursor']}")
    assert (len(first["events"]), first["more"]) == (500, True)
    assert (len(rest["events"]), rest["more"], rest["prev"]) == (12, False, first["cursor"])


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=1.5", "after=", "after=9007199254740993", "after=²", "wait=26", "wait=nan",
              "wait=-1", "wait=inf", "wait=x"],
)  # fmt: skip
async def test_a_bad_cursor_or_wait_is_refused(house: House, query: str) -> None:
    chat = await house.chat()
    answer = await house.http.get(f"{chat.path}/events?{query}", headers=bearer(chat.token))
    assert code(answer) == (422, query.partition("=")[0])


# A handoff


async def test_accepting_what_nobody_offered_is_a_conflict(house: House) -> None:
    chat = await house.chat()
    assert code(await house.post(chat, "handoff", choice="accept")) == (409, "nothing_offered")
    assert code(await house.post(chat, "handoff", choice="decline")) == (409, "nothing_offered")
    assert code(await house.post(chat, "handoff", choice="accept", handoff=7)) == (409, "stale")
    assert code(await house.post(chat, "handoff", choice="perhaps")) == (422, "choice")
    assert code(await house.post(chat, "handoff", choice="accept", handoff="1")) == (422, "handoff")


async def test_asking_for_a_person_is_the_same_however_often(house: House) -> None:
    chat = await house.chat()
    await house.say(chat)
    first = (await house.post(chat, "handoff", choice="request")).json()["state"]
    again = (await house.post(chat, "handoff", choice="request")).json()["state"]
    assert first == again
    assert (first["owner"], first["step"], first["handoff"]) == ("agent", "needs_email", 1)
    assert code(await house.post(chat, "handoff", choice="accept", handoff=2)) == (409, "stale")
    assert (await house.post(chat, "handoff", choice="accept", handoff=1)).json()["state"] == first


async def test_declining_also_cancels_the_question_for_an_address(house: House) -> None:
    chat = await house.chat()
    await house.post(chat, "handoff", choice="request")
    state = (await house.post(chat, "handoff", choice="decline")).json()["state"]
    assert (state["owner"], state["step"]) == ("agent", "declined")
    assert (await house.post(chat, "handoff", choice="decline")).json()["state"] == state
    assert code(await house.post(chat, "email", email="anna@shopper.example")) == (409, "not_asked")


async def test_under_a_custom_message_asking_shows_it_and_the_step_stays_null(house: House) -> None:
    await house.shop("acme", SHOP, handoff={"method": "message", "message": {"en": "See our pages."}})
    chat = await house.chat()
    state = (await house.post(chat, "handoff", choice="request")).json()["state"]
    assert (state["step"], state["reply"]) == (None, "message")
    assert (await window(house, chat))["events"][-1]["text"] == "See our pages."


async def test_an_address_is_echoed_once_given_and_then_fixed(house: House) -> None:
    chat = await house.chat()
    await house.post(chat, "handoff", choice="request")
    for bad in ("anna", "anna@", "a@b@c.example", "anna@shopper.example, v@evil.example", "", "x" * 300):
        assert code(await house.post(chat, "email", email=bad)) == (422, "email"), bad
    assert code(await house.post(chat, "email")) == (422, "email")
    assert code(await house.post(chat, "email", email="anna@shopper.example", skip=True)) == (422, "email")
    given = await house.post(chat, "email", email=" anna@Shopper.example ")
    assert given.json()["email"] == "anna@shopper.example"
    assert (given.json()["state"]["step"], given.json()["state"]["owner"]) == ("delivered", "queue")
    assert (await house.post(chat, "email", email="anna@shopper.example")).status_code == 200
    assert code(await house.post(chat, "email", email="other@shopper.example")) == (409, "too_late")


async def test_a_likely_slip_is_asked_about_and_confirmed_by_repeating(house: House) -> None:
    chat = await house.chat()
    await house.post(chat, "handoff", choice="request")
    meant = (await house.post(chat, "email", email="anna@gmial.com")).json()
    assert (meant["suggestion"], meant["state"]["step"]) == ("anna@gmail.com", "needs_email")
    assert (await house.post(chat, "email", email="anna@gmial.com")).json()["state"]["step"] == "delivered"


async def test_an_address_may_be_skipped_only_where_somebody_can_answer_at_once(house: House) -> None:
    alone = await house.chat()
    await house.post(alone, "handoff", choice="request")
    asked = (await house.post(alone, "handoff", choice="request")).json()["state"]
    assert (asked["reply"], asked["live"], asked["skip"]) == ("chat", False, False), "on this page, later"
    assert code(await house.post(alone, "email", skip=True)) == (422, "email")
    owner = await house.key("acme", Role.OWNER)
    here = await house.http.put("/api/v1/me/presence", json={"status": "available"}, headers=bearer(owner))
    assert here.json()["available_until"] == (house.clock() + timedelta(hours=12)).isoformat()
    chat = await house.chat()
    asked = (await house.post(chat, "handoff", choice="request")).json()["state"]
    assert (asked["reply"], asked["live"], asked["skip"]) == ("chat", True, True)
    state = (await house.post(chat, "email", skip=True)).json()
    assert "skip" not in state["state"]
    assert (state["email"], state["state"]["step"]) == (None, "delivered")
    assert (await house.post(chat, "email", skip=True)).status_code == 200


async def test_only_an_answer_can_have_helped(house: House) -> None:
    chat = await house.chat()
    assert code(await house.post(chat, "helped", seq=1, helped=True)) == (422, "seq")
    assert code(await house.post(chat, "helped", seq=0, helped=True)) == (422, "seq")
    assert code(await house.post(chat, "helped", seq=2, helped="yes")) == (422, "helped")


async def test_signing_in_later_brings_the_handoff_its_address(house: House) -> None:
    await with_identity(house)
    chat = await house.chat()
    await house.post(chat, "handoff", choice="request")
    proven = signed(house, email="anna@shopper.example", email_verified=True)
    assert (await house.post(chat, "identity", identity=proven)).json()["state"]["step"] == "delivered"
    assert code(await house.post(chat, "identity", identity="x")) == (422, "identity")


# Tokens


async def test_a_renewed_token_leaves_the_old_one_five_minutes(house: House) -> None:
    chat = await house.chat()
    renewed = await house.http.post(f"{chat.path}/token", headers=bearer(chat.token))
    assert renewed.status_code == 200
    house.clock.passes(minutes=4, seconds=59)
    assert (await house.http.get(f"{chat.path}/events", headers=bearer(chat.token))).status_code == 200
    house.clock.passes(seconds=2)
    assert (await house.http.get(f"{chat.path}/events", headers=bearer(chat.token))).status_code == 401
    assert (await house.http.post(f"{chat.path}/token", headers=bearer(chat.token))).status_code == 401
    new = bearer(renewed.json()["token"])
    assert (await house.http.get(f"{chat.path}/events", headers=new)).status_code == 200


async def test_an_expired_token_may_only_be_renewed_and_only_for_two_weeks(house: House) -> None:
    chat, late = await house.chat(), await house.chat()
    house.clock.passes(hours=24, seconds=1)
    for method, path in (("GET", "events"), ("GET", "stream"), ("POST", "messages"), ("POST", "handoff")):
        answer = await house.http.request(method, f"{chat.path}/{path}", headers=bearer(chat.token))
        assert answer.status_code == 401, path
    renewed = await house.http.post(f"{chat.path}/token", headers=bearer(chat.token))
    new = bearer(renewed.json()["token"])
    assert (await house.http.get(f"{chat.path}/events", headers=new)).status_code == 200
    house.clock.passes(days=14)
    assert (await house.http.post(f"{late.path}/token", headers=bearer(late.token))).status_code == 401


async def test_an_expired_token_renews_only_its_own_conversation(house: House) -> None:
    chat, other = await house.chat(), await house.chat()
    house.clock.passes(hours=25)
    assert (await house.http.post(f"{other.path}/token", headers=bearer(chat.token))).status_code == 404


async def test_the_link_of_a_mail_opens_the_conversation(house: House) -> None:
    chat = await house.waiting()
    link = await house.machine.app.store.write(
        lambda tx: tx.add_link(WorkspaceId("acme"), "resume", chat.id, timedelta(days=14), 1, house.clock())
    )
    opened = await house.http.post("/api/widget/resume", json={"link": link})
    assert opened.json()["conversation"] == {"id": chat.id}
    events = await house.http.get(f"{chat.path}/events", headers=bearer(opened.json()["token"]))
    assert QUESTION in events.text
    assert (await house.http.post("/api/widget/resume", json={"link": link})).status_code == 404
