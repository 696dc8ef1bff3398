"""How a connection has been doing: when it last took a ticket, when it last failed and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.store.statements import Statements, maybe_moment, moment


@dataclass(frozen=True, slots=True)
class Record:
    """`failed` is the last failure: when, and what was said."""

    checked: datetime | None
    delivered: datetime | None
    failed: tuple[datetime, str] | None


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A handoff as its shopper may know it. `email` is the key of the address."""

    helpdesk: str
    at: datetime
    arrived: datetime | None
    email: str | None


class Deliveries(Statements):
    """Read-only."""

    def passed_on(self, conversation: ConversationId, n: int) -> PassedOn | None:
        """Where the n-th handoff went, and when."""
        row = self.row(
            "SELECT helpdesk, owed_at, delivered_at, email FROM handoff WHERE conversation = :id AND n = :n",
            id=conversation,
            n=n,
        )
        if row is None:
            return None
        return PassedOn(row["helpdesk"], moment(row["owed_at"]), maybe_moment(row["delivered_at"]), row["email"])

    def record_of(self, workspace: WorkspaceId, name: str) -> Record:
        known = self.row(
            "SELECT checked_at FROM integration WHERE workspace = :workspace AND name = :name",
            workspace=workspace,
            name=name,
        )
        last = self.row(
            "SELECT max(delivered_at) AS at FROM handoff WHERE workspace = :workspace AND helpdesk = :name",
            workspace=workspace,
            name=name,
        )
        failed = self.row(
            "SELECT e.last_error, coalesce(e.attempt_ended_at, e.created_at) AS at FROM effect e"
            " JOIN handoff h ON h.conversation = e.conversation AND h.helpdesk = :name"
            " WHERE e.workspace = :workspace AND e.kind IN ('ticket', 'append') AND e.last_error IS NOT NULL"
            " ORDER BY 2 DESC LIMIT 1",
            workspace=workspace,
            name=name,
        )
        return Record(
            checked=maybe_moment(known["checked_at"]) if known else None,
            delivered=maybe_moment(last["at"]) if last else None,
            failed=(moment(failed["at"]), str(failed["last_error"])) if failed else None,
        )
