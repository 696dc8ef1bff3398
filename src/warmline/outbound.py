"""
The one way out: every HTTP request that Warmline makes goes through `guarded_client` or `fetch` (THREATS.md T25).

Merchants, pages and vendors name addresses that our server then opens, and our server stands where it can reach more
than they can: its own loopback, the network around it, a cloud's metadata service. So for every connection, those of
redirects included: http or https on a listed port; a host written in the ordinary way; the name is looked up once,
every address it has must be public, and the connection goes to exactly the address that was checked. TLS and the Host
header keep the name. Bytes (as sent and as opened), time and redirects have limits. No proxy or netrc of the
environment is used.
"""

from __future__ import annotations

import asyncio
import codecs
import re
import socket
import ssl
import unicodedata
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpcore
import httpx

from warmline.errors import FetchRefused

USER_AGENT = "Warmline"
TIMEOUT = 20.0
MAX_BYTES = 5 * 1024 * 1024
MAX_REDIRECTS = 5
PORTS = (80, 443, 8080, 8443)

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, best first. Raises OSError when it has none."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str | httpx.URL) -> Origin:
        url = httpx.URL(url)
        port = _DEFAULT_PORTS.get(url.scheme, 0) if url.port is None else url.port
        return cls(url.scheme, url.raw_host.decode("ascii"), port)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a GET brought. `url` is the address after redirects; `content_type` is bare and in lower case."""

    url: str
    status: int
    content_type: str
    charset: str | None
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.body.decode(self.charset or "utf-8", "replace")


def guarded_client(
    *,
    allow: Sequence[Origin] = (),
    trust: Sequence[Origin] = (),
    ports: Sequence[int] = PORTS,
    timeout: float = TIMEOUT,
    max_bytes: int = MAX_BYTES,
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
    resolve: Resolver | None = None,
    verify: ssl.SSLContext | None = None,
    network: httpcore.AsyncNetworkBackend | None = None,
) -> httpx.AsyncClient:
    """A client that reaches public addresses only; `allow` names origins that may be on loopback, on any port.

    `trust` names origins that may be anywhere, on any port: only what the operator wrote into the environment, such as
    a model server in the same network.
    Raises FetchRefused before anything is sent. What goes wrong later (too slow, too large, broken) is an
    `httpx.TransportError`: the request may have been carried out. `timeout` is for a whole answer, not for a silence.
    It does not follow redirects unless told to. `resolve`, `verify` and `network` are for tests.
    """
    rules = _Rules(frozenset(allow), frozenset(ports), frozenset(trust))
    guard = _GuardedNetwork(rules, resolve or _resolve, network or httpcore.AnyIOBackend())
    return httpx.AsyncClient(
        transport=_GuardedTransport(rules, guard, verify or _trusted(), timeout, max_bytes),
        base_url=base_url,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"} | dict(headers or {}),
        timeout=httpx.Timeout(timeout, connect=timeout / 4),
        max_redirects=MAX_REDIRECTS,
        trust_env=False,
    )


async def fetch(
    url: str,
    *,
    client: httpx.AsyncClient | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> Fetched:
    """GET a page by a guarded client. Raises FetchRefused with the reason, also when the server fails us."""
    if client is None:
        async with guarded_client(timeout=timeout) as own:
            return await fetch(url, client=own, headers=headers, timeout=timeout)
    checked = checked_url(url)
    try:
        async with asyncio.timeout(timeout):
            response = await client.get(checked, headers=headers, follow_redirects=True)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise FetchRefused(f"{checked.host} took longer than {timeout:g} seconds") from error
    except httpx.TooManyRedirects as error:
        raise FetchRefused(f"{checked.host} redirects more than {MAX_REDIRECTS} times") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchRefused(f"{checked.host} cannot be read: {str(error) or type(error).__name__}") from error
    return _fetched(response)


def checked_url(text: str) -> httpx.URL:
    """The address as a URL, if it is http(s) and written in the ordinary way; nothing is looked up."""
    if len(text) > _MAX_URL or not text.isprintable() or any(c in "\\ " or c.isspace() for c in text):
        raise FetchRefused("the address holds spaces, backslashes or hidden characters, or is too long")
    if (written := _WRITTEN.match(text)) is None:
        raise FetchRefused("the address must begin with http:// or https:// and a plain host name")
    # A full-width or circled letter would turn into another host on the way.
    if unicodedata.normalize("NFKC", written["host"]) != written["host"]:
        raise FetchRefused("the host name holds look-alike characters")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise FetchRefused(f"this is not an address: {error}") from error
    _check_host(url.raw_host.decode("ascii"))
    return url


def is_public(address: str) -> bool:
    """Whether this IP address is on the public internet, by our own list."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return _is_public_4(ip) if isinstance(ip, IPv4Address) else _is_public_6(ip)


