"""
A web site → pages, politely and within limits.

The pages are those of the sitemap (named by robots.txt, or /sitemap.xml), else those that links lead to, nearest first,
on the origin of the start address. robots.txt, `noindex` and `nofollow` are obeyed. A start below the root, such as
/help, means that part of the site where the sitemap knows it. One page that fails stops nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.robotparser import RobotFileParser

import httpx

from warmline.agent.read.html import Html, decode_html, read_html
from warmline.agent.read.outline import LangOf, Problem, text_of
from warmline.agent.read.sitemap import Sitemap, read_sitemap
from warmline.domain.knowledge import Page, end_of
from warmline.errors import FetchRefused, Invalid
from warmline.outbound import USER_AGENT, Fetched, Origin, fetch

MAX_PAGES = 500
PARALLEL = 4
MAX_SITEMAPS = 50
MAX_ROBOTS = 512 * 1024
MAX_WAIT = 10.0
MAX_SAME_PATH = 20
"""Pages that differ only in their query: a calendar or a filter has no end of them."""


class Known(NamedTuple):
    """What the last crawl learned about a page, by the page's key."""

    etag: str | None
    last_modified: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Crawled:
    """A page that is new or has changed, and what to remember for the next crawl."""

    page: Page
    known: Known


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A page that is as the last crawl left it; `url` is its key."""

    url: str


Found = Crawled | Unchanged | Problem
Progress = Callable[[int, int], None]
"""Called with the number of pages looked at, and of those known of so far."""


async def crawl(
    start: str,
    *,
    client: httpx.AsyncClient,
    lang_of: LangOf,
    limit: int = MAX_PAGES,
    progress: Progress = lambda done, known: None,
    known: Mapping[str, Known] | None = None,
) -> AsyncIterator[Found]:
    """Pages of the site at `start`, as they are read. `client` comes from `outbound.guarded_client`."""
    site = _Site(client, lang_of, limit, known or {})
    async for found in site.crawl(start, progress):
        yield found


class _Site:
    """One crawl: its queue, and what it has seen."""

    def __init__(self, client: httpx.AsyncClient, lang_of: LangOf, limit: int, known: Mapping[str, Known]) -> None:
        self._client, self._lang_of, self._limit, self._known = client, lang_of, limit, known
        self._queue: deque[str] = deque()
        self._queued: set[str] = set()
        self._same_path: Counter[str] = Counter()
        self._keys: set[str] = set()
        self._texts: set[int] = set()
        self._origin = Origin("", "", 0)
        self._robots = RobotFileParser()
        self._from_sitemap = False
        self._first: Fetched | None = None

    async def crawl(self, start: str, progress: Progress) -> AsyncIterator[Found]:
        try:
            first = await self._open(start)
        except (FetchRefused, Invalid) as refused:
            yield Problem(start, str(refused))
            return
        self._from_sitemap = self._add([first, *await self._listed(first)]) > 1
        looked_at = given = 0
        while self._queue and given < self._limit and looked_at < 2 * self._limit:
            batch = [self._queue.popleft() for _ in range(min(self._parallel, self._limit - given, len(self._queue)))]
            for found in await asyncio.gather(*map(self._look_at, batch)):
                given += isinstance(found, Crawled | Unchanged)
                if found is not None:
                    yield found
            looked_at += len(batch)
            progress(looked_at, len(self._queued))
            await asyncio.sleep(self._pause)

    # --- the site as a whole

    async def _open(self, start: str) -> str:
        """The first address after its redirects; it fixes the origin. Reads robots.txt, also of where it leads."""
        await self._enter(normal(start))
        self._first = await fetch(start, client=self._client)
        if Origin.of(self._first.url) != self._origin:
            await self._enter(self._first.url)
        if self._first.status >= 400:
            raise Invalid(f"the site answered {self._first.status}", "url")
        return normal(self._first.url)

    async def _enter(self, address: str) -> None:
        self._robots = await self._read_robots(address)
        self._origin = Origin.of(address)
        if not self._robots.can_fetch(USER_AGENT, address):
            raise Invalid("the site's robots.txt asks not to read it", "url")

    async def _read_robots(self, address: str) -> RobotFileParser:
        answer = await fetch(str(httpx.URL(address).join("/robots.txt")), client=self._client)
        if answer.status >= 500:
            raise Invalid(f"the site's robots.txt cannot be read just now ({answer.status})", "url")
        robots = RobotFileParser()
        # A page instead of a file is how some shops say "not found".
        usable = answer.status == 200 and answer.body.lstrip()[:1] != b"<"
        robots.parse(answer.body[:MAX_ROBOTS].decode("utf-8", "replace").splitlines() if usable else [])
        robots.modified()  # without this the parser forbids everything when there was no rule
        return robots

    @property
    def _pause(self) -> float:
        return min(float(self._robots.crawl_delay(USER_AGENT) or 0), MAX_WAIT)

    @property
    def _parallel(self) -> int:
        return 1 if self._pause else PARALLEL

    async def _listed(self, first: str) -> list[str]:
        """The sitemap's pages; only those below the start when that is not the root."""
        maps = deque(self._robots.site_maps() or [str(httpx.URL(first).join("/sitemap.xml"))])
        pages: dict[str, None] = {}
        read: set[str] = set()
        while maps and len(read) < MAX_SITEMAPS and len(pages) < 20 * self._limit:
            if (address := maps.popleft()) in read:
                continue
            read.add(address)
            try:
                answer = await fetch(address, client=self._client)
                listed = await self._sitemap(answer)
            except (FetchRefused, Invalid):
                continue
            maps.extend(listed.sitemaps)
            pages |= dict.fromkeys(listed.pages)
        folder = _folder(first)
        return [page for page in map(_normal_or_none, pages) if page and httpx.URL(page).path.startswith(folder)]

    async def _sitemap(self, answer: Fetched) -> Sitemap:
        if answer.status != 200 or _is_html(answer):
            return Sitemap()
        return await asyncio.to_thread(read_sitemap, answer.body)

    def _add(self, addresses: Iterable[str]) -> int:
        """Queue what is new, ours and permitted; how many that were."""
        before = len(self._queued)
        for address in filter(None, map(_normal_or_none, addresses)):
            if address not in self._queued and self._is_wanted(address):
                self._queued.add(address)
                self._queue.append(address)
        return len(self._queued) - before

    def _is_wanted(self, address: str) -> bool:
        url = httpx.URL(address)
        if Origin.of(url) != self._origin or _OTHER_KINDS.search(url.path) or len(self._queued) >= 20 * self._limit:
            return False
        self._same_path[url.path] += 1
        return self._same_path[url.path] <= MAX_SAME_PATH and self._robots.can_fetch(USER_AGENT, address)

    # --- one page

    async def _look_at(self, address: str) -> Found | None:
        try:
            answer = await self._get(address)
            if answer.status == 304:
                return self._unchanged(address)
            if answer.status != 200:
                return Problem(address, f"the site answered {answer.status}", gone=answer.status in {404, 410})
            return await self._read(address, answer) if _is_html(answer) else None
        except (FetchRefused, Invalid) as refused:
            return Problem(address, str(refused))

    async def _get(self, address: str) -> Fetched:
        if self._first is not None and normal(self._first.url) == address:
            first, self._first = self._first, None
            return first
        answer = await fetch(address, client=self._client, headers=self._conditions(address))
        if answer.status in (429, 503):
            await asyncio.sleep(_wait(answer))
            answer = await fetch(address, client=self._client, headers=self._conditions(address))
        return answer

    def _conditions(self, address: str) -> dict[str, str]:
        """Ask for changes only. Without a sitemap the page is needed for its links."""
        last = self._known.get(address)
        if last is None or not self._from_sitemap:
            return {}
        return {
            name: value
            for name, value in (("If-None-Match", last.etag), ("If-Modified-Since", last.last_modified))
            if value
        }

    async def _read(self, address: str, answer: Fetched) -> Found | None:
        landed = normal(answer.url)
        if Origin.of(landed) != self._origin:
            return Problem(address, f"it leads to another site, {httpx.URL(landed).host}")
        if landed != address and not self._robots.can_fetch(USER_AGENT, landed):
            return None
        html = await asyncio.to_thread(lambda: read_html(decode_html(answer.body, answer.charset), landed))
        robots = answer.headers.get("x-robots-tag", "").lower()
        if not self._from_sitemap and not html.nofollow and "nofollow" not in robots:
            self._add(html.links)
        if html.noindex or "noindex" in robots:
            return None
        return self._learned(self._key(landed, html), html, answer)

    def _learned(self, key: str, html: Html, answer: Fetched) -> Found | None:
        text = text_of(html.sections)
        if key in self._keys or (text and hash((html.title, text)) in self._texts):
            return None  # the same page under another address
        self._keys.add(key)
        self._texts.add(hash((html.title, text)))
        if not text:
            return Problem(key, "it holds no text to answer from; perhaps a script writes it")
        lang = html.lang or self._lang_of(f"{html.title}\n{text}")
        page = Page(key, html.title or key, lang, key, html.sections, valid_until=end_of(html.valid_until))
        learned = Known(answer.headers.get("etag"), answer.headers.get("last-modified"), page.digest)
        last = self._known.get(key)
        return Unchanged(key) if last is not None and last.digest == page.digest else Crawled(page, learned)

    def _unchanged(self, address: str) -> Unchanged | None:
        if address in self._keys:
            return None
        self._keys.add(address)
        return Unchanged(address)

    def _key(self, landed: str, html: Html) -> str:
        """The page's own word on its address, unless it is another site's or the root: a common mistake."""
        canonical = _normal_or_none(html.canonical or "")
        if canonical is None or Origin.of(canonical) != self._origin or httpx.URL(canonical).path == "/":
            return landed
        return canonical


