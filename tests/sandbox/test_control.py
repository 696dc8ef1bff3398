import inspect
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

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
    klaviyo_event,
    zendesk_ticket,
)
from warmline.sandbox import Sandbox, SandboxClient
from warmline.sandbox import credentials as demo
from warmline.sandbox.control import OPERATIONS, Controls


@pytest.fixture
def client(sandbox: Sandbox) -> SandboxClient:
    return SandboxClient(sandbox.url())


def test_both_ways_offer_the_same_operations(sandbox: Sandbox, client: SandboxClient) -> None:
    ways: list[Controls] = [sandbox, client]  # mypy checks the rest
    for name in OPERATIONS:
        signatures = {str(inspect.signature(getattr(way, name))) for way in ways}
        assert len(signatures) == 1, name


def test_both_ways_show_the_same(sandbox: Sandbox, client: SandboxClient, http: httpx.Client) -> None:
    http.post(ZENDESK_TICKETS, json=zendesk_ticket(), auth=ZENDESK_AUTH)
    http.post(GORGIAS_TICKETS, json=gorgias_ticket(), auth=GORGIAS_AUTH)
    http.post("/klaviyo/api/events", json=klaviyo_event(), headers=KLAVIYO_HEADERS)
    for vendor in ("zendesk", "gorgias"):
        assert client.tickets(vendor) == sandbox.tickets(vendor) != []
        assert client.count_by_external_id(vendor) == {"warmline-cnv_01-1": 1}
        assert client.requests(vendor) == sandbox.requests(vendor) != []
    assert client.events() == sandbox.events() != []
    assert client.profiles() == sandbox.profiles() != []
    assert client.totals() == sandbox.totals()


def test_a_sandbox_is_driven_from_afar(sandbox: Sandbox, client: SandboxClient, http: httpx.Client) -> None:
    client.configure("zendesk", index_delay=5)
    client.add_fault("zendesk", "error_before", operation="create", times=1)
    assert http.post(ZENDESK_TICKETS, json=zendesk_ticket(), auth=ZENDESK_AUTH).status_code == 503
    assert client.faults("zendesk")[0]["hits"] == 1
    client.clear_faults()
    http.post(ZENDESK_TICKETS, json=zendesk_ticket(), auth=ZENDESK_AUTH)
    id = client.tickets("zendesk")[0].id
    client.reply("zendesk", id, "hello", public=False)
    client.solve("zendesk", id)
    assert client.add_profile("bob@example.com", "01BOB", first_name="Bob") == "01BOB"
    client.revoke_credential("zendesk", demo.ZENDESK_EMAIL)
    assert http.get(ZENDESK_TICKETS, auth=ZENDESK_AUTH).status_code == 401
    client.add_credential("zendesk", demo.ZENDESK_EMAIL, demo.ZENDESK_API_TOKEN)
    assert http.get(ZENDESK_TICKETS, auth=ZENDESK_AUTH).status_code == 200
    assert sandbox.tickets("zendesk")[0].status == "solved"
    client.reset()
    assert (sandbox.tickets("zendesk"), len(sandbox.profiles())) == ([], 1)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("configure", {"vendor": "zendesk", "colour": "red"}),
        ("configure", {"vendor": "zendesk", "index_delay": "soon"}),
        ("tickets", {"vendor": "klaviyo"}),
        ("tickets", {}),
        ("reply", {"vendor": "zendesk", "ticket_id": 1, "text": "x"}),
        ("start", {}),
        ("__class__", {}),
    ],
)
def test_nonsense_is_refused_with_a_reason(http: httpx.Client, operation: str, arguments: dict[str, object]) -> None:
    answer = http.post(f"/_control/{operation}", json=arguments)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]


