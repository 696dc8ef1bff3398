"""One reader for whatever a merchant names: a site's address, a folder, a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
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
    """Implements `agent.base.Reader`. `base_url` completes the addresses of pages in files, such as `/help/returns`."""

    def __init__(self, client: httpx.AsyncClient, lang_of: LangOf, base_url: str = "") -> None:
        self._client, self._lang_of, self._base_url = client, lang_of, base_url

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
        for n, page in enumerate(read):
            progress(n + 1, len(read))
            yield self._found(page, known)
        for problem in problems:
            yield problem

    def _found(self, page: Page, known: Mapping[str, Known]) -> Found:
        page = replace(page, url=urljoin(self._base_url, page.url) if page.url and self._base_url else page.url)
        before = known.get(page.key)
        if before is not None and before.digest == page.digest:
            return Unchanged(page.key)
        return Crawled(page, Known(None, None, page.digest))
