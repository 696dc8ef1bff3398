import json
import time

import httpx
import pytest

from tests.sandbox.calls import OAUTH, ZENDESK_AUTH, ZENDESK_TICKETS, zendesk_ticket
from warmline.sandbox import Sandbox
from warmline.sandbox import credentials as demo

ME = "/zendesk/api/v2/users/me"
TOKENS = "/zendesk/oauth/tokens"


def create(http: httpx.Client, **changes: object) -> httpx.Response:
    return http.post(ZENDESK_TICKETS, json={"ticket": zendesk_ticket()["ticket"] | changes}, auth=ZENDESK_AUTH)


def put(http: httpx.Client, id: int, **ticket: object) -> httpx.Response:
    return http.put(f"{ZENDESK_TICKETS}/{id}", json={"ticket": ticket}, auth=ZENDESK_AUTH)


def bearer(http: httpx.Client, **changes: str) -> dict[str, str]:
    token = http.post(TOKENS, data=OAUTH | changes).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def test_a_ticket_is_kept_with_all_it_came_with(sandbox: Sandbox, http: httpx.Client) -> None:
    answer = create(http)
    assert answer.status_code == 201
    assert answer.headers["location"] == answer.json()["ticket"]["url"]
    assert answer.json()["audit"]["metadata"]["custom"] == {"conversation_id": "cnv_01"}
    [ticket] = sandbox.tickets("zendesk")
    assert (ticket.email, ticket.name, ticket.status) == ("ada@example.com", "Ada Byron", "new")
    assert ticket.tags == ["warmline", "reason_no_answer"]
    assert ticket.messages[0].text == "10:02 UTC Ada: Where is my order?"
    assert not ticket.messages[0].mailed
    assert ticket.sent == zendesk_ticket()
    assert http.get(ticket.url).status_code == 200


