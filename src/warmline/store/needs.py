"""The list of what needs a person, read from the outbox."""

from __future__ import annotations

from datetime import datetime

from warmline.domain.effect import Attempt, EffectKind, EffectState
from warmline.domain.ids import EffectId, WorkspaceId
from warmline.domain.needs import LATE_AFTER, OPEN_FOR, Need, need_of
from warmline.store.statements import Row, Statements, loads, maybe_moment, micros, moment

MOST = 500
"""Lines that a page reads; the outbox of a long outage may hold more."""

_OF_HANDOFF = (
    "h.conversation = e.conversation AND (e.key = e.kind || ':' || h.conversation || '-' || h.n"
    " OR substr(e.key, 1, length(e.kind || ':' || h.conversation || '-' || h.n || '-'))"
    " = e.kind || ':' || h.conversation || '-' || h.n || '-')"
)
_FIELDS = (
    "e.id, e.kind, e.conversation, e.state, e.data, e.created_at, e.tries, e.attempt, e.attempt_at, e.attempt_ended_at,"
    " e.last_error, h.helpdesk, i.paused_why, i.name AS account"
)


class Needs(Statements):
    """Read-only. Nothing is ever dropped: a line goes when its effect is done or cancelled."""

    def needs(self, workspace: WorkspaceId, now: datetime) -> list[Need]:
        """What needs a person, the longest first."""
        rows = self.rows(
            f"SELECT {_FIELDS} FROM effect e LEFT JOIN handoff h ON {_OF_HANDOFF}"  # noqa: S608 our own
            " LEFT JOIN integration i ON i.workspace = e.workspace AND i.name = h.helpdesk"
            " WHERE e.workspace = :workspace AND e.conversation IS NOT NULL"
            " AND ((e.state = 'stuck' AND e.kind IN ('ticket', 'append', 'mail', 'receipt', 'double'))"
            " OR (e.state = 'pending' AND e.kind IN ('ticket', 'append') AND (i.name IS NULL"
            " OR i.paused_why IS NOT NULL OR (e.attempt <> 'none' AND coalesce(e.attempt_ended_at, e.attempt_at)"
            " <= :open_since) OR (e.last_error IS NOT NULL AND e.created_at <= :late_since))))"
            " ORDER BY e.created_at, e.id LIMIT :most",
            workspace=workspace,
            open_since=micros(now - OPEN_FOR),
            late_since=micros(now - LATE_AFTER),
            most=MOST,
        )
        return [need for row in rows if (need := _need(row, now)) is not None]

    def need(self, workspace: WorkspaceId, id: EffectId, now: datetime) -> Need | None:
        """One line, or None when it needs nobody (any more)."""
        row = self.row(
            f"SELECT {_FIELDS} FROM effect e LEFT JOIN handoff h ON {_OF_HANDOFF}"  # noqa: S608 our own
            " LEFT JOIN integration i ON i.workspace = e.workspace AND i.name = h.helpdesk"
            " WHERE e.workspace = :workspace AND e.id = :id AND e.conversation IS NOT NULL",
            workspace=workspace,
            id=id,
        )
        return _need(row, now) if row else None

    def effect_key(self, workspace: WorkspaceId, id: EffectId) -> str | None:
        row = self.row("SELECT key FROM effect WHERE workspace = :workspace AND id = :id", workspace=workspace, id=id)
        return str(row["key"]) if row else None


def _need(row: Row, now: datetime) -> Need | None:
    effect, state, attempt = EffectKind(row["kind"]), EffectState(row["state"]), Attempt(row["attempt"])
    tried_at = maybe_moment(row["attempt_ended_at"] or row["attempt_at"])
    since = moment(row["created_at"])
    connected = row["account"] is not None and row["paused_why"] is None
    kind = need_of(effect, state, attempt, tried_at, since, row["last_error"] is not None, connected, now)
    if kind is None:
        return None
    return Need(
        id=row["id"],
        kind=kind,
        effect=effect,
        conversation=row["conversation"],
        helpdesk=row["helpdesk"],
        since=since,
        why=row["paused_why"] or row["last_error"] or "",
        tries=row["tries"],
        open_attempt=attempt,
        is_over=state is EffectState.STUCK,
        data=loads(row["data"]),
    )
