"""The one way out: what it refuses, and that it refuses before any connection is made (T25)."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import re
import ssl
import sys
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from warmline.errors import FetchRefused
from warmline.outbound import MAX_BYTES, Fetched, Origin, checked_url, fetch, guarded_client, is_public, known_charset

SHARED = Path(os.environ.get("WARMLINE_SHARED", Path(__file__).parents[2] / "shared"))
SRC = Path(__file__).parents[1] / "src" / "warmline"

PUBLIC, OTHER_PUBLIC = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

# --- every connection of this process, as the interpreter sees it

_connections: list[object] | None = None


def _watch(event: str, args: tuple[object, ...]) -> None:
    if _connections is not None and event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        _connections.append((event, args[1] if event != "socket.getaddrinfo" else args[0]))


sys.addaudithook(_watch)


@pytest.fixture
def connections() -> Iterator[list[object]]:
    global _connections
    _connections = []
    yield _connections
    _connections = None


# --- a small internet: names, addresses, and one server on loopback that stands for all of them

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]


class Internet(httpcore.AsyncNetworkBackend):
    """Connections to public addresses end at the loopback server; all are written down."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.names: dict[str, list[str]] = {"shop.test": [PUBLIC]}
        self.lookups: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self._real = httpcore.AnyIOBackend()

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.lookups.append(host)
        if host not in self.names:
            raise OSError(f"no such name: {host}")
        return self.names[host]

    async def connect_tcp(self, host: str, port: int, *rest: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        return await self._real.connect_tcp("127.0.0.1", self.port, *rest, **named)

    def client(self, **options: Any) -> httpx.AsyncClient:
        return guarded_client(resolve=self.resolve, network=self, **options)


@contextlib.asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Internet]:
    handlers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await answer(reader, writer, await reader.readuntil(b"\r\n\r\n"))
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.ensure_future(handle(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield Internet(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)


def says(body: bytes, head: str = "Content-Type: text/plain", status: str = "200 OK") -> Answer:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        length = f"Content-Length: {len(body)}\r\nConnection: close\r\n{head}\r\n\r\n"
        writer.write(f"HTTP/1.1 {status}\r\n{length}".encode() + body)
        await writer.drain()

    return answer


def redirects_to(target: str) -> Answer:
    return says(b"", f"Location: {target}", "302 Found")


async def refusal(url: str, internet: Internet | None = None, **options: Any) -> str:
    async with (internet or Internet()).client(**options) as client:
        with pytest.raises(FetchRefused) as refused:
            await fetch(url, client=client, timeout=options.get("timeout", 20))
    return str(refused.value)


# --- addresses


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.255", "100.100.100.200", "127.0.0.1",
        "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1",
        "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.9", "224.0.0.1",
        "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
        "::", "::1", "::7f00:1", "::5db8:d70e", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:100.64.0.1",
        "::ffff:0:7f00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "64:ff9b:1::808:808",
        "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:db8::1", "2002:7f00:1::",
        "2002:5db8:d70e::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1",
        "ff02::1", "2606:2800::5efe:7f00:1", "2606:2800::200:5efe:a00:1", "2606:2800::1%eth0",
        "", "shop.example", "1.2.3", "0x7f.0.0.1", "010.0.0.1",
    ],
)  # fmt: skip
def test_t25_an_address_that_is_not_public_is_known_as_such(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC, OTHER_PUBLIC, "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1",
        "11.0.0.1", "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::808:808", "2a00:1450:4001:82a::200e", "2600::1",
    ],
)  # fmt: skip
def test_a_public_address_is_known_as_such(address: str) -> None:
    assert is_public(address)


# --- addresses as they are written

