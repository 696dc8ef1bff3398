"""The store on one SQLite file: one writer thread with group commit, readers apart."""

from __future__ import annotations

import asyncio
import logging
import queue
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import apsw

from warmline import failpoints
from warmline.domain.ids import WorkerId
from warmline.errors import SettingsError, Unavailable
from warmline.store.base import AfterCommit, Transaction, nothing_to_tell
from warmline.store.migrate import migrate
from warmline.store.statements import Row, cleaned
from warmline.store.timeline import Timeline, boot_id
from warmline.store.trouble import WORDS, Cause, Health
from warmline.store.vault import Vault

T = TypeVar("T")
log = logging.getLogger(__name__)

DIALECT = {"blob": "BLOB", "big": "INTEGER"}
LEAST_VERSION = (3, 51, 3)
"""Older SQLite has a checkpoint race in WAL that can corrupt (DESIGN.md section 4)."""
BATCH = 256
"""So many writes share one COMMIT at most."""
BUSY_MS = 30_000
READERS = 4
ROOM = 2**20
"""So many free bytes end a full disk."""
_CAUSES: Mapping[type[apsw.Error], Cause] = {
    apsw.FullError: Cause.FULL,
    apsw.IOError: Cause.DISK,
    apsw.ReadOnlyError: Cause.READ_ONLY,
    apsw.CorruptError: Cause.DAMAGED,
    apsw.NotADBError: Cause.DAMAGED,
    apsw.NoMemError: Cause.DISK,
    apsw.BusyError: Cause.BUSY,
    apsw.CantOpenError: Cause.DISK,
}
_BATCH_BREAKERS = tuple(_CAUSES)
"""After these SQLite may have rolled back everything, not the one member alone."""
_OPEN_ANEW = (apsw.ReadOnlyError, apsw.IOError, apsw.CantOpenError)
"""A connection that was opened while the file could not be written would stay like that for ever."""


class SqliteTransaction(Transaction):
    """Statements on one connection."""

    def __init__(self, connection: apsw.Connection, vault: Vault, worker: WorkerId | None) -> None:
        super().__init__(vault, worker)
        self._connection = connection

    def rows(self, sql: str, **values: Any) -> list[Row]:
        cursor = self._connection.execute(sql, _clean(values))
        # apsw runs a statement lazily, up to its first row: fetchall ends it. Without a row there is no description.
        try:
            names = [column[0] for column in cursor.get_description()]
        except apsw.ExecutionCompleteError:
            return []
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def run(self, sql: str, **values: Any) -> int:
        self._connection.execute(sql, _clean(values)).fetchall()
        return self._connection.changes()


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    """The same text is stored, whichever database there is."""
    return {name: cleaned(value) for name, value in values.items()}


