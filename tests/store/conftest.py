"""Every test that asks for a `store` runs twice: on a SQLite file, and on a real PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

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


BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres"))]


@pytest.fixture(params=BOTH)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where the database is: a file, or an address."""
    if request.param == "sqlite":
        return tmp_path / "warmline.db"
    url: str = request.getfixturevalue("our_postgres_url")
    return url


@pytest.fixture(params=BOTH)
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """As `place`, and nobody has migrated it yet."""
    if request.param == "sqlite":
        return tmp_path / "warmline.db"
    url: str = request.getfixturevalue("fresh_postgres_url")
    return url


@pytest.fixture(scope="session")
def our_database(postgres_url: str) -> Iterator[str]:
    """One database for all of these tests: making one takes ten times as long as emptying it."""
    name = f"store_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield postgres_url.replace("/postgres?", f"/{name}?")
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def our_postgres_url(our_database: str) -> str:
    with psycopg.connect(our_database, autocommit=True) as admin:
        tables = admin.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration'"
        ).fetchall()
        # TRUNCATE makes new files for all tables and indexes, which takes longer than to delete a few rows.
        emptied = (sql.SQL("DELETE FROM {}").format(sql.Identifier(table[0])) for table in tables)
        admin.execute("SET session_replication_role = replica")  # no foreign key minds the order
        admin.execute(sql.SQL("; ").join(emptied))
    return our_database


@pytest.fixture
async def open_store(place: Path | str) -> AsyncIterator[OpenStore]:
    """Opens the same database, as often as there are processes in the story."""
    stores: list[Store] = []

    async def opened(worker: str | None = "wrk_1") -> Store:
        store = store_at(place, worker)
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


def store_at(place: Path | str, worker: str | None = "wrk_1") -> Store:
    """Not started yet."""
    vault, id = Vault(KEY), WorkerId(worker) if worker else None
    return SqliteStore(place, vault, id) if isinstance(place, Path) else PostgresStore(place, vault, id)


def two_shops(tx: Transaction) -> None:
    for id in (ACME, OTHER_SHOP):
        add_shop(tx, id)


def add_shop(tx: Transaction, id: WorkspaceId) -> None:
    tables = {"workspace": {"name": "Acme", "site": f"pk_{id}"}}
    tx.save_workspace(parse_workspace(tables, holidays_of, id=id), NOW)


def shop_with_talk(tx: Transaction) -> Conversation:
    """For stories that open the store themselves."""
    two_shops(tx)
    return begin_talk(tx)


def begin_talk(tx: Transaction, workspace: WorkspaceId = ACME, id: str = "cnv_1") -> Conversation:
    visitor = add_visitor(tx, workspace)
    conversation = a_conversation(id, workspace, visitor.id)
    tx.add_conversation(conversation, "net")
    return conversation


def add_visitor(tx: Transaction, workspace: WorkspaceId = ACME) -> Visitor:
    return tx.add_visitor(workspace, None, "net", NOW)
