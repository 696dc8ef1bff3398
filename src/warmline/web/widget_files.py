"""The widget's files, for pages of any origin: the launcher, the single file, and what they load by hashed names."""

from __future__ import annotations

import functools
import hashlib
import json
from importlib.resources import files

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

router = APIRouter(include_in_schema=False)

DIST = files("warmline.web").joinpath("static", "dist")
SHORT = "public, max-age=300, must-revalidate"
LONG = "public, max-age=31536000, immutable"
_TYPES = {"js": "text/javascript; charset=utf-8", "json": "application/json", "css": "text/css; charset=utf-8"}
# A shop's page is another origin: it loads the launcher as a script, the panel as a module (which asks for CORS).
_SHARED = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_NOT_BUILT = (
    "The widget's scripts have not been built. From a checkout, `./run check` or `uv sync` builds them (Node 20 or"
    " newer, or the network to fetch it); a released wheel carries them."
)


@router.api_route("/widget.js", methods=["GET", "HEAD"])
async def launcher(request: Request) -> Response:
    """What a shop embeds."""
    return _named(request, "widget.js")


@router.api_route("/widget.single.js", methods=["GET", "HEAD"])
async def single(request: Request) -> Response:
    """The same with everything in one file, for hosts that allow no second request."""
    return _named(request, "widget.single.js")


@router.api_route("/widget/{name}", methods=["GET", "HEAD"])
async def hashed(request: Request, name: str) -> Response:
    """The panel and the words of a language. The name changes with the content, so it may be kept for ever.

    A page that still has the launcher of before an upgrade asks for a panel that is gone: it gets the present one.
    """
    content = _read("hashed", name)
    if content is not None:
        return _answer(request, content, name, LONG)
    now = _present(name)
    content = _read("hashed", now) if now else None
    if now is None or content is None:
        return _missing(f"There is no {name} here.")
    return _answer(request, content, now, "no-cache")


def _named(request: Request, name: str) -> Response:
    content = _read(name)
    return _missing(_NOT_BUILT) if content is None else _answer(request, content, name, SHORT)


def _answer(request: Request, content: bytes, name: str, cache: str) -> Response:
    etag = f'"{_etag(content)}"'
    headers = _SHARED | {"ETag": etag, "Cache-Control": cache}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=_TYPES[name.rsplit(".", 1)[1]])


def _missing(text: str) -> Response:
    return PlainTextResponse(text, 404, {"Cache-Control": "no-store"} | _SHARED)


def _present(name: str) -> str | None:
    """The file that now does what `name` did: `panel-….js`, `pl-….json`."""
    stem, _, _ = name.rpartition("-")
    manifest = _read("manifest.json")
    if not stem or manifest is None:
        return None
    known = json.loads(manifest)
    found: str | None = known["panel"] if stem == "panel" else known["locales"].get(stem)
    return found


def _read(*path: str) -> bytes | None:
    if any("/" in part or "\\" in part or part.startswith(".") for part in path):
        return None
    file = DIST.joinpath(*path)
    return file.read_bytes() if file.is_file() else None


@functools.lru_cache(maxsize=32)
def _etag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]
