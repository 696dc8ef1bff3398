"""A copy of the SQLite file while it is in use, and whether a file is whole."""

from __future__ import annotations

import os
from pathlib import Path

import apsw

from warmline.errors import SettingsError


def copy_database(source: Path, target: Path) -> None:
    """One consistent snapshot, also while others write. Raises SettingsError when it cannot be made.

    The target appears when it is whole, in one file, readable for its owner only.
    """
    draft = target.with_name(target.name + ".part")
    draft.unlink(missing_ok=True)
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _copy(source, draft)
        broken = complaint(draft)
        if broken:
            raise SettingsError(f"The copy of {source} is broken ({broken}). Check the disk and try again.")
        os.replace(draft, target)
    except (apsw.Error, OSError) as error:
        raise SettingsError(f"{source} could not be copied to {target}: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def complaint(path: Path) -> str | None:
    """What SQLite finds wrong with the file, or None."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        connection.set_busy_timeout(10_000)
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)").fetchall()]
    except apsw.Error as error:
        return str(error)
    finally:
        connection.close()
    return None if found == ["ok"] else "; ".join(found)


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
    with target.open("rb+") as file:
        os.fsync(file.fileno())
