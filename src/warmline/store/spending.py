"""What a language model has cost. A call is written down at its highest price before it begins, and mended after it."""

from __future__ import annotations

from datetime import datetime

from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.model import Spent
from warmline.store.statements import Statements, micros

BEGUN = "begun"
"""The outcome of a call that runs, or that a crash or a take-over cut: it counts at its highest price."""


class Spending(Statements):
    """Calls and their cost."""

    def begin_call(
        self,
        workspace: WorkspaceId,
        id: str,
        now: datetime,
        *,
        conversation: ConversationId | None,
        model: str,
        price: int,
    ) -> None:
        self.put(
            "model_call",
            id=id,
            workspace=workspace,
            conversation=conversation,
            at=micros(now),
            model=model,
            read_tokens=0,
            written_tokens=0,
            micros=price,
            outcome=BEGUN,
        )

    def end_call(self, id: str, spent: Spent | None, outcome: str) -> None:
        """`spent` None: nobody knows what it used, so the highest price stays."""
        if spent is None:
            self.run("UPDATE model_call SET outcome = :outcome WHERE id = :id", id=id, outcome=outcome)
            return
        self.run(
            "UPDATE model_call SET outcome = :outcome, read_tokens = :read, written_tokens = :written, micros = :micros"
            " WHERE id = :id",
            id=id,
            outcome=outcome,
            read=spent.read,
            written=spent.written,
            micros=spent.micros,
        )

    def spent_since(self, workspace: WorkspaceId, since: datetime, until: datetime | None = None) -> tuple[int, Spent]:
        """How many calls, and what they used, those that still run at their highest price."""
        return self._sum(
            "workspace = :workspace AND at >= :since AND at < :until",
            workspace=workspace,
            since=micros(since),
            until=micros(until) if until else 2**62,
        )

    def spent_on(self, conversation: ConversationId) -> tuple[int, Spent]:
        """How many calls were made in this conversation, and what they used."""
        return self._sum("conversation = :conversation", conversation=conversation)

    def _sum(self, where: str, **values: object) -> tuple[int, Spent]:
        row = self.row(
            "SELECT count(*) AS calls, coalesce(sum(read_tokens), 0) AS read_tokens,"  # noqa: S608 ours
            f" coalesce(sum(written_tokens), 0) AS written_tokens, coalesce(sum(micros), 0) AS micros"
            f" FROM model_call WHERE {where}",
            **values,
        )
        if row is None:
            return 0, Spent()
        return int(row["calls"]), Spent(int(row["read_tokens"]), int(row["written_tokens"]), int(row["micros"]))
