"""Vectors that are kept in a file, so that a set is encoded once and not at every run."""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

from warmline.agent.base import Unit
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST

BATCH = 512


def a_parser(doc: str | None, cache: str = "warmline-vectors.sqlite3") -> argparse.ArgumentParser:
    """What all programs that fit parameters take: `--dry-run`, and `--cache`, the file of their vectors."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="print the tables only")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / cache)
    return parser


class KeptEncoders(Encoders):
    """Encoders that look into `file` first. Made for one process at a time."""

    def __init__(self, file: Path, models: Sequence[str] | None = None) -> None:
        super().__init__(models)
        self._file = sqlite3.connect(file)
        self._file.execute("CREATE TABLE IF NOT EXISTS vector (key TEXT PRIMARY KEY, data BLOB NOT NULL)")
        self._kept: dict[str, bytes] = dict(self._file.execute("SELECT key, data FROM vector"))

    async def query(self, model: str, text: str) -> bytes:
        return (await self.encode(model, [Unit("query", text)]))[0]

    async def words(self, spellings: Sequence[str]) -> list[bytes]:
        return await self.encode(FAST, [Unit("query", spelling) for spelling in spellings])

    async def encode(self, model: str, units: Sequence[Unit]) -> list[bytes]:
        wanted = {f"{model}/{unit.digest}": unit for unit in units}
        missing = [(key, unit) for key, unit in wanted.items() if key not in self._kept]
        for start in range(0, len(missing), BATCH):
            some = missing[start : start + BATCH]
            made = await super().encode(model, [unit for _, unit in some])
            rows = [(key, vector) for (key, _), vector in zip(some, made, strict=True)]
            self._kept.update(rows)
            with self._file:
                self._file.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)
        return [self._kept[f"{model}/{unit.digest}"] for unit in units]