# --- what may be asked for

_MAX_URL = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_WRITTEN = re.compile(r"https?://(?P<host>\[[0-9A-Fa-f:.]+\]|[^\W_][\w.-]*)(:[0-9]{1,5})?(?=[/?#]|$)", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


@dataclass(frozen=True, slots=True)
class _Rules:
    allow: frozenset[Origin]
    ports: frozenset[int]
    trust: frozenset[Origin] = frozenset()

    def check(self, url: httpx.URL) -> None:
        """Refuse what can be refused without a look-up."""
        if url.scheme not in _DEFAULT_PORTS:
            raise FetchRefused(f"{url.scheme or 'an address without a scheme'} is not http or https")
        if url.userinfo:
            raise FetchRefused("the address holds a user name or password")
        origin = Origin.of(url)
        _check_host(origin.host)
        if origin not in self.allow | self.trust and (
            origin.port not in self.ports or self.allows_loopback(*_place(origin))
        ):
            raise FetchRefused(f"port {origin.port} of {origin.host} is not open to us")

    def allows_loopback(self, host: str, port: int) -> bool:
        return any((host, port) == _place(origin) for origin in self.allow)

    def trusts(self, host: str, port: int) -> bool:
        return any((host, port) == _place(origin) for origin in self.trust)


def _place(origin: Origin) -> tuple[str, int]:
    return origin.host, origin.port


def _check_host(host: str) -> None:
    """An IP address in its canonical form, or a name that no resolver takes for a number."""
    if _is_canonical_ip(host):
        return
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1] or labels[-2 if len(labels) > 1 else 0]):
        raise FetchRefused("the host is an IP address in an odd notation")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise FetchRefused("the host name is not well formed")


def _is_canonical_ip(host: str) -> bool:
    try:
        return "%" not in host and bool(ip_address(host))
    except ValueError:
        return False


# --- where a connection may go

_NOT_PUBLIC_4 = [
    IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # looks public; inside Azure it is the host's own service
    )
]  # fmt: skip
_GLOBAL_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = [
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32", "2002::/16",  # documentation; 6to4, which carries any IPv4 address
        "2620:4f:8000::/48", "3fff::/20",
    )
]  # fmt: skip
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def _is_public_4(ip: IPv4Address) -> bool:
    return not any(ip in block for block in _NOT_PUBLIC_4)


def _is_public_6(ip: IPv6Address) -> bool:
    if ip.scope_id is not None:
        return False
    if ip.ipv4_mapped is not None:
        return _is_public_4(ip.ipv4_mapped)
    if ip in _NAT64:  # how a network without IPv4 reaches the rest; it leads to the address in its last 32 bits
        return _is_public_4(IPv4Address(int(ip) & 0xFFFFFFFF))
    if (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return ip in _GLOBAL_6 and not any(ip in block for block in _NOT_PUBLIC_6)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address) in (IPv6Address("::1"),) or ip_address(address) in _LOOPBACK_4
    except ValueError:
        return False


_LOOPBACK_4 = IPv4Network("127.0.0.0/8")
_TRIES = 4


