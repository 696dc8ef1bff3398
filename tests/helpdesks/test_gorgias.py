"""What is particular about Gorgias: mailboxes, messages that would be mailed, customers that exist already."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.fixtures.slices import Checked
from tests.fixtures.tickets import a_ticket
from tests.helpdesks.conftest import TABLES
from warmline.domain.ticket import TicketRef
from warmline.errors import AccountRefused, TicketRefused, Unclear
from warmline.helpdesks.gorgias.config import GorgiasConfig
from warmline.helpdesks.gorgias.helpdesk import Gorgias
from warmline.helpdesks.gorgias.mailboxes import first_mailbox
from warmline.sandbox import Sandbox, credentials

KEY = "warmline-cnv_01-1"


def gorgias_that(answer: Callable[[httpx.Request], httpx.Response], **settings: object) -> Gorgias:
    http = httpx.AsyncClient(transport=Checked("gorgias", httpx.MockTransport(answer)))
    return Gorgias(GorgiasConfig.parse({**TABLES["gorgias"], "mailbox": "support@shop.example", **settings}), http)


def a_page(*items: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"data": items, "object": "list", "uri": "/x", "meta": {"next_cursor": None}})


def never(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"no request was expected: {request.url}")


async def make(desk: Gorgias) -> TicketRef:
    return await desk.create(KEY, desk.render(a_ticket()))


async def test_the_mailbox_of_the_account_is_found_once(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient() as http:
        desk = Gorgias(GorgiasConfig.parse(TABLES["gorgias"]), http, sandbox.url("gorgias"))
        await desk.prepare()
        await desk.prepare()
        body = json.loads(desk.render(a_ticket()))
    assert body["messages"][0]["source"]["to"] == [{"address": credentials.GORGIAS_MAILBOX}]
    assert [request.operation for request in sandbox.requests("gorgias")] == ["setup"]


async def test_a_named_mailbox_needs_no_look_up() -> None:
    desk = gorgias_that(never)
    await desk.prepare()
    assert json.loads(desk.render(a_ticket()))["messages"][0]["source"]["to"] == [{"address": "support@shop.example"}]


async def test_an_account_without_a_mailbox_says_so() -> None:
    desk = Gorgias(
        GorgiasConfig.parse(TABLES["gorgias"]),
        httpx.AsyncClient(transport=httpx.MockTransport(lambda _: a_page({"id": 1, "type": "http"}))),
    )
    with pytest.raises(AccountRefused, match="mailbox"):
        await desk.prepare()
    with pytest.raises(RuntimeError):
        desk.render(a_ticket())


async def test_a_ticket_is_one_message_of_the_shopper_and_one_note() -> None:
    body = json.loads(gorgias_that(never).render(a_ticket()))
    asked, note = body["messages"]
    assert (asked["from_agent"], asked["public"], asked["channel"]) == (False, True, "email")
    assert asked["sent_datetime"] == "2026-11-22T12:01:00Z"
    assert asked["sender"] == {"email": "ada@example.com", "name": "Ada Byron"}
    assert "Where is my order 1001?" in asked["body_text"]
    assert "typed by the shopper, not verified" in asked["body_text"]
    assert "01HKLAVIYOPROFILE" not in asked["body_text"] + asked["body_html"]
    assert (note["from_agent"], note["public"], note["channel"]) == (True, False, "internal-note")
    assert note["sender"] == {"email": credentials.GORGIAS_EMAIL}
    assert body["tags"] == [{"name": "warmline"}, {"name": "reason-no-answer"}]
    assert body["external_id"] == KEY


async def test_without_auto_reply_the_message_takes_the_quiet_channel() -> None:
    desk = gorgias_that(never, auto_reply=False, mailbox="")
    await desk.prepare()
    body = json.loads(desk.render(a_ticket()))
    assert body["channel"] == body["messages"][0]["channel"] == body["messages"][0]["source"]["type"] == "api"
    assert "to" not in body["messages"][0]["source"]


async def test_a_customer_that_exists_already_is_named_by_id() -> None:
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            assert request.url.params["email"] == "ada@example.com"
            return a_page({"id": 77, "email": "ada@example.com"})
        sent.append(json.loads(request.content))
        if len(sent) == 1:
            return httpx.Response(409, json={"error": {"msg": "The e-mail is used by another customer"}})
        return httpx.Response(201, json={"id": 7002, "status": "open", "external_id": KEY})

    assert (await make(gorgias_that(answer))).id == "7002"
    assert sent[1]["customer"] == sent[1]["messages"][0]["sender"] == {"id": 77}
    assert sent[1]["messages"][1] == sent[0]["messages"][1]
    assert {**sent[1], "customer": 0, "messages": 0} == {**sent[0], "customer": 0, "messages": 0}


async def test_a_conflict_that_stays_is_a_refusal_with_its_words() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        conflict = httpx.Response(409, json={"error": {"msg": "The e-mail is used by another customer"}})
        return a_page() if request.method == "GET" else conflict

    with pytest.raises(TicketRefused, match="used by another customer"):
        await make(gorgias_that(answer))


async def test_a_trashed_ticket_was_made_all_the_same() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        trashed = {"id": 9, "status": "closed", "external_id": KEY, "trashed_datetime": "2026-11-22T13:00:00Z"}
        return a_page(trashed) if "trashed" in request.url.params else a_page()

    found = await gorgias_that(answer).find(KEY)
    assert found is not None
    assert found.id == "9"


async def test_a_living_ticket_goes_before_an_older_trashed_one() -> None:
    trashed = {"id": 1, "status": "open", "external_id": KEY, "trashed_datetime": "2026-11-22T13:00:00Z"}
    living = {"id": 2, "status": "open", "external_id": KEY, "trashed_datetime": None}
    found = await gorgias_that(lambda _: a_page(trashed, living)).find(KEY)
    assert found is not None
    assert found.id == "2"


async def test_a_look_up_that_ignores_the_key_is_not_believed() -> None:
    with pytest.raises(Unclear):
        await gorgias_that(lambda _: a_page({"id": 1, "status": "open", "external_id": "other"})).find(KEY)


async def test_a_refusal_names_the_fields() -> None:
    said = {"error": {"msg": "Failed to create ticket", "data": {"channel": ["Missing data for required field."]}}}
    with pytest.raises(TicketRefused, match=r"Failed to create ticket .*channel.*Missing data"):
        await make(gorgias_that(lambda _: httpx.Response(400, json=said)))


@pytest.mark.parametrize(
    ("integrations", "expected"),
    [
        ([], None),
        ([{"id": 1, "type": "http", "meta": {"address": "x@shop.example"}}], None),
        ([{"id": 2, "type": "email", "meta": {"address": "b@shop.example"}},
          {"id": 1, "type": "gmail", "meta": {"address": "a@shop.example"}}], "a@shop.example"),
        ([{"id": 1, "type": "email", "meta": {"address": "a@shop.example"}},
          {"id": 2, "type": "email", "meta": {"address": "b@shop.example", "preferred": True}}], "b@shop.example"),
        ([{"id": 1, "type": "email", "meta": {"address": "a@shop.example"}, "deactivated_datetime": "2026-01-01"},
          {"id": 2, "type": "outlook", "address": "b@shop.example"}], "b@shop.example"),
        ([{"id": 1, "type": "email", "meta": {"address": "not an address"}},
          {"id": 2, "type": "email", "meta": None}], None),
    ],
)  # fmt: skip
def test_which_mailbox_is_the_first(integrations: list[dict[str, Any]], expected: str | None) -> None:
    assert first_mailbox(integrations) == expected


@pytest.mark.parametrize("role", ["observer-agent", "lite-agent"])
async def test_a_reader_may_not_create(sandbox: Sandbox, role: str) -> None:
    sandbox.add_credential("gorgias", "reader@demo-shop.example", "key-not-real", role)
    table = {"account": "acme", "email": "reader@demo-shop.example", "api_key": "key-not-real"}
    async with httpx.AsyncClient() as http:
        checked = await Gorgias(GorgiasConfig.parse(table), http, sandbox.url("gorgias")).check()
    assert [step.ok for step in checked.steps] == [True, True, False, None, None]
