"""Judged would-be answers."""

from __future__ import annotations

from datetime import datetime

from warmline.domain.ids import ConversationId, Seq, WorkspaceId
from warmline.domain.sureness import Judged
from warmline.store.statements import Row, Statements, loads, micros

TEAM, SHOPPER = "team", "shopper"
MOST_JUDGED = 1_000
MOST_RECENT = 500


class Judgements(Statements):
    """What people said about answers."""

    def judge_turn(
        self, workspace: WorkspaceId, conversation: ConversationId, seq: Seq, by: str, right: bool, now: datetime
    ) -> Row | None:
        """Keep whether the page that this turn found is right, and return the turn; None when there is none to judge.

        A shopper's word never replaces the team's.
        """
        turn = self.row(
            "SELECT * FROM turn WHERE conversation = :id AND seq = :seq AND workspace = :workspace",
            id=conversation,
            seq=seq,
            workspace=workspace,
        )
        if turn is None or turn["confidence"] is None or not turn["best"]:
            return None
        known = self.row("SELECT by_whom FROM judged WHERE conversation = :id AND seq = :seq", id=conversation, seq=seq)
        if known is not None and known["by_whom"] == TEAM and by != TEAM:
            return turn
        self.put(
            "judged",
            conflict="conversation, seq",
            workspace=workspace,
            conversation=conversation,
            seq=seq,
            at=micros(now),
            by_whom=by,
            is_right=int(right),
            confidence=turn["confidence"],
            article=loads(turn["best"]).get("article"),
        )
        return turn

    def judged(self, workspace: WorkspaceId, most: int = MOST_JUDGED) -> list[Judged]:
        """The latest judgements that still hold: one of an article that changed since, or is gone, is out of date.

        `most` is about turns; saved cases come on top.
        """
        rows = self.rows(
            "SELECT j.confidence, j.is_right FROM judged j LEFT JOIN article a ON a.id = j.article"
            " WHERE j.workspace = :workspace AND (j.article IS NULL OR a.learned_at <= j.at)"
            " ORDER BY j.at DESC LIMIT :most",
            workspace=workspace,
            most=most,
        )
        return [Judged(float(row["confidence"]), bool(row["is_right"])) for row in (*rows, *self._cases(workspace))]

    def _cases(self, workspace: WorkspaceId) -> list[Row]:
        """The last runs of saved cases, while both pages are there and unchanged since; not of a turn that was judged
        in its conversation already."""
        return self.rows(
            "SELECT c.confidence, c.is_right FROM saved_case c JOIN article a ON a.id = c.article"
            " LEFT JOIN article t ON t.id = c.target"
            " LEFT JOIN judged j ON j.conversation = c.conversation AND j.seq = c.seq"
            " WHERE c.workspace = :workspace AND c.confidence IS NOT NULL AND j.seq IS NULL"
            " AND a.learned_at <= c.ran_at AND (c.target IS NULL OR t.learned_at <= c.ran_at)"
            " ORDER BY c.ran_at DESC, c.id",
            workspace=workspace,
        )

    def forget_learned(self, workspace: WorkspaceId, conversation: ConversationId) -> dict[str, int]:
        """Everything that holds words of this conversation besides its messages; how many rows of each."""
        both = {"workspace": workspace, "conversation": conversation}
        self.run(
            "UPDATE model_call SET conversation = NULL WHERE workspace = :workspace AND conversation = :conversation",
            **both,
        )
        tables = {"judgements": "judged", "phrasings": "phrasing", "cases": "saved_case", "notes": "turn"}
        return {
            what: self.run(
                f"DELETE FROM {table} WHERE workspace = :workspace AND conversation = :conversation",  # noqa: S608 ours
                **both,
            )
            for what, table in tables.items()
        }

    def unjudged(self, workspace: WorkspaceId, least: float, limit: int) -> list[Row]:
        """Turns whose page nobody judged yet and which the agent was this sure of; the latest, in a shuffled order."""
        return self.rows(
            "SELECT t.* FROM turn t LEFT JOIN judged j ON j.conversation = t.conversation AND j.seq = t.seq"
            " AND j.by_whom = 'team' WHERE t.workspace = :workspace AND j.seq IS NULL AND t.best IS NOT NULL"
            " AND t.confidence >= :least ORDER BY t.at DESC LIMIT :limit",
            workspace=workspace,
            least=least,
            limit=limit,
        )

    def found_lately(self, workspace: WorkspaceId, limit: int) -> list[Row]:
        """The latest turns that found a page: conversation, seq, question, decision, confidence, best, and in `by_whom`
        the team if it has judged the turn."""
        return self.rows(
            "SELECT t.conversation, t.seq, t.question, t.decision, t.confidence, t.best, j.by_whom FROM turn t"
            " LEFT JOIN judged j ON j.conversation = t.conversation AND j.seq = t.seq AND j.by_whom = 'team'"
            " WHERE t.workspace = :workspace AND t.best IS NOT NULL AND t.confidence IS NOT NULL"
            " ORDER BY t.at DESC LIMIT :limit",
            workspace=workspace,
            limit=limit,
        )

    def recent_confidences(self, workspace: WorkspaceId) -> list[float]:
        """Of the latest questions that were looked up, answered or not."""
        rows = self.rows(
            "SELECT confidence FROM turn WHERE workspace = :workspace AND confidence IS NOT NULL"
            " AND decision IN ('answer', 'ask', 'cannot_answer') ORDER BY at DESC LIMIT :most",
            workspace=workspace,
            most=MOST_RECENT,
        )
        return [float(row["confidence"]) for row in rows]
