"""T5, T6, T10, T33: who may call from where, what every answer carries, whose address counts."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from starlette.requests import Request

from tests.web.house import OTHER_SHOP, OWN, SHOP, House, bearer
from warmline import errors
from warmline.web.access import network_of
from warmline.web.app import make_app
from warmline.web.door import Door
from warmline.web.problems import STATUS

FOREIGN = [
    "https://evil.example",
    "null",
    "https://shop.example.evil",
    "https://evilshop.example",
    "https://shop.example:8443",
    "https://SHOP.example",
    "HTTPS://shop.example",
    "http://shop.example",
    "https://shop.example/",
    "https://shop.example, https://evil.example",
    "https://sub.shop.example",
    "shop.example",
    "",
]


def shares(headers: object) -> bool:
    return "access-control-allow-origin" in str(headers).lower()


@pytest.mark.parametrize("origin", FOREIGN)
async def test_t5_a_foreign_page_is_refused_everywhere_without_cors(house: House, origin: str) -> None:
    chat = await house.chat()
    sent = bearer(chat.token) | {"Origin": origin}
    calls = [
        ("GET", "/api/widget/sites/pk_acme", None),
        ("POST", "/api/widget/conversations", {"site": "pk_acme"}),
        ("POST", f"{chat.path}/messages", {"client_id": "hello-0001", "text": "Hello"}),
        ("GET", f"{chat.path}/events", None),
        ("GET", f"{chat.path}/stream", None),
        ("POST", f"{chat.path}/handoff", {"choice": "request"}),
        ("POST", f"{chat.path}/token", None),
    ]
    for method, path, body in calls:
        answer = await house.http.request(method, path, json=body, headers=sent)
        assert (answer.status_code, shares(answer.headers)) == (403, False), (method, path)
    before = await house.http.options(f"{chat.path}/messages", headers={"Origin": origin})
    assert (before.status_code, shares(before.headers)) == (403, False)


async def test_t5_a_page_of_another_shop_is_refused_without_cors(house: House) -> None:
    chat = await house.chat()
    answer = await house.http.get(f"{chat.path}/events", headers=bearer(chat.token) | {"Origin": OTHER_SHOP})
    assert (answer.status_code, shares(answer.headers)) == (403, False)


@pytest.mark.parametrize("origin", [SHOP, OWN])
async def test_the_shops_page_and_our_own_may_read_every_answer(house: House, origin: str) -> None:
    chat = await house.chat()
    for headers in (bearer(chat.token), bearer("wlv_garbage")):
        answer = await house.http.get(f"{chat.path}/events", headers=headers | {"Origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answer.headers


async def test_a_browser_is_told_beforehand_what_the_shops_page_may_send(house: House) -> None:
    asked = {
        "Origin": SHOP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = await house.http.options("/api/widget/conversations", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    assert {"authorization", "content-type", "last-event-id"} <= set(
        answer.headers["access-control-allow-headers"].split(", ")
    )


async def test_the_team_api_is_for_no_page(house: House) -> None:
    for call in (house.http.get("/api/v1/me", headers={"Origin": SHOP}),
                 house.http.options("/api/v1/me", headers={"Origin": SHOP})):  # fmt: skip
        assert not shares((await call).headers)


async def test_t33_every_answer_has_safe_headers_and_personal_data_is_not_kept(house: House) -> None:
    chat = await house.chat()
    for path in ("/healthz", "/resume", "/nowhere", f"{chat.path}/events", "/api/v1/me", "/api/widget/resume"):
        answer = await house.http.get(path, headers=bearer(chat.token))
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        if path.startswith("/api/"):
            assert answer.headers["cache-control"] == "no-store", path


async def test_t6_a_token_is_taken_from_the_header_only(house: House) -> None:
    chat = await house.chat()
    for path in (f"{chat.path}/events?token={chat.token}", f"{chat.path}/events?authorization=Bearer%20{chat.token}"):
        assert (await house.http.get(path)).status_code == 401
    house.http.cookies.set("token", chat.token)
    assert (await house.http.get(f"{chat.path}/events")).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/", 404),
        ("GET", "/api/v1/conversations/", 404),
        ("DELETE", "/api/v1/me", 405),
        ("HEAD", "/api/widget/conversations/x/stream", 405),
        ("TRACE", "/api/widget/conversations", 405),
        ("POST", "/healthz", 405),
    ],
)
async def test_what_is_not_there_is_a_problem_document(house: House, method: str, path: str, status: int) -> None:
    answer = await house.http.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_fault_of_ours_shows_a_number_and_nothing_else(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("warmline.store.people.People.key_holder", lambda *_: 1 / 0)
    answer = await house.http.get("/api/v1/me", headers=bearer("wlk_x"))
    assert answer.status_code == 500
    assert answer.json().keys() == {"type", "title", "status", "error"}
    assert answer.json()["error"] in caplog.text


# Whose address counts (T10)


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1", "10.0.0.3, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.7"], "10.0.0.7"),
        ("10.0.0.1", ["garbage"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, garbage"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, garbage, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["<script>, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:0db8:0001:0002"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
        ("2001:db8::1", ["198.51.100.1"], "2001:0db8:0000:0000"),
        ("fd00::1", ["198.51.100.1"], "198.51.100.1"),
        ("", [], "unknown"),
        ("testclient", ["198.51.100.1"], "unknown"),
    ],
)
async def test_t10_only_listed_proxies_say_who_calls(
    house: House, peer: str, forwarded: list[str], network: str
) -> None:
    door = Door(house.machine.app, (ip_network("10.0.0.0/8"), ip_network("fd00::/8")))
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    headers += [(b"cf-connecting-ip", b"9.9.9.9"), (b"x-real-ip", b"9.9.9.9"), (b"forwarded", b"for=9.9.9.9")]
    scope = {"type": "http", "headers": headers, "client": (peer, 1) if peer else None, "app": make_app(door)}
    assert network_of(Request(scope)) == network


async def test_a_limit_counts_a_network_that_a_header_cannot_change(house: House) -> None:
    await house.shop("acme", SHOP, limits={"conversations_per_network_hour": 2})
    statuses = [
        (await house.http.post("/api/widget/conversations", json={"site": "pk_acme"},
                               headers={"X-Forwarded-For": f"198.51.100.{n}"})).status_code
        for n in range(3)
    ]  # fmt: skip
    assert statuses == [201, 201, 429]


def test_every_error_of_ours_has_an_answer() -> None:
    ours = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.WarmlineError)]
    without = [each.__name__ for each in ours if not set(each.__mro__) & set(STATUS)]
    assert without == ["WarmlineError"]
