"""Teammates who are signed in, their passwords, and how often somebody tried to be one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from warmline.domain.ids import TeammateId, WorkspaceId
from warmline.store.people import Teammate, teammate_from
from warmline.store.statements import Row, Statements, dumps, listed, loads, micros, moment
from warmline.store.vault import hash_token, token

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
_STALE = timedelta(minutes=5)
"""A session's last use is noted at most this often: reading a page should not need a write."""


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a teammate is signed in. `also` are memberships of other shops with the same password."""

    value: str
    teammate: Teammate
    also: tuple[TeammateId, ...]
    created_at: datetime
    seen_at: datetime

    def is_stale(self, now: datetime) -> bool:
        return now - self.seen_at > _STALE


@dataclass(frozen=True, slots=True)
class Candidate:
    """A membership that an address and a password may open. Without a hash it has no password yet."""

    teammate: Teammate
    password_hash: str | None


class Sessions(Statements):
    """Sessions live in the database, so each can be ended from here."""

    def open_session(self, teammate: Teammate, also: Sequence[TeammateId], now: datetime) -> str:
        """The value of its cookie, shown once. Sessions that are over are swept away."""
        self.run(
            "DELETE FROM session WHERE seen_at <= :idle OR created_at <= :old",
            idle=micros(now - IDLE),
            old=micros(now - ABSOLUTE),
        )
        value = token("wls")
        self.put(
            "session",
            hash=hash_token(value),
            workspace=teammate.workspace,
            teammate=teammate.id,
            also=dumps(list(also)),
            created_at=micros(now),
            seen_at=micros(now),
        )
        return value

    def session(self, value: str, now: datetime) -> Session | None:
        """None when it is unknown, ended, unused for 12 hours or a week old."""
        row = self.row(
            "SELECT t.*, s.also, s.created_at AS began, s.seen_at FROM session s JOIN teammate t ON t.id = s.teammate"
            " WHERE s.hash = :hash AND s.seen_at > :idle AND s.created_at > :old",
            hash=hash_token(value),
            idle=micros(now - IDLE),
            old=micros(now - ABSOLUTE),
        )
        if row is None:
            return None
        also = tuple(TeammateId(each) for each in loads(row["also"]))
        return Session(value, teammate_from(row), also, moment(row["began"]), moment(row["seen_at"]))

    def touch_session(self, value: str, now: datetime) -> None:
        self.run("UPDATE session SET seen_at = :now WHERE hash = :hash", hash=hash_token(value), now=micros(now))

    def end_session(self, value: str) -> None:
        self.run("DELETE FROM session WHERE hash = :hash", hash=hash_token(value))

    def end_sessions(self, teammate: TeammateId) -> None:
        """Everywhere."""
        self.run("DELETE FROM session WHERE teammate = :teammate", teammate=teammate)

    def candidates(self, email: str, workspace: str | None, limit: int) -> list[Candidate]:
        """Who has this address, the oldest membership first; `workspace` leaves only the one there."""
        only = " AND workspace = :workspace" if workspace else ""
        rows = self.rows(
            f"SELECT * FROM teammate WHERE email = :email{only} ORDER BY created_at, id LIMIT :limit",  # noqa: S608 our own
            email=email,
            limit=limit,
            **({"workspace": workspace} if workspace else {}),
        )
        return [_candidate(row) for row in rows]

    def candidate(self, id: TeammateId) -> Candidate | None:
        row = self.row("SELECT * FROM teammate WHERE id = :id", id=id)
        return _candidate(row) if row else None

    def teammates_in(self, ids: Sequence[TeammateId]) -> list[Teammate]:
        few = listed(ids)
        names = ", ".join(f":{name}" for name in few) or "NULL"
        rows = self.rows(f"SELECT * FROM teammate WHERE id IN ({names}) ORDER BY workspace", **few)  # noqa: S608 our own
        return [teammate_from(row) for row in rows]

    def set_password(self, id: TeammateId, password_hash: str) -> None:
        """All sessions of this teammate end, and so do links that would set another one."""
        self.run("UPDATE teammate SET password_hash = :hash WHERE id = :id", id=id, hash=password_hash)
        self.run("DELETE FROM link WHERE subject = :id AND purpose IN ('invite', 'reset')", id=id)
        self.end_sessions(id)

    def set_language(self, id: TeammateId, lang: str | None) -> None:
        self.run("UPDATE teammate SET lang = :lang WHERE id = :id", id=id, lang=lang)

    def anyone_has_password(self) -> bool:
        return self.row("SELECT 1 AS one FROM teammate WHERE password_hash IS NOT NULL LIMIT 1") is not None

    def have_password(self, workspace: WorkspaceId) -> set[str]:
        """Who of this workspace has come in already."""
        rows = self.rows(
            "SELECT id FROM teammate WHERE workspace = :workspace AND password_hash IS NOT NULL", workspace=workspace
        )
        return {row["id"] for row in rows}

    def link(self, value: str, purpose: str, now: datetime) -> Row | None:
        """Look at it without using it."""
        return self.row(
            "SELECT * FROM link WHERE hash = :hash AND purpose = :purpose AND uses_left > 0 AND expires_at > :now",
            hash=hash_token(value),
            purpose=purpose,
            now=micros(now),
        )

    def tries(self, mark: str, now: datetime) -> int:
        """How often somebody tried in this minute."""
        row = self.row(
            "SELECT tries FROM sign_in_try WHERE mark = :mark AND minute = :minute", mark=mark, minute=_minute(now)
        )
        return int(row["tries"]) if row else 0

    def count_try(self, mark: str, now: datetime) -> int:
        """The how manieth of this minute it is. Minutes that are over are swept away."""
        self.run("DELETE FROM sign_in_try WHERE minute < :minute", minute=_minute(now))
        self.run(
            "INSERT INTO sign_in_try (mark, minute, tries) VALUES (:mark, :minute, 1) ON CONFLICT (mark, minute)"
            " DO UPDATE SET tries = sign_in_try.tries + 1",
            mark=mark,
            minute=_minute(now),
        )
        return self.tries(mark, now)

    def forget_tries(self, mark: str) -> None:
        self.run("DELETE FROM sign_in_try WHERE mark = :mark", mark=mark)

    def queue_length(self, workspace: WorkspaceId) -> int:
        """How many conversations wait for a person."""
        row = self.row(
            "SELECT count(*) AS n FROM conversation WHERE workspace = :workspace AND is_open = 1 AND owner = 'queue'",
            workspace=workspace,
        )
        return int(row["n"]) if row else 0


def _candidate(row: Row) -> Candidate:
    return Candidate(teammate_from(row), row["password_hash"])


def _minute(now: datetime) -> int:
    return micros(now) // 60_000_000
