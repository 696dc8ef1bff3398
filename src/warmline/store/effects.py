"""The outbox: what is owed to the outside world, with leases, fences and recorded attempts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from warmline.domain.effect import Attempt, Effect, EffectKind, EffectState, OwedEffect
from warmline.domain.ids import ConversationId, EffectId, WorkerId, WorkspaceId, fresh
from warmline.store.statements import Row, dumps, loads, micros
from warmline.store.timeline import Clocks

LEASE = timedelta(seconds=60)

_OWE = (
    "INSERT INTO effect (id, workspace, conversation, kind, key, data, state, created_at, due, lease_owner,"
    " lease_until, fence, tries, attempt) VALUES (:id, :workspace, :conversation, :kind, :key, :data,"
    " 'pending', :now, :due, :owner, :lease, 1, 0, 'none') ON CONFLICT (workspace, key) DO UPDATE SET"
    " due = CASE WHEN effect.state = 'pending' AND effect.due < excluded.due THEN effect.due"
    " ELSE excluded.due END,"
    " lease_owner = CASE WHEN effect.state = 'pending' AND effect.lease_until > :now THEN effect.lease_owner"
    " ELSE excluded.lease_owner END,"
    " lease_until = CASE WHEN effect.state = 'pending' AND effect.lease_until > :now THEN effect.lease_until"
    " ELSE excluded.lease_until END,"
    " fence = CASE WHEN effect.state = 'pending' AND effect.lease_until > :now THEN effect.fence"
    " ELSE effect.fence + 1 END,"
    " tries = CASE WHEN effect.state = 'pending' THEN effect.tries ELSE 0 END,"
    " created_at = CASE WHEN effect.state = 'pending' THEN effect.created_at ELSE excluded.created_at END,"
    " rendered = CASE WHEN effect.state = 'pending' THEN effect.rendered ELSE NULL END,"
    " state = 'pending', data = excluded.data"
)
"""A worker that runs keeps its lease: what it stores is checked against the conversation anyway."""


class Effects(Clocks):
    """Effects and their attempts."""

    def owe(self, workspace: WorkspaceId, effect: Effect, now: datetime) -> None:
        """Owe this once per key. One that waits is due at once again; one that is done or dropped begins anew.

        An effect that is due now is born leased to this process, so that no sweeper has to find it.
        """
        due = effect.due or now
        mine = self.worker if due <= now else None
        lease = self.ticks(now + LEASE) if mine else None
        before = self.effect_by_key(workspace, effect.key)
        held = before is not None and before.lease_until is not None and before.lease_until > now
        self.run(
            _OWE,
            id=fresh("eff"),
            workspace=workspace,
            conversation=effect.conversation,
            kind=effect.kind.value,
            key=effect.key,
            data=dumps(dict(effect.data)),
            now=self.ticks(now),
            due=self.ticks(due),
            owner=mine,
            lease=lease,
        )
        born = self.effect_by_key(workspace, effect.key) if mine and not held else None
        if born is not None:
            self.born.append(born)

    def effect_by_key(self, workspace: WorkspaceId, key: str) -> OwedEffect | None:
        row = self.row("SELECT * FROM effect WHERE workspace = :workspace AND key = :key", workspace=workspace, key=key)
        return self.effect_in(row) if row else None

    def effect_state(self, workspace: WorkspaceId, key: str) -> EffectState | None:
        row = self.row(
            "SELECT state FROM effect WHERE workspace = :workspace AND key = :key", workspace=workspace, key=key
        )
        return EffectState(row["state"]) if row else None

    def claim(self, effect: EffectId, worker: WorkerId, now: datetime) -> OwedEffect | None:
        """Take this effect until the lease ends; None when another worker has it."""
        changed = self.run(
            "UPDATE effect SET lease_owner = :worker, lease_until = :until, fence = fence + 1"
            " WHERE id = :id AND state = 'pending' AND due <= :now AND (lease_until IS NULL OR lease_until < :now)",
            id=effect,
            worker=worker,
            until=self.ticks(now + LEASE),
            now=self.ticks(now),
        )
        if changed != 1:
            return None
        row = self.row("SELECT * FROM effect WHERE id = :id", id=effect)
        return self.effect_in(row) if row else None

    def renew(self, effect: OwedEffect, now: datetime) -> bool:
        """Hold it for another lease; False when it is no longer ours."""
        return self._change(effect, "lease_until = :until", until=self.ticks(now + LEASE))

    def still_ours(self, effect: OwedEffect) -> bool:
        """Does our claim still stand? Every write of a worker asks first: a late worker's write is refused."""
        row = self.row(
            "SELECT 1 AS ours FROM effect WHERE id = :id AND fence = :fence AND state = 'pending'",
            id=effect.id,
            fence=effect.fence,
        )
        return row is not None

    def begin_attempt(
        self, effect: OwedEffect, now: datetime, rendered: bytes | None, where: str = "", account: str = ""
    ) -> bool:
        """Record that a try starts, BEFORE the call; the bytes it will send are stored with it.

        `where` is the helpdesk that it goes to, `account` the one there.
        """
        ours = self._change(
            effect,
            "attempt = 'in_flight', attempt_at = :now, attempt_ended_at = NULL, tries = tries + 1,"
            " rendered = :rendered, lease_until = :until, line = NULL",
            now=self.ticks(now),
            rendered=rendered,
            until=self.ticks(now + LEASE),
        )
        if ours:
            # Counted in the table: `tries` begins anew when a stuck ticket is sent again.
            self.run(
                "INSERT INTO attempt (workspace, effect, fence, n, started_at, helpdesk, account)"
                " SELECT :workspace, :id, :fence, coalesce(max(n), 0) + 1, :now, :helpdesk, :account FROM attempt"
                " WHERE effect = :id",
                workspace=effect.workspace,
                helpdesk=where or None,
                account=account or None,
                id=effect.id,
                fence=effect.fence,
                now=micros(now),
            )
        return ours

    def end_attempt(self, effect: OwedEffect, now: datetime, attempt: Attempt, result: str) -> bool:
        """Record what became of the try. `attempt` NONE: known to have made nothing. UNKNOWN: look it up."""
        ours = self._change(
            effect, "attempt = :attempt, attempt_ended_at = :now", attempt=attempt.value, now=self.ticks(now)
        )
        self.run(
            "UPDATE attempt SET ended_at = :now, result = :result"
            " WHERE effect = :id AND fence = :fence AND ended_at IS NULL",
            id=effect.id,
            fence=effect.fence,
            now=micros(now),
            result=result[:500],
        )
        return ours

    def put_off(self, effect: OwedEffect, due: datetime, why: str, **data: Any) -> bool:
        """Let go of it until `due`; `data` is merged into what it knows."""
        known = dumps(dict(effect.data) | data)
        return self._change(
            effect,
            "due = :due, lease_owner = NULL, lease_until = NULL, last_error = :why, data = :data, line = NULL",
            due=self.ticks(due),
            why=why[:500],
            data=known,
        )

    def note_progress(self, effect: OwedEffect, data: Mapping[str, Any]) -> bool:
        """Keep how far it is, for whoever looks; False when it is no longer ours."""
        return self._change(effect, "data = :data", data=dumps(dict(data)))

    def effects_of(self, workspace: WorkspaceId, kind: EffectKind, limit: int) -> list[tuple[OwedEffect, EffectState]]:
        """The latest of this kind, also those that are over."""
        rows = self.rows(
            "SELECT * FROM effect WHERE workspace = :workspace AND kind = :kind ORDER BY created_at DESC LIMIT :limit",
            workspace=workspace,
            kind=kind.value,
            limit=limit,
        )
        return [(self.effect_in(row), EffectState(row["state"])) for row in rows]

    def finish(self, effect: OwedEffect) -> bool:
        """It is done; False when it is no longer ours."""
        return self._change(effect, "state = 'done', lease_owner = NULL, lease_until = NULL, line = NULL")

    def stick(self, effect: OwedEffect, why: str) -> bool:
        """It was refused for good, or its days are over: a person must look."""
        return self._change(
            effect,
            "state = 'stuck', lease_owner = NULL, lease_until = NULL, last_error = :why, line = NULL",
            why=why[:500],
        )

    def cancel(self, workspace: WorkspaceId, key: str) -> None:
        """Drop it; a worker that holds it finds out at its next write."""
        changed = self.run(
            "UPDATE effect SET state = 'cancelled', fence = fence + 1, lease_owner = NULL, lease_until = NULL,"
            " line = NULL"
            " WHERE workspace = :workspace AND key = :key AND state IN ('pending', 'stuck')",
            workspace=workspace,
            key=key,
        )
        if changed:
            self.cancelled.append(key)

    def dismiss(self, workspace: WorkspaceId, key: str) -> None:
        """It is over and need not be shown any more. Owed again, it begins anew."""
        self.run(
            "UPDATE effect SET state = 'cancelled' WHERE workspace = :workspace AND key = :key AND state = 'done'",
            workspace=workspace,
            key=key,
        )

    def bring_forward(self, workspace: WorkspaceId, key: str, due: datetime) -> None:
        """What waits until later is due then; what ended waits again, with what it knew."""
        self.run(
            "UPDATE effect SET due = :due, state = 'pending' WHERE workspace = :workspace AND key = :key"
            " AND (due > :due OR state <> 'pending') AND lease_owner IS NULL",
            workspace=workspace,
            key=key,
            due=micros(due),
        )

    def known_absent(self, workspace: WorkspaceId, key: str, now: datetime) -> None:
        """A person has looked: the try made nothing. The fence rises, so that whoever looks it up stores nothing."""
        self.run(
            "UPDATE effect SET attempt = 'none', attempt_ended_at = :now, fence = fence + 1, due = :now,"
            " lease_owner = NULL, lease_until = NULL WHERE workspace = :workspace AND key = :key"
            " AND state IN ('pending', 'stuck')",
            workspace=workspace,
            key=key,
            now=self.ticks(now),
        )

    def there_after_all(self, workspace: WorkspaceId, key: str, now: datetime) -> None:
        """A late worker came back with a ticket: what was thought to be nothing is looked up before any new try."""
        self.run(
            "UPDATE effect SET attempt = 'unknown', attempt_at = coalesce(attempt_at, :now), attempt_ended_at = :now,"
            " fence = fence + 1, due = :now, lease_owner = NULL, lease_until = NULL WHERE workspace = :workspace"
            " AND key = :key AND state IN ('pending', 'stuck') AND attempt <> 'in_flight'",
            workspace=workspace,
            key=key,
            now=self.ticks(now),
        )

    def look_only(self, workspace: WorkspaceId, key: str, now: datetime) -> bool:
        """A stuck one is looked up once more, and only that: what it did is unknown."""
        held = self.effect_by_key(workspace, key)
        return held is not None and bool(
            self.run(
                "UPDATE effect SET state = 'pending', due = :now, fence = fence + 1, lease_owner = NULL,"
                " lease_until = NULL, data = :data WHERE workspace = :workspace AND key = :key AND state = 'stuck'"
                " AND attempt <> 'none'",
                workspace=workspace,
                key=key,
                now=self.ticks(now),
                data=dumps(dict(held.data) | {"only_look": True}),
            )
        )

    def wake_effect(self, workspace: WorkspaceId, key: str, now: datetime) -> bool:
        """Make this one due now, unless a worker holds it."""
        return bool(
            self.run(
                "UPDATE effect SET due = :now WHERE workspace = :workspace AND key = :key AND state = 'pending'"
                " AND due > :now AND (lease_until IS NULL OR lease_until < :now)",
                workspace=workspace,
                key=key,
                now=self.ticks(now),
            )
        )

    def let_go(self, worker: WorkerId) -> int:
        """A worker that stops gives back what it holds: nobody has to wait for its leases to end."""
        return self.run(
            "UPDATE effect SET lease_owner = NULL, lease_until = NULL, fence = fence + 1,"
            " attempt = CASE WHEN attempt = 'in_flight' THEN 'unknown' ELSE attempt END"
            " WHERE state = 'pending' AND lease_owner = :worker",
            worker=worker,
        )

    def let_go_of_all(self, now: datetime) -> int:
        """Take over what a dead predecessor held. Only for the process that holds the data folder's lock."""
        return self.run(
            "UPDATE effect SET lease_owner = NULL, lease_until = NULL,"
            # When it ended nobody knows, but it did: the wait before a look-up is counted from here.
            " attempt_ended_at = CASE WHEN attempt = 'in_flight' THEN :now ELSE attempt_ended_at END,"
            " attempt = CASE WHEN attempt = 'in_flight' THEN 'unknown' ELSE attempt END"
            " WHERE state = 'pending' AND lease_owner IS NOT NULL",
            now=self.ticks(now),
        )

    def owed_to(self, workspace: WorkspaceId, helpdesk: str) -> int:
        """How many handoffs wait for this helpdesk (owed or stuck)."""
        row = self.row(
            "SELECT count(*) AS n FROM handoff WHERE workspace = :workspace AND helpdesk = :helpdesk"
            " AND step IN ('owed', 'stuck')",
            workspace=workspace,
            helpdesk=helpdesk,
        )
        return int(row["n"]) if row else 0

    def account_tried(self, workspace: WorkspaceId, key: str) -> str | None:
        """The account that the last try of this effect went to, or None when no try named one."""
        row = self.row(
            "SELECT a.account FROM attempt a JOIN effect e ON e.id = a.effect WHERE e.workspace = :workspace"
            " AND e.key = :key ORDER BY a.n DESC LIMIT 1",
            workspace=workspace,
            key=key,
        )
        return row["account"] if row else None

    def attempts_of(self, effect: EffectId) -> int:
        """How many tries it took so far."""
        row = self.row("SELECT count(*) AS n FROM attempt WHERE effect = :id", id=effect)
        return int(row["n"]) if row else 0

    def attempts(self, workspace: WorkspaceId, conversation: ConversationId) -> list[Row]:
        """The tries of this conversation's effects, oldest first, for the team."""
        return self.rows(
            "SELECT e.kind, e.key, a.n, a.started_at, a.ended_at, a.result, a.helpdesk FROM attempt a JOIN effect e"
            " ON e.id = a.effect WHERE e.workspace = :workspace AND e.conversation = :conversation"
            " ORDER BY a.started_at",
            workspace=workspace,
            conversation=conversation,
        )

    def pending_effects(self, workspace: WorkspaceId, kind: EffectKind) -> list[OwedEffect]:
        rows = self.rows(
            "SELECT * FROM effect WHERE workspace = :workspace AND kind = :kind AND state = 'pending'",
            workspace=workspace,
            kind=kind.value,
        )
        return [self.effect_in(row) for row in rows]

    def _change(self, effect: OwedEffect, changes: str, **values: Any) -> bool:
        changed = self.run(
            f"UPDATE effect SET {changes} WHERE id = :id AND fence = :fence AND state = 'pending'",  # noqa: S608 our own
            id=effect.id,
            fence=effect.fence,
            **values,
        )
        return changed == 1

    def effect_in(self, row: Row) -> OwedEffect:
        def maybe(value: int | None) -> datetime | None:
            return None if value is None else self.when(value)

        return OwedEffect(
            id=row["id"],
            workspace=row["workspace"],
            conversation=row["conversation"],
            kind=EffectKind(row["kind"]),
            key=row["key"],
            data=loads(row["data"]),
            created_at=self.when(row["created_at"]),
            due=self.when(row["due"]),
            fence=row["fence"],
            tries=row["tries"],
            attempt=Attempt(row["attempt"]),
            attempt_at=maybe(row["attempt_at"]),
            attempt_ended_at=maybe(row["attempt_ended_at"]),
            rendered=bytes(row["rendered"]) if row["rendered"] is not None else None,
            lease_until=maybe(row["lease_until"]),
            line=row["line"],
        )
