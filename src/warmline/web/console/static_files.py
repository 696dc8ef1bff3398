"""Styles and scripts of the console."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from warmline.errors import NotFound
from warmline.web.console.shell import content_of

router = APIRouter(include_in_schema=False)

_NAME = re.compile(r"[a-z0-9-]+\.(css|js|svg)")
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@router.get("/console/static/{name}")
async def get_static(request: Request, name: str) -> Response:
    """With its version in the address it may be kept for ever."""
    content = content_of(name) if _NAME.fullmatch(name) else None
    if content is None:
        raise NotFound("There is no such file.")
    kept = "public, max-age=31536000, immutable" if request.query_params.get("v") else "no-cache"
    return Response(content, headers={"Cache-Control": kept}, media_type=_TYPES[name.rpartition(".")[2]])
