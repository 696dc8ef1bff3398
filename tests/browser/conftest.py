"""One town, one mall and one browser for all the browser tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.mall import Mall, a_mall, a_town, chromium

# A promise that a crowded machine keeps late is kept: the waits end as soon as it is.
expect.set_options(timeout=25_000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def the_mall(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mall]:
    chromium()
    async with a_town(tmp_path_factory.mktemp("town")) as town, a_mall(town) as mall:
        yield mall


@pytest_asyncio.fixture(loop_scope="session")
async def mall(the_mall: Mall) -> AsyncIterator[Mall]:
    """The mall, with the wire whole again and every page of this test closed at its end."""
    yield the_mall
    the_mall.wire.whole()
    for visit in the_mall.visits:
        await visit.page.context.close()
    the_mall.visits.clear()
