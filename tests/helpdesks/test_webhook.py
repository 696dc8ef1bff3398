"""Handoffs as signed calls: what is sent, what each answer means, and where a call never goes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.fixtures.attacks import texts
from tests.fixtures.slices import SHARED
from tests.fixtures.tickets import NOON, a_follow_up, a_line, a_ticket, a_transcript
from warmline.domain.signature import key_of, new_secret, verify
from warmline.domain.ticket import TicketRef
from warmline.errors import AccountRefused, HelpdeskError, Invalid, NotAuthenticated, Throttled, TicketRefused, Unclear
from warmline.helpdesks.base import Doubles
from warmline.helpdesks.webhook.body import follow_up_body, ticket_body
from warmline.helpdesks.webhook.config import WebhookConfig
from warmline.helpdesks.webhook.helpdesk import Webhook
from warmline.outbound import Origin, guarded_client
from warmline.sandbox import Sandbox, credentials

SECRET, OTHER = new_secret(), new_secret()
TABLE: dict[str, object] = {"url": credentials.WEBHOOK_URL, "secret": credentials.WEBHOOK_SECRET}
DOC = (Path(__file__).parents[2] / "docs" / "webhook.md").read_text(encoding="utf-8")


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as http:
        yield http


@pytest.fixture
def desk(sandbox: Sandbox, http: httpx.AsyncClient) -> Webhook:
    return Webhook(WebhookConfig.parse(TABLE), http, sandbox.url("webhook"))


def answering(**how: Any) -> Webhook:
    """A receiver that answers everything so."""
    transport = httpx.MockTransport(lambda request: httpx.Response(**how))
    table = {"url": "https://shop.example/warmline?a=b", "secret": SECRET}
    return Webhook(WebhookConfig.parse(table), httpx.AsyncClient(transport=transport))


async def send(desk: Webhook, **changes: Any) -> TicketRef:
    ticket = a_ticket(**changes)
    return await desk.create("another-key", desk.render(ticket))


async def test_a_handoff_arrives_signed_whole_and_once(sandbox: Sandbox, desk: Webhook) -> None:
    ref = await send(desk)
    [seen] = sandbox.tickets("webhook")
    assert (ref.id, ref.reference, ref.url) == (str(seen.id), f"WH-{seen.id}", seen.url)
    assert (seen.external_id, seen.email, seen.name) == ("warmline-cnv_01-1", "ada@example.com", "Ada Byron")
    data = seen.sent["data"]
    assert data["shopper"]["profile_id"] == "01HKLAVIYOPROFILE" and data["shopper"]["email_proof"] == "typed"
    assert [line["who"] for line in data["transcript"]["lines"]] == ["Shopper", "AI assistant", "Shopper"]
    assert "13:00:04 Europe/Warsaw" in data["note"]["text"] and "<blockquote>" in data["note"]["html"]


async def test_each_try_has_the_same_id_and_bytes_and_a_time_of_its_own() -> None:
    calls: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(503 if len(calls) < 3 else 200)

    times = iter([NOON, NOON + timedelta(hours=1), NOON + timedelta(days=6)])
    table = {"url": "https://shop.example/x?y=1", "secret": SECRET, "previous_secret": OTHER}
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        desk = Webhook(WebhookConfig.parse(table), http, clock=lambda: next(times))
        body = desk.render(a_ticket())
        for key in ("warmline-cnv_01-1", "warmline-cnv_01-1-1"):  # sent again by a person: still the same event
            with pytest.raises(Unclear):
                await desk.create(key, body)
        assert await desk.create("x", body) == TicketRef("warmline-cnv_01-1")
    assert {call.content for call in calls} == {body}
    assert {call.headers["webhook-id"] for call in calls} == {"warmline-cnv_01-1"}
    assert {str(call.url) for call in calls} == {"https://shop.example/x?y=1"}
    for call, at in zip(calls, [NOON, NOON + timedelta(hours=1), NOON + timedelta(days=6)], strict=True):
        for secret in (SECRET, OTHER):
            assert verify([key_of(secret)], call.headers, call.content, at).at == at
        with pytest.raises(NotAuthenticated):
            verify([key_of(new_secret())], call.headers, call.content, at)


async def test_a_repeat_makes_no_second_ticket_but_other_bytes_would_be_counted(
    sandbox: Sandbox, desk: Webhook
) -> None:
    first, again = await send(desk), await send(desk)
    assert first == again and sandbox.count_by_external_id("webhook") == {"warmline-cnv_01-1": 1}
    await send(desk, subject="rendered anew, which must never happen")
    assert sandbox.count_by_external_id("webhook") == {"warmline-cnv_01-1": 2}


async def test_a_follow_up_is_an_event_of_its_own(sandbox: Sandbox, desk: Webhook) -> None:
    ref = await send(desk)
    body = desk.render_follow_up(a_follow_up(ref, "warmline-cnv_01-1-upto-9", "It is order 1002"))
    await desk.append(ref, body)
    await desk.append(ref, body)
    messages = sandbox.tickets("webhook")[0].messages
    assert len([each for each in messages if "It is order 1002" in each.text]) == 1
    assert [each.operation for each in sandbox.requests("webhook")] == ["create", "append", "append"]
    assert sandbox.requests("webhook")[-1].headers["webhook-id"] == "warmline-cnv_01-1-upto-9"


async def test_a_wrong_secret_pauses_and_nothing_is_made(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    desk = Webhook(WebhookConfig.parse(TABLE | {"secret": SECRET}), http, sandbox.url("webhook"))
    with pytest.raises(AccountRefused, match="signature"):
        await send(desk)
    assert sandbox.tickets("webhook") == []


@pytest.mark.parametrize(
    ("content", "ref"),
    [
        (b"", TicketRef("warmline-cnv_01-1")),
        (b"OK", TicketRef("warmline-cnv_01-1")),
        (b"[1]", TicketRef("warmline-cnv_01-1")),
        (b'{"id": 77}', TicketRef("77")),
        (b'{"id": true, "url": 5, "reference": ["x"]}', TicketRef("warmline-cnv_01-1")),
        (b'{"id": "a\\nb", "url": "javascript:alert(1)", "reference": "A-7\\u202e"}', TicketRef("a b", None, "A-7")),
        (
            b'{"id": "7", "url": "https://d.example/7", "reference": "A-7"}',
            TicketRef("7", "https://d.example/7", "A-7"),
        ),
        (b'{"error": "but made"}', TicketRef("warmline-cnv_01-1")),
        (b"x" * 200_000, TicketRef("warmline-cnv_01-1")),
        (b"[" * 60_000, TicketRef("warmline-cnv_01-1")),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_2xx_is_made_whatever_stands_in_it(status: int, content: bytes, ref: TicketRef) -> None:
    assert await send(answering(status_code=status, content=content)) == ref


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, TicketRefused), (413, TicketRefused), (422, TicketRefused),
        (401, AccountRefused), (403, AccountRefused), (404, AccountRefused), (410, AccountRefused),
        (301, AccountRefused), (307, AccountRefused),
        (429, Throttled),
        (408, Unclear), (409, Unclear), (500, Unclear), (502, Unclear), (503, Unclear),
    ],
)  # fmt: skip
async def test_what_an_answer_means(status: int, error: type[HelpdeskError]) -> None:
    answer = {"detail": f"no: {SECRET}", "retry-after": "7"}
    desk = answering(status_code=status, json=answer, headers={"Retry-After": "7", "Location": "http://127.0.0.1/"})
    with pytest.raises(error) as caught:
        await send(desk)
    assert SECRET not in str(caught.value)
    if isinstance(caught.value, Throttled):
        assert caught.value.retry_after == 7


@pytest.mark.parametrize("kind", ["error_after", "reset_after", "half_json", "html_after"])
async def test_a_lost_answer_is_repeated_and_the_receiver_has_one(sandbox: Sandbox, desk: Webhook, kind: str) -> None:
    sandbox.add_fault("webhook", kind, operation="create", times=1)
    made_nothing = []
    for _ in range(2):
        try:
            await send(desk)
        except Unclear as error:
            made_nothing.append(error.made_nothing)
    assert made_nothing in ([], [False])
    assert sandbox.count_by_external_id("webhook") == {"warmline-cnv_01-1": 1}


async def test_it_cannot_be_asked_and_says_so_on_its_class(desk: Webhook) -> None:
    assert Webhook.doubles is Doubles.DROPPED_THERE
    for asked in (desk.find("x"), desk.has_follow_up(TicketRef("1"), "m")):
        with pytest.raises(Unclear):
            await asked


# --- where a call never goes


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/x", "https://[::1]/x", "https://10.0.0.1/x", "https://169.254.169.254/latest", "https://localhost/x",
     "https://[::ffff:10.0.0.1]/", "https://shop.example:22/x"],
)  # fmt: skip
async def test_t25_an_inner_address_is_never_called_and_the_check_says_why(url: str) -> None:
    async with guarded_client() as http:
        desk = Webhook(WebhookConfig.parse({"url": url, "secret": SECRET}), http)
        with pytest.raises(Unclear) as caught:
            await send(desk)
        assert caught.value.made_nothing
        checked = await desk.check()
        assert not checked.unclear and checked.steps[0].ok is False and checked.steps[0].remedy


def test_t25_odd_addresses_are_refused_or_stay_https() -> None:
    path = SHARED / "attacks" / "ssrf_urls.jsonl"
    urls = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    for case in urls:
        field, config = None, None
        try:
            config = WebhookConfig.parse({"url": case.get("url") or case.get("text"), "secret": SECRET})
        except Invalid as error:
            field = error.field
        if config is None:
            assert field == "helpdesks.webhook.url"
        else:
            assert config.origin.startswith("https://") and config.path.startswith("/") and "@" not in config.origin


async def test_the_stand_ins_address_replaces_the_host_and_nothing_else(sandbox: Sandbox) -> None:
    async with guarded_client(allow=[Origin.of(sandbox.url())]) as http:
        await send(Webhook(WebhookConfig.parse(TABLE), http, sandbox.url("webhook")))
    assert sandbox.requests("webhook")[0].path == "/webhook/api/warmline"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": None}, "url"),
        ({"url": "http://shop.example/x"}, "url"),
        ({"url": "ftp://shop.example/x"}, "url"),
        ({"url": "https:///x"}, "url"),
        ({"url": "https://user:pw@shop.example/"}, "url"),
        ({"url": "https://shop.example/#x"}, "url"),
        ({"url": "https://shop.example/a b"}, "url"),
        ({"url": "https://shop.example/\r\nX: y"}, "url"),
        ({"url": "https://shop.example:99999/"}, "url"),
        ({"url": "https://" + "a" * 2000}, "url"),
        ({"secret": None}, "secret"),
        ({"secret": "hunter2-hunter2"}, "secret"),
        ({"previous_secret": "whsec_short"}, "previous_secret"),
        ({"method": "PUT"}, "method"),
    ],
)
def test_a_wrong_table_names_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid, match=rf"helpdesks\.webhook\.{field}") as caught:
        WebhookConfig.parse({**TABLE, **changes})
    assert caught.value.field == f"helpdesks.webhook.{field}" and "hunter2" not in str(caught.value)


def test_secrets_stay_out_of_reprs() -> None:
    assert credentials.WEBHOOK_SECRET not in repr(WebhookConfig.parse(TABLE))


# --- the connection check


async def test_the_check_sends_a_signed_ping_and_no_ticket(sandbox: Sandbox, desk: Webhook) -> None:
    checked = await desk.check()
    assert checked.ok and [step.name for step in checked.steps] == ["Address answers", "Ping accepted"]
    assert [each.operation for each in sandbox.requests("webhook")] == ["check"]
    assert sandbox.tickets("webhook") == []


async def test_a_receiver_that_does_not_know_the_secret_fails_the_second_step(
    sandbox: Sandbox, http: httpx.AsyncClient
) -> None:
    desk = Webhook(WebhookConfig.parse(TABLE | {"secret": SECRET}), http, sandbox.url("webhook"))
    checked = await desk.check()
    assert [step.ok for step in checked.steps] == [True, False] and not checked.unclear
    assert "secret" in checked.complaint and SECRET not in checked.complaint


@pytest.mark.parametrize("kind", ["error_before", "rate_limited"])
async def test_trouble_there_leaves_the_check_unclear(sandbox: Sandbox, desk: Webhook, kind: str) -> None:
    sandbox.add_fault("webhook", kind, operation="check")
    assert (await desk.check()).unclear


# --- the body, and what the docs say of it


def shape(value: Any) -> Any:
    """Keys and kinds; of a list its first item."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


