"""Crawling a site: what is read, what is obeyed, what is refused, and that one bad page stops nothing."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from warmline.agent.read.outline import Problem
from warmline.agent.read.site import Crawled, Found, Known, Unchanged, crawl, normal
from warmline.agent.read.sitemap import read_sitemap
from warmline.errors import FetchRefused, Invalid
from warmline.outbound import Origin, guarded_client


@dataclass
class Shop:
    """A site on loopback: path → (status, headers, body). What was asked for is kept."""

    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    base: str = ""

    def put(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> None:
        raw = body.replace("BASE", self.base).encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {"Content-Type": "text/html"} | named, raw)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    async def crawl(self, path: str = "/", **options: Any) -> list[Found]:
        async with guarded_client(allow=[Origin.of(self.base)]) as client:
            return [found async for found in crawl(self.base + path, client=client, lang_of=lambda _: "en", **options)]

    async def titles(self, path: str = "/", **options: Any) -> list[str]:
        return [found.page.title for found in await self.crawl(path, **options) if isinstance(found, Crawled)]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
            path = head[0].split()[1]
            sent = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
            self.asked.append((path, sent))
            await asyncio.sleep(0.005)
            status, headers, body = self.pages.get(path, (404, {}, b""))
            if headers.get("ETag") and headers["ETag"].lower() == sent.get("if-none-match"):
                status, body = 304, b""
            lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items())]
            lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
            writer.write("\r\n".join(lines).encode() + body)
            await writer.drain()
        self.at_once -= 1
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    made = Shop()
    tasks: set[asyncio.Task[None]] = set()
    server = await asyncio.start_server(
        lambda r, w: tasks.add(asyncio.ensure_future(made.answer(r, w))), "127.0.0.1", 0
    )
    made.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()
    await asyncio.gather(*tasks, return_exceptions=True)


def page(title: str, *links: str, head: str = "") -> str:
    anchors = "".join(f'<a href="{link}">link</a> ' for link in links)
    return f"<head>{head}<title>{title}</title></head><body><p>The page {title}.</p>{anchors}</body>"


def sitemap(*paths: str) -> str:
    return "<urlset xmlns='x'>" + "".join(f"<url><loc>BASE{path}</loc></url>" for path in paths) + "</urlset>"


async def test_links_are_followed_nearest_first_on_the_same_origin(shop: Shop) -> None:
    shop.put(
        "/", page("Home", "/a", "/b?utm_source=x#top", "http://127.0.0.1:1/other", "/cat.jpg", "mailto:a@b.example")
    )
    shop.put("/a", page("A", "/c", "/"))
    shop.put("/b", page("B", "/a"))
    shop.put("/c", page("C"))
    progress: list[tuple[int, int]] = []
    found = await shop.crawl(progress=lambda done, known: progress.append((done, known)))
    pages = [one.page for one in found if isinstance(one, Crawled)]
    assert [one.title for one in pages] == ["Home", "A", "B", "C"]
    assert pages[2].key == pages[2].url == f"{shop.base}/b"
    assert pages[2].lang == "en"
    assert sorted(shop.paths()) == ["/", "/a", "/b", "/c", "/robots.txt", "/sitemap.xml"]
    assert progress == [(1, 3), (3, 4), (4, 4)]
    assert shop.asked[0][1]["user-agent"] == "warmline"


async def test_the_sitemap_is_found_through_robots_txt_and_may_be_an_index_and_packed(shop: Shop) -> None:
    shop.put("/robots.txt", "User-agent: *\nDisallow: /private\nSitemap: BASE/maps.xml", Content_Type="text/plain")
    shop.put(
        "/maps.xml",
        "<sitemapindex><sitemap><loc>BASE/1.xml.gz</loc></sitemap><sitemap><loc>BASE/gone.xml</loc></sitemap>"
        "<sitemap><loc>BASE/maps.xml</loc></sitemap></sitemapindex>",
        Content_Type="application/xml",
    )
    packed = gzip.compress(sitemap("/a", "/private/x", "/b").replace("BASE", shop.base).encode())
    shop.put("/1.xml.gz", packed, Content_Type="application/gzip")
    for path in ("/", "/a", "/b", "/private/x", "/linked"):
        shop.put(path, page(path, "/linked"))
    assert await shop.titles() == ["/", "/a", "/b"]


async def test_a_start_below_the_root_means_that_part_of_the_site(shop: Shop) -> None:
    shop.put("/sitemap.xml", sitemap("/help/a", "/product/1", "/help/b"), Content_Type="text/xml")
    for path in ("/help", "/help/a", "/help/b", "/product/1"):
        shop.put(path, page(path))
    assert await shop.titles("/help") == ["/help", "/help/a", "/help/b"]


async def test_robots_txt_noindex_and_nofollow_are_obeyed(shop: Shop) -> None:
    shop.put("/robots.txt", "User-agent: warmline\nDisallow: /private\nCrawl-delay: 0", Content_Type="text/plain")
    shop.put("/", page("Home", "/private", "/noindex", "/nofollow", "/header"))
    shop.put("/private", page("Private"))
    shop.put("/noindex", page("Noindex", "/through", head="<meta name=robots content=noindex>"))
    shop.put("/nofollow", page("Nofollow", "/beyond", head="<meta name=robots content=nofollow>"))
    shop.put("/header", page("Header", "/beyond"), X_Robots_Tag="noindex, nofollow")
    shop.put("/through", page("Through"))
    shop.put("/beyond", page("Beyond"))
    assert await shop.titles() == ["Home", "Nofollow", "Through"]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [(200, "User-agent: *\nDisallow: /", "asks not to read"), (503, "", "cannot be read just now")],
)
async def test_a_site_that_wants_no_crawler_is_left_alone(shop: Shop, status: int, body: str, said: str) -> None:
    shop.put("/robots.txt", body, status, Content_Type="text/plain")
    shop.put("/", page("Home"))
    (problem,) = await shop.crawl()
    assert isinstance(problem, Problem)
    assert said in problem.reason
    assert shop.paths() == ["/robots.txt"]


async def test_a_page_that_fails_is_a_problem_and_the_others_are_read(shop: Shop) -> None:
    shop.put("/", page("Home", "/gone", "/broken", "/inner", "/other", "/file", "/script", "/deep", "/big", "/good"))
    shop.put("/broken", "x", 500)
    shop.put("/inner", "", 302, Location="http://169.254.169.254/latest")
    shop.put("/other", "", 302, Location="file:///etc/passwd")
    shop.put("/file", b"%PDF", Content_Type="application/pdf")
    shop.put("/script", "<body><div id=app></div><script>go()</script>")
    shop.put("/deep", "<div>" * 100_000)
    shop.put("/big", b"a" * (5 * 1024 * 1024 + 1))
    shop.put("/good", page("Good"))
    found = await shop.crawl()
    assert [one.page.title for one in found if isinstance(one, Crawled)] == ["Home", "Good"]
    reasons = {one.where.removeprefix(shop.base): one.reason for one in found if isinstance(one, Problem)}
    said = {
        "/gone": "answered 404",
        "/broken": "answered 500",
        "/inner": "public address",
        "/other": "not http",
        "/script": "no text",
        "/deep": "deeply",
        "/big": "larger than",
    }
    assert reasons.keys() == said.keys()
    assert all(said[path] in reason for path, reason in reasons.items())


async def test_t25_a_start_inside_the_network_is_a_problem() -> None:
    async with guarded_client() as client:
        for start in ("http://127.0.0.1/", "http://10.0.0.5/", "http://2130706433/", "file:///etc/passwd", "shop"):
            (problem,) = [found async for found in crawl(start, client=client, lang_of=lambda _: "en")]
            assert isinstance(problem, Problem)


async def test_t25_a_calendar_without_end_is_left_at_the_limits(shop: Shop) -> None:
    class Endless(dict[str, Any]):
        def get(self, path: str, default: Any = None) -> Any:
            if path in ("/robots.txt", "/sitemap.xml"):
                return default
            number = int("0" + path.removeprefix("/?day=").strip("/").removesuffix("/x"))
            body = page(f"Day {path}", f"/{number + 1}", f"/?day={number + 1}", f"/{number}/x")
            return 200, {"Content-Type": "text/html"}, body.encode()

    shop.pages = Endless()
    found = await shop.crawl(limit=30)
    assert len([one for one in found if isinstance(one, Crawled)]) == 30
    assert len(shop.asked) < 70
    assert sum(path.startswith("/?") for path in shop.paths()) <= 20


async def test_one_page_under_several_addresses_is_read_once(shop: Shop) -> None:
    canonical = '<link rel=canonical href="/shirt">'
    shop.put("/", page("Home", "/shirt?color=red", "/shirt?color=blue", "/copy", "/moved", "/wrong", "/foreign"))
    shop.put("/shirt?color=red", page("Red", head=canonical))
    shop.put("/shirt?color=blue", page("Blue", head=canonical))
    shop.put("/copy", page("Home", "/shirt?color=red"))
    shop.put("/moved", "", 301, Location="/")
    shop.put("/wrong", page("Wrong", head="<link rel=canonical href='/'>"))
    shop.put("/foreign", page("Foreign", head="<link rel=canonical href='https://other.example/x'>"))
    found = [one.page for one in await shop.crawl() if isinstance(one, Crawled)]
    assert [(one.title, one.key.removeprefix(shop.base)) for one in found if one.title not in ("Home",)] == [
        ("Red", "/shirt"),
        ("Wrong", "/wrong"),
        ("Foreign", "/foreign"),
    ]


async def test_a_later_crawl_asks_for_changes_only(shop: Shop) -> None:
    shop.put("/sitemap.xml", sitemap("/a", "/b", "/c"), Content_Type="text/xml")
    shop.put("/", page("Home"))
    shop.put("/a", page("A"), ETag='"a1"')
    shop.put("/b", page("B"), Last_Modified="Mon, 05 Oct 2026 10:00:00 GMT")
    shop.put("/c", page("C"), ETag='"c1"')
    first = {one.page.key: one.known for one in await shop.crawl() if isinstance(one, Crawled)}
    assert first[f"{shop.base}/a"].etag == '"a1"'
    assert first[f"{shop.base}/b"].last_modified == "Mon, 05 Oct 2026 10:00:00 GMT"
    shop.put("/c", page("C, changed"), ETag='"c2"')
    shop.asked.clear()
    again = await shop.crawl(known=first)
    assert {one.url.removeprefix(shop.base) for one in again if isinstance(one, Unchanged)} == {"/", "/a", "/b"}
    assert [one.page.title for one in again if isinstance(one, Crawled)] == ["C, changed"]
    sent = dict(shop.asked)
    assert sent["/a"]["if-none-match"] == '"a1"'
    assert sent["/b"]["if-modified-since"] == "mon, 05 oct 2026 10:00:00 gmt"


async def test_without_a_sitemap_pages_are_read_for_their_links_and_still_known(shop: Shop) -> None:
    shop.put("/", page("Home", "/a"), ETag='"h"')
    shop.put("/a", page("A"), ETag='"a"')
    known: Mapping[str, Known] = {o.page.key: o.known for o in await shop.crawl() if isinstance(o, Crawled)}
    assert [type(one) for one in await shop.crawl(known=known)] == [Unchanged, Unchanged]


async def test_only_a_few_pages_are_asked_for_at_once(shop: Shop) -> None:
    shop.put("/sitemap.xml", sitemap(*(f"/{i}" for i in range(30))), Content_Type="text/xml")
    shop.put("/", page("Home"))
    for i in range(30):
        shop.put(f"/{i}", page(f"Page {i}"))
    assert len(await shop.titles()) == 31
    assert 1 < shop.most_at_once <= 4


async def test_a_busy_site_is_asked_once_more(shop: Shop) -> None:
    shop.put("/", page("Home", "/busy"))
    shop.put("/busy", "later", 429, Retry_After="0")
    (_, problem) = await shop.crawl()
    assert isinstance(problem, Problem)
    assert shop.paths().count("/busy") == 2


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("HTTP://Shop.Example:80", "http://shop.example/"),
        ("http://shop.example/a?b=2&utm_medium=x&a=1#c", "http://shop.example/a?a=1&b=2"),
        ("http://shop.example/a%2Fb/?", "http://shop.example/a%2Fb/"),
    ],
)
def test_one_spelling_for_one_page(address: str, expected: str) -> None:
    assert normal(address) == expected


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(FetchRefused):
        normal("http://a\0.example/")


BOMB = b"<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;&b;'>]><urlset><url><loc>&c;</loc></url></urlset>"
OUTSIDE = b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&b;</loc></url></urlset>"


@pytest.mark.parametrize("body", [BOMB, OUTSIDE, b"<a>" * 1000, b"<urlset><url>", b"<\xff", b"\x1f\x8bnot gzip"])
def test_t32_a_hostile_sitemap_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_sitemap(body)


def test_a_sitemap_keeps_what_stands_before_a_mistake_and_may_be_plain_lines() -> None:
    broken = b"<s:urlset xmlns:s='x'><s:url><s:loc> https://a.example/ </s:loc></s:url><s:url>&nbsp;"
    assert read_sitemap(broken).pages == ["https://a.example/"]
    assert read_sitemap(b"https://a.example/\nnonsense\n").pages == ["https://a.example/"]
    assert read_sitemap(gzip.compress(b"https://a.example/\n" * 3_000_000)).pages[0] == "https://a.example/"
