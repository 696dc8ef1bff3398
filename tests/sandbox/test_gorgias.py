import time

import httpx
import pytest

from tests.sandbox.calls import GORGIAS_AUTH, GORGIAS_TICKETS, gorgias_message, gorgias_note, gorgias_ticket
from warmline.sandbox import Sandbox
from warmline.sandbox import credentials as demo


def create(http: httpx.Client, external_id: str = "warmline-cnv_01-1", **changes: object) -> httpx.Response:
    return http.post(GORGIAS_TICKETS, json=gorgias_ticket(external_id, **changes), auth=GORGIAS_AUTH)


def test_a_ticket_is_kept_with_its_messages(sandbox: Sandbox, http: httpx.Client) -> None:
    assert create(http).status_code == 201
    [ticket] = sandbox.tickets("gorgias")
    assert (ticket.email, ticket.name, ticket.status, ticket.tags) == (
        "ada@example.com", "Ada Byron", "open", ["warmline"],
    )  # fmt: skip
    assert [(message.text, message.public, message.from_agent) for message in ticket.messages] == [
        ("Where is my order?", True, False),
        ("The transcript", False, True),
    ]
    assert ticket.sent == gorgias_ticket()
    assert http.get(ticket.url).status_code == 200


def test_there_is_no_idempotency_key(sandbox: Sandbox, http: httpx.Client) -> None:
    for _ in range(2):
        http.post(GORGIAS_TICKETS, json=gorgias_ticket(), headers={"Idempotency-Key": "k"}, auth=GORGIAS_AUTH)
    assert sandbox.count_by_external_id("gorgias") == {"warmline-cnv_01-1": 2}


@pytest.mark.parametrize(
    ("message", "mailed"),
    [
        ({"from_agent": True}, True),
        ({"from_agent": True, "sent_datetime": "2026-11-22T10:02:00Z"}, False),
        ({"from_agent": True, "public": False}, False),
        ({"from_agent": True, "channel": "internal-note"}, False),
        ({"from_agent": False}, False),
    ],
)
def test_an_outgoing_message_without_a_sent_time_is_mailed(
    sandbox: Sandbox, http: httpx.Client, message: dict[str, object], mailed: bool
) -> None:
    assert create(http, messages=[gorgias_message(sent_datetime=None) | message]).status_code == 201
    assert sandbox.tickets("gorgias")[0].messages[0].mailed is mailed


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"via": "pigeon"}, ["via"]),
        ({"messages": []}, ["messages"]),
        ({"messages": [{"via": "api", "from_agent": True}]}, ["messages", "0", "channel"]),
        ({"messages": [{"channel": "email", "from_agent": True}]}, ["messages", "0", "via"]),
        ({"messages": [{"channel": "email", "via": "api"}]}, ["messages", "0", "from_agent"]),
        ({"messages": [gorgias_message(), gorgias_message(body_text=5)]}, ["messages", "1", "body_text"]),
        ({"messages": [gorgias_message(sender={"email": "ada"})]}, ["messages", "0", "sender"]),
        ({"messages": [gorgias_message(sent_datetime="soon")]}, ["messages", "0", "sent_datetime"]),
        ({"customer": {"email": "nobody"}}, ["customer", "email"]),
        ({"status": "solved"}, ["status"]),
        ({"external_id": "x" * 256}, ["external_id"]),
        ({"tags": [{"title": "x"}]}, ["tags", "0", "name"]),
    ],
)
def test_a_bad_ticket_is_400_and_names_the_field(
    sandbox: Sandbox, http: httpx.Client, change: dict[str, object], path: list[str]
) -> None:
    answer = http.post(GORGIAS_TICKETS, json=gorgias_ticket() | change, auth=GORGIAS_AUTH)
    assert answer.status_code == 400
    assert answer.json()["error"]["msg"] == "Failed to create ticket"
    found = answer.json()["error"]["data"]
    for key in path:
        found = found[key]
    assert found
    assert sandbox.tickets("gorgias") == []


def test_a_required_key_may_not_be_left_out(http: httpx.Client) -> None:
    ticket = gorgias_ticket()
    del ticket["via"]
    answer = http.post(GORGIAS_TICKETS, json=ticket, auth=GORGIAS_AUTH)
    assert answer.json()["error"]["data"] == {"via": ["Missing data for required field."]}


