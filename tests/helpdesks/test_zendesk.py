"""What is particular about Zendesk: its access tokens, its polite anonymous answers, its notes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from tests.fixtures.slices import Checked
from tests.fixtures.tickets import a_ticket
from tests.helpdesks.conftest import TABLES
from warmline.domain.ticket import TicketRef
from warmline.errors import AccountRefused, TicketRefused, Unclear
from warmline.helpdesks.exchange import HostRefused
from warmline.helpdesks.zendesk.config import ZendeskConfig
from warmline.helpdesks.zendesk.helpdesk import Zendesk
from warmline.sandbox import Sandbox, credentials

CREATED = {"ticket": {"id": 35436, "external_id": "warmline-cnv_01-1"}}


@pytest.fixture
async def desk(sandbox: Sandbox) -> AsyncIterator[Zendesk]:
    transport = Checked("zendesk", httpx.AsyncHTTPTransport(), prefix="/zendesk")
    async with httpx.AsyncClient(transport=transport) as http:
        yield Zendesk(ZendeskConfig.parse(TABLES["zendesk"]), http, sandbox.url("zendesk"))


def zendesk_that(answer: Callable[[httpx.Request], httpx.Response]) -> Zendesk:
    def with_token(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/tokens":
            return httpx.Response(200, json={"access_token": "t", "token_type": "bearer", "expires_in": 7200})
        return answer(request)

    http = httpx.AsyncClient(transport=httpx.MockTransport(with_token))
    return Zendesk(ZendeskConfig.parse(TABLES["zendesk"]), http)


async def make(desk: Zendesk, key: str = "warmline-cnv_01-1") -> TicketRef:
    return await desk.create(key, desk.render(a_ticket(key)))


def tokens_asked_for(sandbox: Sandbox) -> int:
    return sum(request.operation == "token" for request in sandbox.requests("zendesk"))


async def test_one_token_serves_many_calls(desk: Zendesk, sandbox: Sandbox) -> None:
    await asyncio.gather(*(make(desk, f"warmline-{number}-1") for number in range(10)))
    assert tokens_asked_for(sandbox) == 1


async def test_a_revoked_token_is_renewed_once_for_all(desk: Zendesk, sandbox: Sandbox) -> None:
    await make(desk)
    sandbox.revoke_tokens()
    await asyncio.gather(*(make(desk, f"warmline-{number}-1") for number in range(10)))
    assert tokens_asked_for(sandbox) == 2
    assert len(sandbox.tickets("zendesk")) == 11


async def test_a_token_is_renewed_before_it_ends(desk: Zendesk, sandbox: Sandbox) -> None:
    sandbox.configure("zendesk", token_life=1.0)
    await make(desk)
    await asyncio.sleep(0.6)
    await make(desk, "warmline-2-1")
    assert tokens_asked_for(sandbox) == 2
    assert {request.status for request in sandbox.requests("zendesk") if request.operation == "create"} == {201}


async def test_a_client_limited_to_the_old_scopes_gets_those(desk: Zendesk, sandbox: Sandbox) -> None:
    sandbox.configure("zendesk", allowed_scopes=["read", "write"])
    assert (await desk.check()).ok
    sandbox.configure("zendesk", allowed_scopes=["chat:read"])
    sandbox.revoke_tokens()
    with pytest.raises(AccountRefused, match="invalid_scope"):
        await make(desk)


async def test_a_read_only_client_fails_at_the_rights(desk: Zendesk, sandbox: Sandbox) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/tokens":
            return httpx.Response(200, json={"access_token": "t", "token_type": "bearer", "scope": "read"})
        return httpx.Response(200, json={"user": {"id": 1, "name": "Ann", "role": "agent"}, "tickets": []})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    checked = await Zendesk(ZendeskConfig.parse(TABLES["zendesk"]), http).check()
    assert [step.ok for step in checked.steps] == [True, True, False, None]


@pytest.mark.parametrize("kind", ["error_before", "html_before", "reset_before", "silence_before"])
async def test_without_a_token_no_ticket_was_asked_for(desk: Zendesk, sandbox: Sandbox, kind: str) -> None:
    sandbox.add_fault("zendesk", kind, operation="token", seconds=0.1)
    with pytest.raises(Unclear) as caught:
        await make(desk)
    assert caught.value.made_nothing


async def test_an_api_token_still_works(sandbox: Sandbox) -> None:
    table = {"subdomain": "acme", "email": credentials.ZENDESK_EMAIL, "api_token": credentials.ZENDESK_API_TOKEN}
    async with httpx.AsyncClient() as http:  # the slice does not know Zendesk's nameless "anonymous user"
        desk = Zendesk(ZendeskConfig.parse(table), http, sandbox.url("zendesk"))
        assert (await desk.check()).ok
        await make(desk)
        sandbox.revoke_credential("zendesk", credentials.ZENDESK_EMAIL)
        with pytest.raises(AccountRefused):
            await make(desk)
        assert [step.ok for step in (await desk.check()).steps] == [True, False, None, None]


@pytest.mark.parametrize(("role", "steps"), [("agent", [True] * 4), ("end-user", [True, True, False, None])])
async def test_tickets_for_others_need_an_agent(sandbox: Sandbox, role: str, steps: list[bool | None]) -> None:
    sandbox.add_credential("zendesk", "small@demo-shop.example", "token-not-real", role)
    table = {"subdomain": "acme", "email": "small@demo-shop.example", "api_token": "token-not-real"}
    async with httpx.AsyncClient() as http:
        checked = await Zendesk(ZendeskConfig.parse(table), http, sandbox.url("zendesk")).check()
    assert [step.ok for step in checked.steps] == steps


async def test_the_first_comment_is_an_internal_note_with_the_profile_in_its_field(
    desk: Zendesk, sandbox: Sandbox
) -> None:
    await make(desk)
    [seen] = sandbox.tickets("zendesk")
    ticket = seen.sent["ticket"]
    assert ticket["comment"]["public"] is False
    assert ticket["custom_fields"] == [{"id": 360001, "value": "01HKLAVIYOPROFILE"}]
    assert ticket["requester"] == {"name": "Ada Byron", "email": "ada@example.com", "locale": "en"}
    assert ticket["tags"] == ["warmline", "warmline_handoff", "reason_no_answer"]
    [request] = [item for item in sandbox.requests("zendesk") if item.operation == "create"]
    assert request.headers["idempotency-key"] == "warmline-cnv_01-1"


@pytest.mark.parametrize("lang", ["", "xx_YY", "en\r\nX: y", "<b>"])
async def test_an_odd_language_is_left_out(lang: str) -> None:
    ticket = json.loads(zendesk_that(lambda _: httpx.Response(500)).render(a_ticket(lang=lang)))["ticket"]
    assert "locale" not in ticket["requester"]


async def test_tags_have_no_spaces() -> None:
    body = zendesk_that(lambda _: httpx.Response(500)).render(a_ticket(tags=["VIP shopper", "ok", "  ", "ok"]))
    assert json.loads(body)["ticket"]["tags"][3:] == ["vip_shopper", "ok"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_credentials_do_not_follow_a_redirect(status: int) -> None:
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(status, headers={"Location": "https://evil.example/api"})

    with pytest.raises(HostRefused):
        await make(zendesk_that(answer))
    assert hosts == ["demo-shop.zendesk.com"]


async def test_a_firewall_that_dislikes_one_text_does_not_pause_the_account() -> None:
    with pytest.raises(Unclear):
        await make(zendesk_that(lambda _: httpx.Response(403, html="<h1>Blocked</h1>")))


async def test_a_look_up_that_ignores_the_key_is_not_believed() -> None:
    desk = zendesk_that(lambda _: httpx.Response(200, json={"tickets": [{"id": 1, "external_id": "other"}]}))
    with pytest.raises(Unclear):
        await desk.find("warmline-cnv_01-1")


async def test_a_refusal_carries_the_vendors_words_on_one_short_line() -> None:
    details = {"requester": [{"description": "Requester: Name:\r\nis too short \u202e" + "x" * 900, "error": "Blank"}]}
    said = {
        "error": "RecordInvalid",
        "description": "Record validation errors demo-zendesk-secret-not-real",
        "details": details,
    }
    with pytest.raises(TicketRefused, match="Record validation errors") as caught:
        await make(zendesk_that(lambda _: httpx.Response(422, json=said)))
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)
    assert "not-real" not in str(caught.value)


async def test_comments_are_read_to_the_end_and_never_from_another_host() -> None:
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        more = "page[after]" not in request.url.params
        meta = {"has_more": more, "after_cursor": "x" if more else None}
        links = {"next": "https://evil.example/comments"}
        text = "hello" if more else "the-marker"
        return httpx.Response(200, json={"comments": [{"plain_body": text}], "meta": meta, "links": links})

    assert await zendesk_that(answer).has_follow_up(TicketRef("1"), "the-marker")
    assert hosts == ["demo-shop.zendesk.com"] * 2


async def test_comments_without_an_end_are_unclear() -> None:
    page = {"comments": [], "meta": {"has_more": True, "after_cursor": "x"}}
    with pytest.raises(Unclear):
        await zendesk_that(lambda _: httpx.Response(200, json=page)).has_follow_up(TicketRef("1"), "m")


async def test_maintenance_says_when_to_come_back() -> None:
    with pytest.raises(Unclear) as caught:
        await make(zendesk_that(lambda _: httpx.Response(503, headers={"Retry-After": "120"})))
    assert caught.value.retry_after == 120


async def test_a_good_ticket_has_its_page_and_its_number() -> None:
    ref = await make(zendesk_that(lambda _: httpx.Response(201, json=CREATED)))
    assert ref == TicketRef("35436", "https://demo-shop.zendesk.com/agent/tickets/35436", "#35436")