def test_the_same_key_and_body_make_one_ticket(sandbox: Sandbox, http: httpx.Client) -> None:
    headers = {"Idempotency-Key": "warmline-cnv_01-1"}
    one, two = (http.post(ZENDESK_TICKETS, json=zendesk_ticket(), headers=headers, auth=ZENDESK_AUTH) for _ in "12")
    assert (one.headers["x-idempotency-lookup"], two.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert one.content == two.content
    assert sandbox.count_by_external_id("zendesk") == {"warmline-cnv_01-1": 1}


def test_the_same_key_with_another_body_is_refused(sandbox: Sandbox, http: httpx.Client) -> None:
    headers = {"Idempotency-Key": "k"}
    http.post(ZENDESK_TICKETS, json=zendesk_ticket(), headers=headers, auth=ZENDESK_AUTH)
    other = http.post(ZENDESK_TICKETS, json=zendesk_ticket(subject="other"), headers=headers, auth=ZENDESK_AUTH)
    assert (other.status_code, other.json()["error"]) == (400, "IdempotentRequestError")
    assert len(sandbox.tickets("zendesk")) == 1


def test_a_forgotten_key_makes_a_second_ticket(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.configure("zendesk", idempotency_life=0.05)
    for _ in range(2):
        http.post(ZENDESK_TICKETS, json=zendesk_ticket(), headers={"Idempotency-Key": "k"}, auth=ZENDESK_AUTH)
        time.sleep(0.1)
    assert sandbox.count_by_external_id("zendesk") == {"warmline-cnv_01-1": 2}


def test_a_refused_ticket_does_not_use_up_its_key(http: httpx.Client) -> None:
    headers = {"Idempotency-Key": "k"}
    bad = http.post(ZENDESK_TICKETS, json=zendesk_ticket(subject=" "), headers=headers, auth=ZENDESK_AUTH)
    good = http.post(ZENDESK_TICKETS, json=zendesk_ticket(), headers=headers, auth=ZENDESK_AUTH)
    assert (bad.status_code, good.status_code) == (422, 201)


def test_the_search_learns_of_a_ticket_after_the_index_delay(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.configure("zendesk", index_delay=0.2)
    id = create(http).json()["ticket"]["id"]
    query = {"external_id": "warmline-cnv_01-1"}
    assert http.get(ZENDESK_TICKETS, params=query, auth=ZENDESK_AUTH).json()["tickets"] == []
    assert http.get(f"{ZENDESK_TICKETS}/{id}", auth=ZENDESK_AUTH).status_code == 200
    time.sleep(0.25)
    found = http.get(ZENDESK_TICKETS, params=query, auth=ZENDESK_AUTH).json()["tickets"]
    assert [ticket["id"] for ticket in found] == [id]
    assert http.get(ZENDESK_TICKETS, params={"external_id": "x"}, auth=ZENDESK_AUTH).json()["tickets"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": "  "}, "subject"),
        ({"comment": {"body": " ", "public": False}}, "comment"),
        ({"comment": {"public": False}}, "comment"),
        ({"comment": {"body": "a", "html_body": "<p>a</p>"}}, "comment"),
        ({"comment": {"body": "x" * 65_536}}, "comment"),
        ({"requester": {"name": "Ada", "email": "ada@"}}, "requester"),
        ({"requester": {"name": "", "email": "ada@example.com"}}, "requester"),
        ({"requester_id": 5}, "requester"),
    ],
)
def test_a_bad_value_is_422_and_names_the_field(
    sandbox: Sandbox, http: httpx.Client, change: dict[str, object], field: str
) -> None:
    answer = create(http, **change)
    assert answer.status_code == 422
    assert answer.json()["error"] == "RecordInvalid"
    assert list(answer.json()["details"]) == [field]
    assert sandbox.tickets("zendesk") == []


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"tickets":{}}',
        json.dumps(zendesk_ticket(tags=[1])).encode(),
        json.dumps(zendesk_ticket(priority="asap")).encode(),
        json.dumps(zendesk_ticket(comment="hello")).encode(),
        json.dumps(zendesk_ticket(custom_fields=[{"value": "x"}])).encode(),
        json.dumps(zendesk_ticket(external_id="x" * 256)).encode(),
        json.dumps(zendesk_ticket(comment={"body": "x", "public": "no"})).encode(),
    ],
)
def test_a_broken_shape_is_400(sandbox: Sandbox, http: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert http.post(ZENDESK_TICKETS, content=body, headers=headers, auth=ZENDESK_AUTH).status_code == 400
    assert sandbox.tickets("zendesk") == []


def test_an_update_adds_a_comment_and_tags(sandbox: Sandbox, http: httpx.Client) -> None:
    id = create(http).json()["ticket"]["id"]
    comment = {"body": "One more thing", "public": False}
    answer = put(http, id, comment=comment, additional_tags=["late"], remove_tags=["warmline"], status="open")
    assert answer.status_code == 200
    [ticket] = sandbox.tickets("zendesk")
    assert [message.text for message in ticket.messages][1:] == ["One more thing"]
    assert (ticket.tags, ticket.status) == (["reason_no_answer", "late"], "open")
    put(http, id, tags=["only"])
    assert sandbox.tickets("zendesk")[0].tags == ["only"]
    comments = http.get(f"{ZENDESK_TICKETS}/{id}/comments", auth=ZENDESK_AUTH).json()["comments"]
    assert [item["public"] for item in comments] == [False, False]


def test_a_comment_without_public_inherits_from_the_first(sandbox: Sandbox, http: httpx.Client) -> None:
    for first in (True, False):
        id = create(http, comment={"body": "first", "public": first}).json()["ticket"]["id"]
        put(http, id, comment={"body": "second"})
    assert [[message.public for message in ticket.messages] for ticket in sandbox.tickets("zendesk")] == [
        [True, True],
        [False, False],
    ]


def test_a_public_first_comment_would_be_mailed(sandbox: Sandbox, http: httpx.Client) -> None:
    create(http, comment={"body": "hello", "public": True})
    assert sandbox.tickets("zendesk")[0].messages[0].mailed


def test_a_closed_ticket_cannot_change(sandbox: Sandbox, http: httpx.Client) -> None:
    id = create(http).json()["ticket"]["id"]
    sandbox.set_status("zendesk", id, "closed")
    assert put(http, id, comment={"body": "late"}).status_code == 422
    with pytest.raises(ValueError, match="closed"):
        sandbox.reply("zendesk", id, "late")
    assert len(sandbox.tickets("zendesk")[0].messages) == 1


def test_people_reply_and_solve(sandbox: Sandbox, http: httpx.Client) -> None:
    id = create(http).json()["ticket"]["id"]
    sandbox.reply("zendesk", id, "Your parcel is on its way")
    sandbox.reply("zendesk", id, "Thanks!", as_customer=True)
    sandbox.solve("zendesk", id)
    [ticket] = sandbox.tickets("zendesk")
    assert [(m.from_agent, m.mailed) for m in ticket.messages[1:]] == [(True, True), (False, False)]
    assert http.get(f"{ZENDESK_TICKETS}/{id}", auth=ZENDESK_AUTH).json()["ticket"]["status"] == "solved"


def test_client_credentials_give_a_token_that_works_and_ends(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.configure("zendesk", token_life=0.15)
    headers = bearer(http)
    assert http.get(ME, headers=headers).json()["user"]["role"] == "admin"
    assert http.post(ZENDESK_TICKETS, json=zendesk_ticket(), headers=headers).status_code == 201
    time.sleep(0.2)
    assert http.post(ZENDESK_TICKETS, json=zendesk_ticket(), headers=headers).status_code == 401


def test_a_json_token_request_works_too(http: httpx.Client) -> None:
    assert http.post(TOKENS, json=OAUTH).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": demo.ZENDESK_EMAIL, "client_secret": demo.ZENDESK_API_TOKEN}, 401, "invalid_client"),
        ({"scope": "tickets:read admin"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_bad_token_request_is_refused(
    sandbox: Sandbox, http: httpx.Client, change: dict[str, str], status: int, error: str
) -> None:
    sandbox.configure("zendesk", allowed_scopes=OAUTH["scope"].split())
    answer = http.post(TOKENS, data=OAUTH | change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_token_does_only_what_its_scopes_say(http: httpx.Client) -> None:
    headers = bearer(http, scope="tickets:read")
    assert http.get(ZENDESK_TICKETS, headers=headers).status_code == 200
    assert http.post(ZENDESK_TICKETS, json=zendesk_ticket(), headers=headers).status_code == 403


def test_revoked_tokens_are_401_and_can_be_renewed(sandbox: Sandbox, http: httpx.Client) -> None:
    headers = bearer(http)
    sandbox.revoke_tokens()
    assert http.get(ZENDESK_TICKETS, headers=headers).status_code == 401
    assert http.get(ZENDESK_TICKETS, headers=bearer(http)).status_code == 200


def test_a_revoked_client_loses_its_tokens_and_gets_no_new_ones(sandbox: Sandbox, http: httpx.Client) -> None:
    headers = bearer(http)
    sandbox.revoke_credential("zendesk", demo.ZENDESK_CLIENT_ID)
    assert http.get(ZENDESK_TICKETS, headers=headers).status_code == 401
    assert http.post(TOKENS, data=OAUTH).status_code == 401


def test_a_broken_login_is_politely_nobody(sandbox: Sandbox, http: httpx.Client) -> None:
    user = http.get(ME, auth=(f"{demo.ZENDESK_EMAIL}/token", "wrong")).json()["user"]
    assert (user["id"], user["role"]) == (None, "end-user")
    assert http.get(ZENDESK_TICKETS, auth=(demo.ZENDESK_EMAIL, demo.ZENDESK_API_TOKEN)).status_code == 401
    sandbox.configure("zendesk", anonymous_check=False)
    assert http.get(ME).status_code == 401


def test_an_end_user_may_not_write(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_credential("zendesk", "shopper@example.com", "some-token-of-theirs", role="end-user")
    auth = ("shopper@example.com/token", "some-token-of-theirs")
    assert http.get(ME, auth=auth).json()["user"]["role"] == "end-user"
    assert http.post(ZENDESK_TICKETS, json=zendesk_ticket(), auth=auth).status_code == 403


def test_the_shopper_can_be_made_first_and_be_the_author(sandbox: Sandbox, http: httpx.Client) -> None:
    path, given = "/zendesk/api/v2/users/create_or_update", {"user": {"name": "Ada", "email": "ada@example.com"}}
    first, again = (http.post(path, json=given, auth=ZENDESK_AUTH) for _ in "12")
    assert (first.status_code, again.status_code) == (201, 200)
    id = first.json()["user"]["id"]
    assert again.json()["user"]["id"] == id
    create(http, requester_id=id, submitter_id=id)
    assert sandbox.tickets("zendesk")[0].messages[0].author == "ada@example.com"


def test_webhooks_are_kept_with_a_secret(http: httpx.Client) -> None:
    path = "/zendesk/api/v2/webhooks"
    given = {
        "name": "Warmline", "status": "active", "endpoint": "https://w.example/x", "http_method": "POST",
        "request_format": "json", "subscriptions": ["zen:event-type:ticket.comment_added"],
    }  # fmt: skip
    id = http.post(path, json={"webhook": given}, auth=ZENDESK_AUTH).json()["webhook"]["id"]
    assert [hook["id"] for hook in http.get(path, auth=ZENDESK_AUTH).json()["webhooks"]] == [id]
    secret = http.get(f"{path}/{id}/signing_secret", auth=ZENDESK_AUTH).json()["signing_secret"]["secret"]
    assert len(secret) >= 32
    assert http.delete(f"{path}/{id}", auth=ZENDESK_AUTH).status_code == 204
    assert http.get(f"{path}/{id}", auth=ZENDESK_AUTH).status_code == 404
