"""The log of requests to one vendor: bounded, and without the secrets."""

import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from warmline.sandbox.faults import Operation
from warmline.sandbox.http import Request
from warmline.sandbox.seen import SeenRequest

MOST_REQUESTS = 5000
MOST_BYTES = 64 * 1024 * 1024
_SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key"})
_SECRET_IN_BODY = re.compile(rb'((?:client_secret|refresh_token|hmac_secret)"?\s*[:=]\s*"?)([^"&\s]+)')


class Journal:
    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._ids = count(1)
        self._entries: dict[int, SeenRequest] = {}
        self._order: deque[int] = deque()
        self._bytes = 0
        self.total = 0

    def arrived(self, request: Request, operation: Operation) -> int:
        """Written down at once, so that a request that hangs is seen while it hangs."""
        entry = SeenRequest(
            id=next(self._ids),
            at=self._clock(),
            method=request.method,
            path=request.target,
            operation=operation.value,
            headers={name: _redacted(name, value) for name, value in request.headers.items()},
            body=_SECRET_IN_BODY.sub(_hide, request.body),
            size=len(request.body),
            status=None,
            fault=None,
        )
        self._keep(entry)
        return entry.id

    def answered(self, id: int, status: int | None, fault: str | None) -> None:
        if id in self._entries:
            self._entries[id] = replace(self._entries[id], status=status, fault=fault)

    def all(self) -> list[SeenRequest]:
        return list(self._entries.values())

    def _keep(self, entry: SeenRequest) -> None:
        self._entries[entry.id] = entry
        self._order.append(entry.id)
        self._bytes += len(entry.body)
        self.total += 1
        while len(self._order) > MOST_REQUESTS or self._bytes > MOST_BYTES:
            self._bytes -= len(self._entries.pop(self._order.popleft()).body)


def last_four(secret: str) -> str:
    return "…" + secret[-4:] if len(secret) > 8 else "…"


def _redacted(name: str, value: str) -> str:
    if name not in _SECRET_HEADERS:
        return value
    scheme, space, secret = value.rpartition(" ")
    return scheme + space + last_four(secret)


def _hide(match: re.Match[bytes]) -> bytes:
    return match[1] + last_four(match[2].decode("latin-1")).encode()
