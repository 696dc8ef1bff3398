"""A shopper's receipt: a page without scripts, for whoever has its signed link, and for nobody's index or cache."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from warmline.actions.read_receipt import read_receipt
from warmline.domain.handoff import INBOX
from warmline.domain.receipt import Receipt
from warmline.domain.wording import LANGUAGES, say
from warmline.errors import NotFound
from warmline.web.access import app_of

router = APIRouter(include_in_schema=False)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
}
_TITLES = {"zendesk": "Zendesk", "gorgias": "Gorgias"}
_PAGE = Environment(
    loader=PackageLoader("warmline.web", "static"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@router.get("/receipt/{token}")
async def get_receipt(token: str, request: Request) -> Response:
    """What was passed on, to whom, and how the answer comes; the page never shows a reason."""
    try:
        receipt = await read_receipt(app_of(request), token[:500])
    except NotFound:
        return _page(request, 404, None)
    return _page(request, 200, receipt)


@router.get("/receipt.css")
async def get_style() -> Response:
    """Its looks."""
    body = files("warmline.web").joinpath("static", "receipt.css").read_text(encoding="utf-8")
    return Response(body, headers={"Cache-Control": "no-cache"}, media_type="text/css")


def _page(request: Request, status: int, receipt: Receipt | None) -> Response:
    asked = request.headers.get("accept-language", "")[:2].lower()
    lang = receipt.lang if receipt else asked if asked in LANGUAGES else "en"

    def words(key: str, **values: str) -> str:
        return say(f"receipt.{key}", lang, **values)

    def when(at: datetime) -> str:
        zone = ZoneInfo(receipt.zone if receipt else "UTC")
        return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") + f" ({zone.key})"

    context: dict[str, Any] = {"lang": lang, "words": words, "when": when, "receipt": receipt}
    if receipt is not None:
        context["whom"] = _whom(receipt, words)
    return HTMLResponse(_PAGE.get_template("receipt.html").render(context), status, HEADERS)


def _whom(receipt: Receipt, words: Any) -> str:
    """The team, and by which of the well-known helpdesks; an address of the shop's own stays with the shop."""
    if receipt.helpdesk == INBOX or receipt.helpdesk not in _TITLES:
        return str(words("team", shop=receipt.shop))
    return str(words("team.by", shop=receipt.shop, helpdesk=_TITLES[receipt.helpdesk]))
