"""What an operator's monitoring wants to know of the store: numbers, never names (THREATS T29)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from warmline.store.timeline import Clocks


@dataclass(frozen=True, slots=True)
class Load:
    """How the store stands.

    `handoffs`: (helpdesk, step) → how many. `waiting`: kind of effect → (how many are due, seconds that the oldest is
    late). `unknown`, `stuck`: kind → how many. `paused`: name of an integration → in how many workspaces.
    """

    handoffs: Mapping[tuple[str, str], int]
    waiting: Mapping[str, tuple[int, float]]
    unknown: Mapping[str, int]
    stuck: Mapping[str, int]
    paused: Mapping[str, int]


class Figures(Clocks):
    """Read for `/metrics` and `/readyz`."""

    def load(self, now: datetime) -> Load:
        handoffs = self.rows("SELECT helpdesk, step, count(*) AS n FROM handoff GROUP BY helpdesk, step")
        waiting = self.rows(
            "SELECT kind, count(*) AS n, min(due) AS due FROM effect WHERE state = 'pending' AND due <= :now"
            " GROUP BY kind",
            now=self.ticks(now),
        )
        unknown = self.rows(
            "SELECT kind, count(*) AS n FROM effect WHERE state = 'pending' AND attempt = 'unknown' GROUP BY kind"
        )
        stuck = self.rows("SELECT kind, count(*) AS n FROM effect WHERE state = 'stuck' GROUP BY kind")
        paused = self.rows("SELECT name, count(*) AS n FROM integration WHERE paused_why IS NOT NULL GROUP BY name")
        return Load(
            {(row["helpdesk"], row["step"]): row["n"] for row in handoffs},
            {row["kind"]: (row["n"], max(0, self.ticks(now) - row["due"]) / 1e6) for row in waiting},
            {row["kind"]: row["n"] for row in unknown},
            {row["kind"]: row["n"] for row in stuck},
            {row["name"]: row["n"] for row in paused},
        )

    def migrated_to(self) -> int:
        """The number of the last migration."""
        row = self.row("SELECT max(number) AS number FROM migration")
        return int(row["number"] or 0) if row else 0

    def prove_writable(self) -> None:
        """A write that matters to nobody: it reaches the disk, or fails as every other would."""
        # It has to change something: SQLite does not touch a page whose bytes stay the same.
        self.run(
            "INSERT INTO clock (one, ahead, wall, steady, boot, proof) VALUES (1, 0, 0, 0, '', 1)"
            " ON CONFLICT (one) DO UPDATE SET proof = clock.proof + 1"
        )
