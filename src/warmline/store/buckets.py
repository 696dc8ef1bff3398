"""The token buckets of accounts, and the lines before them.

Only who stands first in a line is ever taken by a worker, and whoever takes its turn calls the next: so a handoff that
waits costs nothing while it waits, however long the line is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from warmline.domain.bucket import Bucket
from warmline.domain.effect import EffectKind, OwedEffect
from warmline.domain.ids import EffectId, WorkspaceId
from warmline.store.effects import LEASE, Effects
from warmline.store.statements import listed, maybe_micros, maybe_moment, micros, moment

HELD = timedelta(seconds=5)
"""Who was taken by a worker and has not used its turn for so long holds up nobody: the worker may be dead."""
EMPTY = "''"
_STANDS = (
    "line IS NOT NULL AND state = 'pending' AND (lease_until IS NULL OR lease_until < :now OR lease_until > :fresh)"
)


class Buckets(Effects):
    """One bucket for each account of a workspace. A line is ordered by when its effects were owed: by consent."""

    def bucket(self, workspace: WorkspaceId, name: str) -> Bucket | None:
        """None: nobody has taken from it yet, so it is full."""
        row = self.row(
            "SELECT * FROM bucket WHERE workspace = :workspace AND name = :name", workspace=workspace, name=name
        )
        return Bucket(row["tokens"], moment(row["at"]), maybe_moment(row["closed_until"])) if row else None

    def save_bucket(self, workspace: WorkspaceId, name: str, bucket: Bucket) -> None:
        self.put(
            "bucket",
            "workspace, name",
            workspace=workspace,
            name=name,
            tokens=bucket.tokens,
            at=micros(bucket.at),
            closed_until=maybe_micros(bucket.closed_until),
        )

    def due_effects(self, now: datetime, limit: int, without: Iterable[EffectKind] = ()) -> list[OwedEffect]:
        """What is due and held by nobody, the oldest first; before it the first of each line whose turn has come.

        Who stands further back in a line is not among them, however long ago it was due: it would only be put off.
        Neither is any of the kinds in `without`.
        """
        names = listed(kind.value for kind in without)
        firsts = [each for each in self.firsts_in_line(now) if each.due <= now and each.kind not in names.values()]
        rows = self.rows(
            "SELECT * FROM effect WHERE state = 'pending' AND due <= :now AND line IS NULL"  # noqa: S608 our own
            f" AND kind NOT IN ({', '.join(f':{name}' for name in names) or EMPTY})"
            " AND (lease_until IS NULL OR lease_until < :now) ORDER BY due, created_at, id LIMIT :limit",
            now=self.ticks(now),
            limit=max(0, limit - len(firsts)),
            **names,
        )
        return [*firsts, *(self.effect_in(row) for row in rows)]

    def firsts_in_line(self, now: datetime) -> list[OwedEffect]:
        """Who stands first in each line, unless a worker has it already."""
        rows = self.rows(
            "WITH places AS (SELECT id, row_number() OVER"  # noqa: S608 our own
            f" (PARTITION BY workspace, line ORDER BY created_at, id) AS place FROM effect WHERE {_STANDS})"
            " SELECT effect.* FROM effect JOIN places USING (id)"
            " WHERE place = 1 AND (lease_until IS NULL OR lease_until < :now) ORDER BY due, id",
            **self._held(now),
        )
        return [self.effect_in(row) for row in rows]

    def ahead_in_line(self, effect: OwedEffect, name: str, now: datetime) -> int:
        """How many that were owed before this one wait for the same account."""
        row = self.row(
            f"SELECT count(*) AS n FROM effect WHERE workspace = :workspace AND line = :name AND {_STANDS}"  # noqa: S608 our own
            " AND (created_at < :at OR (created_at = :at AND id < :id))",
            workspace=effect.workspace,
            name=name,
            at=self.ticks(effect.created_at),
            id=effect.id,
            **self._held(now),
        )
        return int(row["n"]) if row else 0

    def length_of_line(self, workspace: WorkspaceId, name: str) -> int:
        row = self.row(
            "SELECT count(*) AS n FROM effect WHERE workspace = :workspace AND line = :name AND line IS NOT NULL"
            " AND state = 'pending'",
            workspace=workspace,
            name=name,
        )
        return int(row["n"]) if row else 0

    def stand_in_line(self, effect: OwedEffect, name: str, due: datetime, why: str) -> bool:
        """Let go of it until `due`, keeping its place; no try is counted. False when it is no longer ours."""
        changed = self.run(
            "UPDATE effect SET line = :name, due = :due, lease_owner = NULL, lease_until = NULL,"
            " last_error = coalesce(last_error, :why) WHERE id = :id AND fence = :fence AND state = 'pending'",
            id=effect.id,
            fence=effect.fence,
            name=name,
            due=self.ticks(due),
            why=why,
        )
        return changed == 1

    def leave_line(self, effect: OwedEffect) -> None:
        """Its turn has come; whoever is behind it moves up."""
        self.run("UPDATE effect SET line = NULL WHERE id = :id AND fence = :fence", id=effect.id, fence=effect.fence)

    def call_first(self, workspace: WorkspaceId, name: str, free: datetime, now: datetime) -> None:
        """A token is there, or will be when it is `free`: whoever stands first in line need not wait any longer.

        When that is now and this process runs effects, it takes that one along in the same commit.
        """
        row = self.row(
            f"SELECT id, due, lease_until FROM effect WHERE workspace = :workspace AND line = :name AND {_STANDS}"  # noqa: S608 our own
            " ORDER BY created_at, id LIMIT 1",
            workspace=workspace,
            name=name,
            **self._held(now),
        )
        if row is None or (row["lease_until"] is not None and row["lease_until"] >= self.ticks(now)):
            return
        if row["due"] > self.ticks(max(free, now)):
            self.run("UPDATE effect SET due = :due WHERE id = :id", id=row["id"], due=self.ticks(max(free, now)))
        taken = self.claim(row["id"], self.worker, now) if self.worker and free <= now else None
        if taken is not None:
            self.born.append(taken)

    def asleep(self, workspace: WorkspaceId, name: str, now: datetime) -> list[EffectId]:
        """What waits for this account until later and stands in no line, by consent."""
        rows = self.rows(
            "SELECT e.id FROM effect e JOIN handoff h ON h.conversation = e.conversation WHERE e.workspace = :workspace"
            " AND e.state = 'pending' AND e.kind IN ('ticket', 'append') AND h.helpdesk = :name AND e.line IS NULL"
            " AND e.due > :now AND (e.lease_until IS NULL OR e.lease_until < :now) ORDER BY e.created_at, e.id",
            workspace=workspace,
            name=name,
            now=self.ticks(now),
        )
        return [row["id"] for row in rows]

    def line_up(self, effects: Iterable[EffectId], name: str, now: datetime) -> int:
        """These are due now, in the line for this account; how many still slept."""
        return sum(
            self.run(
                "UPDATE effect SET due = :now, line = :name WHERE id = :id AND state = 'pending' AND due > :now"
                " AND (lease_until IS NULL OR lease_until < :now)",
                id=id,
                name=name,
                now=self.ticks(now),
            )
            for id in effects
        )

    def wake_effects(self, workspace: WorkspaceId, name: str, now: datetime) -> int:
        """Make what waits for this account due now, after it was connected again, in a line by consent; how many."""
        woken = self.line_up(self.asleep(workspace, name, now), name, now)
        self.call_first(workspace, name, now, now)
        return woken

    def looks_due(self, workspace: WorkspaceId, now: datetime) -> int:
        """How many looks at what is there already are due."""
        row = self.row(
            "SELECT count(*) AS n FROM effect WHERE state = 'pending' AND due <= :now AND workspace = :workspace"
            " AND kind IN ('look', 'verify')",
            workspace=workspace,
            now=self.ticks(now),
        )
        return int(row["n"]) if row else 0

    def _held(self, now: datetime) -> dict[str, int]:
        return {"now": self.ticks(now), "fresh": self.ticks(now + LEASE - HELD)}
