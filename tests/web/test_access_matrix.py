"""T1, T2, T11: every route for every kind of caller. A route that is not in the table fails."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts

from tests.web.house import Chat, House, a_house, bearer
from warmline.domain.ids import WorkspaceId
from warmline.domain.workspace import Role
from warmline.web import health

A, B, FOREIGN = "visitor A", "visitor B", "other shop's visitor"
ROLES = ("analyst", "support", "manager", "admin", "owner")
ACTORS = ("nobody", "garbage", A, B, FOREIGN, "revoked key", *ROLES, "other shop's owner")
MAY = {
    "team": set(ROLES),
    "inbox": set(ROLES) - {"analyst"},
    "reports": set(ROLES) - {"support"},
    "knowledge": {"manager", "admin", "owner"},
    "settings": {"manager", "admin", "owner"},
}


SAME = 0
"""A file that stands here or not, 200 or 404, the same for everybody."""


@dataclass(frozen=True)
class Row:
    """`who`: all, visitor (A's own conversation), or a scope. `status` is the answer to whoever may, on fresh things.

    `other` is the answer to the owner of another shop: 404 where the path names a thing of ours.
    """

    who: str
    status: int
    body: dict[str, Any] | None = None
    other: int = 404


WIDGET, TEAM = "/api/widget/conversations", "/api/v1/conversations"
HELLO = {"client_id": "hello-0001", "text": "Hello"}
TABLE: dict[str, Row] = {
    "GET /healthz": Row("all", 200),
    "GET /healthz/stream": Row("all", 200),
    "GET /readyz": Row("all", 200),
    "GET /metrics": Row("all", 200),
    "GET /openapi.json": Row("all", 200),
    "GET /receipt/{token}": Row("all", 404),
    "GET /receipt.css": Row("all", 200),
    "GET /resume": Row("all", 200),
    "GET /resume.js": Row("all", 200),
    "GET /resume.css": Row("all", 200),
    "POST /hooks/{source}/{key}": Row("all", 404),
    "POST /hooks/mail": Row("all", 404),
    "GET /widget.js": Row("all", SAME),
    "GET /widget.single.js": Row("all", SAME),
    "GET /widget/{name}": Row("all", SAME),
    "GET /api/widget/sites/{site}": Row("all", 200),
    f"POST {WIDGET}": Row("all", 201, {"site": "pk_acme"}),
    "POST /api/widget/resume": Row("all", 404, {"link": "wll_unknown"}),
    f"POST {WIDGET}/{{id}}/messages": Row("visitor", 201, HELLO),
    f"GET {WIDGET}/{{id}}/events": Row("visitor", 200),
    f"GET {WIDGET}/{{id}}/stream": Row("visitor", 200),
    f"POST {WIDGET}/{{id}}/handoff": Row("visitor", 200, {"choice": "request"}),
    f"POST {WIDGET}/{{id}}/email": Row("visitor", 409, {"email": "a@shopper.example"}),
    f"POST {WIDGET}/{{id}}/helped": Row("visitor", 422, {"seq": 1, "helped": True}),
    f"POST {WIDGET}/{{id}}/identity": Row("visitor", 422, {"identity": "x.y.z"}),
    f"POST {WIDGET}/{{id}}/typing": Row("visitor", 204),
    f"POST {WIDGET}/{{id}}/token": Row("visitor", 200),
    "GET /api/v1/me": Row("team", 200, other=200),
    "PUT /api/v1/me/presence": Row("inbox", 200, {"status": "away"}, other=200),
    f"GET {TEAM}": Row("inbox", 200, other=200),
    f"GET {TEAM}/{{id}}": Row("inbox", 200),
    f"GET {TEAM}/{{id}}/events": Row("inbox", 200),
    f"GET {TEAM}/{{id}}/turns/{{seq}}": Row("inbox", 404),
    f"POST {TEAM}/{{id}}/accept": Row("inbox", 200),
    f"POST {TEAM}/{{id}}/take-over": Row("inbox", 200),
    f"POST {TEAM}/{{id}}/reply": Row("inbox", 200, {"text": "Hi"}),
    f"POST {TEAM}/{{id}}/note": Row("inbox", 200, {"text": "A note"}),
    f"POST {TEAM}/{{id}}/close": Row("inbox", 200, {"reason": "answered"}),
    f"POST {TEAM}/{{id}}/hand-back": Row("inbox", 409),
    f"POST {TEAM}/{{id}}/reopen": Row("inbox", 409),
    f"POST {TEAM}/{{id}}/send-again": Row("inbox", 409),
    f"POST {TEAM}/{{id}}/handoff": Row("inbox", 200),
    f"POST {TEAM}/{{id}}/typing": Row("inbox", 204),
    "GET /api/v1/inbox/counts": Row("inbox", 200, other=200),
    "GET /api/v1/inbox/needs-person": Row("inbox", 200, other=200),
    **{
        f"POST /api/v1/inbox/needs-person/{{id}}/{verb}": Row("inbox", 404)
        for verb in ("send-again", "take", "not-there", "settle")
    },
    "GET /api/v1/inbox/stream": Row("inbox", 200, other=200),
    "GET /api/v1/knowledge": Row("knowledge", 200, other=200),
    "GET /api/v1/knowledge/{id}": Row("knowledge", 200),
    "POST /api/v1/knowledge/answers": Row("knowledge", 422, {"title": "T", "text": " ", "lang": "en"}, other=422),
    "DELETE /api/v1/knowledge/{id}": Row("knowledge", 204),
    "PUT /api/v1/knowledge/{id}/excluded": Row("knowledge", 200, {"excluded": True}),
    "GET /api/v1/cases": Row("knowledge", 200, other=200),
    "POST /api/v1/cases": Row("knowledge", 422, {"question": " ", "page": None}, other=422),
    "POST /api/v1/cases/run": Row("knowledge", 200, other=200),
    "DELETE /api/v1/cases/{id}": Row("knowledge", 404),
    "GET /api/v1/reports/summary": Row("reports", 200, other=200),
    "GET /api/v1/reports/unanswered": Row("reports", 200, other=200),
    "GET /api/v1/reports/conversations": Row("reports", 200, other=200),
    "GET /api/v1/integrations": Row("settings", 200, other=200),
}


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("house")
    async with a_house(folder) as house:
        yield house


def routes(house: House) -> set[str]:
    """All but the console's pages: those are opened by a cookie, and have a table of their own."""
    found = set()
    for context in iter_route_contexts(house.app.router.routes):
        if getattr(context.endpoint, "__module__", "").startswith("warmline.web.console"):
            continue
        path, methods = getattr(context, "path", None), getattr(context, "methods", None) or ()
        found |= {f"{method} {path}" for method in methods if path and method != "HEAD"}
    return found


async def test_t1_every_route_stands_in_the_table(house: House) -> None:
    assert routes(house) == set(TABLE)


async def test_the_description_names_every_route(house: House) -> None:
    described = {
        f"{method.upper()} {path}" for path, operations in house.app.openapi()["paths"].items() for method in operations
    }
    files = {route for route in routes(house) if not route.split(" ")[1].startswith(("/api/", "/healthz", "/readyz"))}
    assert described == routes(house) - files | {"GET /metrics"}


def expected(row: Row, actor: str) -> int:
    if row.who == "all":
        return row.status
    if row.who == "visitor":
        return {A: row.status, B: 404, FOREIGN: 404}.get(actor, 401)
    if actor == "other shop's owner":
        return row.other
    if actor not in ROLES:
        return 401
    return row.status if actor in MAY[row.who] else 403


async def tokens(house: House, chat: Chat) -> dict[str, str | None]:
    """What each actor shows; the keys are made once."""
    made: dict[str, str | None] = {"nobody": None, "garbage": "wlk_garbage"}
    made[A], made[B] = chat.token, (await house.chat()).token
    made[FOREIGN] = (await house.chat("other")).token
    for role in ROLES:
        made[role] = await house.key("acme", Role(role))
    made["other shop's owner"] = await house.key("other", Role.OWNER)
    made["revoked key"] = await a_revoked_key(house)
    return made


async def a_revoked_key(house: House) -> str:
    key = await house.key("acme", Role.OWNER)

    def revoke(tx: Any) -> None:
        tx.revoke_key(WorkspaceId("acme"), tx.key_holder(key).key_id, house.clock())

    await house.machine.app.store.write(revoke)
    return key


async def call(house: House, route: str, ids: dict[str, str], token: str | None, body: Any = None) -> int:
    method, path = route.split(" ")
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    if path.endswith("/reports/conversations"):
        path += "?outcome=asked"
    headers = bearer(token) if token else {}
    if path.endswith("/stream"):
        # A closing house ends its streams after one frame.
        house.door.closing.set()
    try:
        answer = await house.http.request(method, path, json=body, headers=headers)
    finally:
        house.door.closing.clear()
    if answer.status_code >= 400 and path.startswith("/api/"):
        assert answer.headers["content-type"] == "application/problem+json", route
        assert answer.json()["status"] == answer.status_code
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
    return answer.status_code


@pytest.mark.parametrize("route", TABLE)
async def test_t1_a_route_answers_each_caller_as_the_table_says(
    house: House, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "STREAM_TAKES", 0)
    row = TABLE[route]
    chat = await house.chat()
    shown = await tokens(house, chat)
    got = {}
    for actor in ACTORS:
        if actor == A:
            fresh = chat
        else:
            fresh = await house.chat(token=chat.token)
        article = await house.article() if "knowledge" in route else "none"
        ids = {"site": "pk_acme", "seq": "1", "name": "none.js", "id": article if "knowledge" in route else fresh.id}
        got[actor] = await call(house, route, ids, shown[actor], row.body)
    if row.status == SAME:
        assert set(got.values()) in ({200}, {404})
    else:
        assert got == {actor: expected(row, actor) for actor in ACTORS}


async def test_t2_ids_of_others_open_nothing(house: House) -> None:
    """Random callers with random ids that are not theirs: 401, 403 or 404, never anything else."""
    dice = random.Random(2)
    chats = {shop: [await house.waiting(shop) for _ in range(3)] for shop in ("acme", "other")}
    articles = {shop: [await house.article(shop) for _ in range(3)] for shop in ("acme", "other")}
    keys = {shop: await house.key(shop, Role.OWNER) for shop in ("acme", "other")}
    named = [route for route in TABLE if "{id}" in route]
    wrong = []
    for _ in range(400):
        route, shop = dice.choice(named), dice.choice(["acme", "other"])
        theirs = "other" if shop == "acme" else "acme"
        me = dice.choice(chats[shop])
        strangers = [each.id for each in chats[theirs] + [c for c in chats[shop] if c.id != me.id]]
        if "/api/widget" in route:
            id, token = dice.choice(strangers), me.token
        else:
            pool = articles if "knowledge" in route else {name: [c.id for c in all] for name, all in chats.items()}
            id, token = dice.choice(pool[theirs]), keys[shop]
        status = await call(house, route, {"id": id, "seq": "1"}, token, TABLE[route].body)
        if status != 404:
            wrong.append((route, status))
    assert wrong == []


async def test_a_key_does_no_more_than_its_scopes(house: House) -> None:
    key = await house.key("acme", Role.OWNER, ("reports",))
    assert await call(house, "GET /api/v1/reports/summary", {}, key) == 200
    assert await call(house, "GET /api/v1/inbox/counts", {}, key) == 403
    assert await call(house, "GET /api/v1/knowledge", {}, key) == 403


async def test_a_scope_gives_no_right_that_the_role_lacks(house: House) -> None:
    key = await house.key("acme", Role.ANALYST, ("inbox", "knowledge", "reports"), name="Ann")
    assert await call(house, "GET /api/v1/inbox/counts", {}, key) == 403


@pytest.mark.parametrize("route", [route for route, row in TABLE.items() if row.body])
async def test_t11_a_field_that_a_model_does_not_know_is_refused(house: House, route: str) -> None:
    row = TABLE[route]
    chat = await house.chat()
    owner = await house.key("acme", Role.OWNER)
    ids = {"id": await house.article() if "knowledge" in route else chat.id}
    token = chat.token if "/widget/" in route else owner
    for name in ("role", "workspace", "owner", "bcc", "id", "visitor", "verdict", "epoch", "__proto__"):
        assert await call(house, route, ids, token, (row.body or {}) | {name: "x"}) == 422, name