ODD = {
    "decimal": "http://2130706433/",
    "hex": "http://0x7f000001/",
    "octal": "http://017700000001/",
    "dotted hex": "http://0x7f.0x0.0x0.0x1/",
    "dotted octal": "http://0177.0.0.1/",
    "mixed": "http://0x7f.1/",
    "short": "http://127.1/",
    "overflow": "http://383.256.256.257/",
    "leading zeros": "http://010.000.000.005/",
    "trailing dot": "http://127.0.0.1./",
    "name with trailing dot": "http://localhost./",
    "full-width": "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
    "full-width dot": "http://127\u30020.0.1/",
    "circled": "http://\u2460\u24ea.\u24ea.\u24ea.\u2464/",
    "Kelvin": "http://\u212aoala.test/",
    "user": "http://anna@shop.test/",
    "user and password": "http://shop.test:80@127.0.0.1/",
    "encoded @": "http://127.0.0.1%2f@shop.test/",
    "encoded NUL": "http://127.0.0.1%00.shop.test/",
    "encoded dot": "http://127%2e0.0.1/",
    "zone": "http://[fe80::1%25eth0]/",
    "space": "http://shop.test @127.0.0.1/",
    "tab": "http://shop.test\t@127.0.0.1/",
    "line break": "http://shop.test\r\nHost: evil/",
    "NUL": "http://shop.test\0/",
    "soft hyphen": "http://sh\u00adop.test/",
    "backslash": "http://shop.test\\@127.0.0.1/",
    "one slash": "http:/127.0.0.1/",
    "no scheme": "//127.0.0.1/",
    "only a host": "127.0.0.1",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:6379/_INFO",
    "data": "data:text/html,x",
    "javascript": "javascript:alert(1)",
    "unix": "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "port 0": "http://shop.test:0/",
    "port 22": "http://shop.test:22/",
    "port too large": "http://shop.test:65616/",
    "port too long": "http://shop.test:000000000080/",
    "long label": f"http://{'a' * 64}.test/",
    "long name": f"http://{'a.' * 150}test/",
    "empty label": "http://shop..test/",
    "bad punycode": "http://xn--/",
    "empty": "",
    "long": "http://shop.test/" + "a" * 3000,
    "surrogate": "http://sh\ud800op.test/",
}


@pytest.mark.parametrize("url", ODD.values(), ids=ODD.keys())
async def test_t25_an_oddly_written_address_is_refused_without_any_connection(
    url: str, connections: list[object]
) -> None:
    internet = Internet()
    assert await refusal(url, internet)
    assert internet.connected == []
    assert connections == []


INSIDE = [
    "127.0.0.1",
    "10.0.0.5",
    "169.254.169.254",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[fd00:ec2::254]",
]


@pytest.mark.parametrize("host", INSIDE)
async def test_t25_an_inner_address_is_refused_without_any_connection(host: str, connections: list[object]) -> None:
    assert "public address" in await refusal(f"http://{host}/", Internet())
    async with guarded_client() as real:
        for call in (real.get(f"http://{host}/"), real.post(f"https://{host}/", json={})):
            with pytest.raises(FetchRefused):
                await call
    assert connections == []


@pytest.mark.parametrize("addresses", [["10.0.0.5"], [PUBLIC, "10.0.0.5"], ["::1", PUBLIC], ["fe80::1%eth0"], ["?"]])
async def test_t25_a_name_with_an_inner_address_is_refused_whole(
    addresses: list[str], connections: list[object]
) -> None:
    internet = Internet()
    internet.names["mixed.test"] = addresses
    reason = await refusal("https://mixed.test/", internet)
    assert reason == "mixed.test does not lead to a public address"
    assert internet.connected == []
    assert connections == []


async def test_t25_localhost_by_name_is_refused_by_the_real_resolver() -> None:
    with pytest.raises(FetchRefused, match="public address"):
        await fetch("http://localhost/")


async def test_t25_a_name_is_looked_up_once_and_the_checked_address_is_used() -> None:
    async with serving(says(b"hello")) as internet:
        answers = iter([[PUBLIC], ["127.0.0.1"]])

        async def rebinding(host: str, port: int) -> Sequence[str]:
            internet.lookups.append(host)
            return next(answers)

        async with guarded_client(resolve=rebinding, network=internet) as client:
            assert (await fetch("http://shop.test/", client=client)).text == "hello"
            assert internet.lookups == ["shop.test"]
            with pytest.raises(FetchRefused, match="public address"):
                await fetch("http://shop.test/", client=client)
    assert internet.connected == [(PUBLIC, 80)]


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    class Half(Internet):
        async def connect_tcp(self, host: str, port: int, *rest: Any, **named: Any) -> httpcore.AsyncNetworkStream:
            if host == PUBLIC:
                raise httpcore.ConnectError("refused")
            return await super().connect_tcp(host, port, *rest, **named)

    async with serving(says(b"hello")) as internet:
        half = Half(internet.port)
        half.names["shop.test"] = [OTHER_PUBLIC, PUBLIC]
        async with half.client() as client:
            assert (await fetch("http://shop.test/", client=client)).text == "hello"
    assert half.connected == [(OTHER_PUBLIC, 80)]


