"""The store on PostgreSQL: the same functions on pooled connections, serializable, run again on a conflict."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from warmline import failpoints
from warmline.domain.ids import WorkerId
from warmline.errors import SettingsError, Unavailable
from warmline.store.base import AfterCommit, Transaction, nothing_to_tell
from warmline.store.migrate import migrate
from warmline.store.statements import Row, cleaned
from warmline.store.timeline import Timeline
from warmline.store.trouble import WORDS, Cause, Health
from warmline.store.vault import Vault

T = TypeVar("T")
log = logging.getLogger(__name__)

DIALECT = {"blob": "BYTEA", "big": "BIGINT"}
NAME = "warmline"
"""How our connections call themselves; a restore looks for it."""
CONNECTIONS = 8
RETRIES = 14
LOOK_EVERY = 10.0
"""Seconds between two looks at the database's clock."""
_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_AGAIN = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
_AWAY = (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction, PoolTimeout)
MIGRATING = 7_270_001
"""Advisory lock: processes that start together migrate one after the other."""


class PostgresTransaction(Transaction):
    """Statements on one pooled connection."""

    def __init__(self, connection: psycopg.Connection[DictRow], vault: Vault, worker: WorkerId | None) -> None:
        super().__init__(vault, worker)
        self._connection = connection
        self.changes = 0

    def rows(self, sql: str, **values: Any) -> list[Row]:
        cursor = self._connection.execute(_translated(sql), _clean(values))
        return list(cursor.fetchall()) if cursor.description else []

    def run(self, sql: str, **values: Any) -> int:
        changed = self._connection.execute(_translated(sql), _clean(values)).rowcount
        self.changes += max(changed, 0)
        return changed


class PostgresStore:
    """A store at the address `url`."""

    def __init__(self, url: str, vault: Vault, worker: WorkerId | None = None) -> None:
        self.vault = vault
        self.after_commit: AfterCommit = nothing_to_tell
        self.health = Health()
        self.timeline = Timeline()
        self._looked = 0.0
        self._worker = worker
        self._pool: ConnectionPool[psycopg.Connection[DictRow]] = ConnectionPool(
            url,
            min_size=1,
            max_size=CONNECTIONS,
            open=False,
            timeout=10,
            kwargs={"row_factory": dict_row, "application_name": NAME},
            configure=_durable,
        )
        self._threads = ThreadPoolExecutor(CONNECTIONS, "store")
        self._row = threading.Lock()
        self._closed = False

    async def start(self) -> None:
        """Connect and migrate. Raises SettingsError when the server cannot be reached."""
        await self._in_thread(self._prepare)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a serializable transaction, again when the database asks for it. May raise Unavailable."""
        result, tx = await self._in_thread(lambda: self._write(work))
        if tx.born or tx.cancelled:
            self.after_commit(tx.born, tx.cancelled)
        return result

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on one snapshot."""
        return await self._in_thread(lambda: self._read(work))

    async def look_at_clock(self) -> None:
        """Ask the database's clock now and then; an answer that took long says nothing."""
        began = time.monotonic()
        if began - self._looked < LOOK_EVERY:
            return
        self._looked = began
        wall, before = await self.read(_wall), self.timeline.ahead
        jump = self.timeline.jumped(wall) if time.monotonic() - began < 1 else 0
        if jump:
            ahead = await self.write(lambda tx: tx.note_jump(before, jump, wall, 0, ""))
            log.warning("the database's clock was set by %d seconds", jump // 1_000_000)
            self.timeline.follow(wall, ahead)

    async def close(self) -> None:
        """Finish what runs, then let go of the connections."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._threads.shutdown)
            await asyncio.to_thread(self._pool.close)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise Unavailable("The store is closed.")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _prepare(self) -> None:
        try:
            self._pool.open(wait=True, timeout=15)
        except PoolTimeout as error:
            raise SettingsError("WARMLINE_DATABASE_URL: the PostgreSQL server cannot be reached.") from error
        with self._pool.connection() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATING,))
            tx = PostgresTransaction(connection, self.vault, None)
            migrate(tx, DIALECT)
            wall = _wall(tx)
            ahead = tx.resume_clock(wall, 0, "")
        self.timeline.follow(wall, ahead)

    def _write(self, work: Callable[[Transaction], T]) -> tuple[T, PostgresTransaction]:
        for n in range(RETRIES):
            try:
                # Who has lost once waits in a row: a crowd of losers on one conversation would lose for ever.
                with self._row if n else nullcontext():
                    return self._write_once(work)
            except _AGAIN:
                time.sleep(random.uniform(0, 0.01 * 2 ** min(n, 5)))  # noqa: S311 jitter is no secret
            except _AWAY as error:
                raise self.health.failed(_cause(error)) from error
        raise Unavailable("The store is too busy just now. Nothing was changed.")

    def _write_once(self, work: Callable[[Transaction], T]) -> tuple[T, PostgresTransaction]:
        with self._pool.connection() as connection:
            connection.isolation_level = IsolationLevel.SERIALIZABLE
            with connection.transaction():
                tx = PostgresTransaction(connection, self.vault, self._worker)
                tx.timeline = self.timeline
                result = work(tx)
                failpoints.before_commit(work)
        # A commit without a change proves nothing.
        if tx.changes:
            self.health.wrote()
        failpoints.after_commits([work])
        return result, tx

    def _read(self, work: Callable[[Transaction], T]) -> T:
        try:
            with self._pool.connection() as connection:
                connection.isolation_level = IsolationLevel.REPEATABLE_READ
                with connection.transaction(force_rollback=True):
                    tx = PostgresTransaction(connection, self.vault, None)
                    tx.timeline = self.timeline
                    return work(tx)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable(f"{WORDS[Cause.AWAY]} This cannot be read just now.") from error


def _wall(tx: Transaction) -> int:
    """Microseconds that the database's own clock shows."""
    rows = tx.rows("SELECT (extract(epoch FROM clock_timestamp()) * 1000000) AS wall")
    return int(rows[0]["wall"])


def _durable(connection: psycopg.Connection[DictRow]) -> None:
    """ "Sent" means "on disk" (G1), whatever the server's own default is. A stronger setting stays."""
    row = connection.execute("SHOW synchronous_commit").fetchone()
    if row is None or row["synchronous_commit"] not in ("on", "remote_apply"):
        connection.execute("SET synchronous_commit = on")
    connection.commit()


def _cause(error: Exception) -> Cause:
    if isinstance(error, psycopg.errors.DiskFull):
        return Cause.FULL
    return Cause.READ_ONLY if isinstance(error, psycopg.errors.ReadOnlySqlTransaction) else Cause.AWAY


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    return {name: cleaned(value) for name, value in values.items()}


@lru_cache(maxsize=1024)
def _translated(sql: str) -> str:
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))
