"""Every test that asks for a `store` runs twice: on a SQLite file, and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.fixtures.conversations import NOW, a_conversation
from tests.fixtures.postgres import fresh_postgres_url, postgres_url
from warmline.domain.conversation import Conversation
from warmline.domain.ids import WorkerId, WorkspaceId
from warmline.domain.visitor import Visitor
from warmline.domain.workspace import parse_workspace
from warmline.store.base import Store, Transaction
from warmline.store.calendars import holidays_of
from warmline.store.postgres import PostgresStore
from warmline.store.sqlite import SqliteStore
from warmline.store.vault import Vault

__all__ = ["fresh_postgres_url", "postgres_url"]

KEY = "c2VjcmV0IGtleSBmb3IgdGVzdHMgb25seSwgMzIgYnl0ZXMh"
ACME, OTHER_SHOP = WorkspaceId("acme"), WorkspaceId("other")

OpenStore = Callable[..., Awaitable[Store]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres"))])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where the database is: a file, or an address."""
    if request.param == "sqlite":
        return tmp_path / "warmline.db"
    url: str = request.getfixturevalue("fresh_postgres_url")
    return url


@pytest.fixture
async def open_store(place: Path | str) -> AsyncIterator[OpenStore]:
    """Opens the same database, as often as there are processes in the story."""
    stores: list[Store] = []

    async def opened(worker: str | None = "wrk_1") -> Store:
        vault, id = Vault(KEY), WorkerId(worker) if worker else None
        store: Store = SqliteStore(place, vault, id) if isinstance(place, Path) else PostgresStore(place, vault, id)
        stores.append(store)
        await store.start()
        return store

    yield opened
    for store in stores:
        await store.close()


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    """With two shops that bear the same names inside."""
    store = await open_store()
    await store.write(two_shops)
    return store


@pytest.fixture
async def talk(store: Store) -> Conversation:
    """A conversation at Acme that has only begun, as it was stored."""
    return await store.write(begin_talk)


def two_shops(tx: Transaction) -> None:
    for id in (ACME, OTHER_SHOP):
        add_shop(tx, id)


def add_shop(tx: Transaction, id: WorkspaceId) -> None:
    tables = {"workspace": {"name": "Acme", "site": f"pk_{id}"}}
    tx.save_workspace(parse_workspace(tables, holidays_of, id=id), NOW)


def begin_talk(tx: Transaction, workspace: WorkspaceId = ACME, id: str = "cnv_1") -> Conversation:
    visitor = add_visitor(tx, workspace)
    conversation = a_conversation(id, workspace, visitor.id)
    tx.add_conversation(conversation, "net")
    return conversation


def add_visitor(tx: Transaction, workspace: WorkspaceId = ACME) -> Visitor:
    return tx.add_visitor(workspace, None, "net", NOW)