@pytest.mark.parametrize("number", [0, 1])
def test_the_documented_events_are_the_ones_that_are_sent(number: int) -> None:
    documented = [json.loads(text) for text in DOC.split("```json\n")[1:] for text in [text.split("```")[0]]][number]
    ref = TicketRef("77", "https://desk.example/77", "A-77")
    sent = [ticket_body(a_ticket()), follow_up_body(a_follow_up(ref, "warmline-cnv_01-1-upto-9"))][number]
    ours = json.loads(sent)
    ours["data"]["handoff"] = ours["data"]["handoff"] or "absent in this fixture"
    assert shape(ours) == shape(documented)
    assert {key: ours[key] for key in ("id", "type", "version")} == {
        key: documented[key] for key in ("id", "type", "version")
    }


def test_nasty_words_are_data_in_good_json() -> None:
    for text in texts("xss", "nasty_strings", "crlf")[::7]:
        ticket = a_ticket(subject=text, name=text, question=text, page_title=text, page_url=text, lang=text,
                          transcript=a_transcript(a_line(text)))  # fmt: skip
        body = ticket_body(ticket)
        event = json.loads(body.decode("utf-8"))
        assert event["data"]["shopper"]["email"] == "ada@example.com" and event["id"] == "warmline-cnv_01-1"
        assert "<script" not in event["data"]["note"]["html"].lower()
        assert "{{" not in json.dumps(event["data"]["transcript"]["lines"], ensure_ascii=False)


