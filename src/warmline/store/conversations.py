"""Conversations, their logs, episodes, handoffs and turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from warmline.domain.conversation import Conversation
from warmline.domain.effect import OwedEffect
from warmline.domain.handoff import (
    Delivered,
)
from warmline.domain.ids import ConversationId, Seq, VisitorId, WorkspaceId
from warmline.domain.message import AuthorKind, Event, EventKind
from warmline.domain.outcome import Episode
from warmline.domain.profile_event import events_owed
from warmline.errors import NotFound
from warmline.store.conversation_rows import columns_of, conversation_from, episode_from, event_of, facts_of
from warmline.store.statements import Row, dumps, listed, loads, micros, moment
from warmline.store.tickets import Tickets

PAGE = 500
LATELY = 20
"""Turns among which that of a handoff's question is looked for."""
"""Public events in one answer at most (DESIGN.md section 5)."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the public log. `prev` is the last public seq before it, `cursor` where to go on."""

    events: Sequence[Event]
    cursor: int
    prev: int
    more: bool


class Conversations(Tickets):
    """Load, change through the domain, save."""

    def conversation(self, workspace: WorkspaceId, id: ConversationId) -> Conversation:
        """Raises NotFound, also for a conversation of another workspace."""
        row = self.row(
            "SELECT * FROM conversation WHERE id = :id AND workspace = :workspace", id=id, workspace=workspace
        )
        if row is None:
            raise NotFound("There is no such conversation.")
        return conversation_from(row)

    def conversation_anywhere(self, id: ConversationId) -> Conversation:
        """For callers that have proven by other means that they may. Raises NotFound."""
        row = self.row("SELECT * FROM conversation WHERE id = :id", id=id)
        if row is None:
            raise NotFound("There is no such conversation.")
        return conversation_from(row)

    def conversation_of(self, visitor: VisitorId, id: ConversationId) -> Conversation:
        """This visitor's conversation. Raises NotFound: another visitor's id is like one that never was."""
        row = self.row("SELECT * FROM conversation WHERE id = :id AND visitor = :visitor", id=id, visitor=visitor)
        if row is None:
            raise NotFound("There is no such conversation.")
        return conversation_from(row)

    def last_seqs(self, ids: Sequence[str]) -> dict[str, int]:
        """Conversation → the last seq of its whole log, of those that exist."""
        few = listed(ids)
        names = ", ".join(f":{name}" for name in few) or "NULL"
        rows = self.rows(f"SELECT id, seq FROM conversation WHERE id IN ({names})", **few)  # noqa: S608 our own
        return {row["id"]: int(row["seq"]) for row in rows}

    def add_conversation(self, conversation: Conversation, network: str) -> None:
        self.put("conversation", network=network, **columns_of(conversation))
        self._append(conversation)

    def save(self, conversation: Conversation) -> None:
        """Store what the domain changed: the row, the new events and their episode, what is owed or dropped."""
        columns = columns_of(conversation)
        id = columns.pop("id")
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        self.run(f"UPDATE conversation SET {changes} WHERE id = :id", id=id, **columns)  # noqa: S608 names are our own
        self._append(conversation)

    def find_said(self, id: ConversationId, client_key: str) -> Event | None:
        """The message that was stored for this client-made key."""
        row = self.row(
            "SELECT * FROM event WHERE conversation = :id AND client_key = :client_key", id=id, client_key=client_key
        )
        return event_of(row) if row else None

    def log(self, id: ConversationId, upto: int | None = None) -> list[Event]:
        """The whole log, or the part up to and with seq `upto`, oldest first."""
        rows = self.rows(
            "SELECT * FROM event WHERE conversation = :id AND seq <= :upto ORDER BY seq",
            id=id,
            upto=upto if upto is not None else 2**62,
        )
        return [event_of(row) for row in rows]

    def messages_between(self, id: ConversationId, after: int, upto: int) -> list[Event]:
        """Messages with after < seq <= upto, oldest first."""
        rows = self.rows(
            "SELECT * FROM event WHERE conversation = :id AND kind = 'message' AND seq > :after AND seq <= :upto"
            " ORDER BY seq",
            id=id,
            after=after,
            upto=upto,
        )
        return [event_of(row) for row in rows]

    def last_messages(self, id: ConversationId, upto: int, limit: int) -> list[Event]:
        """The last `limit` messages with seq <= `upto`, oldest first."""
        rows = self.rows(
            "SELECT * FROM event WHERE conversation = :id AND kind = 'message' AND seq <= :upto"
            " ORDER BY seq DESC LIMIT :limit",
            id=id,
            upto=upto,
            limit=limit,
        )
        return [event_of(row) for row in reversed(rows)]

    def signs_since(self, id: ConversationId, after: int) -> list[Event]:
        """Ratings of answers and beginnings of episodes with seq > `after`, oldest first."""
        rows = self.rows(
            "SELECT * FROM event WHERE conversation = :id AND kind IN ('helped', 'episode') AND seq > :after"
            " ORDER BY seq",
            id=id,
            after=after,
        )
        return [event_of(row) for row in rows]

    def window(self, id: ConversationId, after: int, limit: int = PAGE) -> Window:
        """Public events with seq > `after`, oldest first, at most `limit`."""
        rows = self.rows(
            "SELECT * FROM event WHERE conversation = :id AND seq > :after AND is_public = 1 ORDER BY seq LIMIT :limit",
            id=id,
            after=after,
            limit=limit + 1,
        )
        events = [event_of(row) for row in rows[:limit]]
        before = self.row(
            "SELECT max(seq) AS seq FROM event WHERE conversation = :id AND is_public = 1 AND seq <= :after",
            id=id,
            after=after,
        )
        prev = int(before["seq"] or 0) if before else 0
        return Window(events, events[-1].seq if events else max(prev, 0), prev, len(rows) > limit)

    def nth_last_said(self, visitor: VisitorId, n: int) -> datetime | None:
        """When this visitor wrote their n-th last message (1 = the last one), in whichever conversation."""
        row = self.row(
            "SELECT at FROM event WHERE visitor = :visitor ORDER BY at DESC LIMIT 1 OFFSET :skip",
            visitor=visitor,
            skip=n - 1,
        )
        return moment(row["at"]) if row else None

    def conversations_begun(self, workspace: WorkspaceId, network: str, since: datetime) -> int:
        row = self.row(
            "SELECT count(*) AS n FROM conversation WHERE workspace = :workspace AND network = :network"
            " AND started_at > :since",
            workspace=workspace,
            network=network,
            since=micros(since),
        )
        return int(row["n"]) if row else 0

    def handoffs_since(
        self, workspace: WorkspaceId, since: datetime, *, visitor: str = "", email: str = "", network: str = ""
    ) -> int:
        """Accepted handoffs since then, of one visitor, one address or one network."""
        name, value = next((n, v) for n, v in (("visitor", visitor), ("email", email), ("network", network)) if v)
        row = self.row(
            f"SELECT count(*) AS n FROM handoff WHERE workspace = :workspace AND owed_at > :since AND {name} = :value",  # noqa: S608 one of three names
            workspace=workspace,
            since=micros(since),
            value=value,
        )
        return int(row["n"]) if row else 0

    def network_of(self, id: ConversationId) -> str:
        row = self.row("SELECT network FROM conversation WHERE id = :id", id=id)
        return str(row["network"]) if row else ""

    def handoff_row(self, id: ConversationId, n: int) -> Row | None:
        return self.row("SELECT * FROM handoff WHERE conversation = :id AND n = :n", id=id, n=n)

    def profile_in(self, row: Row) -> dict[str, Any] | None:
        """What the CRM said of a handoff's address, or None while nobody asked it."""
        return loads(row["profile"]) if row["profile"] else None

    def best_of_turn(self, id: ConversationId, upto: int, question: str | None) -> dict[str, Any] | None:
        """What the agent found for this question up to seq `upto`: `{"title", "url", "score", "passages"}`."""
        row = self.turn_of(id, upto, question)
        return loads(row["best"]) if row and row["best"] else None

    def route(self, id: ConversationId, upto: int) -> dict[str, Any]:
        """What the last rule that routed this conversation up to seq `upto` said: `{"rule": name}`, or nothing."""
        row = self.row(
            "SELECT trace FROM turn WHERE conversation = :id AND seq <= :upto AND trace LIKE :routed"
            " ORDER BY seq DESC LIMIT 1",
            id=id,
            upto=upto,
            routed='%"route":%',
        )
        return dict(loads(row["trace"]).get("route") or {}) if row else {}

    def bound_helpdesk(self, effect: OwedEffect) -> str | None:
        """Where the handoff of this effect goes."""
        row = self.handoff_row(effect.conversation, effect.data["n"]) if effect.conversation else None
        return row["helpdesk"] if row else None

    def set_profile(self, id: ConversationId, n: int, profile: Mapping[str, Any]) -> None:
        """What the CRM said: `{"known": bool, "id": str | None}`. The first result stays."""
        self.run(
            "UPDATE handoff SET profile = :profile WHERE conversation = :id AND n = :n AND profile IS NULL",
            id=id,
            n=n,
            profile=dumps(dict(profile)),
        )

    def seen(self, id: ConversationId, now: datetime) -> None:
        """The visitor looks at the conversation now."""
        self.run("UPDATE conversation SET visitor_seen_at = :now WHERE id = :id", id=id, now=micros(now))

    def add_turn(
        self, conversation: Conversation, seq: Seq, now: datetime, *, question: str, lang: str, decision: str,
        confidence: float | None, best: Mapping[str, Any] | None, trace: Mapping[str, Any],
    ) -> None:  # fmt: skip
        """Keep how an answer came about. Read again: the later one stays."""
        self.put(
            "turn",
            conflict="conversation, seq",
            workspace=conversation.workspace,
            conversation=conversation.id,
            seq=seq,
            at=micros(now),
            question=question,
            lang=lang,
            decision=decision,
            confidence=confidence,
            best=dumps(best) if best else None,
            trace=dumps(trace),
        )

    def turn(self, id: ConversationId, seq: int) -> Row | None:
        return self.row("SELECT * FROM turn WHERE conversation = :id AND seq = :seq", id=id, seq=seq)

    def turn_of(self, id: ConversationId, upto: int, question: str | None) -> Row | None:
        """How the last of these questions came out, up to seq `upto`: a handoff may be for several. Where none of them
        was looked up, the last turn in which something was found."""
        rows = self.rows(
            "SELECT * FROM turn WHERE conversation = :id AND seq <= :upto ORDER BY seq DESC LIMIT :most",
            id=id,
            upto=upto,
            most=LATELY,
        )
        asked = (question or "").splitlines()
        found = next((row for row in rows if row["best"]), None)
        return next((row for row in rows if any(line in row["question"] for line in asked)), found)

    def _append(self, conversation: Conversation) -> None:
        for event in conversation.events:
            self._add_event(conversation, event)
        if conversation.events:
            self._fold(conversation)
            self._owe_profile_events(conversation)
        self._keep_handoff(conversation)
        for key in conversation.cancelled:
            self.cancel(conversation.workspace, key)
        for effect in conversation.effects:
            self.owe(conversation.workspace, effect, conversation.last_at)
        conversation.events, conversation.effects, conversation.cancelled = [], [], []

    def _add_event(self, conversation: Conversation, event: Event) -> None:
        said_by_visitor = _author(event) == AuthorKind.VISITOR
        self.put(
            "event",
            workspace=conversation.workspace,
            conversation=conversation.id,
            seq=event.seq,
            at=micros(event.at),
            kind=event.kind.value,
            is_public=int(event.public),
            visitor=conversation.visitor if said_by_visitor else None,
            client_key=client_key(event),
            data=dumps(dict(event.data)),
        )

    def _owe_profile_events(self, conversation: Conversation) -> None:
        """The log is what the CRM is told from; each event once, and only where the merchant switched it on."""
        owed = list(events_owed(conversation, conversation.events))
        if not owed or not self.tells_events(conversation.workspace):
            return
        for effect in owed:
            if self.effect_state(conversation.workspace, effect.key) is None:
                self.owe(conversation.workspace, effect, conversation.last_at)

    def tells_events(self, workspace: WorkspaceId) -> bool:
        """Does a connected CRM want to be told?"""
        rows = self.rows(
            "SELECT public FROM integration WHERE workspace = :workspace AND kind = 'profiles'", workspace=workspace
        )
        return any(loads(row["public"])["settings"].get("events") is True for row in rows)

    def _fold(self, conversation: Conversation) -> None:
        """Read the new events into the episode rows: the same function that a recount uses."""
        row = self.row("SELECT facts FROM episode WHERE conversation = :id ORDER BY n DESC LIMIT 1", id=conversation.id)
        episode = episode_from(row["facts"]) if row else Episode()
        for event in conversation.events:
            after = episode.after(event)
            if after.n != episode.n:
                self._put_episode(conversation, replace(episode, ended=True))
            episode = after
        self._put_episode(conversation, episode)

    def _put_episode(self, conversation: Conversation, episode: Episode) -> None:
        self.put(
            "episode",
            conflict="conversation, n",
            workspace=conversation.workspace,
            conversation=conversation.id,
            n=episode.n,
            started_at=micros(episode.started_at or conversation.started_at),
            facts=facts_of(episode),
        )

    def _keep_handoff(self, conversation: Conversation) -> None:
        handoff = conversation.handoff
        bound = handoff.bound if handoff else None
        if handoff is None or bound is None:
            return
        delivered = isinstance(handoff.step, Delivered)
        self.run(
            "INSERT INTO handoff (workspace, conversation, n, reason, question, helpdesk, step, visitor, network,"
            " email, owed_at, delivered_at) SELECT c.workspace, c.id, :n, :reason, :question, :helpdesk, :step,"
            " c.visitor, c.network, :email, :owed_at, :delivered_at FROM conversation c WHERE c.id = :id"
            " ON CONFLICT (conversation, n) DO UPDATE SET step = excluded.step, helpdesk = excluded.helpdesk,"
            " delivered_at = coalesce(handoff.delivered_at, excluded.delivered_at)",
            id=conversation.id,
            n=handoff.n,
            reason=handoff.reason.value,
            question=handoff.question,
            helpdesk=bound.helpdesk,
            step=handoff.name,
            email=bound.contact.email.key if bound.contact else None,
            owed_at=micros(bound.at),
            delivered_at=micros(conversation.last_at) if delivered else None,
        )
        if isinstance(handoff.step, Delivered) and handoff.step.ticket is not None:
            self.add_ticket(conversation, handoff.n, bound, handoff.step.ticket)


def client_key(event: Event) -> str | None:
    """What makes a message unique: its author's id and the key that their client made, or its id at a helpdesk."""
    if "outside" in event.data:
        return outside_key(event.data["outside"])
    if "client_id" not in event.data:
        return None
    if event.kind is EventKind.NOTE:
        return note_key(event.data["by"]["id"], event.data["client_id"])
    if event.kind is not EventKind.MESSAGE:
        return None
    return key_for(event.data["author"].get("id"), event.data["client_id"])


def key_for(teammate: str | None, client_id: str) -> str:
    return f"{teammate or 'visitor'}:{client_id}"


def note_key(teammate: str | None, client_id: str) -> str:
    return f"note:{teammate}:{client_id}"


def outside_key(id: str) -> str:
    """`id` is the helpdesk's name and its own id of the comment, such as `zendesk:4711`."""
    return f"outside:{id}"


def _author(event: Event) -> str | None:
    return event.data["author"]["kind"] if event.kind is EventKind.MESSAGE else None
