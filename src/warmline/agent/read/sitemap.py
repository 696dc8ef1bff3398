"""Sitemaps: which pages a site says it has."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from warmline.errors import Invalid

MAX_OPENED = 20 * 1024 * 1024
MAX_URLS = 50_000


@dataclass(slots=True)
class Sitemap:
    """The pages it lists, and further sitemaps when it is an index."""

    pages: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)


def read_sitemap(body: bytes) -> Sitemap:
    """XML or plain lines, packed or not. What stands before a mistake is kept; Invalid when that is nothing."""
    if body.startswith(b"\x1f\x8b"):
        body = _opened(body)
    if not body.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
        return Sitemap(pages=list(_lines(body)))
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except expat.ExpatError as error:
        if not reader.found.pages and not reader.found.sitemaps:
            raise Invalid(f"the sitemap is not well formed: {error}", "sitemap") from error
    return reader.found


def _lines(body: bytes) -> Iterator[str]:
    for line in body.decode("utf-8", "replace").splitlines()[:MAX_URLS]:
        if line.startswith(("http://", "https://")):
            yield line.strip()


def _opened(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MAX_OPENED)
    except zlib.error as error:
        raise Invalid("the packed sitemap is broken", "sitemap") from error


class _Reader:
    """Collects the text of `loc` elements. A document type is refused: it is how XML bombs are declared."""

    def __init__(self) -> None:
        self.found = Sitemap()
        self._path: list[str] = []
        self._text: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text.append

    def _doctype(self, *_: object) -> None:
        raise Invalid("the sitemap declares a document type", "sitemap")

    def _start(self, name: str, _: object) -> None:
        if len(self._path) > 50:
            raise Invalid("the sitemap is nested too deeply", "sitemap")
        self._path.append(name.rpartition(":")[2].lower())
        self._text.clear()

    def _end(self, _: str) -> None:
        path = "/".join(self._path[-2:])
        self._path.pop()
        kept = {"url/loc": self.found.pages, "sitemap/loc": self.found.sitemaps}.get(path)
        if kept is not None and len(kept) < MAX_URLS:
            kept.append("".join(self._text).strip())
        self._text.clear()
