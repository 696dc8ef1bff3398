"""Numbers from the log, and the lists behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from warmline.domain.conversation import Conversation
from warmline.domain.ids import WorkspaceId
from warmline.domain.message import Event
from warmline.domain.outcome import Episode
from warmline.store.conversation_rows import conversation_from, event_of, known_episode
from warmline.store.statements import Row, Statements, listed, loads, micros, moment

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
    began: int
    """Microseconds."""

    @property
    def place(self) -> tuple[int, str, int]:
        """Where it stands among others; of two that began at once, a database leaves open which comes first."""
        return self.began, self.conversation, self.episode.n


@dataclass(frozen=True, slots=True)
class InboxPlace:
    """Where a page of the Inbox ended: at one that waits since `at`, or at one that was last active then."""

    waits: bool
    at: datetime
    id: str

    @property
    def kind(self) -> str:
        return "waiting" if self.waits else "rest"


_PAGE_AFTER = {
    "start": "1 = 1",
    "waiting": "(waiting_since IS NULL OR waiting_since > :at OR (waiting_since = :at AND id > :id))",
    "rest": "waiting_since IS NULL AND (last_at < :at OR (last_at = :at AND id > :id))",
}


class Reports(Statements):
    """Read-only views for people."""

    def episodes(self, workspace: WorkspaceId, since: datetime, until: datetime) -> list[EpisodeRow]:
        """Episodes that began in [since, until), oldest first."""
        rows = self.rows(
            "SELECT conversation, facts, started_at FROM episode WHERE workspace = :workspace AND started_at >= :since"
            " AND started_at < :until"
            " ORDER BY started_at",
            workspace=workspace,
            since=micros(since),
            until=micros(until),
        )
        found = [EpisodeRow(row["conversation"], known_episode(row["facts"]), row["started_at"]) for row in rows]
        return sorted(found, key=lambda row: row.place)

    def episodes_of(self, workspace: WorkspaceId, conversations: Sequence[str]) -> list[EpisodeRow]:
        """All episodes of these conversations of the shop."""
        few = listed(conversations)
        names = ", ".join(f":{name}" for name in few) or "NULL"
        rows = self.rows(
            f"SELECT conversation, facts, started_at FROM episode"  # noqa: S608 our own
            f" WHERE workspace = :workspace AND conversation IN ({names}) ORDER BY started_at",
            workspace=workspace,
            **few,
        )
        return [EpisodeRow(row["conversation"], known_episode(row["facts"]), row["started_at"]) for row in rows]

    def waits(self, workspace: WorkspaceId, since: datetime, most: int, among: int) -> list[tuple[datetime, datetime]]:
        """(wish for a person, a person's first word) of those of the latest `among` episodes since then that had both.

        It is asked while a shopper waits and others cannot write: what it reads must not grow with the shop.
        """
        rows = self.rows(
            "SELECT facts FROM (SELECT facts, started_at FROM episode WHERE workspace = :workspace"
            " AND started_at >= :since ORDER BY started_at DESC LIMIT :among) AS latest"
            " WHERE facts NOT LIKE :unheard AND facts NOT LIKE :unwished ORDER BY started_at DESC LIMIT :most",
            workspace=workspace,
            since=micros(since),
            among=among,
            unheard='%"first_reply_at":null%',
            unwished='%"wanted_at":null%',
            most=most,
        )
        found = [known_episode(row["facts"]) for row in rows]
        return [(it.wanted_at, it.first_reply_at) for it in found if it.wanted_at and it.first_reply_at]

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

    def inbox_page(
        self, workspace: WorkspaceId, show: str, me: str, limit: int, after: InboxPlace | None = None
    ) -> list[Conversation]:
        """One tab in the same order, from where the page before it ended."""
        rows = self.rows(
            f"SELECT * FROM conversation WHERE workspace = :workspace AND {INBOX_FILTERS[show]}"  # noqa: S608 our own
            f" AND {_PAGE_AFTER[after.kind if after else 'start']}"
            " ORDER BY CASE WHEN waiting_since IS NULL THEN 1 ELSE 0 END, waiting_since,"
            " CASE WHEN waiting_since IS NULL THEN -last_at ELSE 0 END, id LIMIT :limit",
            workspace=workspace,
            limit=limit,
            **({"me": me} if show == "mine" else {}),
            **({"at": micros(after.at), "id": after.id} if after else {}),
        )
        return [conversation_from(row) for row in rows]

    def conversations_in(self, workspace: WorkspaceId, ids: Sequence[str]) -> list[Conversation]:
        """These conversations, as far as they are this workspace's, in the given order."""
        few = listed(ids)
        rows = self.rows(
            f"SELECT * FROM conversation WHERE workspace = :workspace AND id IN ({_names(few)})",  # noqa: S608 our own
            workspace=workspace,
            **few,
        )
        found = {row["id"]: conversation_from(row) for row in rows}
        return [found[id] for id in ids if id in found]

    def last_said(self, conversations: Sequence[str]) -> dict[str, str]:
        """Conversation → the last thing its visitor said, as text."""
        few = listed(conversations)
        rows = self.rows(
            "SELECT e.conversation, e.data FROM event e JOIN (SELECT conversation, max(seq) AS seq FROM event"  # noqa: S608 our own
            f" WHERE visitor IS NOT NULL AND conversation IN ({_names(few)}) GROUP BY conversation) l"
            " ON l.conversation = e.conversation AND l.seq = e.seq",
            **few,
        )
        return {row["conversation"]: loads(row["data"])["text"] for row in rows}

    def log_after(self, conversation: str, after: int, limit: int) -> list[Event]:
        """The whole log, private lines too, after a cursor, at most `limit` events."""
        rows = self.rows(
            "SELECT * FROM event WHERE conversation = :id AND seq > :after ORDER BY seq LIMIT :limit",
            id=conversation,
            after=after,
            limit=limit,
        )
        return [event_of(row) for row in rows]

    def changed_since(self, workspace: WorkspaceId, since: datetime, limit: int) -> dict[str, int]:
        """Conversation → its last seq, of those whose log grew since then, the latest ones."""
        rows = self.rows(
            "SELECT id, seq FROM conversation WHERE workspace = :workspace AND last_at >= :since"
            " ORDER BY last_at DESC LIMIT :limit",
            workspace=workspace,
            since=micros(since),
            limit=limit,
        )
        return {row["id"]: int(row["seq"]) for row in rows}

    def article_rows(self, workspace: WorkspaceId, limit: int, offset: int) -> list[Row]:
        """Articles without their texts, with the source of each, by title."""
        return self.rows(
            "SELECT a.id, a.title, a.lang, a.url, a.learned_at, a.excluded, s.address, s.kind FROM article a"
            " JOIN source s ON s.id = a.source WHERE a.workspace = :workspace ORDER BY a.title, a.id"
            " LIMIT :limit OFFSET :offset",
            workspace=workspace,
            limit=limit,
            offset=offset,
        )

    def article_row(self, workspace: WorkspaceId, id: str) -> Row | None:
        """One of them."""
        return self.row(
            "SELECT a.id, a.title, a.lang, a.url, a.learned_at, a.excluded, s.address, s.kind FROM article a"
            " JOIN source s ON s.id = a.source WHERE a.workspace = :workspace AND a.id = :id",
            workspace=workspace,
            id=id,
        )

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


def _names(values: Mapping[str, str]) -> str:
    return ", ".join(f":{name}" for name in values) or "NULL"


def at_of(row: Row) -> datetime:
    return moment(row["at"])
