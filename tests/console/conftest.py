"""A house with a console: teammates of every role, and browsers that are signed in as them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from tests.console.browser import Visit
from tests.web.house import House, a_house
from warmline.actions import passwords


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """The real cost is measured in one test; here it would only be waited for."""
    real = passwords.HASHER
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    passwords._nobodys.cache_clear()
    yield
    passwords.HASHER = real
    passwords._nobodys.cache_clear()


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path / "house") as house:
        yield house


@pytest_asyncio.fixture
async def owner(house: House) -> AsyncIterator[Visit]:
    async with Visit.signed_in(house, "owner") as visit:
        yield visit


@pytest_asyncio.fixture
async def guest(house: House) -> AsyncIterator[Visit]:
    async with Visit.of(house) as visit:
        yield visit
