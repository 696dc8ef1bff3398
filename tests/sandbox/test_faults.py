import time

import httpx
import pytest

from tests.sandbox.calls import (
    GORGIAS_AUTH,
    GORGIAS_TICKETS,
    KLAVIYO_HEADERS,
    OAUTH,
    ZENDESK_AUTH,
    ZENDESK_TICKETS,
    gorgias_ticket,
    zendesk_ticket,
)
from warmline.sandbox import PROFILES, Sandbox


def create(http: httpx.Client, timeout: float = 5) -> httpx.Response:
    return http.post(ZENDESK_TICKETS, json=zendesk_ticket(), auth=ZENDESK_AUTH, timeout=timeout)


@pytest.mark.parametrize(
    ("kind", "status", "made"),
    [
        ("error_before", 503, 0),
        ("error_after", 500, 1),
        ("refuse_account", 401, 0),
        ("refuse_ticket", 422, 0),
        ("rate_limited", 429, 0),
    ],
)
def test_a_failure_says_so_and_makes_what_it_should(
    sandbox: Sandbox, http: httpx.Client, kind: str, status: int, made: int
) -> None:
    sandbox.add_fault("zendesk", kind, times=1)
    answer = create(http)
    assert (answer.status_code, len(sandbox.tickets("zendesk"))) == (status, made)
    assert answer.json()["error"]
    assert create(http).status_code == 201


