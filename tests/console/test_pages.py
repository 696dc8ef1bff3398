"""What every page has in common: its headers, its errors, its language, its roles, and that it shows text as text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts

from tests.console.browser import Visit
from tests.fixtures.attacks import texts
from tests.web.house import House
from warmline.domain.ids import WorkspaceId
from warmline.domain.workspace import Role
from warmline.store.base import Transaction
from warmline.web.console.connection_form import ACCOUNTS

ROLES = ("analyst", "support", "manager", "admin", "owner")
MANAGERS, ADMINS, DESK = {"manager", "admin", "owner"}, {"admin", "owner"}, set(ROLES) - {"analyst"}


@dataclass(frozen=True)
class Row:
    """Who may, what they get, and a body to post. Others get 403, guests go to the sign-in page."""

    who: set[str]
    status: int = 200
    body: dict[str, Any] | None = None


EVERYBODY = set(ROLES)
HELPDESK, CRM = "/settings/helpdesks/{name}", "/settings/profiles/{name}"
TABLE: dict[str, Row] = {
    "GET /": Row(EVERYBODY, 303),
    "GET /settings/handoff": Row(DESK),
    "POST /settings/handoff": Row(MANAGERS, 303),
    "POST /settings/handoff/preview": Row(DESK),
    "POST /settings/handoff/test": Row(MANAGERS, 303),
    "GET /settings/connections": Row(MANAGERS),
    f"GET {HELPDESK}": Row(MANAGERS),
    f"POST {HELPDESK}": Row(MANAGERS, 422, {}),
    f"POST {HELPDESK}/check": Row(MANAGERS, 200, {}),
    f"POST {HELPDESK}/disconnect": Row(MANAGERS, 303, {}),
    f"POST {HELPDESK}/retry": Row(MANAGERS, 404, {}),
    f"POST {HELPDESK}/hook": Row(MANAGERS, 404, {}),
    f"GET {CRM}": Row(MANAGERS),
    f"POST {CRM}": Row(MANAGERS, 422, {}),
    f"POST {CRM}/check": Row(MANAGERS, 200, {}),
    f"POST {CRM}/disconnect": Row(MANAGERS, 303, {}),
    "GET /settings/shop": Row(MANAGERS),
    "POST /settings/shop": Row(MANAGERS, 422, {}),
    "GET /settings/members": Row(ADMINS),
    "POST /settings/members": Row(ADMINS, 422, {}),
    "POST /settings/members/{id}/role": Row(ADMINS, 404, {"role": "support"}),
    "POST /settings/members/{id}/reset": Row(ADMINS, 404, {}),
    "POST /settings/members/{id}/remove": Row(ADMINS, 404, {}),
    "GET /settings/keys": Row(ADMINS),
    "POST /settings/keys": Row(ADMINS, 422, {}),
    "POST /settings/keys/{id}/revoke": Row(ADMINS, 404, {}),
    "GET /settings/answers/cases": Row(MANAGERS),
    "POST /settings/answers/cases": Row(MANAGERS, 422, {}),
    "POST /settings/answers/cases/run": Row(MANAGERS, 303, {}),
    "POST /settings/answers/cases/remove": Row(MANAGERS, 303, {}),
    "GET /settings/rules": Row(MANAGERS),
    "GET /settings/rules/edit": Row(MANAGERS),
    "POST /settings/rules/edit": Row(MANAGERS, 422, {}),
    "POST /settings/rules/try": Row(MANAGERS, 422, {}),
    "POST /settings/rules/move": Row(MANAGERS, 404, {}),
    "POST /settings/rules/delete": Row(MANAGERS, 303, {}),
    "GET /settings/me": Row(EVERYBODY),
    "POST /settings/me": Row(EVERYBODY, 422, {}),
    "POST /settings/me/password": Row(EVERYBODY, 422, {}),
    "POST /me/status": Row(DESK, 303, {}),
    "POST /sign-out": Row(EVERYBODY, 303, {}),
    "POST /switch": Row(EVERYBODY, 404, {}),
}
"""Pages of the settings, with what each answers."""
ELSEWHERE: dict[str, set[str]] = (
    dict.fromkeys(["GET /inbox", "GET /inbox/stream", "POST /inbox/alerts", "GET /inbox/{id}"], DESK)
    | {
        f"POST /inbox/{{id}}/{verb}": DESK
        for verb in ("accept", "reply", "note", "close", "hand-back", "reopen", "send-again", "typing")
    }
    | {f"GET /knowledge{page}": MANAGERS for page in ("", "/reading", "/add", "/write", "/test", "/{id}")}
    | {f"POST /knowledge/{verb}": MANAGERS for verb in ("dismiss", "site", "stop", "upload", "write")}
    | {f"POST /knowledge/{{id}}/{verb}": MANAGERS for verb in ("exclude", "delete")}
    | {"GET /dashboard": EVERYBODY - {"support"}, "GET /dashboard/conversations": EVERYBODY - {"support"}}
    | {"GET /settings/embed": MANAGERS, "GET /settings/embed/seen": MANAGERS}
    | {"GET /inbox/needs-person": DESK}
    | {f"POST /inbox/needs-person/{{id}}/{verb}": DESK for verb in ("send-again", "take", "not-there", "settle")}
    | {"GET /settings/answers": MANAGERS, "POST /settings/answers": MANAGERS, "POST /settings/answers/judge": MANAGERS}
)
"""Who may open the other pages; what they answer stands in their own tests."""
GUEST = {f"{verb} /{page}" for verb in ("GET", "POST") for page in ("sign-in", "join", "reset", "setup")}
PAGES = [route.partition(" ")[2] for route, row in TABLE.items() if route.startswith("GET") and row.status == 200]


def path_of(route: str, id: str = "tm_nobody") -> str:
    path = route.partition(" ")[2].replace("{id}", id)
    return path.replace("{name}", "klaviyo" if "/profiles/" in path else "zendesk")


async def call(visit: Visit, route: str, row: Row) -> httpx.Response:
    if route.startswith("GET"):
        return await visit.get(path_of(route))
    await visit.get("/settings/me")
    token = visit.csrf
    body = row.body
    if body is None:
        await visit.get("/settings/handoff")
        body = visit.fields("#handoff") if visit.page.status_code == 200 and "handoff" in visit.page.text else {}
    return await visit.post(path_of(route), {"csrf": token} | {k: v for k, v in body.items() if k != "csrf"})


@pytest.mark.parametrize("role", ROLES)
async def test_t1_each_page_answers_each_role_as_the_table_says(house: House, role: str) -> None:
    got, wanted = {}, {}
    for route, row in TABLE.items():
        async with Visit.signed_in(house, role) as visit:
            got[route] = (await call(visit, route, row)).status_code
        wanted[route] = row.status if role in row.who else 403
    assert got == wanted


async def test_t1_a_guest_is_led_to_the_sign_in_page(guest: Visit) -> None:
    for route, row in TABLE.items():
        if route.startswith("GET"):
            assert (await guest.get(path_of(route))).status_code == 303, route
            assert guest.page.headers["location"].startswith("/sign-in"), route
        else:
            answer = await guest.http.post(path_of(route), data=row.body or {})
            assert answer.status_code == 401, route


async def test_t1_every_route_of_the_console_stands_in_a_table(house: House) -> None:
    found = set()
    for context in iter_route_contexts(house.app.router.routes):
        if getattr(context.endpoint, "__module__", "").startswith("warmline.web.console"):
            found |= {f"{method} {context.path}" for method in context.methods or () if method != "HEAD"}
    assert found - GUEST - {"GET /console/static/{name}"} == set(TABLE) | set(ELSEWHERE)


@pytest.mark.parametrize("role", ROLES)
async def test_t1_the_other_pages_are_for_those_who_may(house: House, role: str) -> None:
    wrong = []
    async with Visit.signed_in(house, role) as visit:
        await visit.get("/settings/me")
        token = visit.csrf
        for route, who in ELSEWHERE.items():
            if role in who and route.endswith("/stream"):
                continue  # it has no end
            method, path = route.split(" ")
            body = {"csrf": token} if method == "POST" else None
            answer = await visit.http.request(method, path.replace("{id}", "nobody"), data=body)
            if (answer.status_code == 403) == (role in who) or answer.status_code >= 500 or answer.status_code == 401:
                wrong.append((route, answer.status_code))
    assert wrong == []


async def test_t1_a_guest_opens_none_of_the_other_pages(guest: Visit) -> None:
    for route in ELSEWHERE:
        method, path = route.split(" ")
        answer = await guest.http.request(method, path.replace("{id}", "nobody"))
        assert answer.status_code == (303 if method == "GET" else 401), route


async def test_t2_members_and_keys_of_another_shop_are_out_of_reach(house: House, owner: Visit) -> None:
    async with Visit.signed_in(house, "support", "other") as stranger:
        assert stranger.me is not None
        await owner.get("/settings/members")
        for verb, body in (("role", {"role": "owner"}), ("remove", {}), ("reset", {})):
            await owner.post(f"/settings/members/{stranger.me.id}/{verb}", {"csrf": owner.csrf} | body)
            assert owner.page.status_code in (404, 303)
            await owner.get("/settings/members")
            assert stranger.me.email not in owner.text
        key = await house.machine.app.store.write(lambda tx: _key(tx, "other"))
        assert (await owner.post(f"/settings/keys/{key}/revoke", {})).status_code == 404
        assert (await stranger.get("/settings/me")).status_code == 200


def _key(tx: Transaction, shop: str) -> str:
    who = tx.teammates(WorkspaceId(shop))[0]
    from datetime import UTC, datetime

    tx.add_key(who, [], "theirs", datetime.now(UTC))
    return str(tx.keys(WorkspaceId(shop))[0]["id"])


@pytest.mark.parametrize("path", [*PAGES, "/sign-in", "/join", "/reset", "/setup", "/nowhere"])
async def test_every_page_has_its_headers(owner: Visit, path: str) -> None:
    answer = await owner.get(path_of(f"GET {path}"))
    policy = answer.headers["content-security-policy"] if answer.status_code != 303 else "default-src 'none'"
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "*" not in policy
    if answer.status_code == 303:
        return
    nonce = re.search(r"'nonce-([\w-]{20,})'", policy)
    assert nonce and f'nonce="{nonce[1]}"' in answer.text
    for part in (
        "script-src 'self' 'nonce-", "trusted-types htmx", "style-src 'self'", "img-src 'self' data:",
        "connect-src 'self'",
        "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "require-trusted-types-for 'script'",
    ):  # fmt: skip
        assert part in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_has_inline_scripts_styles_or_foreign_files(owner: Visit, path: str) -> None:
    await owner.get(path_of(f"GET {path}"))
    for node in owner.tree.css("*"):
        names = set(node.attributes)
        assert not any(name.startswith("on") or name == "style" for name in names), node.html
        hx = any(name.startswith(("hx-", "data-hx-")) for name in names) and node.tag != "hx-partial"
        assert not hx or "hx-nonce" in names, node.html
    for node in owner.tree.css("script"):
        assert (node.attributes.get("src") or "").startswith("/console/static/") and not (node.text() or "").strip()
    for node in owner.tree.css("link[href], img[src]"):
        assert (node.attributes.get("href") or node.attributes.get("src") or "").startswith("/")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("tag", ["en", "pl"])
async def test_every_page_is_marked_up_for_everybody(house: House, tag: str, path: str) -> None:
    async with Visit.signed_in(house, "owner", **{"Accept-Language": tag}) as visit:
        await visit.get(path_of(f"GET {path}"))
        html = visit.one("html")
        assert (html.attributes["lang"], html.attributes["dir"]) == (tag, "ltr")
        ids = [node.attributes["id"] for node in visit.tree.css("[id]")]
        assert len(ids) == len(set(ids))
        assert len(visit.tree.css("h1")) == 1 and len(visit.tree.css("main")) == 1
        for node in visit.tree.css("input:not([type=hidden]), textarea, select"):
            id = node.attributes.get("id")
            inside = node.parent is not None and node.parent.tag == "label"
            assert inside or node.attributes.get("aria-label") or (id and visit.tree.css_first(f'label[for="{id}"]')), (
                node.html
            )
        for node in visit.tree.css("[aria-describedby]"):
            assert set((node.attributes["aria-describedby"] or "").split()) <= set(ids), node.html
        for node in visit.tree.css("button, a[href]"):
            assert node.text().strip() or node.attributes.get("aria-label"), node.html


async def test_a_page_without_the_right_says_who_has_it(house: House) -> None:
    async with Visit.signed_in(house, "support") as visit:
        await visit.get("/settings/members")
        assert visit.page.status_code == 403 and "owners and admins" in visit.text
        entries = [node.text().strip() for node in visit.tree.css(".rail .place span")]
        assert "Inbox" in entries and "Knowledge" not in entries and "Dashboard" not in entries


async def test_only_their_own_entries_stand_in_the_rail(house: House) -> None:
    shown = {}
    for role in ROLES:
        async with Visit.signed_in(house, role) as visit:
            await visit.get("/settings/me")
            shown[role] = {node.attributes["href"] for node in visit.tree.css(".rail .places a:not([hidden])")}
    assert shown["analyst"] == {"/dashboard", "/settings/me"}
    assert shown["support"] == {"/inbox", "/settings/me"}
    assert "/settings/members" not in shown["manager"] and "/settings/handoff" in shown["manager"]
    assert "/settings/members" in shown["admin"] and shown["admin"] == shown["owner"]


async def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(owner: Visit) -> None:
    await owner.get("/nowhere")
    assert owner.page.status_code == 404 and owner.tree.css(".rail")
    program = await owner.http.get("/nowhere", headers={"Accept": "application/json"})
    assert program.headers["content-type"] == "application/problem+json"
    api = await owner.http.get("/api/v1/nowhere")
    assert api.headers["content-type"] == "application/problem+json"


async def test_a_fault_of_ours_shows_a_number_and_nothing_else(
    owner: Visit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("warmline.web.console.profile._stored", broken)
    await owner.get("/settings/me")
    assert owner.page.status_code == 500 and "secret detail" not in owner.page.text
    number = re.search(r"error ([0-9a-f]{8})", owner.text)
    assert number and number[1] in caplog.text


async def test_a_background_request_never_empties_a_page(owner: Visit) -> None:
    await owner.get("/settings/handoff")
    token = owner.csrf
    owner.http.cookies.clear()
    answer = await owner.http.post("/settings/handoff/preview", data={"csrf": token}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-reswap"]) == (401, "none") and answer.text == ""


@pytest.mark.parametrize("name", ["../shell.py", "..%2fshell.py", "nothing.js", "console.css%00", "x.py"])
async def test_only_static_files_are_served(guest: Visit, name: str) -> None:
    assert (await guest.get(f"/console/static/{name}")).status_code == 404


async def test_a_static_file_with_its_version_may_be_kept(owner: Visit) -> None:
    await owner.get("/settings/me")
    href = owner.one("link[rel=stylesheet]").attributes["href"]
    answer = await owner.get(href or "")
    assert answer.headers["content-type"].startswith("text/css") and "immutable" in answer.headers["cache-control"]


async def test_the_style_guide_is_there_in_development_only(house: House, owner: Visit) -> None:
    assert (await owner.get("/styleguide")).status_code == 404
    from warmline.web.app import make_app

    house.door.development = True
    async with Visit.of(House(house.machine, house.door, make_app(house.door), house.http, house.clock)) as visit:
        assert (await visit.get("/styleguide")).status_code == 200 and visit.tree.css(".badge")


async def test_a_paused_connection_is_said_at_the_top_of_every_page(house: House, owner: Visit) -> None:
    from warmline.actions.connect_integration import HELPDESK as KIND
    from warmline.actions.connect_integration import connection

    def pause(tx: Transaction) -> None:
        account = connection(KIND, "zendesk", {"subdomain": "acme"}, {}, {"api_token": "x" * 20})
        tx.save_integration(WorkspaceId("acme"), account, house.clock())
        tx.pause_integration(WorkspaceId("acme"), "zendesk", "Zendesk answered 401.", 1)

    await house.machine.app.store.write(pause)
    await owner.get("/settings/me")
    assert "Zendesk needs attention." in owner.text and "Zendesk answered 401." in owner.text


@pytest_asyncio.fixture
async def nasty(house: House) -> str:
    return "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


async def test_t13_texts_in_every_field_are_shown_as_text(house: House, owner: Visit, nasty: str) -> None:
    """Through each form of the settings and back: the page holds the same elements as with harmless text."""
    for sample in (nasty, *texts("xss")[::12]):
        text = sample.encode("utf-8", "replace").decode()[:80].strip() or "x"
        await owner.get("/settings/shop")
        await owner.send("#shop", name=text, privacy_url=text, origins=text, **{"starter.0": text})
        _harmless(owner, sample)
        await owner.get("/settings/me")
        await owner.send("form[action='/settings/me']", name=text)
        await owner.get("/settings/me")
        _harmless(owner, sample)
        await owner.get("/settings/handoff")
        await owner.send(
            "#handoff", **{"method": "message", "message.en": text, "link.0.label": text, "link.0.url": text}
        )
        _harmless(owner, sample)


def _harmless(visit: Visit, sample: str) -> None:
    allowed = {"/console/static/"}
    for node in visit.tree.css("script, img, iframe, object, embed, svg script, base, meta[http-equiv]"):
        assert node.tag == "script" and any((node.attributes.get("src") or "").startswith(each) for each in allowed), (
            sample
        )
    for node in visit.tree.css("*"):
        assert not any(name.startswith("on") for name in node.attributes), (sample, node.html)
        for name in ("href", "src", "action", "formaction"):
            value = (node.attributes.get(name) or "/").strip().lower()
            assert value.startswith(("/", "#", "?", "https://", "http://")), (sample, node.html)


def test_the_table_of_connections_is_complete() -> None:
    assert set(ACCOUNTS) == {"zendesk", "gorgias", "email", "webhook", "klaviyo"} and set(ROLES) == {
        role.value for role in Role
    }
