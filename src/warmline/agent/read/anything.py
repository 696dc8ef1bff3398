"""One reader for whatever a merchant names: a site's address, a folder, a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urljoin

import httpx

from warmline.agent.read.files import read_files
from warmline.agent.read.outline import LangOf
from warmline.agent.read.site import Crawled, Found, Known, Unchanged, crawl
from warmline.domain.knowledge import Page
from warmline.errors import Invalid


def is_url(address: str) -> bool:
    return address.startswith(("http://", "https://"))


class AnyReader:
    """Implements `agent.base.Reader`.

    A base URL completes the addresses of pages in files, such as `/help/returns`: `base_urls` has that of a source,
    `base_url` stands for those that are not in it.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        lang_of: LangOf,
        base_url: str = "",
        base_urls: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._client, self._lang_of = client, lang_of
        self._base_url, self._base_urls = base_url, base_urls

    async def read(
        self, address: str, *, limit: int, known: Mapping[str, Known], progress: Callable[[int, int], None]
    ) -> AsyncIterator[Found]:
        if is_url(address):
            pages = crawl(
                address, client=self._client, lang_of=self._lang_of, limit=limit, progress=progress, known=known
            )
            async for found in pages:
                yield found
            return
        path = Path(address)
        if not await asyncio.to_thread(path.exists):
            raise Invalid(f"There is no file or folder {address}.", "path")
        read, problems = await asyncio.to_thread(read_files, path, lang_of=self._lang_of)
        base_url = self._base_urls.get(address, self._base_url)
        for n, page in enumerate(read):
            progress(n + 1, len(read))
            yield _found(page, base_url, known)
        for problem in problems:
            yield problem


def _found(page: Page, base_url: str, known: Mapping[str, Known]) -> Found:
    page = replace(page, url=urljoin(base_url, page.url) if page.url and base_url else page.url)
    before = known.get(page.key)
    if before is not None and before.digest == page.digest:
        return Unchanged(page.key)
    return Crawled(page, Known(None, None, page.digest))
