"""Shops' pages on an origin of their own, a wire to the server that can be cut, and a browser that walks in."""

from __future__ import annotations

import asyncio
import contextlib
import html
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Locator, Page, Request, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.fixtures.limits import NO_LIMITS
from tests.fixtures.wire import Wire, a_wire
from tests.flows.shop import Shop, Town, a_town
from warmline.cli.server import listen

__all__ = ["Mall", "Visit", "Wire", "a_mall", "a_town", "chromium"]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
"""The shell first: the same engine without the browser's own windows opens a page in a third of the time."""
REMEDY = (
    "there is no Chromium for the browser tests: install one (Debian: apt-get install chromium-headless-shell), or"
    " name one in WARMLINE_CHROMIUM"
)
HOSTILE = """
body * { font-size: 40px !important; color: red !important; background: yellow !important;
    border: 5px solid lime !important;
    box-sizing: content-box !important; letter-spacing: 9px !important; text-transform: uppercase !important;
    line-height: 3 !important; display: inline !important; position: static !important; opacity: .3 !important;
    visibility: hidden !important; transform: rotate(20deg) !important; float: left !important; width: 1px !important;
    all: revert; text-align: right !important; filter: blur(3px) !important; pointer-events: none !important; }
warmline-chat, body > * { display: none !important; position: relative !important; z-index: -1 !important; }
button { display: none !important } textarea { height: 1px !important } p { margin: 99px !important }
"""


