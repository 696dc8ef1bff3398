"""Webhooks out of the stand-ins, from a thread of their own; when told to, twice, late, out of order or never."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from warmline.sandbox.http import Json
from warmline.sandbox.vendor import Settings

PATIENCE = 10.0
GATHER = 0.3
"""Seconds in which calls are gathered to be sent in the wrong order."""
MOST_KEPT = 1_000

_opener = build_opener(ProxyHandler({}))  # the shop under test is near: never ask a proxy for it


@dataclass(frozen=True)
class Call:
    """One call of a webhook."""

    vendor: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Ringer:
    """Rings what `ring` was given; `rung` tells what came of it."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[tuple[Call, Settings]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._rung: list[Json] = []

    def ring(self, call: Call, settings: Settings) -> None:
        self._waiting.put((call, settings))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
            self._thread.start()

    def rung(self) -> list[Json]:
        """Oldest first: `{"vendor", "url", "status", "body"}`; status None when nobody answered."""
        return list(self._rung)

    def forget(self) -> None:
        self._rung.clear()

    def _run(self) -> None:
        while True:
            call, settings = self._waiting.get()
            calls = [call, *self._gathered()] if settings.hooks_reversed else [call]
            for each in reversed(calls):
                for _ in range(int(settings.hook_copies)):
                    time.sleep(settings.hook_delay)
                    self._send(each)

    def _gathered(self) -> list[Call]:
        calls, end = [], time.monotonic() + GATHER
        while (left := end - time.monotonic()) > 0:
            try:
                calls.append(self._waiting.get(timeout=left)[0])
            except Empty:
                break
        return calls

    def _send(self, call: Call) -> None:
        status: int | None = None
        request = Request(call.url, call.body, dict(call.headers), method="POST")  # noqa: S310 - whoever set up the webhook
        try:
            with _opener.open(request, timeout=PATIENCE) as response:
                status = response.status
        except HTTPError as error:
            with error:
                status = error.code
        except (OSError, ValueError):
            status = None
        if len(self._rung) < MOST_KEPT:
            self._rung.append({"vendor": call.vendor, "url": call.url, "status": status, "body": call.body.decode()})
