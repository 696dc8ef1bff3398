"""Uvicorn, with a stop that says `bye` to open streams first."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from warmline.bootstrap import Machine
from warmline.errors import SettingsError
from warmline.web.access import own_origin
from warmline.web.app import make_app
from warmline.web.door import Door

GRACE = 25
"""Seconds that open requests get at a stop; all in all it takes 30 at most (THREATS G9)."""


class Server(uvicorn.Server):
    """Stops streams as soon as a signal arrives: they would keep the server waiting otherwise."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._on_stop()
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, before anything else is started: a taken port is a clear error. Raises SettingsError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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


async def serve(machine: Machine, sock: socket.socket, on_ready: Callable[[], None]) -> None:
    """Answer until a signal comes; then streams say `bye` and what is under way ends."""
    settings = machine.settings
    door = Door(machine.app, settings.trusted_proxies, own_origin(settings.url))
    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.call_soon_threadsafe(_close, door, loop)

    config = uvicorn.Config(
        make_app(door),
        http="httptools",
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
    server = Server(config, stop)
    running = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started and not running.done():  # noqa: ASYNC110 uvicorn offers no event
        await asyncio.sleep(0.01)
    if not running.done():
        on_ready()
    await running


def _close(door: Door, loop: asyncio.AbstractEventLoop) -> None:
    door.closing.set()
    # Streams wait for news: closing the live channel wakes them, and they see that the house closes.
    task = loop.create_task(door.app.live.close())
    task.add_done_callback(lambda done: done.exception())
