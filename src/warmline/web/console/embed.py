"""Settings → Widget: the line to put into the shop's pages, the exact CSP lines, and whether we have seen it there."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.web.access import app_of, door_of
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import page, partial
from warmline.web.sightings import latest

router = console_router()

Me = Annotated[Staff, Depends(May("settings"))]
FRESH = timedelta(minutes=10)


@router.get("/settings/embed")
async def get_embed(request: Request, me: Me) -> Response:
    """The snippet."""
    return page(request, "embed/page.html", me, section="settings", place="embed", **await _context(request, me))


@router.get("/settings/embed/seen")
async def get_seen(request: Request, me: Me) -> Response:
    """Have we seen it? The page asks again every few seconds."""
    return partial(request, "embed/seen.html", me, **await _context(request, me))


async def _context(request: Request, me: Staff) -> dict[str, Any]:
    door, app = door_of(request), app_of(request)
    stored = await app.store.read(lambda tx: tx.sightings(me.workspace.id))
    parts = urlsplit(app.public_url)
    return {
        "url": app.public_url.rstrip("/"),
        "origin": f"{parts.scheme}://{parts.netloc}",
        "site": me.workspace.site,
        "origins": me.workspace.origins,
        "sightings": latest(door, me.workspace, stored),
        "fresh": FRESH,
    }
