"""PostgreSQL to a SQLite file and back: every table, row by row, in one snapshot and in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString

import apsw
import psycopg
from psycopg import IsolationLevel, sql
from psycopg.rows import dict_row, tuple_row

from warmline.errors import SettingsError
from warmline.store.backup import finish_copy, fresh_file
from warmline.store.migrate import migrate, migrations
from warmline.store.postgres import DIALECT as POSTGRES
from warmline.store.postgres import MIGRATING, NAME, PostgresTransaction
from warmline.store.sqlite import DIALECT as SQLITE
from warmline.store.sqlite import SqliteTransaction
from warmline.store.statements import cleaned
from warmline.store.vault import Vault

LETTING_GO = 3.0
"""Seconds."""
ROWS = 1_000
"""So many rows are on the way at once."""


def copy_postgres(url: str, target: Path, vault: Vault) -> None:
    """A consistent copy of the database, while others write, as one SQLite file. Raises SettingsError."""
    draft = target.with_name(target.name + ".part")
    draft.unlink(missing_ok=True)
    try:
        fresh_file(draft)
        with psycopg.connect(url, application_name=f"{NAME} backup") as source:
            source.isolation_level, source.read_only = IsolationLevel.REPEATABLE_READ, True
            with source.transaction():
                _copy_out(source, draft, vault)
        finish_copy(draft, target)
    except (psycopg.Error, apsw.Error, OSError) as error:
        raise SettingsError(f"The PostgreSQL database could not be copied to {target}: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def _copy_out(source: psycopg.Connection[Any], draft: Path, vault: Vault) -> None:
    found, known = _migration_of(source), max(migrations())
    if not found:
        raise SettingsError("There is nothing in this PostgreSQL database yet.")
    if found > known:
        raise SettingsError(f"A newer Warmline has migrated this database (to {found}). Back it up with that one.")
    copy = apsw.Connection(str(draft))
    try:
        copy.execute("BEGIN IMMEDIATE")
        migrate(SqliteTransaction(copy, vault, None), SQLITE, upto=found)
        for table in _tables(copy):
            copy.execute(f"DELETE FROM {table}")  # noqa: S608 what migrations put there is in the source too
        for table in _tables(copy):
            _copy_table_out(source, copy, table)
        copy.execute("COMMIT")
    finally:
        copy.close()


def _copy_table_out(source: psycopg.Connection[Any], copy: apsw.Connection, table: str) -> None:
    columns = _columns(copy, table)
    marks = ", ".join("?" * len(columns))
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 names of our own schema
    select = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table)
    )
    with source.cursor(name="backup") as cursor:
        cursor.itersize = ROWS
        cursor.execute(select)
        for row in cursor:
            copy.execute(insert, row)


def fill_postgres(source: Path, url: str, vault: Vault, force: bool, now: datetime) -> str | None:
    """Put a checked SQLite copy into the database; the name of the schema to which old tables were moved, or None.

    All in one transaction: it is there whole or not at all. Raises SettingsError when the database is in use, or not
    empty and not `force`.
    """
    copy = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        name = f"{NAME} restore"
        with (
            psycopg.connect(url, application_name=name, row_factory=dict_row) as target,
            target.transaction(),
        ):
            target.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATING,))
            _refuse_in_use(target)
            aside = _make_room(target, _tables(copy), force, now)
            migrate(PostgresTransaction(target, vault, None), POSTGRES)
            _copy_in(copy, target)
    except psycopg.Error as error:
        raise SettingsError(f"The backup could not be put into PostgreSQL; nothing was changed: {error}") from error
    finally:
        copy.close()
    return aside


def refuse_in_use(url: str) -> None:
    """Raises SettingsError while a Warmline is connected, or when the server cannot be reached."""
    try:
        with psycopg.connect(url, application_name=f"{NAME} asks") as target:
            _refuse_in_use(target)
    except psycopg.Error as error:
        raise SettingsError(f"PostgreSQL cannot be asked: {error}") from error


def _refuse_in_use(target: psycopg.Connection[Any]) -> None:
    """Patient: the database lets go of a process that has just ended only when it has seen the end."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    until = time.monotonic() + LETTING_GO
    while _one(target, others, NAME):
        if time.monotonic() > until:
            raise SettingsError("A Warmline is connected to this database. Stop every process that uses it first.")
        time.sleep(0.1)
        target.execute("SELECT pg_stat_clear_snapshot()")


def _make_room(target: psycopg.Connection[Any], tables: list[str], force: bool, now: datetime) -> str | None:
    there = [table for table in tables if _exists(target, table)]
    if not there:
        return None
    full = "workspace" in there and _one(target, "SELECT count(*) FROM workspace")
    if full and not force:
        raise SettingsError("The PostgreSQL database is not empty. With --force its tables are moved aside, and kept.")
    aside = f"before_restore_{now:%Y%m%dt%H%M%S_%fz}"
    target.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(aside)))
    for table in there:
        target.execute(sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(sql.Identifier(table), sql.Identifier(aside)))
    return aside


def _copy_in(copy: apsw.Connection, target: psycopg.Connection[Any]) -> None:
    tables = _parents_first(copy)
    for table in reversed(tables):
        target.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    for table in tables:
        columns = _columns(copy, table)
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with target.cursor() as cursor, cursor.copy(into) as lines:
            for row in _rows(copy, table, columns):
                lines.write_row(row)


def _rows(copy: apsw.Connection, table: str, columns: list[str]) -> Iterator[list[Any]]:
    for row in copy.execute(f"SELECT {', '.join(columns)} FROM {table}"):  # noqa: S608 names of our own schema
        yield [cleaned(value) for value in row]


def _migration_of(source: psycopg.Connection[Any]) -> int:
    if not _exists(source, "migration"):
        return 0
    return int(_one(source, "SELECT max(number) FROM migration") or 0)


def _exists(target: psycopg.Connection[Any], table: str) -> bool:
    return _one(target, "SELECT to_regclass(%s)", f'"{table}"') is not None


def _one(connection: psycopg.Connection[Any], question: LiteralString, *values: str) -> Any:
    """The first column of the first row, or None."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(question, values).fetchone()
    return row[0] if row else None


def _tables(copy: apsw.Connection) -> list[str]:
    rows = copy.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    return [str(row[0]) for row in rows]


def _columns(copy: apsw.Connection, table: str) -> list[str]:
    return [str(row[0]) for row in copy.execute("SELECT name FROM pragma_table_info(?) ORDER BY cid", (table,))]


def _parents_first(copy: apsw.Connection) -> list[str]:
    """Tables in an order in which nothing refers to what is not there yet."""
    waiting = {
        table: {str(row[0]) for row in copy.execute('SELECT "table" FROM pragma_foreign_key_list(?)', (table,))}
        - {table}
        for table in _tables(copy)
    }
    order: list[str] = []
    while waiting:
        free = sorted(table for table, needs in waiting.items() if needs <= set(order))
        if not free:
            raise RuntimeError(f"the tables {sorted(waiting)} refer to one another in a ring")
        order += free
        for table in free:
            del waiting[table]
    return order