def test_a_very_long_conversation_loses_its_middle_and_says_so() -> None:
    lines = [a_line(f"{number} " + "x" * 7000, after=number) for number in range(60)]
    event = json.loads(ticket_body(a_ticket(transcript=a_transcript(*lines))))
    transcript = event["data"]["transcript"]
    kept = [line["text"].split()[0] for line in transcript["lines"]]
    assert (kept[0], kept[-1]) == ("0", "59") and transcript["left_out"] == 60 - len(kept) > 0
    assert kept == sorted(kept, key=int)


@pytest.fixture
def receiver(tmp_path: Path, unused_tcp_port: int) -> Iterator[str]:
    """The example of docs/webhook.md, as it stands there."""
    program = DOC.split("```python\n")[1].split("```")[0]
    (tmp_path / "receiver.py").write_text(program)
    env = {"WEBHOOK_SECRET": credentials.WEBHOOK_SECRET, "PORT": str(unused_tcp_port)}
    command = [sys.executable, str(tmp_path / "receiver.py")]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{unused_tcp_port}"
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                httpx.get(url, timeout=1)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
        process.terminate()


async def test_the_example_receiver_makes_one_ticket_and_refuses_forgers(
    receiver: str, http: httpx.AsyncClient
) -> None:
    desk = Webhook(WebhookConfig.parse(TABLE), http, receiver)
    assert (await desk.check()).ok
    first = await send(desk)
    assert first == await send(desk) == TicketRef("1", None, "A-1")
    assert (await send(desk, key="warmline-cnv_02-1")).id == "2"
    forger = Webhook(WebhookConfig.parse(TABLE | {"secret": SECRET}), http, receiver)
    with pytest.raises(AccountRefused):
        await send(forger)
