"""The first page after a start is as fast as the next: what it needs was made ready before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.browser import a_console
from tests.fixtures.many import fill
from warmline.domain.ids import WorkspaceId
from warmline.web.console import figures
from warmline.web.console.prepare import prepare
from warmline.web.console.shell import environment


@pytest.fixture
def fresh_pages() -> Iterator[None]:
    """As in a process that has just begun."""
    environment.cache_clear()
    yield
    environment.cache_clear()


async def test_a_first_view_neither_reads_a_page_nor_counts_a_month(
    tmp_path: Path, fresh_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        await fill(house.machine.app.store, WorkspaceId("acme"), 60, house.clock())
        await prepare(house.app, house.door, 0)

        def late(*_: object) -> None:
            raise AssertionError("this was to be ready")

        for tag in ("en", "pl"):
            loader = environment(tag).loader
            assert loader is not None
            monkeypatch.setattr(loader, "get_source", late)
        monkeypatch.setattr(figures, "_counted", late)
        for path in ("/dashboard", "/inbox", "/knowledge", "/settings/handoff", "/settings/answers"):
            await desk.see(path)


async def test_a_store_that_cannot_be_read_ends_it_quietly(tmp_path: Path, fresh_pages: None) -> None:
    async with a_console(tmp_path / "data") as (house, _):
        await house.machine.app.store.close()
        await prepare(house.app, house.door, 0)