@dataclass(slots=True)
class _Write:
    """A write that waits for its commit."""

    work: Callable[[Transaction], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None
    tx: SqliteTransaction | None = None


class SqliteStore:
    """A store in the file `path`. Safe beside other processes that write to the same file."""

    def __init__(self, path: Path, vault: Vault, worker: WorkerId | None = None) -> None:
        _check_library()
        self.vault = vault
        self.after_commit: AfterCommit = nothing_to_tell
        self.health = Health(self._has_room)
        self.timeline = Timeline()
        self._path, self._worker = path, worker
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._own = threading.local()
        self._readers = ThreadPoolExecutor(READERS, "store-read")
        self._connections: list[apsw.Connection] = []
        self._writer = self._connect()
        self._thread = threading.Thread(target=self._write_all, name="store-write", daemon=True)
        self._closed = False

    async def start(self) -> None:
        """Migrate and begin to write. Raises SettingsError when the file is not a database."""
        await asyncio.to_thread(self._prepare)
        self._thread.start()

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a savepoint on the writer thread; return when the commit that holds it is on disk.

        What `work` raises rolls it back, alone, and is raised here. Raises Unavailable when the file cannot be written.
        """
        if self._closed:
            raise Unavailable("The store is closed.")
        self.health.refuse_damaged()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._writes.put(_Write(work, future, loop))
        return await future

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on one snapshot, beside the writer. Raises Unavailable when the file cannot be read."""
        if self._closed:
            raise Unavailable("The store is closed.")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def look_at_clock(self) -> None:
        """Two readings and no more, as long as nobody has set it."""
        jump, before, (wall, steady) = self.timeline.jumped(), self.timeline.ahead, self.timeline.read()
        if jump:
            ahead = await self.write(lambda tx: tx.note_jump(before, jump, wall, steady, boot_id()))
            log.warning("the clock was set by %d seconds", jump // 1_000_000)
            self.timeline.follow(None, ahead)

    async def close(self) -> None:
        """Finish what waits, then let go of the file."""
        if self._closed:
            return
        self._closed = True
        if self._thread.is_alive():
            self._writes.put(None)
            await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._connections:
            # What is committed is in the log; a disk that takes no more writing leaves it there for the next start.
            with suppress(apsw.Error):
                connection.close(True)

    def _prepare(self) -> None:
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            tx = SqliteTransaction(self._writer, self.vault, None)
            migrate(tx, DIALECT)
            wall, steady = self.timeline.read()
            ahead = tx.resume_clock(wall, steady, boot_id())
            self._writer.execute("COMMIT")
        except apsw.NotADBError as error:
            raise _not_a_database(self._path) from error
        self.timeline.follow(wall, ahead)

    def _connect(self, readonly: bool = False) -> apsw.Connection:
        try:
            connection = apsw.Connection(str(self._path))
            connection.set_busy_timeout(BUSY_MS)
            for name, value in (("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")):
                _pragma(connection, name, value)
            if readonly:
                _pragma(connection, "query_only", "1")
        except apsw.CantOpenError as error:
            raise SettingsError(f"{self._path} cannot be opened: check that the folder exists and is yours.") from error
        except apsw.NotADBError as error:
            raise _not_a_database(self._path) from error
        self._connections.append(connection)
        return connection

    def _read(self, work: Callable[[Transaction], T]) -> T:
        try:
            return self._read_once(work)
        except apsw.ReadOnlyError:
            raise  # a write where only reading is meant: a fault of ours
        except _BATCH_BREAKERS as error:
            if isinstance(error, apsw.CorruptError | apsw.NotADBError):
                self.health.failed(Cause.DAMAGED)
            raise Unavailable(f"{WORDS[_cause(error)]} This cannot be read just now.") from error

    def _read_once(self, work: Callable[[Transaction], T]) -> T:
        connection: apsw.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._connect(readonly=True)
        connection.execute("BEGIN")
        try:
            tx = SqliteTransaction(connection, self.vault, None)
            tx.timeline = self.timeline
            return work(tx)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _has_room(self) -> bool:
        return shutil.disk_usage(self._path.parent).free >= ROOM

    def _write_all(self) -> None:
        going = True
        while going:
            batch, going = self._next_batch()
            if batch:
                self._commit(batch)

    def _next_batch(self) -> tuple[list[_Write], bool]:
        """What waits now, at least one; False at the end of all work."""
        batch: list[_Write] = []
        item = self._writes.get()
        while item is not None:
            batch.append(item)
            if len(batch) >= BATCH or self._writes.empty():
                return batch, True
            item = self._writes.get()
        return batch, False

    def _commit(self, batch: list[_Write]) -> None:
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            before = self._writer.total_changes()
            for write in batch:
                self._run_one(write)
            changed = self._writer.total_changes() > before
            self._writer.execute("COMMIT")
        except apsw.Error as error:
            unavailable = self.health.failed(_cause(error))
            self._roll_back(isinstance(error, _OPEN_ANEW))
            for write in batch:
                write.error, write.tx = unavailable, None
        else:
            # A commit without a change reaches no disk, and proves nothing.
            if changed:
                self.health.wrote()
            failpoints.after_commits([write.work for write in batch if write.error is None])
        _tell(batch, self.after_commit)

    def _run_one(self, write: _Write) -> None:
        """One member of a batch: its failure takes back its own savepoint and nothing else."""
        self._writer.execute("SAVEPOINT member")
        write.tx = SqliteTransaction(self._writer, self.vault, self._worker)
        write.tx.timeline = self.timeline
        try:
            write.result = write.work(write.tx)
            failpoints.before_commit(write.work)
        except _BATCH_BREAKERS:
            raise
        except BaseException as error:  # noqa: BLE001 it is handed to the caller that waits for it
            write.error, write.tx = error, None
            self._writer.execute("ROLLBACK TO member")
        self._writer.execute("RELEASE member")

    def _roll_back(self, anew: bool) -> None:
        try:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        except apsw.Error as error:
            log.error("the store cannot roll back and opens the file again: %s", type(error).__name__)
            anew = True
        if anew:
            self._open_again()

    def _open_again(self) -> None:
        """Another connection for the writer. Where that fails too, the next write tries: this thread must live."""
        self._writer.close(True)
        self._connections = [each for each in self._connections if each is not self._writer]
        try:
            self._writer = self._connect()
        except (apsw.Error, SettingsError) as error:
            log.error("the store cannot open its file: %s", type(error).__name__)


def _tell(batch: Sequence[_Write], after_commit: AfterCommit) -> None:
    """Wake the callers of one commit: one call into each loop, not one for each write."""
    loops: dict[asyncio.AbstractEventLoop, list[_Write]] = {}
    for write in batch:
        loops.setdefault(write.loop, []).append(write)
    for loop, writes in loops.items():
        try:
            loop.call_soon_threadsafe(_resume, writes, after_commit)
        except RuntimeError:
            log.debug("a caller's loop has ended before its write")


def _resume(writes: Sequence[_Write], after_commit: AfterCommit) -> None:
    # All callers first: they run after this function, and one that fails here must not leave others waiting.
    for write in writes:
        if write.future.done():
            continue
        if write.error is not None:
            write.future.set_exception(write.error)
        else:
            write.future.set_result(write.result)
    for write in writes:
        if write.tx is not None and (write.tx.born or write.tx.cancelled):
            after_commit(write.tx.born, write.tx.cancelled)


def _cause(error: apsw.Error) -> Cause:
    return next((cause for kind, cause in _CAUSES.items() if isinstance(error, kind)), Cause.DISK)


def _pragma(connection: apsw.Connection, name: str, value: str) -> None:
    # One statement a call, run to its end, then read back: a pragma that did not take must not go unseen.
    connection.execute(f"PRAGMA {name} = {value}").fetchall()
    got = str(connection.execute(f"PRAGMA {name}").fetchall()[0][0])
    if got != value:
        raise SettingsError(f"SQLite did not accept PRAGMA {name} = {value}; it says {got}.")


def _not_a_database(path: Path) -> SettingsError:
    return SettingsError(f"{path} is not a SQLite database. Move it away, or choose another folder.")


def _check_library() -> None:
    have = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if have < LEAST_VERSION:
        raise SettingsError(f"SQLite {apsw.sqlite_lib_version()} is too old; 3.51.3 or newer is needed.")