async def test_t25_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(says(b"hello")) as internet, internet.client() as client:
        assert (await fetch("http://shop.test/", client=client)).status == 200


async def test_t25_tls_and_host_keep_the_name(tmp_path: Path) -> None:
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        seen.append(head)
        await says(b"secret")(reader, writer, head)

    server, client_side = certificate_for("shop.test", tmp_path)
    async with serving(answer, server) as internet:
        internet.names["other.test"] = [PUBLIC]
        async with internet.client(verify=client_side) as client:
            assert (await fetch("https://shop.test/a", client=client)).text == "secret"
        assert "certificate" in (await refusal("https://other.test/", internet, verify=client_side)).lower()
    assert internet.connected[0] == (PUBLIC, 443)
    assert b"\r\nHost: shop.test\r\n" in seen[0]


# --- redirects


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/", "http://[::1]/", "http://10.0.0.5/", "//169.254.169.254/latest", "http://inner.test/",
        "http://2130706433/", "http://0x7f.1/", "http://anna@shop.test/", "http://shop.test:22/", "file:///etc/passwd",
        "gopher://127.0.0.1/", "data:text/html,x", "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
        "http://shop.test\\@127.0.0.1/", "http://[::1", "http://127.0.0.1./",
    ],
)  # fmt: skip
async def test_t25_a_redirect_is_checked_like_a_first_address(target: str, connections: list[object]) -> None:
    async with serving(redirects_to(target)) as internet:
        internet.names["inner.test"] = ["192.168.1.1"]
        assert await refusal("http://shop.test/", internet)
        assert internet.connected == [(PUBLIC, 80)]
        assert connections == [("socket.connect", ("127.0.0.1", internet.port))]


async def test_t25_a_redirect_loop_ends_after_five_hops() -> None:
    async with serving(redirects_to("http://shop.test/again")) as internet:
        assert "redirects more than 5 times" in await refusal("http://shop.test/", internet)
        assert len(internet.connected) == 6


async def test_a_client_follows_no_redirect_unless_told_to() -> None:
    async with serving(redirects_to("http://shop.test/again")) as internet, internet.client() as client:
        assert (await client.get("http://shop.test/", headers={"Authorization": "Bearer x"})).status_code == 302


# --- loopback for named origins


async def test_an_allowed_origin_may_be_on_loopback_and_on_any_port() -> None:
    async with serving(says(b"sandbox")) as internet:
        base = f"http://127.0.0.1:{internet.port}"
        async with guarded_client(allow=[Origin.of(base)], base_url=base) as client:
            assert (await client.get("/api/v2/tickets")).text == "sandbox"
        named = f"http://localhost:{internet.port}/path"
        async with guarded_client(allow=[Origin.of(named)]) as client:
            assert (await client.get(named)).text == "sandbox"


async def test_t25_allowing_one_origin_opens_nothing_else(connections: list[object]) -> None:
    allow = [Origin.of("http://127.0.0.1:8000"), Origin.of("http://sandbox.test:8000")]
    internet = Internet()
    internet.names["sandbox.test"] = ["10.0.0.5"]
    internet.names["other.test"] = ["127.0.0.1"]
    for url in (
        "http://127.0.0.1/",
        "http://127.0.0.1:8080/",
        "https://127.0.0.1:8000/",
        "http://127.0.0.2:8000/",
        "http://[::1]:8000/",
        "http://sandbox.test:8000/",
        "http://sandbox.test/",
        "http://other.test:8080/",
    ):
        assert await refusal(url, internet, allow=allow), url
    assert internet.connected == []
    assert connections == []