def test_the_search_learns_of_a_ticket_after_the_index_delay(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.configure("gorgias", index_delay=0.2)
    id = create(http).json()["id"]
    query = {"external_id": "warmline-cnv_01-1"}
    assert http.get(GORGIAS_TICKETS, params=query, auth=GORGIAS_AUTH).json()["data"] == []
    time.sleep(0.25)
    assert [t["id"] for t in http.get(GORGIAS_TICKETS, params=query, auth=GORGIAS_AUTH).json()["data"]] == [id]


def test_messages_tags_and_status_are_added(sandbox: Sandbox, http: httpx.Client) -> None:
    path = f"{GORGIAS_TICKETS}/{create(http).json()['id']}"
    assert http.post(f"{path}/messages", json=gorgias_note("One more thing"), auth=GORGIAS_AUTH).status_code == 201
    assert http.post(f"{path}/tags", json={"names": ["late"]}, auth=GORGIAS_AUTH).status_code == 201
    assert sandbox.tickets("gorgias")[0].tags == ["warmline", "late"]
    closing = {"status": "closed", "tags": [{"name": "only"}]}
    assert http.put(path, json=closing, auth=GORGIAS_AUTH).json()["closed_datetime"]
    [ticket] = sandbox.tickets("gorgias")
    assert (ticket.status, ticket.tags, ticket.messages[-1].text) == ("closed", ["only"], "One more thing")


def test_messages_come_in_pages(http: httpx.Client) -> None:
    id = create(http, messages=[gorgias_note(str(n)) for n in range(5)]).json()["id"]
    create(http, "other")
    seen, cursor = [], "0"
    while cursor:
        query = {"ticket_id": id, "limit": 2, "cursor": cursor}
        page = http.get("/gorgias/api/messages", params=query, auth=GORGIAS_AUTH).json()
        seen += [message["stripped_text"] for message in page["data"]]
        cursor = page["meta"]["next_cursor"]
    assert seen == ["0", "1", "2", "3", "4"]


def test_an_address_belongs_to_one_customer(http: httpx.Client) -> None:
    path = "/gorgias/api/customers"
    assert http.get(path, params={"email": "bob@example.com"}, auth=GORGIAS_AUTH).json()["data"] == []
    one, two = (http.post(path, json={"email": "bob@example.com"}, auth=GORGIAS_AUTH) for _ in "12")
    assert (one.status_code, two.status_code) == (201, 409)
    found = http.get(path, params={"email": "BOB@example.com"}, auth=GORGIAS_AUTH).json()["data"]
    assert [person["id"] for person in found] == [one.json()["id"]]


def test_the_account_has_a_mailbox(http: httpx.Client) -> None:
    found = http.get("/gorgias/api/integrations", params={"type": "email"}, auth=GORGIAS_AUTH).json()["data"]
    assert found[0]["meta"]["address"] == demo.GORGIAS_MAILBOX
    assert http.get("/gorgias/api/users/0", auth=GORGIAS_AUTH).json()["email"] == demo.GORGIAS_EMAIL


def test_only_configured_keys_work(sandbox: Sandbox, http: httpx.Client) -> None:
    assert http.get(GORGIAS_TICKETS).status_code == 401
    assert http.get(GORGIAS_TICKETS, auth=(demo.GORGIAS_EMAIL, "wrong")).status_code == 401
    sandbox.add_credential("gorgias", "new@example.com", "a-second-key", role="observer-agent")
    assert http.get(GORGIAS_TICKETS, auth=("new@example.com", "a-second-key")).status_code == 200
    assert (
        http.post(GORGIAS_TICKETS, json=gorgias_ticket(), auth=("new@example.com", "a-second-key")).status_code == 403
    )
    sandbox.revoke_credential("gorgias", demo.GORGIAS_EMAIL)
    assert http.get(GORGIAS_TICKETS, auth=GORGIAS_AUTH).status_code == 401


def test_people_reply_and_close(sandbox: Sandbox, http: httpx.Client) -> None:
    id = create(http).json()["id"]
    sandbox.reply("gorgias", id, "Your parcel is on its way")
    sandbox.solve("gorgias", id)
    sandbox.reply("gorgias", id, "Only for us", public=False)
    [ticket] = sandbox.tickets("gorgias")
    assert ticket.status == "closed"
    assert [(m.public, m.mailed) for m in ticket.messages[2:]] == [(True, True), (False, False)]
    sandbox.reply("gorgias", id, "Wait", as_customer=True)
    assert sandbox.tickets("gorgias")[0].status == "open"
