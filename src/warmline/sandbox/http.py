"""Just enough HTTP/1.1 for a stand-in: requests with a length or in chunks, kept-alive connections, plain answers."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

JSON = "application/json"
MAX_BODY = 16 * 1024 * 1024
STREAM_LIMIT = 1024 * 1024

# JSON is whatever the client sent: shape.py looks at it at run time, types cannot.
Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    def under(self, prefix: str) -> "Request":
        """The same request as the vendor behind that prefix sees it."""
        return replace(self, path=self.path.removeprefix(prefix) or "/")

    def json(self) -> Any:  # any JSON value; a broken one raises ValueError
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """Raised anywhere while a request is handled; carries the answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def json_response(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False).encode(), JSON, headers or {})


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request of this connection; None when the client has gone. Nonsense raises ValueError."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise ValueError("the head of the request is too long") from error
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = _headers(lines)
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return _request(first, headers, await _read_body(reader, headers))


def wants_to_stay(request: Request) -> bool:
    return request.headers.get("connection", "").lower() != "close"


def encode(response: Response, *, head_only: bool, stay: bool) -> bytes:
    headers = {
        "Content-Type": response.content_type,
        "Content-Length": str(len(response.body)),
        "Connection": "keep-alive" if stay else "close",
        "X-Content-Type-Options": "nosniff",
        **response.headers,
    }
    lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}", *(f"{k}: {v}" for k, v in headers.items())]
    head = "\r\n".join(lines).encode("latin-1", errors="replace") + b"\r\n\r\n"
    return head if head_only else head + response.body


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines if line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _request(first: str, headers: dict[str, str], body: bytes) -> Request:
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise ValueError("this is not an HTTP/1 request")
    parts = urlsplit(words[1])
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Request(words[0].upper(), words[1], unquote(parts.path) or "/", query, headers, body)


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return await _read_chunks(reader)
    length = headers.get("content-length", "0")
    return await reader.readexactly(_checked(int(length))) if length.isdigit() else b""


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(_checked(len(body) + size) - len(body))
        await reader.readline()
    while (await reader.readline()).strip():
        pass
    return bytes(body)


def _checked(size: int) -> int:
    if not 0 <= size <= MAX_BODY:
        raise ValueError("the body is too large")
    return size


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
