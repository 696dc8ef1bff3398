"""A database reaches the present shape once, whole or not at all (THREATS G12)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.fixtures.conversations import said
from tests.store.conftest import ACME, shop_with_talk, store_at
from warmline.store import migrate as subject
from warmline.store.base import Store, Transaction
from warmline.store.migrate import migrate, migrations, single_statements, version

NUMBERS = list(migrations())


def shape(tx: Transaction) -> list[str]:
    """Tables and columns, whatever the database."""
    if type(tx).__name__ == "SqliteTransaction":
        rows = tx.rows("SELECT m.name, c.name AS col FROM sqlite_master m, pragma_table_info(m.name) c ORDER BY 1, 2")
    else:
        rows = tx.rows(
            "SELECT table_name AS name, column_name AS col FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY 1, 2"
        )
    return [f"{row['name']}.{row['col']}" for row in rows]


async def started(place: Path | str) -> Store:
    store = store_at(place)
    await store.start()
    return store


async def test_a_second_start_changes_nothing(empty_place: Path | str) -> None:
    first = await started(empty_place)
    talk = await first.write(shop_with_talk)
    before = await first.read(shape)
    await first.close()
    second = await started(empty_place)
    assert await second.read(shape) == before
    assert await second.write(lambda tx: migrate(tx, {})) == []
    assert await second.write(version) == NUMBERS[-1]
    assert (await second.read(lambda tx: tx.conversation(ACME, talk.id))).id == talk.id
    await second.close()


async def test_processes_that_start_together_on_an_empty_database_migrate_once(empty_place: Path | str) -> None:
    stores = [store_at(empty_place, f"wrk_{n}") for n in range(4)]
    await asyncio.gather(*(store.start() for store in stores))
    rows = await stores[3].read(lambda tx: tx.rows("SELECT number FROM migration ORDER BY number"))
    assert [row["number"] for row in rows] == NUMBERS
    for store in stores:
        await store.close()


async def test_g12_a_migration_that_fails_leaves_the_old_state(
    empty_place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await started(empty_place)
    talk = await old.write(shop_with_talk)
    before = await old.read(shape)
    await old.close()
    broken = migrations() | {99: "CREATE TABLE half (id TEXT);\n-- a slip\nCREATE TABEL rest (id TEXT);"}
    with monkeypatch.context() as patched:
        patched.setattr(subject, "migrations", lambda: broken)
        new = store_at(empty_place)
        with pytest.raises(Exception, match="TABEL"):
            await new.start()
        await new.close()
    again = await started(empty_place)
    assert await again.read(shape) == before
    assert (await again.read(lambda tx: tx.conversation(ACME, talk.id))).id == talk.id
    await again.close()


async def test_g12_the_previous_release_goes_on_with_a_database_that_the_next_one_has_migrated(
    empty_place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that replicas can be replaced one after the other (STYLE.md section 6)."""
    with monkeypatch.context() as patched:
        patched.setattr(subject, "migrations", lambda: migrations() | {99: "CREATE TABLE newer (id TEXT)"})
        newer = await started(empty_place)
        talk = await newer.write(shop_with_talk)
        before = await newer.read(shape)
        await newer.close()
    older = await started(empty_place)

    def say(tx: Transaction) -> None:
        conversation = tx.conversation(ACME, talk.id)
        conversation.receive(said("Hello"), conversation.last_at)
        tx.save(conversation)

    await older.write(say)
    assert await older.read(shape) == before
    assert await older.write(version) == 99
    await older.close()


def test_migrations_are_numbered_without_a_gap() -> None:
    assert list(range(1, len(NUMBERS) + 1)) == NUMBERS


def test_a_file_is_cut_into_single_statements_with_the_types_of_the_database() -> None:
    text = "-- a; comment\nCREATE TABLE a (b {blob});\n\n  -- more\nCREATE INDEX c ON a (b);\n;"
    assert single_statements(text, {"blob": "BYTEA"}) == ["CREATE TABLE a (b BYTEA)", "CREATE INDEX c ON a (b)"]


@pytest.mark.parametrize("number", NUMBERS)
def test_no_statement_hides_a_semicolon_or_a_type_of_one_database(number: int) -> None:
    for statement in single_statements(migrations()[number], {"blob": "BLOB", "big": "BIGINT"}):
        assert statement.split()[0] in {"CREATE", "ALTER", "UPDATE", "INSERT", "DROP"}
        assert "{" not in statement
        assert "--" not in statement