def test_the_status_and_the_wait_can_be_chosen(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_fault("gorgias", "error_before", status=502, times=1)
    sandbox.add_fault("gorgias", "rate_limited", retry_after=7, times=1)
    first, second = (http.post(GORGIAS_TICKETS, json=gorgias_ticket(), auth=GORGIAS_AUTH) for _ in "12")
    assert first.status_code == 502
    assert (second.status_code, second.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize(("kind", "made"), [("reset_before", 0), ("reset_after", 1)])
def test_a_reset_breaks_the_connection(sandbox: Sandbox, http: httpx.Client, kind: str, made: int) -> None:
    sandbox.add_fault("zendesk", kind, times=1)
    with pytest.raises(httpx.ReadError):
        create(http)
    assert len(sandbox.tickets("zendesk")) == made


@pytest.mark.parametrize(("kind", "made"), [("silence_before", 0), ("silence_after", 1)])
def test_silence_ends_with_the_clients_patience(sandbox: Sandbox, http: httpx.Client, kind: str, made: int) -> None:
    sandbox.add_fault("zendesk", kind, times=1)
    with pytest.raises(httpx.ReadTimeout):
        create(http, timeout=0.2)
    assert len(sandbox.tickets("zendesk")) == made
    assert sandbox.requests("zendesk")[0].status is None
    assert sandbox.requests("zendesk")[0].fault == kind


def test_silence_can_be_limited(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_fault("zendesk", "silence_before", operation="token", seconds=0.1)
    with pytest.raises(httpx.RemoteProtocolError):
        http.post("/zendesk/oauth/tokens", data=OAUTH)
    assert create(http).status_code == 201


@pytest.mark.parametrize(("kind", "made"), [("html_before", 0), ("html_after", 1), ("half_json", 1)])
def test_an_answer_can_be_no_json(sandbox: Sandbox, http: httpx.Client, kind: str, made: int) -> None:
    sandbox.add_fault("zendesk", kind, times=1)
    answer = create(http)
    assert answer.is_success
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert len(sandbox.tickets("zendesk")) == made


def test_an_error_can_hide_in_a_200(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_fault("klaviyo", "error_in_200", operation="profile")
    answer = http.get("/klaviyo/api/profiles", headers=KLAVIYO_HEADERS)
    assert answer.status_code == 200
    assert answer.json()["errors"]
    assert http.get("/klaviyo/api/accounts", headers=KLAVIYO_HEADERS).json()["data"]


def test_a_slow_request_is_done_even_when_the_client_has_gone(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_fault("zendesk", "slow", seconds=0.3, times=1)
    with pytest.raises(httpx.ReadTimeout):
        create(http, timeout=0.1)
    assert sandbox.tickets("zendesk") == []
    time.sleep(0.35)
    assert len(sandbox.tickets("zendesk")) == 1


def test_a_fault_may_be_for_one_operation(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_fault("zendesk", "error_before", operation="lookup")
    assert create(http).status_code == 201
    assert http.get(ZENDESK_TICKETS, auth=ZENDESK_AUTH).status_code == 503
    assert http.get("/zendesk/api/v2/users/me", auth=ZENDESK_AUTH).status_code == 200
    sandbox.clear_faults("zendesk")
    assert http.get(ZENDESK_TICKETS, auth=ZENDESK_AUTH).status_code == 200


def test_probabilities_are_exact_and_a_seed_repeats_them(sandbox: Sandbox, http: httpx.Client) -> None:
    def run() -> list[int]:
        sandbox.clear_faults()
        sandbox.seed(7)
        sandbox.add_fault("klaviyo", "error_before", probability=0.3)
        sandbox.add_fault("klaviyo", "rate_limited", probability=0.2)
        return [http.get("/klaviyo/api/accounts", headers=KLAVIYO_HEADERS).status_code for _ in range(200)]

    first = run()
    assert run() == first
    hits = {fault["kind"]: fault["hits"] for fault in sandbox.faults("klaviyo")}
    assert hits == {"error_before": first.count(503), "rate_limited": first.count(429)}
    assert 40 <= hits["error_before"] <= 80
    assert 22 <= hits["rate_limited"] <= 58


def test_a_rate_limit_says_how_long_to_wait(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.configure("gorgias", rate_limit=2, rate_window=0.3)
    answers = [http.get("/gorgias/api/account", auth=GORGIAS_AUTH) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[1].headers["X-Gorgias-Account-Api-Call-Limit"] == "2/2"
    assert answers[2].headers["retry-after"] == "1"
    time.sleep(0.35)
    assert http.get("/gorgias/api/account", auth=GORGIAS_AUTH).status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"vendor": "zendesk", "kind": "meteor"},
        {"vendor": "nobody", "kind": "slow", "seconds": 1},
        {"vendor": "zendesk", "kind": "slow"},
        {"vendor": "zendesk", "kind": "error_before", "operation": "dance"},
        {"vendor": "zendesk", "kind": "error_before", "probability": 2.0},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, fault: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each says something else
        sandbox.add_fault(**fault)  # type: ignore[arg-type]


@pytest.mark.parametrize("vendor", ["zendesk", "gorgias", "klaviyo", "mail"])
@pytest.mark.parametrize("profile", PROFILES)
def test_every_vendor_takes_every_profile_and_becomes_honest_again(sandbox: Sandbox, vendor: str, profile: str) -> None:
    sandbox.behave(vendor, profile)
    assert sandbox.behaviour()[vendor] == profile
    assert bool(sandbox.faults(vendor)) == bool(PROFILES[profile].lies)
    sandbox.behave(vendor, "honest")
    assert sandbox.faults(vendor) == []


def test_the_rough_profile_lies_as_often_as_it_says(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.behave("gorgias", "rough")
    sandbox.seed(11)
    for n in range(400):
        try:
            http.post(GORGIAS_TICKETS, json=gorgias_ticket(f"cnv_{n}-1"), auth=GORGIAS_AUTH, timeout=0.1)
        except httpx.ReadTimeout:
            continue
    ends = [request.fault for request in sandbox.requests("gorgias")]
    shares = {kind: ends.count(kind) / 400 for kind in ("error_before", "rate_limited", "error_after", "silence_after")}
    assert 0.24 < shares["error_before"] < 0.36 and 0.02 < shares["rate_limited"] < 0.09
    assert 0.06 < shares["error_after"] < 0.15 and 0.06 < shares["silence_after"] < 0.15
    made = sum(end not in ("error_before", "rate_limited") for end in ends)
    assert len(sandbox.tickets("gorgias")) == made, (
        "what failed after the work was done, and nothing else, left a ticket"
    )


def test_the_worst_profile_is_slow_to_find_and_quick_to_forget(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.behave("zendesk", "worst")
    sandbox.clear_faults("zendesk")
    key = {"Idempotency-Key": "once"}
    for _ in "12":
        http.post(ZENDESK_TICKETS, json=zendesk_ticket(), auth=ZENDESK_AUTH, headers=key)
    assert len(sandbox.tickets("zendesk")) == 1
    external_id = sandbox.tickets("zendesk")[0].external_id

    def found() -> int:
        return len(http.get(ZENDESK_TICKETS, params={"external_id": external_id}, auth=ZENDESK_AUTH).json()["tickets"])

    assert found() == 0
    time.sleep(0.6)
    assert found() == 1
    http.post(ZENDESK_TICKETS, json=zendesk_ticket(), auth=ZENDESK_AUTH, headers=key)
    assert sandbox.count_by_external_id("zendesk") == {external_id: 2}
