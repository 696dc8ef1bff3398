"""Copies of a database in use, and how a copy becomes the database again.

A backup is one SQLite file, wherever the data lives: also of a PostgreSQL database, so that one check and one restore
fit both, and what was backed up from one can be restored into the other.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from datetime import datetime
from pathlib import Path

import apsw

from warmline.errors import SettingsError
from warmline.store.base import Raised
from warmline.store.folder import DATABASE, sync_folder
from warmline.store.migrate import migrate, migrations
from warmline.store.sqlite import DIALECT, SqliteTransaction
from warmline.store.vault import Vault


def copy_database(source: Path, target: Path) -> None:
    """One consistent snapshot, also while others write. Raises SettingsError when it cannot be made.

    The target appears when it is whole, in one file, readable for its owner only.
    """
    draft = target.with_name(target.name + ".part")
    draft.unlink(missing_ok=True)
    try:
        fresh_file(draft)
        _copy(source, draft)
        finish_copy(draft, target)
    except (apsw.Error, OSError) as error:
        raise SettingsError(f"{source} could not be copied to {target}: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def fresh_file(path: Path) -> None:
    """Empty, and for its owner only."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def finish_copy(draft: Path, target: Path) -> None:
    """Check it, then give it its name. Raises SettingsError when it is broken."""
    broken = complaint(draft)
    if broken:
        raise SettingsError(f"The copy {draft} is broken ({broken}). Check the disk and try again.")
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(draft, target)
    sync_folder(target.parent)


def complaint(path: Path, quick: bool = False) -> str | None:
    """What SQLite finds wrong with the file, or None. `quick`: pages only, not whether indexes fit their tables."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        connection.set_busy_timeout(10_000)
        check = "quick_check" if quick else "integrity_check"
        found = [str(row[0]) for row in connection.execute(f"PRAGMA {check}(5)").fetchall()]
    except apsw.Error as error:
        return str(error)
    finally:
        connection.close()
    return None if found == ["ok"] else "; ".join(" ".join(each.split()) for each in found)[:300]


def refuse_damaged(database: Path) -> None:
    """After a stop that was none: is the file whole? Raises SettingsError with the way out."""
    broken = complaint(database, quick=True) if database.exists() else None
    if broken:
        raise SettingsError(
            f"{database} is damaged ({broken}). Check the disk, then put the last backup in its place:"
            " warmline restore FOLDER --force. The damaged file is kept."
        )


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def migration_of(path: Path) -> int:
    """Up to which migration this file is. Raises SettingsError for a file that is no database of ours."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return int(connection.execute("SELECT max(number) FROM migration").fetchall()[0][0] or 0)
    except apsw.Error as error:
        raise SettingsError(f"{path} is no backup of Warmline ({error}).") from error
    finally:
        connection.close()


def revived(source: Path, draft: Path, vault: Vault, now: datetime) -> Raised:
    """Make of a backup a database that may be served: whole, of the present shape, in a new life.

    Raises SettingsError when the backup is broken or newer than this program, and SealedWithAnotherKey.
    """
    _check(source)
    draft.unlink(missing_ok=True)
    fresh_file(draft)
    _copy(source, draft)
    connection = apsw.Connection(str(draft))
    try:
        connection.execute("PRAGMA foreign_keys = 1").fetchall()
        tx = SqliteTransaction(connection, vault, None)
        connection.execute("BEGIN IMMEDIATE")
        migrate(tx, DIALECT)
        tx.check_key()
        raised = tx.raise_incarnation(now)
        connection.execute("COMMIT")
    finally:
        connection.close()
    return raised


def _check(source: Path) -> None:
    if not source.is_file():
        raise SettingsError(f"{source} is not there. Name the folder that `warmline backup` made.")
    broken = complaint(source)
    if broken:
        raise SettingsError(f"{source} is broken ({broken}). Take an older backup.")
    found, known = migration_of(source), max(migrations())
    if found > known:
        raise SettingsError(
            f"{source} was made by a newer Warmline (migration {found}; this one knows {known}). Use that one."
        )


def put_in_place(draft: Path, data: Path, aside: Path) -> bool:
    """Give the restored database its name; what was there is moved to the folder `aside`. True when something was.

    Raises SettingsError when another process has the old file open. A crash on the way leaves the old or the new one.
    """
    database = data / DATABASE
    there = database.exists()
    if there:
        _claim_alone(database)
        aside.mkdir(parents=True, mode=0o700)
        # Its log was written into it above; a damaged one takes its log along. Left behind, the new one would read it.
        _second_name(database, aside / DATABASE)
        for ending in ("-wal", "-shm"):
            if (data / (DATABASE + ending)).exists():
                os.replace(data / (DATABASE + ending), aside / (DATABASE + ending))
    finish_copy(draft, database)
    return there


def _second_name(path: Path, name: Path) -> None:
    try:
        os.link(path, name)
    except OSError:  # a file system without links
        shutil.copy2(path, name)


def _claim_alone(database: Path) -> None:
    """Write its log into it, as the only one. A file too damaged for that is nobody's."""
    connection = apsw.Connection(str(database))
    try:
        connection.set_busy_timeout(0)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except apsw.BusyError as error:
        raise SettingsError(f"Another process has {database} open. Stop every warmline command first.") from error
    except apsw.Error:
        return
    finally:
        connection.close(True)


def _copy(source: Path, target: Path) -> None:
    original = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
    copy = apsw.Connection(str(target))
    try:
        original.set_busy_timeout(30_000)
        with copy.backup("main", original, "main") as backup:
            # All of it in one step: a reader's snapshot, which no writer has to wait for in WAL mode.
            while not backup.done:
                backup.step(-1)
        # A file in WAL mode is not one file.
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
    finally:
        copy.close()
        original.close()


__all__ = [
    "complaint",
    "copy_database",
    "digest",
    "finish_copy",
    "fresh_file",
    "migration_of",
    "put_in_place",
    "refuse_damaged",
    "revived",
]
