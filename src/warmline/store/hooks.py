"""Ways in for other people's servers: an address that nobody can guess, its secrets, and what has rung already."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from warmline.domain.ids import WorkspaceId
from warmline.store.statements import Row, Statements, maybe_moment, micros, moment
from warmline.store.vault import hash_token, token

REMEMBERED = timedelta(days=30)
"""So long an event's id is known (THREATS T30)."""
ROTATION = timedelta(hours=24)
"""So long the secret before the present one still opens."""


@dataclass(frozen=True, slots=True)
class Hook:
    """The way in for one source (a helpdesk's name) of a workspace. `key` is the last part of its address."""

    workspace: WorkspaceId
    source: str
    key: str = field(repr=False)
    secret: str | None = field(repr=False)
    former: str | None = field(repr=False)
    former_until: datetime | None
    seen_at: datetime | None

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Those that open it now: the present one, and during a rotation the one before."""
        kept = (self.secret, self.former if self.former_until and now < self.former_until else None)
        return tuple(secret for secret in kept if secret)


class Hooks(Statements):
    """Secrets are sealed; the key is looked up by its hash."""

    def hook(self, workspace: WorkspaceId, source: str) -> Hook | None:
        row = self.row(
            "SELECT * FROM hook WHERE workspace = :workspace AND source = :source", workspace=workspace, source=source
        )
        return self._hook(row) if row else None

    def hook_at(self, source: str, key: str) -> Hook | None:
        """The hook with this address."""
        row = self.row(
            "SELECT * FROM hook WHERE key_hash = :hash AND source = :source", hash=hash_token(key), source=source
        )
        return self._hook(row) if row else None

    def make_hook(self, workspace: WorkspaceId, source: str, now: datetime) -> Hook:
        """The hook of this source, made when there is none; it has no secret yet."""
        there = self.hook(workspace, source)
        if there is not None:
            return there
        key = token("wlh")
        self.put(
            "hook",
            workspace=workspace,
            source=source,
            key_hash=hash_token(key),
            sealed=self.vault.seal({"key": key}),
            made_at=micros(now),
        )
        return Hook(workspace, source, key, None, None, None, None)

    def set_hook_secret(self, hook: Hook, secret: str, now: datetime) -> None:
        """From now on this secret; the one before still opens for a day."""
        if secret == hook.secret:
            return
        sealed: dict[str, Any] = {"key": hook.key, "secret": secret}
        if hook.secret:
            sealed |= {"former": hook.secret, "former_until": micros(now + ROTATION)}
        self.run(
            "UPDATE hook SET sealed = :sealed WHERE workspace = :workspace AND source = :source",
            sealed=self.vault.seal(sealed),
            workspace=hook.workspace,
            source=hook.source,
        )

    def heard(self, hook: Hook, now: datetime) -> None:
        """Somebody who knows the secret has rung."""
        self.run(
            "UPDATE hook SET seen_at = :now WHERE workspace = :workspace AND source = :source",
            now=micros(now),
            workspace=hook.workspace,
            source=hook.source,
        )

    def is_news(self, workspace: WorkspaceId, source: str, event: str, now: datetime) -> bool:
        """Keep the id of this event; False when it came before."""
        self.run("DELETE FROM inbound WHERE received_at < :old", old=micros(now - REMEMBERED))
        added = self.run(
            "INSERT INTO inbound (workspace, source, event, received_at) VALUES (:workspace, :source, :event, :now)"
            " ON CONFLICT DO NOTHING",
            workspace=workspace,
            source=source,
            event=event,
            now=micros(now),
        )
        return added == 1

    def _hook(self, row: Row) -> Hook:
        kept = self.vault.open(row["sealed"])
        until = kept.get("former_until")
        return Hook(
            row["workspace"],
            row["source"],
            kept["key"],
            kept.get("secret"),
            kept.get("former"),
            moment(until) if until else None,
            maybe_moment(row["seen_at"]),
        )
