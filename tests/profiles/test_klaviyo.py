"""The Klaviyo profile id behind an address: found, none, or honestly unknown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.fixtures.slices import Checked
from warmline.domain.profile_event import Happened, ProfileEvent
from warmline.domain.visitor import EmailAddress
from warmline.errors import Invalid, OutsideError
from warmline.profiles.base import EventRefused
from warmline.profiles.klaviyo.config import KlaviyoConfig
from warmline.profiles.klaviyo.profiles import REVISION, Klaviyo, KlaviyoRefused
from warmline.profiles.none import NoProfiles
from warmline.sandbox import Sandbox, credentials

CONFIG = KlaviyoConfig.parse({"api_key": credentials.KLAVIYO_API_KEY})
ADA = EmailAddress.parse(credentials.ADA_EMAIL)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture
async def klaviyo(sandbox: Sandbox) -> AsyncIterator[Klaviyo]:
    transport = Checked("klaviyo", httpx.AsyncHTTPTransport(), prefix="/klaviyo")
    async with httpx.AsyncClient(transport=transport) as http:
        yield Klaviyo(CONFIG, http, sandbox.url("klaviyo"), timeout=0.5)


def klaviyo_that(answer: Callable[[httpx.Request], httpx.Response]) -> Klaviyo:
    return Klaviyo(CONFIG, httpx.AsyncClient(transport=Checked("klaviyo", httpx.MockTransport(answer))))


def a_page(*items: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"data": items, "links": {"self": "https://a.klaviyo.com/api/profiles/"}})


async def test_a_known_address_has_its_profile(klaviyo: Klaviyo, sandbox: Sandbox) -> None:
    assert await klaviyo.profile_id(ADA) == credentials.ADA_PROFILE_ID
    [request] = sandbox.requests("klaviyo")
    assert request.headers["revision"] == REVISION


async def test_capital_letters_do_not_matter(klaviyo: Klaviyo) -> None:
    assert await klaviyo.profile_id(EmailAddress.parse("Ada@Example.com")) == credentials.ADA_PROFILE_ID


async def test_an_unknown_address_has_none(klaviyo: Klaviyo) -> None:
    assert await klaviyo.profile_id(EmailAddress.parse("nobody@example.com")) is None


@pytest.mark.parametrize("text", ["o'brien+a&b=c#d@example.ie", "a/b*c{d}~@example.ie", "tag+1@example.ie"])
async def test_an_odd_address_reaches_klaviyo_unharmed(klaviyo: Klaviyo, sandbox: Sandbox, text: str) -> None:
    id = sandbox.add_profile(text)
    assert await klaviyo.profile_id(EmailAddress.parse(text)) == id


@pytest.mark.parametrize(
    "kind",
    ["error_before", "error_after", "reset_before", "html_before", "half_json", "error_in_200", "rate_limited",
     "refuse_account", "refuse_ticket", "silence_before"],
)  # fmt: skip
async def test_a_failed_look_up_is_never_none(klaviyo: Klaviyo, sandbox: Sandbox, kind: str) -> None:
    sandbox.add_fault("klaviyo", kind, operation="profile")
    with pytest.raises(OutsideError):
        await klaviyo.profile_id(ADA)


@pytest.mark.parametrize(
    "content", [b"[]", b"null", b"{}", b'{"data": {}}', b'{"data": [1]}', b'{"data": [{"id": 5}]}']
)
async def test_an_odd_answer_is_never_none(content: bytes) -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=content)))
    with pytest.raises(OutsideError):
        await Klaviyo(CONFIG, http).profile_id(ADA)


async def test_a_look_up_that_ignores_the_address_is_not_believed() -> None:
    links = {"self": "https://a.klaviyo.com/api/profiles/X/"}
    other = {"type": "profile", "id": "X", "attributes": {"email": "mira@example.net"}, "links": links}
    with pytest.raises(OutsideError, match="another profile"):
        await klaviyo_that(lambda _: a_page(other)).profile_id(ADA)


async def test_the_key_goes_to_klaviyo_and_does_not_follow_a_redirect() -> None:
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://evil.example/"})

    with pytest.raises(KlaviyoRefused):
        await klaviyo_that(answer).profile_id(ADA)
    assert hosts == ["a.klaviyo.com"]


async def test_a_good_key_passes_its_check(klaviyo: Klaviyo) -> None:
    checked = await klaviyo.check()
    assert checked.ok
    assert checked.steps[0].detail == "Account of Demo Shop."


async def test_a_dead_key_fails_with_its_remedy(klaviyo: Klaviyo, sandbox: Sandbox) -> None:
    sandbox.revoke_credential("klaviyo", credentials.KLAVIYO_USER)
    checked = await klaviyo.check()
    assert [step.ok for step in checked.steps] == [False, None]
    assert not checked.unclear
    assert "API key" in checked.complaint


@pytest.mark.parametrize("kind", ["error_before", "rate_limited", "silence_before", "html_before"])
async def test_trouble_at_klaviyo_leaves_a_check_unclear(klaviyo: Klaviyo, sandbox: Sandbox, kind: str) -> None:
    sandbox.add_fault("klaviyo", kind, operation="check")
    checked = await klaviyo.check()
    assert (checked.ok, checked.unclear) == (False, True)


@pytest.mark.parametrize(
    ("table", "name"),
    [({}, "api_key"), ({"api_key": ""}, "api_key"), ({"api_key": 5}, "api_key"), ({"api_key": "pk a\r\nb"}, "api_key"),
     ({"api_key": "pk_12345678", "scope": "x"}, "scope")],
)  # fmt: skip
def test_a_wrong_table_names_its_field(table: dict[str, object], name: str) -> None:
    with pytest.raises(Invalid) as caught:
        KlaviyoConfig.parse(table)
    assert caught.value.field == f"profiles.klaviyo.{name}"
    assert "pk" not in repr(CONFIG)


async def test_without_a_crm_nobody_has_a_profile() -> None:
    assert await NoProfiles().profile_id(ADA) is None
    assert (await NoProfiles().check()).ok


# Events

EVENT = ProfileEvent(
    Happened.ROUTED, "warmline-cnv_1-1-routed", ADA, datetime(2026, 11, 22, 10, 5, tzinfo=UTC), {"reason": "asked"}
)


async def test_an_event_is_kept_once_with_its_facts(klaviyo: Klaviyo, sandbox: Sandbox) -> None:
    for _ in range(3):
        await klaviyo.tell(EVENT)
    [kept] = sandbox.events()
    assert (kept["metric"], kept["email"], kept["unique_id"]) == ("Routed to team", ADA.value, EVENT.unique_id)
    assert (kept["properties"], kept["time"]) == ({"reason": "asked"}, "2026-11-22T10:05:00Z")


@pytest.mark.parametrize("kind", ["error_before", "error_after", "reset_before", "rate_limited", "silence_after"])
async def test_an_event_that_failed_may_be_sent_again(klaviyo: Klaviyo, sandbox: Sandbox, kind: str) -> None:
    sandbox.add_fault("klaviyo", kind, operation="event", times=1)
    with pytest.raises(OutsideError) as caught:
        await klaviyo.tell(EVENT)
    assert not isinstance(caught.value, EventRefused)
    await klaviyo.tell(EVENT)
    assert len(sandbox.events()) == 1


async def test_an_event_that_klaviyo_does_not_want_is_refused() -> None:
    errors = [{"id": "1", "code": "invalid", "title": "Invalid.", "detail": "no"}]
    with pytest.raises(EventRefused):
        await klaviyo_that(lambda _: httpx.Response(400, json={"errors": errors})).tell(EVENT)


@pytest.mark.parametrize("events", ["yes", 1, None])
def test_events_are_on_or_off(events: object) -> None:
    with pytest.raises(Invalid, match=r"profiles\.klaviyo\.events"):
        KlaviyoConfig.parse({"api_key": credentials.KLAVIYO_API_KEY, "events": events})
    assert KlaviyoConfig.parse({"api_key": credentials.KLAVIYO_API_KEY}).events is False
