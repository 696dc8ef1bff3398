"""Brings a database to the present shape: numbered SQL files, all that is missing in one transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

from warmline.store.statements import Statements

_NAME = re.compile(r"(\d{4})_\w+\.sql")


def migrations() -> dict[int, str]:
    """Number → SQL, in order. Raises RuntimeError when two files bear one number: one of them would be left out."""
    found: dict[int, str] = {}
    for entry in files("warmline.store.migrations").iterdir():
        match = _NAME.fullmatch(entry.name)
        if match:
            if int(match.group(1)) in found:
                raise RuntimeError(f"two migrations bear the number {match.group(1)}: give {entry.name} the next one")
            found[int(match.group(1))] = entry.read_text(encoding="utf-8")
    return dict(sorted(found.items()))


def version(tx: Statements) -> int:
    """The number of the last migration that this database has seen."""
    tx.run("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY)")
    row = tx.row("SELECT max(number) AS number FROM migration")
    return int(row["number"] or 0) if row else 0


def migrate(tx: Statements, dialect: Mapping[str, str], upto: int | None = None) -> list[int]:
    """Apply what is missing, not beyond `upto`; the numbers that were applied. Must run inside one transaction."""
    done: list[int] = []
    start = version(tx)
    for number, sql in migrations().items():
        if number > start and (upto is None or number <= upto):
            for statement in single_statements(sql, dialect):
                tx.run(statement)
            tx.run("INSERT INTO migration (number) VALUES (:number)", number=number)
            done.append(number)
    return done


def single_statements(sql: str, dialect: Mapping[str, str]) -> list[str]:
    """The single statements of a file, with this database's type names."""
    for name, word in dialect.items():
        sql = sql.replace("{" + name + "}", word)
    bare = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    return [part.strip() for part in bare.split(";") if part.strip()]
