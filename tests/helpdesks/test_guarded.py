"""The adapters through the real way out, and the validator that the other tests trust."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.fixtures.slices import a_slice
from tests.fixtures.tickets import a_ticket
from tests.helpdesks.conftest import TABLES
from warmline.errors import Unclear
from warmline.helpdesks import registry
from warmline.outbound import Origin, guarded_client
from warmline.sandbox import Sandbox


@pytest.mark.parametrize("name", sorted(TABLES))
async def test_a_ticket_goes_out_through_the_guard(sandbox: Sandbox, name: str) -> None:
    account = registry.load().account(name, TABLES[name])
    async with guarded_client(allow=[Origin.of(sandbox.url())]) as http:
        helpdesk = account.connect(http, sandbox.url(name))
        await helpdesk.prepare()
        ref = await helpdesk.create("warmline-cnv_01-1", helpdesk.render(a_ticket()))
    assert [str(seen.id) for seen in sandbox.tickets(name)] == [ref.id]


@pytest.mark.parametrize("name", sorted(TABLES))
async def test_an_address_that_the_guard_refuses_made_nothing(sandbox: Sandbox, name: str) -> None:
    account = registry.load().account(name, TABLES[name])
    async with guarded_client() as http:
        helpdesk = account.connect(http, sandbox.url(name))
        with pytest.raises(Unclear) as caught:
            await helpdesk.create("key", b"{}")
        assert caught.value.made_nothing
        assert (await helpdesk.check()).unclear
    assert sandbox.requests(name) == []


def a_request(**ticket: object) -> httpx.Request:
    body = {"ticket": {"comment": {"html_body": "x", "public": False}, **ticket}}
    return httpx.Request("POST", "https://acme.zendesk.com/api/v2/tickets", json=body)


def test_the_validator_passes_what_the_slice_knows() -> None:
    a_slice("zendesk").check_request(a_request(subject="x", metadata={"any": {"thing": 1}}))


@pytest.mark.parametrize(
    "wrong",
    [{"subjekt": "x"}, {"created_at": "2026-11-22T10:00:00Z"}, {"subject": 5}, {"priority": "huge"},
     {"requester": {"mail": "a@b.example"}}, {"custom_fields": [{"id": 1, "values": "x"}]},
     {"comment": {"html": "x"}}],
)  # fmt: skip
def test_the_validator_fails_on_a_slip(wrong: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match=r"slice|know"):
        a_slice("zendesk").check_request(a_request(**wrong))


def test_the_validator_knows_its_paths_and_parameters() -> None:
    zendesk = a_slice("zendesk")
    for url in ("https://x/api/v2/tickets/1/nothing", "https://x/api/v2/tickets?externalid=1"):
        with pytest.raises(AssertionError):
            zendesk.check_request(httpx.Request("GET", url))
    with pytest.raises(AssertionError, match="body"):
        zendesk.check_request(httpx.Request("GET", "https://x/api/v2/users/me", content=json.dumps({})))
