"""Is it alive, is it ready, what is it doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from warmline.errors import TooMany, Unavailable
from warmline.store.migrate import migrations
from warmline.store.trouble import WORDS
from warmline.web import metrics
from warmline.web.access import door_of, proxy_of
from warmline.web.door import Door
from warmline.web.problems import problem
from warmline.web.streaming import EventStream

router = APIRouter(tags=["health"])

OK = "ok"
STREAM_TAKES = 1.5
"""Seconds between the two frames of the short stream: whoever gets both at once has something that keeps them back."""
_STREAMS = 4
_KNOWN = max(migrations())


@router.get("/healthz")
async def healthz(request: Request) -> dict[str, str]:
    """The process answers. `instance` is the same for all servers of one key; `proxy` says whether we believe the one
    that passed this on: none, trusted or untrusted."""
    door = door_of(request)
    return {"status": OK, "instance": door.app.store.vault.mark("instance"), "proxy": proxy_of(request)}


@router.get("/healthz/stream", response_class=Response)
async def short_stream(request: Request) -> Response:
    """A frame now, a frame 1.5 seconds later, and the end: does a proxy in between keep streams back?

    As those of the widget: the same kind, the same headers.
    """
    door = door_of(request)
    if door.streams["healthz"] >= _STREAMS:
        raise TooMany(f"At most {_STREAMS} of these may be open at once.", 2)
    return EventStream(_two_frames(door))


async def _two_frames(door: Door) -> AsyncGenerator[bytes]:
    with door.counted("healthz"):
        yield b"event: first\ndata: {}\n\n"
        await asyncio.sleep(STREAM_TAKES)
        yield b"event: last\ndata: {}\n\n"


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """The store takes writes and has the present shape, the worker lives, no stop is under way: send shoppers here.

    Else 503, and `checks` says which of them does not hold.
    """
    door = door_of(request)
    if door.closing.is_set():
        return problem(503, "Closing", "A stop is under way.", checks={"stop": "under way"})
    checks = await _checks(door)
    wrong = [f"{name}: {said}" for name, said in checks.items() if said != OK]
    if wrong:
        return problem(503, "Not ready", "; ".join(wrong), {"Retry-After": "5"}, checks=checks)
    return JSONResponse({"status": "ready", "checks": checks})


async def _checks(door: Door) -> dict[str, str]:
    trouble = door.app.store.health.trouble
    checks = {"store": WORDS[trouble.cause] if trouble else OK, "worker": OK if door.worker_alive() else "not alive"}
    try:
        found = await door.app.store.read(lambda tx: tx.migrated_to())
    except Unavailable as error:
        return checks | {"store": str(error)}
    # A newer release may have migrated already: this one goes on with it.
    return checks | {"migrations": OK if found >= _KNOWN else f"at {found}, needs {_KNOWN}"}


@router.get("/metrics", response_class=Response)
async def figures(request: Request) -> Response:
    """Figures for Prometheus: with WARMLINE_METRICS_TOKEN as bearer, or without one from this machine only."""
    metrics.check_access(request)
    return Response(await metrics.exposition(request), media_type=CONTENT_TYPE_LATEST)
