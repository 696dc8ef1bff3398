import httpx
import pytest

from tests.sandbox.calls import KLAVIYO_HEADERS, klaviyo_event
from warmline.sandbox import Sandbox
from warmline.sandbox import credentials as demo

PROFILES = "/klaviyo/api/profiles"
EVENTS = "/klaviyo/api/events"


def by_email(http: httpx.Client, email: str) -> list[dict[str, object]]:
    query = {"filter": f'equals(email,"{email}")', "fields[profile]": "email"}
    answer = http.get(PROFILES, params=query, headers=KLAVIYO_HEADERS)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["data"]
    return found


def test_a_profile_is_found_by_e_mail_in_any_case(sandbox: Sandbox, http: httpx.Client) -> None:
    [found] = by_email(http, "ADA@example.com")
    assert found["id"] == demo.ADA_PROFILE_ID
    assert found["attributes"] == {"email": "ada@example.com"}
    assert by_email(http, "bob@example.com") == []
    id = sandbox.add_profile("bob@example.com", first_name="Bob")
    assert [profile["id"] for profile in by_email(http, "bob@example.com")] == [id]
    sandbox.remove_profile("bob@example.com")
    assert by_email(http, "bob@example.com") == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"revision": ""}, 422),
        ({"Authorization": "Klaviyo-API-Key wrong"}, 401),
        ({"Authorization": f"Bearer {demo.KLAVIYO_API_KEY}"}, 401),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_headers_are_looked_at(http: httpx.Client, headers: dict[str, str], status: int) -> None:
    answer = http.post(EVENTS, json=klaviyo_event(), headers=KLAVIYO_HEADERS | headers)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["detail"]


def test_a_revoked_key_is_401(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.revoke_credential("klaviyo", demo.KLAVIYO_USER)
    assert http.get("/klaviyo/api/accounts", headers=KLAVIYO_HEADERS).status_code == 401
    sandbox.add_credential("klaviyo", "other", "pk_another_key")
    headers = KLAVIYO_HEADERS | {"Authorization": "Klaviyo-API-Key pk_another_key"}
    assert http.get("/klaviyo/api/accounts", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "filter", ["email=ada@example.com", "equals(email,ada@example.com)", 'equals(age,"5")', 'equals(email,"a")']
)
def test_a_filter_klaviyo_does_not_know_is_400(http: httpx.Client, filter: str) -> None:
    answer = http.get(PROFILES, params={"filter": filter}, headers=KLAVIYO_HEADERS)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"parameter": "filter"}


def test_an_event_counts_once_and_makes_its_profile(sandbox: Sandbox, http: httpx.Client) -> None:
    for _ in range(2):
        answer = http.post(EVENTS, json=klaviyo_event(email="new@example.com"), headers=KLAVIYO_HEADERS)
        assert (answer.status_code, answer.content) == (202, b"")
    http.post(EVENTS, json=klaviyo_event("another", "new@example.com"), headers=KLAVIYO_HEADERS)
    assert [event["unique_id"] for event in sandbox.events()] == ["warmline-cnv_01-1-routed", "another"]
    assert len(by_email(http, "new@example.com")) == 1


@pytest.mark.parametrize("missing", ["metric", "profile", "properties"])
def test_an_event_without_a_required_part_is_400(sandbox: Sandbox, http: httpx.Client, missing: str) -> None:
    event = klaviyo_event()
    del event["data"]["attributes"][missing]
    answer = http.post(EVENTS, json=event, headers=KLAVIYO_HEADERS)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/{missing}"
    assert sandbox.events() == []


def test_an_event_must_say_whose_it_is(http: httpx.Client) -> None:
    event = klaviyo_event()
    event["data"]["attributes"]["profile"]["data"]["attributes"] = {"first_name": "Ada"}
    assert http.post(EVENTS, json=event, headers=KLAVIYO_HEADERS).status_code == 400
