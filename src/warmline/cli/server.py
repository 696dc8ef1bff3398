"""Uvicorn, with a stop that says `bye` to open streams first."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from warmline.bootstrap import Machine
from warmline.errors import SettingsError
from warmline.store.calendars import countries
from warmline.web.access import own_origin
from warmline.web.app import make_app
from warmline.web.console.prepare import prepare
from warmline.web.door import Door
from warmline.web.metrics import watch_loop

GRACE = 8
"""Seconds that open requests get at a stop; all in all it takes 30 at most (THREATS G9)."""


HEAD_WITHIN = 20
"""Seconds that a request's head may take: nobody holds a connection by asking nothing."""


UNACKNOWLEDGED = 60_000
"""Milliseconds that sent bytes may wait for the other side's word."""


class Connection(HttpToolsProtocol):
    """Closes on those who never finish asking, and lets a stream cut off a reader who does not read (G16)."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "cut": transport.abort}
        self._late = self.loop.call_later(HEAD_WITHIN, transport.abort)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._late is None:
            self._late = self.loop.call_later(HEAD_WITHIN, self.transport.abort)

    def on_headers_complete(self) -> None:
        self._begun()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._begun()
        super().connection_lost(exc)

    def _begun(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class Server(uvicorn.Server):
    """Stops streams as soon as a signal arrives: they would keep the server waiting otherwise."""

    def __init__(self, config: uvicorn.Config, door: Door) -> None:
        super().__init__(config)
        self._door = door

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn would raise the signal again at its end, and so cut off what still has to be put away after it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        """The first signal ends in good order, a second one at once."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._closing = asyncio.get_running_loop().create_task(_close(self._door))


async def _prepare(app: FastAPI, door: Door) -> None:
    await prepare(app, door)
    # What a start has loaded stays: to look through it for cycles would hold up everybody for 60 ms now and then.
    gc.freeze()


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, before anything else is started: a taken port is a clear error. Raises SettingsError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by every connection. asyncio sets it only on sockets made with IPPROTO_TCP; without it the head of an
    # answer goes out alone and its body waits 40 ms for the client's delayed acknowledgement.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Inherited too: a reader that is gone without a word, or takes nothing, is given up, and not after 15 minutes.
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise SettingsError(
            f"Port {port} on {host} cannot be used ({error.strerror}). Choose another --port."
        ) from error
    sock.listen(2048)
    sock.setblocking(False)
    return sock


async def serve(
    machine: Machine,
    sock: socket.socket,
    on_ready: Callable[[], None],
    until: asyncio.Event | None = None,
    setup_secret: str | None = None,
    development: bool = False,
) -> None:
    """Answer until a signal comes, or `until` is set; then streams say `bye` and what is under way ends.

    `setup_secret` makes whoever shows it the first owner; `development` serves the console's style guide too.
    """
    settings = machine.settings
    door = Door(machine.app, settings.trusted_proxies, own_origin(settings.url), setup_secret, development)
    door.metrics_token = settings.metrics_token
    if machine.worker is not None:
        door.worker_alive = machine.worker.alive
    app = make_app(door)
    server = Server(_config(app), door)
    running = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started and not running.done():  # noqa: ASYNC110 uvicorn offers no event
        await asyncio.sleep(0.01)
    if not running.done():
        on_ready()
        # The settings page offers these: whoever opens it first need not wait for a large import.
        asyncio.get_running_loop().run_in_executor(None, countries)
    preparing = asyncio.create_task(_prepare(app, door))
    watching = asyncio.create_task(watch_loop())
    waiting = asyncio.create_task(_stop_when(until, server, door)) if until else None
    await running
    for task in (waiting, watching, preparing):
        if task is not None:
            task.cancel()
    await asyncio.gather(preparing, watching, return_exceptions=True)


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Connection,
        loop="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=65,
    )


async def _stop_when(until: asyncio.Event, server: uvicorn.Server, door: Door) -> None:
    await until.wait()
    server.should_exit = True
    await _close(door)


async def _close(door: Door) -> None:
    """Streams wait for news: closing the live channel wakes them, and they see that the house closes."""
    door.closing.set()
    await door.app.live.close()