def test_an_origin_knows_the_default_ports() -> None:
    assert Origin.of("https://Shop.Example/a") == Origin("https", "shop.example", 443)
    assert Origin.of("http://[::1]:80/") == Origin("http", "::1", 80)


# --- size and time


async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"8000\r\n" + b"a" * 0x8000 + b"\r\n")
        await writer.drain()


async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.02)


async def dripping_head(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    await dripping(_, writer, __)


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter, __: bytes) -> None:
    await reader.read()


def bomb(opened: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(opened >> 20)) + packer.flush()


async def test_t25_an_endless_body_ends_at_the_limit() -> None:
    async with serving(endless) as internet:
        assert "larger than 100,000 bytes" in await refusal("http://shop.test/", internet, max_bytes=100_000)


async def test_t25_a_gzip_bomb_is_met_at_the_limit_and_not_in_memory() -> None:
    packed = bomb(256 << 20)
    async with serving(says(packed, "Content-Encoding: gzip")) as internet:
        started = time.perf_counter()
        assert f"larger than {MAX_BYTES:,}" in await refusal("http://shop.test/", internet)
        assert time.perf_counter() - started < 2


@pytest.mark.parametrize("packing", ["br", "zstd", "gzip, gzip", "x" * 200])
async def test_t25_a_packing_that_was_not_asked_for_is_refused(packing: str) -> None:
    async with serving(says(b"x", f"Content-Encoding: {packing}")) as internet:
        assert "did not ask" in await refusal("http://shop.test/", internet)


async def test_a_broken_packed_answer_is_refused() -> None:
    async with serving(says(b"not gzip at all", "Content-Encoding: gzip")) as internet:
        assert "broken" in await refusal("http://shop.test/", internet)


