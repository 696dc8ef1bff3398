"""The demo shop's pages and help centre, on an origin of their own: what a merchant's shop is to Warmline.

Every page embeds the widget as a merchant would. `?site=` chooses the handoff method to try, and is remembered.
"""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from markdown_it import MarkdownIt
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

SHOP = files("warmline.cli") / "demo_shop"
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_COOKIE = "site"
Endpoint = Callable[[Request], Awaitable[Response]]
_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Ridge &amp; Fern</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.6 system-ui, sans-serif; max-inline-size: 42rem; margin: 2rem auto; padding-inline: 1rem; }}
a {{ color: light-dark(#0b6e5f, #4cc2ab); }}
table {{ border-collapse: collapse; }}
td, th {{ border: 1px solid light-dark(#dde3e0, #2b3533); padding: .3rem .6rem; text-align: start; }}
</style>
</head>
<body>
<nav><a href="/">Ridge &amp; Fern</a> · <a href="{index}">{help}</a></nav>
<main>
{body}
</main>
</body>
</html>
"""


def help_site(server: str = "", sites: Mapping[str, str] | None = None) -> Starlette:
    """The shop's front, one product, and every help page under the address that its front matter names.

    `server` is where the widget comes from; `sites` are the keys to choose from with what each one tries.
    """
    pages = _pages()
    routes = [
        Route("/", _shop_page("index.html")),
        Route("/index.html", _shop_page("index.html")),
        Route("/product.html", _shop_page("product.html")),
        Route("/help", _index(pages, "en", "Help centre")),
        Route("/pl/pomoc", _index(pages, "pl", "Pomoc")),
        *[Route(url, _fixed(page)) for url, (_, _, page) in pages.items()],
        Route("/{rest:path}", _home),
    ]
    shop = Starlette(routes=routes)
    if server and sites:
        shop.add_middleware(BaseHTTPMiddleware, dispatch=_Embed(server, sites))
    return shop


class _Embed:
    """Puts the snippet into every page, and on the front a choice between the handoff methods."""

    def __init__(self, server: str, sites: Mapping[str, str]) -> None:
        self._server, self._sites = server, sites

    async def __call__(self, request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await answer(request)
        if not response.headers.get("content-type", "").startswith("text/html"):
            return response
        asked = request.query_params.get("site") or request.cookies.get(_COOKIE, "")
        site = asked if asked in self._sites else next(iter(self._sites))
        body = b"".join([part async for part in response.body_iterator])  # type: ignore[attr-defined]  # starlette's own
        snippet = f'<script defer src="{html.escape(self._server)}/widget.js" data-site="{html.escape(site)}"></script>'
        page = (
            body.decode().replace("<!-- methods -->", self._choice(site)).replace("</head>", f"{snippet}\n</head>", 1)
        )
        embedded = HTMLResponse(page, response.status_code, {"Cache-Control": "no-store"})
        embedded.set_cookie(_COOKIE, site, samesite="lax")
        return embedded

    def _choice(self, chosen: str) -> str:
        links = "\n".join(
            f'<li><a href="/?site={html.escape(site)}"{_current(site == chosen)}>{html.escape(title)}</a></li>'
            for site, title in self._sites.items()
        )
        title = '<p id="methods">Try a handoff method</p>'
        return f'<nav class="methods" aria-labelledby="methods">{title}\n<ul>{links}</ul></nav>'


def _current(is_it: bool) -> str:
    return ' aria-current="true"' if is_it else ""


def _pages() -> dict[str, tuple[str, str, str]]:
    """Address → (language, title, HTML)."""
    found: dict[str, tuple[str, str, str]] = {}
    for lang in ("en", "pl"):
        for file in sorted((SHOP / "help" / lang).iterdir(), key=lambda each: each.name):
            if file.name.endswith(".md"):
                url, title, page = _rendered(file, lang)
                found[url] = (lang, title, page)
    return found


def _rendered(file: Traversable, lang: str) -> tuple[str, str, str]:
    _, front, body = file.read_text(encoding="utf-8").split("---\n", 2)
    facts = dict(line.split(": ", 1) for line in front.strip().splitlines() if ": " in line)
    title = facts["title"].strip().strip('"')
    return facts["url"].strip(), title, _page(lang, title, _MARKDOWN.render(body))


def _page(lang: str, title: str, body: str) -> str:
    index, help = ("/pl/pomoc", "Pomoc") if lang == "pl" else ("/help", "Help centre")
    return _PAGE.format(lang=lang, title=html.escape(title), index=index, help=help, body=body)


def _index(pages: dict[str, tuple[str, str, str]], wanted: str, title: str) -> Endpoint:
    items = "\n".join(
        f'<li><a href="{html.escape(url)}">{html.escape(name)}</a></li>'
        for url, (lang, name, _) in pages.items()
        if lang == wanted
    )
    return _fixed(_page(wanted, title, f"<h1>{title}</h1>\n<ul>\n{items}\n</ul>"))


def _fixed(page: str) -> Endpoint:
    async def show(request: Request) -> Response:
        return HTMLResponse(page)

    return show


def _shop_page(name: str) -> Endpoint:
    return _fixed((SHOP / "shop" / name).read_text(encoding="utf-8"))


async def _home(request: Request) -> Response:
    return RedirectResponse("/")
