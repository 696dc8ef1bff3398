"""Runs the HTTP and SMTP servers on an event loop of their own thread, so that any program may hold a sandbox."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress

from warmline.sandbox.exchange import Answer, Reset, Silence, hang_up, wait_for_goodbye
from warmline.sandbox.http import STREAM_LIMIT, Request, Response, encode, read_request, wants_to_stay

Streams = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """`answer` is asked for each HTTP request, `talk_smtp` gets each mail connection."""

    def __init__(self, answer: Callable[[Request], Awaitable[Answer]], talk_smtp: Streams) -> None:
        self._answer = answer
        self._talk_smtp = talk_smtp
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self.port = 0
        self.smtp_port = 0

    def start(self, host: str, port: int, smtp_port: int) -> None:
        """Listen; returns when both ports are open, and raises what stopped them from opening."""
        job = self._main(host, port, smtp_port)
        self._thread = threading.Thread(target=self._run, args=(job,), name="sandbox", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        if self._thread is None:
            return
        if self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=10)
        self._thread = None

    def _run(self, job: Coroutine[None, None, None]) -> None:
        try:
            # Not the loop the program may have chosen for itself: a reset needs a plain socket.
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(job)
        except BaseException as error:  # noqa: BLE001 - start() raises it where somebody listens
            self._failure = error
        finally:
            self._ready.set()

    async def _main(self, host: str, port: int, smtp_port: int) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        web = await asyncio.start_server(_guarded(self._talk_http), host, port, limit=STREAM_LIMIT, backlog=256)
        try:
            mail = await asyncio.start_server(_guarded(self._talk_smtp), host, smtp_port, limit=STREAM_LIMIT)
        except OSError:
            web.close()
            raise
        self.port, self.smtp_port = _port_of(web), _port_of(mail)
        self._ready.set()
        await self._stop.wait()
        web.close()
        mail.close()
        # Leaving here ends the loop, and with it every open connection.

    async def _talk_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stay = True
        while stay and (request := await _next_request(reader, writer)) is not None:
            answer = await self._answer(request)
            stay = await _give(answer, request, reader, writer)


async def _next_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    try:
        return await read_request(reader, writer)
    except ValueError as error:
        refusal = Response(400, str(error).encode(), "text/plain; charset=utf-8")
        writer.write(encode(refusal, head_only=False, stay=False))
        return None


async def _give(answer: Answer, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether the connection may go on."""
    match answer:
        case Reset():
            hang_up(writer)
            return False
        case Silence(seconds):
            await wait_for_goodbye(reader, seconds)
            return False
        case Response():
            stay = wants_to_stay(request)
            writer.write(encode(answer, head_only=request.method == "HEAD", stay=stay))
            await writer.drain()
            return stay


def _guarded(talk: Streams) -> Streams:
    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # ValueError: a line longer than any stand-in accepts.
            with suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
                await talk(reader, writer)
        finally:
            writer.close()

    return guarded


def _port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])