@pytest.mark.parametrize("size", [0, 1, 65_536, 1_000_000])
async def test_a_packed_answer_is_opened(size: int) -> None:
    body = os.urandom(size // 2) + b"a" * (size - size // 2)
    async with serving(says(gzip.compress(body), "Content-Encoding: gzip")) as internet, internet.client() as client:
        assert (await fetch("http://shop.test/", client=client)).body == body


@pytest.mark.parametrize("answer", [dripping, dripping_head, silent])
async def test_t25_a_slow_answer_ends_in_time(answer: Answer) -> None:
    async with serving(answer) as internet:
        started = time.perf_counter()
        assert "longer than 0.3 seconds" in await refusal("http://shop.test/", internet, timeout=0.3)
        assert time.perf_counter() - started < 2


async def test_a_slow_or_large_answer_to_an_adapter_is_an_unclear_transport_error() -> None:
    async with serving(dripping) as internet, internet.client(timeout=0.3) as client:
        with pytest.raises(httpx.TransportError):
            await client.post("http://shop.test/", json={})
    async with serving(endless) as internet, internet.client(max_bytes=1000) as client:
        with pytest.raises(httpx.TransportError):
            await client.post("http://shop.test/", json={})


async def test_an_unknown_name_was_never_sent_anything() -> None:
    async with Internet().client() as client:
        with pytest.raises(httpx.ConnectError, match="cannot be found"):
            await client.post("http://unknown.test/", json={})


async def test_a_connection_is_kept_and_used_again() -> None:
    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        for _ in range(2):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()
            with contextlib.suppress(asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n\r\n")

    async with serving(twice) as internet, internet.client() as client:
        for _ in range(2):
            assert (await fetch("http://shop.test/", client=client)).text == "ok"
    assert len(internet.connected) == 1


# --- what comes back


async def test_a_page_is_fetched_with_its_type_and_characters() -> None:
    body = "zażółć".encode("iso8859-2")
    answer = says(body, 'Content-Type: Text/HTML; charset="ISO-8859-2"\r\nETag: "a"')
    async with serving(answer) as internet, internet.client() as client:
        page = await fetch("http://shop.test/a?b=c#d", client=client)
    assert (page.status, page.content_type, page.text) == (200, "text/html", "zażółć")
    assert page.url == "http://shop.test/a?b=c#d"
    assert page.headers["etag"] == '"a"'


@pytest.mark.parametrize(
    "name", ["zip", "rot13", "hex", "base64", "punycode", "idna", "unicode_escape", "\0", "", None]
)
def test_t32_codecs_that_are_no_character_set_are_not_used(name: str | None) -> None:
    assert known_charset(name) is None
    assert Fetched("", 200, "", known_charset(name), b"\xff").text == "\ufffd"


@pytest.mark.parametrize(
    "name", ["utf-8", "UTF8", "latin1", "windows-1250", "Shift_JIS", "gb18030", "koi8-r", "us-ascii"]
)
def test_the_character_sets_of_pages_are_known(name: str) -> None:
    assert known_charset(name)


@pytest.mark.parametrize("url", ["https://bücher.example/ä?q=ü", "http://shop.example:8080", "HTTPS://SHOP.example/"])
def test_ordinary_addresses_pass(url: str) -> None:
    assert checked_url(url).scheme in ("http", "https")


# --- the shared attacks


async def test_t25_every_attack_address_is_refused_or_bound_with_no_connection_inside(
    connections: list[object],
) -> None:
    path = SHARED / "attacks" / "ssrf_urls.jsonl"
    if not path.exists():
        pytest.skip(f"attack data {path} is not here (set WARMLINE_SHARED)")
    answers = {
        "redirect-private.test": redirects_to("http://127.0.0.1/"),
        "redirect-loop.test": redirects_to("http://redirect-loop.test/"),
        "redirect-file.test": redirects_to("file:///etc/passwd"),
        "slow.test": dripping,
        "huge.test": endless,
        "gzipbomb.test": says(bomb(64 << 20), "Content-Encoding: gzip"),
        "spider-trap.test": says(b'<a href="/next">next</a>', "Content-Type: text/html"),
        "shop.example": says(b"a shop"),
    }

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        host = head.lower().partition(b"\r\nhost: ")[2].partition(b"\r\n")[0].decode()
        await answers[host](reader, writer, head)

    async with serving(answer) as internet:
        internet.names |= {name: [PUBLIC] for name in answers}
        internet.names |= {"multi.test": [PUBLIC, "10.0.0.5"], "cname-private.test": ["10.0.0.5"]}
        internet.names |= {"metadata.google.internal": ["169.254.169.254"]}
        for row in map(json.loads, path.read_text("ascii").splitlines()):
            before = len(internet.connected)
            async with internet.client(timeout=0.5) as client:
                outcome: object = None
                with contextlib.suppress(FetchRefused):
                    outcome = await fetch(row["url"], client=client, timeout=0.5)
            if row["expect"] == "refuse_before_connect":
                assert outcome is None, row
                assert len(internet.connected) == before, row
        assert all(is_public(address) for address, _ in internet.connected)
        assert set(connections) <= {("socket.connect", ("127.0.0.1", internet.port))}


# --- nobody goes around it

OTHER_CLIENTS = re.compile(
    r"^\s*(?:import|from)\s+(?:requests|urllib3|aiohttp|http\.client|httplib2|pycurl|websockets|ftplib)\b"
    r"|\burllib\.request\b|\bfrom urllib import request\b|\burlopen\("
    r"|\bhttpx\.(?:AsyncClient|Client|get|post|put|patch|delete|head|request|stream)\("
    r"|\bfrom httpx import\b|\bhttpcore\.|\bopen_connection\(|\bcreate_connection\(",
    re.MULTILINE,
)
MAY = {"outbound.py"}


def test_t25_no_other_http_client_is_used_in_the_product() -> None:
    found = [
        f"{path.relative_to(SRC)}: {match.group().strip()}"
        for path in sorted(SRC.rglob("*.py"))
        if path.relative_to(SRC).parts[0] not in MAY | {"sandbox"}
        for match in OTHER_CLIENTS.finditer(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "import requests",
        "from urllib.request import urlopen",
        "httpx.AsyncClient()",
        "    import aiohttp",
        "httpx.get(u)",
    ],
)
def test_the_search_for_other_clients_finds_them(line: str) -> None:
    assert OTHER_CLIENTS.search(line)
    assert not OTHER_CLIENTS.search("def f(client: httpx.AsyncClient) -> httpx.Response: ...")


def certificate_for(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's side of a certificate for this name, made now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = folder / "server.pem"
    file.write_bytes(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())
