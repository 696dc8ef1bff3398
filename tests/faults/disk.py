"""A disk that misbehaves: a layer below SQLite that fails when told to, and a small file system that fills up."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

_REAL = apsw.vfs_names()[0]


class Disk(apsw.VFS):
    """Between SQLite and the real files. `writing` and `syncing`: what fails, or None."""

    def __init__(self) -> None:
        super().__init__("misbehaving", _REAL)
        self.writing: Exception | None = None
        self.syncing: Exception | None = None

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 SQLite's name
        return _File(self, name, flags)

    def mend(self) -> None:
        self.writing = self.syncing = None


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__(_REAL, name, flags)
        self._disk = disk

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if self._disk.writing is not None:
            raise type(self._disk.writing)(*self._disk.writing.args)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._disk.syncing is not None:
            raise type(self._disk.syncing)(*self._disk.syncing.args)
        super().xSync(flags)


@contextmanager
def misbehaving() -> Iterator[Disk]:
    """Whatever SQLite opens inside the block lies on this disk."""
    disk = Disk()
    apsw.set_default_vfs("misbehaving")
    try:
        yield disk
    finally:
        disk.mend()
        apsw.set_default_vfs(_REAL)
        disk.unregister()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of this size in memory. Only root may mount; others skip."""
    folder.mkdir()
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
        )
    )
    if not mounted or mounted.returncode != 0:
        pytest.skip("mounting a small disk takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True, capture_output=True)


def fill(folder: Path) -> Path:
    """Not a byte is left; the ballast."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 512):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast
