"""The token buckets of accounts, and the lines before them."""

from __future__ import annotations

from datetime import datetime

from warmline.domain.bucket import Bucket
from warmline.domain.effect import OwedEffect
from warmline.domain.ids import WorkspaceId
from warmline.store.statements import maybe_micros, maybe_moment, micros, moment
from warmline.store.timeline import Clocks


class Buckets(Clocks):
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

    def ahead_in_line(self, effect: OwedEffect, name: str) -> int:
        """How many that were owed before this one wait for the same account."""
        row = self.row(
            "SELECT count(*) AS n FROM effect WHERE workspace = :workspace AND line = :name AND line IS NOT NULL"
            " AND state = 'pending' AND (created_at < :at OR (created_at = :at AND id < :id))",
            workspace=effect.workspace,
            name=name,
            at=self.ticks(effect.created_at),
            id=effect.id,
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

    def wake_head(self, workspace: WorkspaceId, name: str, now: datetime) -> None:
        """A token is there: whoever stands first in line need not wait any longer."""
        row = self.row(
            "SELECT id FROM effect WHERE workspace = :workspace AND line = :name AND line IS NOT NULL"
            " AND state = 'pending' ORDER BY created_at, id LIMIT 1",
            workspace=workspace,
            name=name,
        )
        if row is not None:
            self.run("UPDATE effect SET due = :now WHERE id = :id AND due > :now", id=row["id"], now=self.ticks(now))