class _GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Looks a name up once, checks every address, and connects to one of those and to nothing else."""

    def __init__(self, rules: _Rules, resolve: Resolver, network: httpcore.AsyncNetworkBackend) -> None:
        self._rules, self._resolve, self._network = rules, resolve, network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception | None = None
        for address in await self._addresses(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise FetchRefused("local sockets are not open to us")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[str]:
        found = [host] if _is_canonical_ip(host) else await self._looked_up(host, port)
        if self._rules.trusts(host, port):
            return list(found)[:_TRIES]
        loopback = self._rules.allows_loopback(host, port)
        # One bad address refuses the name: a name with a public and an inner address is an attack or a mistake. The
        # reason names no address, for that would tell a stranger what our name server knows.
        if not all(is_public(address) or (loopback and _is_loopback(address)) for address in found):
            raise FetchRefused(f"{host} does not lead to a public address")
        return sorted(found, key=lambda address: ":" in address)[:_TRIES]

    async def _looked_up(self, host: str, port: int) -> Sequence[str]:
        try:
            return await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be found") from error


async def _resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    # As bytes: for text Python would apply its old IDNA rules once more.
    found = await loop.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


# --- how much may come back


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over a pool that connects through the guard, with limits on every answer."""

    def __init__(
        self, rules: _Rules, guard: _GuardedNetwork, trusted: ssl.SSLContext, seconds: float, max_bytes: int
    ) -> None:
        self._rules, self._seconds, self._max_bytes = rules, seconds, max_bytes
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=15.0,
            network_backend=guard,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._rules.check(request.url)
        deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(deadline):
                response = await super().handle_async_request(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"no answer within {self._seconds:g} seconds") from error
        return await self._bounded(response, deadline)

    async def _bounded(self, response: httpx.Response, deadline: float) -> httpx.Response:
        """The same answer, opened by us: httpx would inflate a whole chunk before anybody can count."""
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in _OPENERS:
            await response.aclose()
            raise httpx.ReadError(f"the answer is packed as {encoding[:30]!r}, which we did not ask for")
        headers = response.headers.copy()
        if encoding != "identity":
            headers.pop("Content-Encoding", None)
            headers.pop("Content-Length", None)
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101  httpx's own transport
        stream = _Bounded(response.stream, _OPENERS[encoding](), self._max_bytes, deadline)
        return httpx.Response(response.status_code, headers=headers, stream=stream, extensions=response.extensions)


class _Bounded(httpx.AsyncByteStream):
    """A body that ends in an error once it is too large, as sent or as opened, or too late."""

    def __init__(self, stream: httpx.AsyncByteStream, opener: _Opener, max_bytes: int, deadline: float) -> None:
        self._stream, self._open, self._max_bytes, self._deadline = stream, opener, max_bytes, deadline

    async def __aiter__(self) -> AsyncIterator[bytes]:
        sent = opened = 0
        async for data in self._in_time():
            sent += len(data)
            for piece in self._open(data):
                opened += len(piece)
                if max(sent, opened) > self._max_bytes:
                    raise httpx.ReadError(f"the answer is larger than {self._max_bytes:,} bytes")
                yield piece

    async def _in_time(self) -> AsyncIterator[bytes]:
        source = aiter(self._stream)
        while True:
            try:
                async with asyncio.timeout_at(self._deadline):
                    data = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise httpx.ReadTimeout("the answer did not end in time") from error
            yield data

    async def aclose(self) -> None:
        await self._stream.aclose()


_Opener = Callable[[bytes], Iterator[bytes]]


def _as_sent() -> _Opener:
    def open_(data: bytes) -> Iterator[bytes]:
        yield data

    return open_


def _inflated() -> _Opener:
    """gzip or zlib, opened in small steps, so that a bomb is met at the limit and not in memory."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)
    step = 64 * 1024

    def open_(data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = inflate.decompress(data, step)
            except zlib.error as error:
                raise httpx.ReadError("the packed answer is broken") from error
            yield piece
            data = inflate.unconsumed_tail
            if not data and len(piece) < step:
                return

    return open_


_OPENERS: Mapping[str, Callable[[], _Opener]] = {
    "identity": _as_sent,
    "": _as_sent,
    "gzip": _inflated,
    "x-gzip": _inflated,
    "deflate": _inflated,
}


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _fetched(response: httpx.Response) -> Fetched:
    content_type, _, _ = response.headers.get("Content-Type", "").partition(";")
    return Fetched(
        url=str(response.url),
        status=response.status_code,
        content_type=content_type.strip().lower(),
        charset=known_charset(response.charset_encoding),
        body=response.content,
        headers=dict(response.headers),
    )


_TEXT_CODECS = re.compile(r"utf-(8|16|32)(-[bl]e)?|ascii|(iso8859|cp|koi8|mac|euc|shift|gb|big5|iso2022|tis)[\w-]*")


def known_charset(name: str | None) -> str | None:
    """Python's name of a character set that pages use, or None; its other codecs unpack, or take quadratic time."""
    try:
        codec = codecs.lookup(name or "").name
    except (LookupError, ValueError):
        return None
    return codec if _TEXT_CODECS.fullmatch(codec) else None
