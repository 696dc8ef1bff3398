"""The widget API by hand, on bare asyncio streams: a client that costs little beside the server it measures."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

API = "/api/widget/conversations"


class Line:
    """One connection that is kept: a request, its answer, the next request."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, body: Mapping[str, Any], token: str = "") -> tuple[int, Any]:
        reader, writer = await self._open()
        payload = json.dumps(body).encode()
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{bearer}"
            f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
        )
        writer.write(head.encode() + payload)
        status, headers = await _head(reader)
        return status, json.loads(await reader.readexactly(int(headers["content-length"])))

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self._reader, self._writer

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


@dataclass
class Shopper:
    """Somebody with the widget open. `answers` holds when the answer to a message arrived at the stream, by seq."""

    port: int
    line: Line
    id: str
    token: str
    answers: dict[int, float] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _listening: asyncio.Task[None] | None = None
    _writer: asyncio.StreamWriter | None = None
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    async def arrive(cls, port: int, site: str, line: Line | None = None) -> Shopper:
        """A new conversation, by a connection of one's own or a shared one."""
        line = line or Line(port)
        status, begun = await line.post(API, {"site": site})
        assert status == 201, begun
        return cls(port, line, begun["conversation"]["id"], begun["token"])

    async def open_stream(self) -> None:
        """Returns when the first frame has arrived."""
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"GET {API}/{self.id}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n\r\n"
        self._writer.write(head.encode())
        status, _ = await _head(reader)
        assert status == 200, status
        first = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(reader, first))
        await first.wait()

    async def say(self, text: str) -> int:
        """Returns when the message is accepted: its seq."""
        body = {"client_id": f"said-{next(self._numbers):08}", "text": text}
        status, answer = await self.line.post(f"{API}/{self.id}/messages", body, self.token)
        assert status == 201, answer
        return int(answer["seq"])

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        status, answer = await self.line.post(f"{API}/{self.id}{path}", body, self.token)
        assert status == 200, answer
        return answer

    async def answered(self, seq: int, seconds: float = 30) -> float:
        """When the answer to this message was at the stream."""
        async with asyncio.timeout(seconds):
            while seq not in self.answers:
                self._news.clear()
                await self._news.wait()
        return self.answers[seq]

    async def leave(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()
        self.line.close()

    async def _listen(self, reader: asyncio.StreamReader, first: asyncio.Event) -> None:
        while line := await reader.readline():
            if line.startswith(b"data: "):
                now = time.perf_counter()
                self._hear(json.loads(line[6:]), now)
                first.set()

    def _hear(self, frame: Mapping[str, Any], now: float) -> None:
        for event in frame.get("events", ()):
            if event["kind"] == "message" and "reply_to" in event:
                self.answers[event["reply_to"]] = now
                self.kinds[event["reply_to"]] = "answer" if event.get("sources") else "other"
                self._news.set()


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
    return int(lines[0].split()[1]), headers
