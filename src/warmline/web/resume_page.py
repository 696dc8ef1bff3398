"""Where the link of a mail leads when the shop's page is not known: a small page that shows the conversation."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css"}


@router.get("/resume")
async def resume() -> Response:
    """The page itself; the secret stands behind the # of its address and never reaches a server's log."""
    return _file("resume.html")


@router.get("/resume.js")
async def script() -> Response:
    """Its script."""
    return _file("resume.js")


@router.get("/resume.css")
async def style() -> Response:
    """Its looks."""
    return _file("resume.css")


def _file(name: str) -> Response:
    body = files("warmline.web").joinpath("static", name).read_text(encoding="utf-8")
    headers = {"Content-Security-Policy": _CSP, "Cache-Control": "no-cache"}
    return Response(body, headers=headers, media_type=_TYPES[name.rsplit(".", 1)[1]])