def test_control_takes_json_only(sandbox: Sandbox, http: httpx.Client) -> None:
    """A form on a foreign page can post text, but JSON needs leave it will not get."""
    sandbox.add_profile("bob@example.com")
    assert http.post("/_control/reset", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 400
    assert http.get("/_control/reset", headers={"Content-Type": "application/json"}).status_code == 400
    assert len(sandbox.profiles()) == 2


def test_the_log_has_everything_but_secrets(sandbox: Sandbox, http: httpx.Client) -> None:
    http.post("/zendesk/oauth/tokens", data=OAUTH)
    http.post("/zendesk/oauth/tokens", json=OAUTH)
    http.get("/klaviyo/api/profiles?filter=x", headers=KLAVIYO_HEADERS)
    http.post(GORGIAS_TICKETS, json=gorgias_ticket(), auth=GORGIAS_AUTH)
    seen = {vendor: sandbox.requests(vendor) for vendor in ("zendesk", "klaviyo", "gorgias")}
    for secret in (demo.ZENDESK_CLIENT_SECRET, demo.KLAVIYO_API_KEY):
        assert secret not in str(seen)
    assert seen["klaviyo"][0].headers["authorization"] == f"Klaviyo-API-Key …{demo.KLAVIYO_API_KEY[-4:]}"
    assert (seen["klaviyo"][0].path, seen["klaviyo"][0].status) == ("/klaviyo/api/profiles?filter=x", 400)
    assert [request.operation for request in seen["zendesk"]] == ["token", "token"]
    assert json.loads(seen["gorgias"][0].body) == gorgias_ticket()


def test_many_threads_make_as_many_tickets(sandbox: Sandbox) -> None:
    def work(number: int) -> None:
        with httpx.Client(base_url=sandbox.url(), trust_env=False) as http:
            for turn in range(5):
                body = zendesk_ticket(f"{number}-{turn}")
                http.post(ZENDESK_TICKETS, json=body, auth=ZENDESK_AUTH, headers={"Idempotency-Key": f"{turn}"})
                sandbox.tickets("zendesk")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Each key is used by eight threads with eight bodies: one of them wins.
    counts = sandbox.count_by_external_id("zendesk")
    assert sorted(id.partition("-")[2] for id in counts) == ["0", "1", "2", "3", "4"]
    assert set(counts.values()) == {1}


def test_stopping_is_quick_even_while_a_request_hangs(sandbox: Sandbox) -> None:
    sandbox.add_fault("zendesk", "silence_before")
    where = urlsplit(sandbox.url())
    with socket.create_connection((where.hostname, where.port), timeout=5) as hanging:
        hanging.sendall(b"GET /zendesk/api/v2/users/me HTTP/1.1\r\nHost: x\r\n\r\n")
        while not sandbox.requests("zendesk"):
            pass
        sandbox.stop()
        assert hanging.recv(1) == b""
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((where.hostname, where.port), timeout=5)


def test_a_taken_port_is_said_at_once(sandbox: Sandbox) -> None:
    with pytest.raises(OSError, match="in use"):
        Sandbox(port=urlsplit(sandbox.url()).port or 0).start()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"HELLO\r\n\r\n", b"400"),
        (b"POST /mail HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"400"),
        (b"POST /mail HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"HEAD /mail HTTP/1.1\r\nConnection: close\r\n\r\n", b"200"),
        (b"GET /" + b"x" * 2_000_000 + b" HTTP/1.1\r\n\r\n", b"400"),
    ],
)
def test_odd_http_gets_an_answer(sandbox: Sandbox, raw: bytes, status: bytes) -> None:
    where = urlsplit(sandbox.url())
    with socket.create_connection((where.hostname, where.port), timeout=5) as connection:
        try:
            connection.sendall(raw)
        except ConnectionError:
            assert len(raw) > 1_000_000  # it was cut off while still talking
            return
        assert connection.recv(100).split(b" ")[1] == status


def test_a_connection_is_kept_for_the_next_request(sandbox: Sandbox) -> None:
    where = urlsplit(sandbox.url())
    with socket.create_connection((where.hostname, where.port), timeout=5) as raw, raw.makefile("rb") as answers:
        raw.sendall(b"HEAD / HTTP/1.1\r\n\r\nHEAD /x HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\nConnection: close\r\n\r\n")
        statuses = [line.split(b" ")[1] for line in answers.read().split(b"\r\n") if line.startswith(b"HTTP/1.1")]
    assert statuses == [b"200", b"404", b"200"]


def test_a_body_may_come_in_chunks(sandbox: Sandbox, http: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        body = json.dumps(zendesk_ticket()).encode()
        yield body[:10]
        yield body[10:]

    headers = {"Content-Type": "application/json"}
    answer = http.post(ZENDESK_TICKETS, content=pieces(), headers=headers, auth=ZENDESK_AUTH)
    assert answer.status_code == 201
    assert sandbox.tickets("zendesk")[0].sent == zendesk_ticket()


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    command = [sys.executable, "-m", "warmline.sandbox", "--state", str(state), "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        try:
            urls = json.loads(process.stdout.readline())
            assert json.loads(state.read_text()) == urls
            client = SandboxClient(urls["url"])
            httpx.post(urls["url"] + ZENDESK_TICKETS, json=zendesk_ticket(), auth=ZENDESK_AUTH, trust_env=False)
            assert client.count_by_external_id("zendesk") == {"warmline-cnv_01-1": 1}
            process.stdin.close()
            assert process.wait(10) == 0
        finally:
            process.kill()
    assert not state.exists()
