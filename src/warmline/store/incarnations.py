"""The lives of a database. A restore begins a new one, which knows nothing of what was sent since the backup.

What was sent then is in the vendors' hands: every ticket that is not known to be made is looked up by its external id
before it is made, also those of handoffs that shoppers repeat because we forgot them (THREATS G11, F10).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from warmline.domain.ids import ConversationId
from warmline.store.statements import micros, moment
from warmline.store.timeline import Clocks

LEAP = 100_000
"""So far do numbers of new events jump: a browser that still knows events which the restore took away waits for
higher numbers than its own, and would never show the new ones."""
OURS = (
    "answer",
    "profile",
    "saved",
    "queue_timeout",
    "encode",
    "alert",
    "learn",
    "second",
    "double",
    "verify",
    "alarm",
    "look",
    "health",
    "event",
)
"""Effects that make nothing elsewhere: doing them again does no harm."""


@dataclass(frozen=True, slots=True)
class Restored:
    """The latest restore that a conversation has gone through: which life it began, and when."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Raised:
    """What a restore changed: `doubtful` effects will be looked up first, `keys` that may have been revoked live."""

    number: int
    doubtful: int
    sessions: int
    links: int
    keys: int


class Incarnations(Clocks):
    """Begin a new life, and ask about it."""

    def raise_incarnation(self, now: datetime) -> Raised:
        """Call this once on the copy that is restored, before anybody serves it."""
        number = self._count("SELECT coalesce(max(number), 0) AS n FROM incarnation") + 1
        self.put("incarnation", number=number, at=micros(now))
        self.run("UPDATE conversation SET restored = :number, seq = seq + :leap", number=number, leap=LEAP)
        ours = ", ".join(f"'{kind}'" for kind in OURS)
        doubtful = self.run(
            "UPDATE effect SET attempt = 'unknown', attempt_at = :now, attempt_ended_at = :now, lease_owner = NULL,"  # noqa: S608 our own names
            f" lease_until = NULL, fence = fence + 1 WHERE state IN ('pending', 'stuck') AND kind NOT IN ({ours})",
            now=micros(now) - self.clock_ahead(),
        )
        # Whoever signed out, or was sent away, since the backup would be back in; used links would work again.
        sessions = self.run("DELETE FROM session")
        links = self.run("DELETE FROM link WHERE purpose <> 'resume'")
        keys = self._count("SELECT count(*) AS n FROM api_key WHERE revoked_at IS NULL")
        return Raised(number, doubtful, sessions, links, keys)

    def restored(self, conversation: ConversationId) -> Restored | None:
        """None for a conversation that began in the present life."""
        row = self.row(
            "SELECT i.number, i.at FROM conversation c JOIN incarnation i ON i.number = c.restored WHERE c.id = :id",
            id=conversation,
        )
        return Restored(row["number"], moment(row["at"])) if row else None

    def _count(self, sql: str) -> int:
        row = self.row(sql)
        return int(row["n"]) if row else 0