def chromium() -> str:
    """The browser to test with. Skips where there is none, or fails where one was promised."""
    named = os.environ.get("WARMLINE_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    if os.environ.get("WARMLINE_REQUIRE_BROWSER") == "1":
        pytest.fail(REMEDY)
    pytest.skip(REMEDY)


@dataclass
class Mall:
    """Everything a browser test needs: the town's server, the wire to it, pages of shops, a browser."""

    town: Town
    wire: Wire
    browser: Browser
    port: int
    visits: list[Visit] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    async def shop(self, connect: tuple[str, ...] = (), identity_secret: Any = None, **tables: Any) -> Shop:
        """A workspace whose origin is the mall."""
        tables["workspace"] = {"origins": [self.origin]} | dict(tables.get("workspace", {}))
        tables["limits"] = NO_LIMITS | dict(tables.get("limits", {}))
        return await self.town.shop(connect=connect, identity_secret=identity_secret, **tables)

    async def visit(
        self,
        shop: Shop | str,
        kind: str = "plain",
        *,
        context: BrowserContext | None = None,
        script: str = "widget.js",
        attributes: str = "",
        origin: str = "",
        fragment: str = "",
        **screen: Any,
    ) -> Visit:
        """A page of the shop, in a browser profile of its own unless `context` is another visit's."""
        site = shop if isinstance(shop, str) else shop.site
        if context is None:
            screen = {
                "viewport": {"width": 1280, "height": 800},
                "locale": "en-GB",
                "reduced_motion": "reduce",
            } | screen
            context = await self.browser.new_context(**screen)
            context.set_default_timeout(25_000)
        page = await context.new_page()
        visit = Visit(page, self)
        self.visits.append(visit)
        visit.watch()
        query = f"site={site}&script={script}&attributes={attributes}"
        await page.goto(f"{origin or self.origin}/{kind}?{query}{fragment}")
        return visit

    def page_of(self, request: Asked) -> Response:
        """A shop's page of some kind."""
        kind = request.path_params["kind"]
        query = request.query_params
        source = f"{self.wire.url}/{query.get('script', 'widget.js')}"
        site, attributes = html.escape(query["site"]), query.get("attributes", "")
        embed = f'<script defer src="{source}" data-site="{site}" {attributes}></script>'
        headers: dict[str, str] = {}
        if kind in {"strict", "blocked"}:
            source = self.wire.url if kind == "strict" else "'none'"
            headers["Content-Security-Policy"] = (
                f"default-src 'none'; script-src {source}; connect-src {source}; base-uri 'none'; form-action 'none';"
                " require-trusted-types-for 'script'; trusted-types 'none'"
            )
        page = _PAGE.format(
            lang={"polish": "pl", "rtl": "ar"}.get(kind, "en"),
            dir="rtl" if kind == "rtl" else "ltr",
            style=f"<style>{HOSTILE}</style>" if kind == "hostile" else "",
            before=_BEFORE if kind == "commands" else "",
            embed=embed * {"twice": 2, "bare": 0}.get(kind, 1),
        )
        return HTMLResponse(page, headers=headers)


_BEFORE = """<script>
window.warmline = window.warmline || function () { (warmline.q = warmline.q || []).push(arguments); };
window.heard = [];
for (const name of ["open", "close", "message", "handoff", "unread"]) warmline("on", name, () => heard.push(name));
warmline("on", "open", () => { throw new Error("the shop's own mistake"); });
warmline("page", {url: "https://shop.example/tents/7", title: "Tent 7"});
</script>"""
_PAGE = """<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{style}{before}{embed}
<link rel="icon" href="data:,"></head>
<body><main><h1>Tents</h1><p>A page of the shop that is long enough to scroll.</p>
<a href="#" data-warmline-open>Ask us</a><button id="buy">Buy</button>
<div style="height: 2000px"></div></main></body></html>"""


@dataclass
class Visit:
    """One page with the widget on it, and everything it did."""

    page: Page
    mall: Mall
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def watch(self) -> None:
        def console(message: Any) -> None:
            if message.type in {"error", "warning"}:
                self.complaints.append(message.text)

        async def dialog(shown: Any) -> None:
            self.dialogs.append(shown.message)
            await shown.dismiss()

        self.page.on("console", console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"thrown: {error}"))
        self.page.on("dialog", dialog)
        self.page.on("request", lambda request: self.requests.append(request))

    @property
    def chat(self) -> Locator:
        return self.page.locator("warmline-chat")

    @property
    def log(self) -> Locator:
        return self.chat.get_by_role("log")

    @property
    def composer(self) -> Locator:
        return self.chat.locator("textarea")

    def button(self, name: str) -> Locator:
        return self.chat.get_by_role("button", name=name, exact=True)

    async def open(self, label: str = "Open chat") -> None:
        await self.chat.get_by_role("button", name=label).click()
        await self.composer.wait_for()

    async def say(self, text: str) -> None:
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def sees(self, text: str, seconds: float = 25) -> None:
        await self.chat.get_by_text(text).first.wait_for(timeout=seconds * 1000)

    async def bubbles(self) -> list[str]:
        return await self.chat.locator(".bubble").all_text_contents()

    async def token(self, site: str) -> Mapping[str, Any]:
        """What the page keeps."""
        kept: Mapping[str, Any] = await self.page.evaluate(f"JSON.parse(localStorage.getItem('warmline:{site}'))")
        return kept

    def foreign(self) -> list[str]:
        """Requests to anybody but the shop and its Warmline."""
        own = (self.mall.origin, self.mall.wire.url, "data:", "blob:")
        return [each.url for each in self.requests if not each.url.startswith(own)]


@contextlib.asynccontextmanager
async def a_mall(town: Town) -> AsyncIterator[Mall]:
    program = chromium()
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=program, args=FLAGS)
        try:
            async with a_mall_before(town, int(town.url.rsplit(":", 1)[1]), browser) as mall:
                yield mall
        finally:
            await browser.close()


@contextlib.asynccontextmanager
async def a_mall_before(town: Town, port: int, browser: Browser) -> AsyncIterator[Mall]:
    """Shops' pages with a wire to the server at `port`, which need not be the town's."""
    sock = listen("127.0.0.1", 0)
    async with a_wire(port) as wire:
        mall = Mall(town, wire, browser, sock.getsockname()[1])
        async with _serving(mall.page_of, sock):
            yield mall


@contextlib.asynccontextmanager
async def _serving(page_of: Callable[[Asked], Response], sock: Any) -> AsyncIterator[None]:
    async def show(request: Asked) -> Response:
        return page_of(request)

    app = Starlette(routes=[Route("/{kind}", show)])
    config = uvicorn.Config(app, lifespan="off", access_log=False, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # signals are pytest's
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
