"""Is it alive, is it ready, what is it doing."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from warmline.errors import Unavailable
from warmline.web.access import app_of, door_of
from warmline.web.problems import problem

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """The store answers and the house is not closing: send shoppers here."""
    if door_of(request).closing.is_set():
        return problem(503, "Closing")
    try:
        await app_of(request).store.read(lambda tx: tx.row("SELECT 1 AS one"))
    except Unavailable as error:
        return problem(503, "Not ready", str(error))
    return JSONResponse({"status": "ready"})


@router.get("/metrics", response_class=Response)
async def metrics() -> Response:
    """Figures of this process for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
