"""The data folder: who serves it, whether the last one stopped in good order, and the key that lies in it."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path
from typing import TextIO

from warmline.errors import SettingsError
from warmline.store.vault import fresh_key

log = logging.getLogger(__name__)

DATABASE = "warmline.sqlite3"
KEY = "secret.key"


class FolderLock:
    """Held as long as this process lives: whoever holds it may take over a dead predecessor's leases.

    What stands in the file is a mark that is wiped at a stop in good order: `unclean` tells whether the one before us
    was killed.
    """

    def __init__(self, data: Path) -> None:
        """Raises SettingsError when another process holds it."""
        self._file: TextIO = (data / "lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise SettingsError(
                f"Another Warmline serves the folder {data}. Stop it, or choose another one."
            ) from error
        self._file.seek(0)
        self.unclean = bool(self._file.read().strip())
        self._marked = False

    def mark(self) -> None:
        """From here on a death leaves a trace."""
        self._marked = True
        self._write(f"serving {os.getpid()}\n")

    def close(self, look_again: bool = False) -> None:
        """Everything was put away: wipe our mark. That of a predecessor stays when we got no further than that.

        `look_again`: leave the mark, so that the next start looks at the file.
        """
        if self._marked and not look_again:
            self._write("")
        self._file.close()

    def _write(self, text: str) -> None:
        try:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(text)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            # A full disk must not keep a server from stopping; the next start then checks once too often.
            log.warning("the lock could not be written: %s", type(error).__name__)


def own_key(data: Path) -> str:
    """The key in the data folder, made at the first start. Raises SettingsError when it is lost."""
    path = data / KEY
    if not path.exists():
        if (data / DATABASE).exists():
            raise SettingsError(
                f"{path} is missing, and the database beside it was sealed with it. Put the key back, or set"
                " WARMLINE_SECRET_KEY to it."
            )
        write_key(path, fresh_key())
    return path.read_text(encoding="ascii").strip()


def write_key(path: Path, key: str) -> None:
    """On disk when it returns, for its owner only. A file that is there stays as it is."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        log.debug("another process made the key in the meantime")
        return
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Names that were made or moved in it are on disk too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
