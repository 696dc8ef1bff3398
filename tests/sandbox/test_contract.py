"""Whatever the sandbox answers, the vendor's own description must allow."""

from collections.abc import Callable

import httpx
import pytest

from tests.sandbox import slices
from tests.sandbox.calls import (
    GORGIAS_AUTH,
    KLAVIYO_HEADERS,
    OAUTH,
    ZENDESK_AUTH,
    gorgias_message,
    gorgias_note,
    gorgias_ticket,
    klaviyo_event,
    zendesk_ticket,
)
from warmline.sandbox import Sandbox

pytestmark = [
    pytest.mark.skipif(
        not slices.FOLDER.is_dir(),
        reason=f"the OpenAPI slices are not at {slices.FOLDER}; set WARMLINE_SHARED to the folder that holds them",
    ),
    pytest.mark.xdist_group("slices"),  # reading them takes a second: once is enough
]

Call = Callable[..., httpx.Response]


@pytest.fixture
def zendesk(http: httpx.Client) -> Call:
    def call(method: str, template: str, *, expect: int, id: object = "", **how: object) -> httpx.Response:
        path = "/zendesk" + template.replace("{ticket_id}", str(id)).replace("{webhook_id}", str(id))
        answer = http.request(method, path, **{"auth": ZENDESK_AUTH, **how})  # type: ignore[arg-type]
        assert answer.status_code == expect, answer.text
        slices.check("zendesk", template, answer)
        return answer

    return call


@pytest.fixture
def gorgias(http: httpx.Client) -> Call:
    def call(method: str, template: str, *, expect: int, id: object = "", **how: object) -> httpx.Response:
        path = "/gorgias" + template.replace("{ticket_id}", str(id)).replace("{id}", str(id))
        answer = http.request(method, path, **{"auth": GORGIAS_AUTH, **how})  # type: ignore[arg-type]
        assert answer.status_code == expect, answer.text
        slices.check("gorgias", template, answer)
        return answer

    return call


@pytest.fixture
def klaviyo(http: httpx.Client) -> Call:
    def call(method: str, template: str, *, expect: int, **how: object) -> httpx.Response:
        path = "/klaviyo" + template
        answer = http.request(method, path, **{"headers": KLAVIYO_HEADERS, **how})  # type: ignore[arg-type]
        assert answer.status_code == expect, answer.text
        slices.check("klaviyo", template, answer)
        return answer

    return call


TICKETS, TICKET, COMMENTS = "/api/v2/tickets", "/api/v2/tickets/{ticket_id}", "/api/v2/tickets/{ticket_id}/comments"
WEBHOOKS, SECRET = "/api/v2/webhooks", "/api/v2/webhooks/{webhook_id}/signing_secret"


def test_zendesk_tickets(sandbox: Sandbox, zendesk: Call) -> None:
    id = zendesk("POST", TICKETS, expect=201, json=zendesk_ticket()).json()["ticket"]["id"]
    zendesk("GET", TICKETS, expect=200, params={"external_id": "warmline-cnv_01-1"})
    zendesk("GET", TICKET, expect=200, id=id)
    update = {"ticket": {"comment": {"body": "more", "public": False}, "status": "open", "priority": None}}
    zendesk("PUT", TICKET, expect=200, id=id, json=update)
    zendesk("GET", COMMENTS, expect=200, id=id)
    sandbox.set_status("zendesk", id, "closed")
    zendesk("PUT", TICKET, expect=422, id=id, json=update)


def test_zendesk_refusals(sandbox: Sandbox, zendesk: Call) -> None:
    zendesk("POST", TICKETS, expect=422, json=zendesk_ticket(subject=""))
    zendesk("POST", TICKETS, expect=400, json=zendesk_ticket(tags=[1]))
    zendesk("GET", TICKET, expect=404, id=1)
    zendesk("GET", TICKETS, expect=401, auth=("a", "b"))
    sandbox.add_fault("zendesk", "rate_limited", times=1)
    zendesk("GET", TICKETS, expect=429)
    sandbox.add_fault("zendesk", "error_before", times=1)
    zendesk("POST", TICKETS, expect=503, json=zendesk_ticket())
    headers = {"Idempotency-Key": "k"}
    zendesk("POST", TICKETS, expect=201, json=zendesk_ticket(), headers=headers)
    zendesk("POST", TICKETS, expect=400, json=zendesk_ticket("other"), headers=headers)


def test_zendesk_account(zendesk: Call) -> None:
    """The polite nobody of a broken login (id null) is left out: FACTS.md knows of it, the slice does not."""
    zendesk("GET", "/api/v2/users/me", expect=200)
    user = {"user": {"name": "Ada", "email": "ada@example.com"}}
    zendesk("POST", "/api/v2/users/create_or_update", expect=201, json=user)
    zendesk("POST", "/api/v2/users/create_or_update", expect=200, json=user)
    zendesk("POST", "/api/v2/users/create_or_update", expect=422, json={"user": {"name": "Ada"}})
    zendesk("GET", "/api/v2/ticket_fields", expect=200)
    zendesk("GET", "/api/v2/groups", expect=200)
    zendesk("POST", "/oauth/tokens", expect=200, data=OAUTH)
    zendesk("POST", "/oauth/tokens", expect=400, data=OAUTH | {"scope": ""})
    zendesk("POST", "/oauth/tokens", expect=401, data=OAUTH | {"client_secret": "x"})


