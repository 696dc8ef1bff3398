"""Saved cases and how their last run ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from warmline.domain.cases import Case, Ended, Verdict
from warmline.domain.ids import ConversationId, Seq, WorkspaceId, fresh
from warmline.store.statements import Row, Statements, maybe_moment, micros, moment


class Cases(Statements):
    """What a merchant says is right."""

    def save_case(
        self,
        workspace: WorkspaceId,
        question: str,
        page: str,
        now: datetime,
        conversation: ConversationId | None = None,
        seq: Seq | None = None,
    ) -> str:
        """Add it, or say another page for the same question: then its results begin anew. Its id."""
        known = self.row(
            "SELECT * FROM saved_case WHERE workspace = :workspace AND question = :question",
            workspace=workspace,
            question=question,
        )
        if known is not None and known["page"] == page:
            return str(known["id"])
        if known is not None:
            self.remove_case(workspace, known["id"])
        id = fresh("case")
        self.put(
            "saved_case",
            id=id,
            workspace=workspace,
            question=question,
            page=page,
            conversation=conversation,
            seq=seq,
            at=micros(now),
        )
        return id

    def cases(self, workspace: WorkspaceId) -> list[Case]:
        rows = self.rows("SELECT * FROM saved_case WHERE workspace = :w ORDER BY at, id", w=workspace)
        return [_case(row) for row in rows]

    def remove_case(self, workspace: WorkspaceId, id: str) -> bool:
        """Whether there was one."""
        return self.run("DELETE FROM saved_case WHERE workspace = :w AND id = :id", w=workspace, id=id) == 1

    def keep_verdicts(self, workspace: WorkspaceId, verdicts: Mapping[str, Verdict], now: datetime) -> None:
        """Case → how it ended; what it was before moves to `before`."""
        for id, verdict in verdicts.items():
            self.run(
                "UPDATE saved_case SET result_before = result, result = :result, ran_at = :now,"
                " confidence = :confidence, article = :article, target = :target, is_right = :right"
                " WHERE workspace = :workspace AND id = :id",
                workspace=workspace,
                id=id,
                result=verdict.ended.value,
                now=micros(now),
                confidence=verdict.confidence,
                article=verdict.article,
                target=verdict.target,
                right=None if verdict.right is None else int(verdict.right),
            )


def _case(row: Row) -> Case:
    return Case(
        id=row["id"],
        question=row["question"],
        page=row["page"],
        at=moment(row["at"]),
        result=Ended(row["result"]) if row["result"] else None,
        before=Ended(row["result_before"]) if row["result_before"] else None,
        ran_at=maybe_moment(row["ran_at"]),
        conversation=row["conversation"],
    )
