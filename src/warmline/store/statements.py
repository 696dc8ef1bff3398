"""The narrow waist between SQL and a database: one statement a call, named values, rows as mappings."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from warmline.domain.effect import OwedEffect
from warmline.domain.ids import WorkerId
from warmline.store.vault import Vault

if TYPE_CHECKING:
    from warmline.store.timeline import Timeline

Row = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


class Statements(ABC):
    """One transaction. `born` and `cancelled` are told to the worker after the commit.

    `worker` is the process that runs effects here, or None where none runs (then the sweeper of another one claims).
    """

    def __init__(self, vault: Vault, worker: WorkerId | None) -> None:
        self.vault, self.worker = vault, worker
        self.timeline: Timeline | None = None
        """Set by a store that keeps its own time; without one the wall is steady."""
        self.born: list[OwedEffect] = []
        self.cancelled: list[str] = []

    @abstractmethod
    def rows(self, sql: str, **values: Any) -> list[Row]:
        """Run one statement and return all its rows."""

    @abstractmethod
    def run(self, sql: str, **values: Any) -> int:
        """Run one statement and return how many rows it changed."""

    def row(self, sql: str, **values: Any) -> Row | None:
        found = self.rows(sql, **values)
        return found[0] if found else None

    def put(self, table: str, conflict: str | None = None, **values: Any) -> None:
        """Insert a row; with `conflict` (columns of a unique key) replace the other columns of the row that is there.

        Table and column names come from our own code only.
        """
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 names are our own
        if conflict is not None:
            keys = {key.strip() for key in conflict.split(",")}
            changes = ", ".join(f"{name} = excluded.{name}" for name in values if name not in keys)
            sql += f" ON CONFLICT ({conflict}) DO " + (f"UPDATE SET {changes}" if changes else "NOTHING")
        self.run(sql, **values)


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (at - _EPOCH) // _MICROSECOND


def maybe_micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def moment(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def maybe_moment(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def dumps(value: Any) -> str:
    """Compact JSON, the same text for the same value."""
    return _ENCODER.encode(value)


def dumps_in_order(value: Any) -> str:
    """As `dumps`, for what has an order: the first of two rules counts."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Any:
    return json.loads(text)


def listed(values: Iterable[str]) -> dict[str, str]:
    """Named values for an IN list: `{"v0": …, "v1": …}`."""
    return {f"v{n}": value for n, value in enumerate(values)}


def cleaned(value: Any) -> Any:
    """Text as every database can keep it: PostgreSQL takes no NUL, and neither takes half of a surrogate pair."""
    if not isinstance(value, str) or (value.isascii() and "\x00" not in value):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value.replace("\x00", "\ufffd")
