"""One API request meets a vendor and its faults: what comes back is an answer, a reset or silence."""

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, replace
from math import ceil
from threading import RLock

from warmline.sandbox.faults import Fault, FaultKind, Operation
from warmline.sandbox.http import Request, Response
from warmline.sandbox.vendor import Vendor

BEFORE = frozenset({
    FaultKind.ERROR_BEFORE, FaultKind.RATE_LIMITED, FaultKind.REFUSE_ACCOUNT, FaultKind.REFUSE_TICKET,
    FaultKind.RESET_BEFORE, FaultKind.SILENCE_BEFORE, FaultKind.HTML_BEFORE, FaultKind.ERROR_IN_200,
})  # fmt: skip
HTML = b"<!doctype html><html><head><title>Sorry</title></head><body><h1>We are working on it</h1></body></html>"


@dataclass(frozen=True)
class Reset:
    """The connection breaks."""


@dataclass(frozen=True)
class Silence:
    """No answer for that long, None for ever; then the connection is closed."""

    seconds: float | None


Answer = Response | Reset | Silence


async def exchange(vendor: Vendor, request: Request, lock: RLock) -> Answer:
    """Handle one request as the vendor, faults included, and write down how it ended.

    A slow request is carried out even when the client has hung up meanwhile, as at a real vendor."""
    operation = vendor.api.operation(request)
    with lock:
        id = vendor.journal.arrived(request, operation)
        delay = vendor.faults.delay(operation)
    if delay:
        await asyncio.sleep(delay)
    with lock:
        answer, fault = _answer(vendor, request, operation)
        status = answer.status if isinstance(answer, Response) else None
        vendor.journal.answered(id, status, fault.kind.value if fault else None)
    return answer


def hang_up(writer: asyncio.StreamWriter) -> None:
    """Reset the connection: with no time to linger the system sends RST, not a polite end."""
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def wait_for_goodbye(reader: asyncio.StreamReader, seconds: float | None) -> None:
    """Say nothing until the client gives up or the time is over."""
    with suppress(asyncio.TimeoutError, ConnectionError):
        async with asyncio.timeout(seconds):
            while await reader.read(65536):
                pass


def _answer(vendor: Vendor, request: Request, operation: Operation) -> tuple[Answer, Fault | None]:
    wait = vendor.seconds_to_wait()
    if wait is not None:
        return _too_many(vendor, ceil(wait)), None
    fault = vendor.faults.draw(operation)
    if fault is not None and fault.kind in BEFORE:
        return _instead(vendor, fault), fault
    response = vendor.handle(request)
    limits = vendor.api.headers(len(vendor.recent), vendor.settings)
    response = replace(response, headers={**limits, **response.headers})
    return (_spoiled(vendor, fault, response) if fault else response), fault


def _instead(vendor: Vendor, fault: Fault) -> Answer:
    match fault.kind:
        case FaultKind.RATE_LIMITED:
            return _too_many(vendor, fault.retry_after)
        case FaultKind.REFUSE_ACCOUNT:
            return vendor.api.failure(fault.status or 401, "This account may not do that (a fault of the sandbox)")
        case FaultKind.REFUSE_TICKET:
            return vendor.api.failure(fault.status or 422, "Not acceptable (a fault of the sandbox)")
        case FaultKind.ERROR_IN_200:
            return replace(vendor.api.failure(500, "Something went wrong (a fault of the sandbox)"), status=200)
        case FaultKind.ERROR_BEFORE:
            return vendor.api.failure(fault.status or 503, "Out of order (a fault of the sandbox)")
        case _:
            return _broken(fault)


def _spoiled(vendor: Vendor, fault: Fault, response: Response) -> Answer:
    match fault.kind:
        case FaultKind.ERROR_AFTER:
            return vendor.api.failure(fault.status or 500, "Internal error (a fault of the sandbox)")
        case FaultKind.HALF_JSON:
            return replace(response, body=response.body[: len(response.body) // 2])
        case _:
            return _broken(fault)


def _broken(fault: Fault) -> Answer:
    match fault.kind:
        case FaultKind.RESET_BEFORE | FaultKind.RESET_AFTER:
            return Reset()
        case FaultKind.SILENCE_BEFORE | FaultKind.SILENCE_AFTER:
            return Silence(fault.seconds)
        case _:
            return Response(fault.status or 200, HTML, "text/html; charset=utf-8")


def _too_many(vendor: Vendor, seconds: int) -> Response:
    response = vendor.api.failure(429, "Number of allowed API requests exceeded")
    return replace(response, headers={**response.headers, "Retry-After": str(seconds)})
