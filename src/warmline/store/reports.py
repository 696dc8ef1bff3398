"""Numbers from the log, and the lists behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from warmline.domain.conversation import Conversation
from warmline.domain.ids import WorkspaceId
from warmline.domain.outcome import Episode
from warmline.store.conversations import conversation_from, episode_of
from warmline.store.statements import Row, Statements, micros, moment

INBOX_FILTERS = {
    "waiting": "is_open = 1 AND (owner = 'queue' OR step IN ('owed', 'stuck'))",
    "mine": "is_open = 1 AND owner = 'teammate' AND owner_id = :me",
    "open": "is_open = 1",
    "closed": "is_open = 0",
    "all": "1 = 1",
}
"""What each tab of the Inbox holds."""


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """An episode and the conversation it belongs to."""

    conversation: str
    episode: Episode


class Reports(Statements):
    """Read-only views for people."""

    def episodes(self, workspace: WorkspaceId, since: datetime, until: datetime) -> list[EpisodeRow]:
        """Episodes that began in [since, until), oldest first."""
        rows = self.rows(
            "SELECT * FROM episode WHERE workspace = :workspace AND started_at >= :since AND started_at < :until"
            " ORDER BY started_at",
            workspace=workspace,
            since=micros(since),
            until=micros(until),
        )
        return [EpisodeRow(row["conversation"], episode_of(row)) for row in rows]

    def unanswered(self, workspace: WorkspaceId, since: datetime, until: datetime, limit: int) -> list[Row]:
        """Turns that the agent could not answer, newest first."""
        return self.rows(
            "SELECT * FROM turn WHERE workspace = :workspace AND decision = 'cannot_answer' AND at >= :since"
            " AND at < :until ORDER BY at DESC LIMIT :limit",
            workspace=workspace,
            since=micros(since),
            until=micros(until),
            limit=limit,
        )

    def inbox(
        self, workspace: WorkspaceId, show: str, me: str, limit: int, before: datetime | None = None
    ) -> list[Conversation]:
        """Conversations of one tab; who waits longest stands first, then the latest."""
        rows = self.rows(
            f"SELECT * FROM conversation WHERE workspace = :workspace AND {INBOX_FILTERS[show]}"  # noqa: S608 our own
            " AND last_at < :before ORDER BY CASE WHEN waiting_since IS NULL THEN 1 ELSE 0 END, waiting_since,"
            " last_at DESC LIMIT :limit",
            workspace=workspace,
            before=micros(before) if before else 2**62,
            limit=limit,
            me=me,
        )
        return [conversation_from(row) for row in rows]

    def first_words(self, conversations: Sequence[str]) -> dict[str, str]:
        """Conversation → the last thing its visitor said."""
        words: dict[str, str] = {}
        for id in conversations:
            row = self.row(
                "SELECT data FROM event WHERE conversation = :id AND visitor IS NOT NULL ORDER BY seq DESC LIMIT 1",
                id=id,
            )
            if row:
                words[id] = row["data"]
        return words

    def counts(self, workspace: WorkspaceId) -> dict[str, int]:
        """How many wait, are open, are stuck."""
        row = self.row(
            "SELECT coalesce(sum(CASE WHEN is_open = 1 AND owner = 'queue' THEN 1 ELSE 0 END), 0) AS waiting,"
            " coalesce(sum(is_open), 0) AS open,"
            " coalesce(sum(CASE WHEN step = 'stuck' THEN 1 ELSE 0 END), 0) AS stuck,"
            " coalesce(sum(CASE WHEN step = 'owed' THEN 1 ELSE 0 END), 0) AS owed"
            " FROM conversation WHERE workspace = :workspace",
            workspace=workspace,
        )
        return {name: int(value) for name, value in row.items()} if row else {}


def at_of(row: Row) -> datetime:
    return moment(row["at"])