# --- addresses

_TRACKING = re.compile(
    r"(utm_\w+|gclid|fbclid|msclkid|dclid|yclid|mc_[ce]id|_ga|_gl|srsltid|phpsessid|sid|jsessionid)(=|$)", re.IGNORECASE
)
_OTHER_KINDS = re.compile(
    r"\.(jpe?g|png|gif|webp|avif|svg|ico|css|m?js|json|xml|rss|atom|txt|csv|pdf|docx?|xlsx?|pptx?|odt|zip|gz|rar|7z|exe"
    r"|dmg|mp[34]|m4[av]|mov|avi|webm|wav|ogg|woff2?|ttf|eot|ics)$",
    re.IGNORECASE,
)


def normal(address: str) -> str:
    """One spelling for one page: no fragment, no tracking, the query in order. Raises FetchRefused."""
    try:
        url = httpx.URL(address)
        kept = sorted(part for part in url.query.split(b"&") if part and not _TRACKING.match(part.decode("ascii")))
        path = url.raw_path.partition(b"?")[0] or b"/"
        return str(url.copy_with(raw_path=b"?".join([path, b"&".join(kept)] if kept else [path]), fragment=None))
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchRefused(f"this is not an address: {error}") from error


def _normal_or_none(address: str) -> str | None:
    try:
        return normal(address) if address.lower().startswith(("http://", "https://")) else None
    except FetchRefused:
        return None


def _folder(address: str) -> str:
    """`/help` → `/help`, `/help/index.html` → `/help/`."""
    path = httpx.URL(address).path
    return path if "." not in path.rpartition("/")[2] else path.rpartition("/")[0] + "/"


def _is_html(answer: Fetched) -> bool:
    return answer.content_type in ("text/html", "application/xhtml+xml")


def _wait(answer: Fetched) -> float:
    stated = answer.headers.get("retry-after", "")
    return min(float(stated) if stated.isdecimal() else 2.0, MAX_WAIT)
