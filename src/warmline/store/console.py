"""What the console's pages read: tabs with counts, the turns of a thread, knowledge, where the widget was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from warmline.domain.conversation import Conversation
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.store.conversation_rows import conversation_from
from warmline.store.reports import InboxPlace
from warmline.store.statements import Row, Statements, micros, moment

TABS: Mapping[str, str] = {
    "waiting": "is_open = 1 AND (owner = 'queue' OR step IN ('owed', 'stuck'))",
    "mine": "is_open = 1 AND owner = 'teammate' AND owner_id = :me",
    "open": "is_open = 1 AND (owner <> 'agent' OR step IN ('owed', 'stuck'))",
    "closed": "is_open = 0",
    "assistant": "is_open = 1 AND owner = 'agent' AND last_at >= :recent",
}
"""The Inbox of people: what the agent answers by itself is in none of the first four tabs while it is open."""

_AFTER = {
    "start": "1 = 1",
    "waiting": "(waiting_since IS NULL OR waiting_since > :at OR (waiting_since = :at AND id > :id))",
    "rest": "waiting_since IS NULL AND (last_at < :at OR (last_at = :at AND id > :id))",
}


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles a page of the knowledge table shows. Empty means all."""

    words: str = ""
    kind: str = ""
    lang: str = ""
    excluded: bool | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A page's origin that called with the shop's site key, and when it last did."""

    origin: str
    at: datetime


class ConsoleViews(Statements):
    """Read-only, but for the sightings."""

    def tab(
        self, workspace: WorkspaceId, tab: str, me: str, recent: datetime, limit: int, after: InboxPlace | None = None
    ) -> list[Conversation]:
        """One tab: who waits longest first, then the latest. `recent` bounds the agent's own."""
        rows = self.rows(
            f"SELECT * FROM conversation WHERE workspace = :workspace AND {TABS[tab]}"  # noqa: S608 our own
            f" AND {_AFTER[after.kind if after else 'start']}"
            " ORDER BY CASE WHEN waiting_since IS NULL THEN 1 ELSE 0 END, waiting_since,"
            " CASE WHEN waiting_since IS NULL THEN -last_at ELSE 0 END, id LIMIT :limit",
            workspace=workspace,
            limit=limit,
            **({"me": me} if tab == "mine" else {}),
            **({"recent": micros(recent)} if tab == "assistant" else {}),
            **({"at": micros(after.at), "id": after.id} if after else {}),
        )
        return [conversation_from(row) for row in rows]

    def tab_counts(self, workspace: WorkspaceId, me: str, recent: datetime) -> dict[str, int]:
        """How many each tab holds, and who waits (in the queue, not at a helpdesk)."""
        sums = ", ".join(f"coalesce(sum(CASE WHEN {rule} THEN 1 ELSE 0 END), 0) AS {tab}" for tab, rule in TABS.items())
        row = self.row(
            f"SELECT {sums}, coalesce(sum(CASE WHEN is_open = 1 AND owner = 'queue' THEN 1 ELSE 0 END), 0) AS queue"  # noqa: S608 our own
            " FROM conversation WHERE workspace = :workspace",
            workspace=workspace,
            me=me,
            recent=micros(recent),
        )
        return {name: int(value) for name, value in row.items()} if row else {}

    def changed_by_people(self, workspace: WorkspaceId, limit: int) -> dict[str, int]:
        """Conversation → its last seq, of the open ones that people have or wait in, the latest first."""
        rows = self.rows(
            "SELECT id, seq FROM conversation WHERE workspace = :workspace AND is_open = 1"
            " AND owner IN ('queue', 'teammate', 'helpdesk') ORDER BY last_at DESC LIMIT :limit",
            workspace=workspace,
            limit=limit,
        )
        return {row["id"]: int(row["seq"]) for row in rows}

    def turns(self, id: ConversationId) -> list[Row]:
        """How each answer of a conversation came about."""
        return self.rows(
            "SELECT seq, question, decision, confidence, best, trace FROM turn WHERE conversation = :id ORDER BY seq",
            id=id,
        )

    def handoff_rows(self, id: ConversationId) -> list[Row]:
        """All handoffs of a conversation that were accepted."""
        return self.rows("SELECT * FROM handoff WHERE conversation = :id ORDER BY n", id=id)

    def earlier_of(self, workspace: WorkspaceId, visitor: str, but: ConversationId) -> tuple[int, datetime | None]:
        """How many other conversations this visitor had, and when the last one began."""
        row = self.row(
            "SELECT count(*) AS n, max(started_at) AS last FROM conversation WHERE visitor = :visitor AND id <> :but"
            " AND workspace = :workspace",
            visitor=visitor,
            but=but,
            workspace=workspace,
        )
        return (int(row["n"]), moment(row["last"]) if row["last"] else None) if row else (0, None)

    def oldest_wait(self, workspace: WorkspaceId) -> datetime | None:
        """Since when the one who waits longest waits."""
        row = self.row(
            "SELECT min(waiting_since) AS since FROM conversation WHERE workspace = :workspace AND is_open = 1"
            " AND owner = 'queue'",
            workspace=workspace,
        )
        return moment(row["since"]) if row and row["since"] else None

    def available_now(self, workspace: WorkspaceId, now: datetime) -> int:
        row = self.row(
            "SELECT count(*) AS n FROM teammate WHERE workspace = :workspace AND available_until > :now"
            " AND role <> 'analyst'",
            workspace=workspace,
            now=micros(now),
        )
        return int(row["n"]) if row else 0

    def pulse(self, workspace: WorkspaceId) -> tuple[int, ...]:
        """(conversations, the last event, events): changes whenever any log of the shop grows."""
        row = self.row(
            "SELECT count(*) AS n, coalesce(max(last_at), 0) AS last, coalesce(sum(seq), 0) AS events"
            " FROM conversation WHERE workspace = :workspace",
            workspace=workspace,
        )
        return tuple(int(value) for value in row.values()) if row else ()

    def lengths(self, workspace: WorkspaceId, since: int = 0) -> dict[str, int]:
        """Conversation → how many events its log has, of those with an event at or after `since` (microseconds)."""
        rows = self.rows(
            "SELECT id, seq FROM conversation WHERE workspace = :workspace AND last_at >= :since",
            workspace=workspace,
            since=since,
        )
        return {row["id"]: int(row["seq"]) for row in rows}

    def article_page(self, workspace: WorkspaceId, by: ArticleFilter, limit: int, offset: int) -> tuple[list[Row], int]:
        """Articles without their texts, by title, and how many there are in all."""
        where, values = _where(by)
        rows = self.rows(
            "SELECT a.id, a.title, a.lang, a.url, a.learned_at, a.excluded, s.address, s.kind FROM article a"  # noqa: S608 our own
            f" JOIN source s ON s.id = a.source WHERE a.workspace = :workspace{where}"
            " ORDER BY a.title, a.id LIMIT :limit OFFSET :offset",
            workspace=workspace,
            limit=limit,
            offset=offset,
            **values,
        )
        total = self.row(
            "SELECT count(*) AS n FROM article a JOIN source s ON s.id = a.source"  # noqa: S608 our own
            f" WHERE a.workspace = :workspace{where}",
            workspace=workspace,
            **values,
        )
        return rows, int(total["n"]) if total else 0

    def article_langs(self, workspace: WorkspaceId) -> list[str]:
        rows = self.rows("SELECT DISTINCT lang FROM article WHERE workspace = :w ORDER BY lang", w=workspace)
        return [row["lang"] for row in rows]

    def pieces(self, article: str) -> list[Row]:
        """The article's chunks, as they are indexed."""
        return self.rows("SELECT headings, text FROM chunk WHERE article = :id ORDER BY ordinal", id=article)

    def saw_widget(self, workspace: WorkspaceId, origin: str, now: datetime) -> None:
        """The widget called from a page of this origin."""
        self.put("sighting", conflict="workspace, origin", workspace=workspace, origin=origin, seen_at=micros(now))

    def sightings(self, workspace: WorkspaceId) -> list[Sighting]:
        """The latest first."""
        rows = self.rows(
            "SELECT origin, seen_at FROM sighting WHERE workspace = :workspace ORDER BY seen_at DESC LIMIT 20",
            workspace=workspace,
        )
        return [Sighting(row["origin"], moment(row["seen_at"])) for row in rows]

    def console_open(self, workspace: WorkspaceId, since: datetime) -> bool:
        """Had anybody of the team the Inbox open since then?"""
        row = self.row(
            "SELECT 1 AS one FROM teammate WHERE workspace = :workspace AND inbox_open_at >= :since LIMIT 1",
            workspace=workspace,
            since=micros(since),
        )
        return row is not None

    def has_inbox_open(self, teammate: str, now: datetime, until: datetime) -> None:
        """They look at the Inbox: whoever is not Away stays available until then."""
        self.run(
            "UPDATE teammate SET inbox_open_at = :now, available_until = CASE WHEN available_until IS NULL THEN NULL"
            " WHEN available_until < :until THEN :until ELSE available_until END WHERE id = :id",
            id=teammate,
            now=micros(now),
            until=micros(until),
        )

    def wants_alerts(self, teammate: str) -> bool:
        row = self.row("SELECT alerts FROM teammate WHERE id = :id", id=teammate)
        return bool(row and row["alerts"])

    def set_alerts(self, teammate: str, wanted: bool) -> None:
        self.run("UPDATE teammate SET alerts = :wanted WHERE id = :id", id=teammate, wanted=int(wanted))

    def to_alarm(self, workspace: WorkspaceId) -> list[str]:
        """Addresses of those who can mend a connection or a ticket; alarms cannot be switched off."""
        rows = self.rows(
            "SELECT email FROM teammate WHERE workspace = :workspace AND role IN ('owner', 'admin', 'manager')"
            " ORDER BY email",
            workspace=workspace,
        )
        return [row["email"] for row in rows]

    def to_alert(self, workspace: WorkspaceId) -> list[str]:
        """Addresses of those who answer shoppers and have not switched alerts off."""
        rows = self.rows(
            "SELECT email FROM teammate WHERE workspace = :workspace AND alerts = 1"
            " AND role IN ('owner', 'admin', 'manager', 'support') ORDER BY email",
            workspace=workspace,
        )
        return [row["email"] for row in rows]


def _where(by: ArticleFilter) -> tuple[str, dict[str, str | int]]:
    """Conditions and their values. Words are looked for as they stand: a % is a %."""
    rules, values = "", dict[str, str | int]()
    if by.words:
        rules += " AND (lower(a.title) LIKE :words ESCAPE '!' OR lower(a.page) LIKE :words ESCAPE '!')"
        literal = by.words.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
        values["words"] = f"%{literal}%"
    for name, value in (("s.kind", by.kind), ("a.lang", by.lang)):
        if value:
            key = name.rpartition(".")[2]
            rules += f" AND {name} = :{key}"
            values[key] = value
    if by.excluded is not None:
        rules += " AND a.excluded = :excluded"
        values["excluded"] = int(by.excluded)
    return rules, values