def test_zendesk_webhooks(zendesk: Call) -> None:
    webhook = {"name": "W", "status": "active", "endpoint": "https://w.example/x", "http_method": "POST"}
    body = {"webhook": webhook | {"request_format": "json", "subscriptions": ["zen:event-type:ticket.comment_added"]}}
    id = zendesk("POST", WEBHOOKS, expect=201, json=body).json()["webhook"]["id"]
    zendesk("POST", WEBHOOKS, expect=400, json={"webhook": webhook})
    zendesk("GET", WEBHOOKS, expect=200)
    zendesk("GET", SECRET, expect=200, id=id)


def test_gorgias_tickets(gorgias: Call) -> None:
    id = gorgias("POST", "/api/tickets", expect=201, json=gorgias_ticket()).json()["id"]
    gorgias("GET", "/api/tickets", expect=200, params={"external_id": "warmline-cnv_01-1"})
    gorgias("GET", "/api/tickets/{id}", expect=200, id=id)
    gorgias("POST", "/api/tickets/{ticket_id}/messages", expect=201, id=id, json=gorgias_note())
    gorgias("POST", "/api/tickets/{ticket_id}/messages", expect=201, id=id, json=gorgias_message(sender=None))
    gorgias("GET", "/api/messages", expect=200, params={"ticket_id": id})
    gorgias("POST", "/api/tickets/{ticket_id}/tags", expect=201, id=id, json={"names": ["late"]})
    gorgias("PUT", "/api/tickets/{id}", expect=202, id=id, json={"status": "closed"})


def test_gorgias_refusals(sandbox: Sandbox, gorgias: Call) -> None:
    gorgias("POST", "/api/tickets", expect=400, json={"via": "api"})
    gorgias("GET", "/api/tickets/{id}", expect=404, id=1)
    gorgias("GET", "/api/tickets", expect=401, auth=("a", "b"))
    sandbox.add_fault("gorgias", "rate_limited", times=1)
    gorgias("GET", "/api/tickets", expect=429)
    gorgias("POST", "/api/customers", expect=201, json={"email": "bob@example.com", "name": "Bob"})
    gorgias("POST", "/api/customers", expect=409, json={"email": "bob@example.com", "name": "Bob"})


def test_gorgias_account(gorgias: Call) -> None:
    gorgias("GET", "/api/account", expect=200)
    gorgias("GET", "/api/users/{id}", expect=200, id=0)
    gorgias("GET", "/api/users", expect=200)
    gorgias("GET", "/api/customers", expect=200)
    http = {"url": "https://w.example/x", "method": "POST", "hmac_secret": "not for reading"}
    http |= {"request_content_type": "application/json", "response_content_type": "application/json"}
    made = gorgias("POST", "/api/integrations", expect=201, json={"name": "W", "type": "http", "http": http})
    assert "not for reading" not in made.text
    gorgias("GET", "/api/integrations", expect=200)


def test_klaviyo(sandbox: Sandbox, klaviyo: Call) -> None:
    klaviyo("GET", "/api/accounts", expect=200)
    klaviyo("GET", "/api/profiles", expect=200)
    klaviyo("GET", "/api/profiles", expect=200, params={"filter": 'equals(email,"ada@example.com")'})
    klaviyo("GET", "/api/profiles", expect=400, params={"filter": "x"})
    klaviyo("GET", "/api/profiles", expect=401, headers={"revision": "2026-07-15"})
    klaviyo("GET", "/api/profiles", expect=422, headers=KLAVIYO_HEADERS | {"revision": ""})
    klaviyo("POST", "/api/events", expect=202, json=klaviyo_event())
    klaviyo("POST", "/api/events", expect=400, json={"data": {"type": "event"}})
    sandbox.add_fault("klaviyo", "rate_limited", times=1)
    klaviyo("GET", "/api/accounts", expect=429)
    sandbox.add_fault("klaviyo", "error_before", times=1)
    klaviyo("GET", "/api/accounts", expect=503)


def test_this_check_can_fail(zendesk: Call, http: httpx.Client) -> None:
    """A wrong type and an unknown status are both seen: otherwise the tests above would prove nothing."""
    answer = zendesk("POST", TICKETS, expect=201, json=zendesk_ticket())
    wrong = answer.json()
    wrong["ticket"]["tags"] = 5
    for status, body in ((201, wrong), (418, answer.json())):
        with pytest.raises(Exception, match=r"is not valid|never answers"):
            slices.check("zendesk", TICKETS, httpx.Response(status, json=body, request=answer.request))
