"""Conversations, their logs, episodes, handoffs and turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from warmline.domain.conversation import Conversation, Owner, OwnerKind
from warmline.domain.effect import OwedEffect
from warmline.domain.handoff import (
    Bound,
    Declined,
    Delivered,
    Handoff,
    HandoffReason,
    HandoffStep,
    NeedsEmail,
    Offered,
    Owed,
    Second,
    Stuck,
)
from warmline.domain.ids import ConversationId, Seq, VisitorId, WorkspaceId
from warmline.domain.message import AuthorKind, Event, EventKind
from warmline.domain.outcome import Episode
from warmline.domain.profile_event import events_owed
from warmline.domain.ticket import TicketRef
from warmline.domain.visitor import Contact, EmailAddress, Proof
from warmline.errors import NotFound
from warmline.store.statements import Row, dumps, listed, loads, maybe_micros, maybe_moment, micros, moment
from warmline.store.tickets import Tickets

PAGE = 500
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
        return _conversation(row)

    def conversation_anywhere(self, id: ConversationId) -> Conversation:
        """For callers that have proven by other means that they may. Raises NotFound."""
        row = self.row("SELECT * FROM conversation WHERE id = :id", id=id)
        if row is None:
            raise NotFound("There is no such conversation.")
        return _conversation(row)

    def conversation_of(self, visitor: VisitorId, id: ConversationId) -> Conversation:
        """This visitor's conversation. Raises NotFound: another visitor's id is like one that never was."""
        row = self.row("SELECT * FROM conversation WHERE id = :id AND visitor = :visitor", id=id, visitor=visitor)
        if row is None:
            raise NotFound("There is no such conversation.")
        return _conversation(row)

    def last_seqs(self, ids: Sequence[str]) -> dict[str, int]:
        """Conversation → the last seq of its whole log, of those that exist."""
        few = listed(ids)
        names = ", ".join(f":{name}" for name in few) or "NULL"
        rows = self.rows(f"SELECT id, seq FROM conversation WHERE id IN ({names})", **few)  # noqa: S608 our own
        return {row["id"]: int(row["seq"]) for row in rows}

    def add_conversation(self, conversation: Conversation, network: str) -> None:
        self.put("conversation", network=network, **_columns(conversation))
        self._append(conversation)

    def save(self, conversation: Conversation) -> None:
        """Store what the domain changed: the row, the new events and their episode, what is owed or dropped."""
        columns = _columns(conversation)
        id = columns.pop("id")
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        self.run(f"UPDATE conversation SET {changes} WHERE id = :id", id=id, **columns)  # noqa: S608 names are our own
        self._append(conversation)

    def find_said(self, id: ConversationId, client_key: str) -> Event | None:
        """The message that was stored for this client-made key."""
        row = self.row(
            "SELECT * FROM event WHERE conversation = :id AND client_key = :client_key", id=id, client_key=client_key
        )
        return _event(row) if row else None

    def log(self, id: ConversationId, upto: int | None = None) -> list[Event]:
        """The whole log, or the part up to and with seq `upto`, oldest first."""
        rows = self.rows(
            "SELECT * FROM event WHERE conversation = :id AND seq <= :upto ORDER BY seq",
            id=id,
            upto=upto if upto is not None else 2**62,
        )
        return [_event(row) for row in rows]

    def messages_between(self, id: ConversationId, after: int, upto: int) -> list[Event]:
        """Messages with after < seq <= upto, oldest first."""
        rows = self.rows(
            "SELECT * FROM event WHERE conversation = :id AND kind = 'message' AND seq > :after AND seq <= :upto"
            " ORDER BY seq",
            id=id,
            after=after,
            upto=upto,
        )
        return [_event(row) for row in rows]

    def last_messages(self, id: ConversationId, upto: int, limit: int) -> list[Event]:
        """The last `limit` messages with seq <= `upto`, oldest first."""
        rows = self.rows(
            "SELECT * FROM event WHERE conversation = :id AND kind = 'message' AND seq <= :upto"
            " ORDER BY seq DESC LIMIT :limit",
            id=id,
            upto=upto,
            limit=limit,
        )
        return [_event(row) for row in reversed(rows)]

    def window(self, id: ConversationId, after: int, limit: int = PAGE) -> Window:
        """Public events with seq > `after`, oldest first, at most `limit`."""
        rows = self.rows(
            "SELECT * FROM event WHERE conversation = :id AND seq > :after AND is_public = 1 ORDER BY seq LIMIT :limit",
            id=id,
            after=after,
            limit=limit + 1,
        )
        events = [_event(row) for row in rows[:limit]]
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

    def best_of_turn(self, id: ConversationId, upto: int) -> dict[str, Any] | None:
        """What the agent found for the last turn up to seq `upto`: `{"title", "url", "score", "passages"}`."""
        row = self.last_turn(id, upto)
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

    def last_turn(self, id: ConversationId, upto: int) -> Row | None:
        return self.row(
            "SELECT * FROM turn WHERE conversation = :id AND seq <= :upto ORDER BY seq DESC LIMIT 1", id=id, upto=upto
        )

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
        episode = _episode(loads(row["facts"])) if row else Episode()
        for event in conversation.events:
            after = episode.after(event)
            if after.n != episode.n:
                self._put_episode(conversation, _ended(episode))
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
            facts=dumps(_facts(episode)),
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


def _event(row: Row) -> Event:
    return Event(Seq(row["seq"]), moment(row["at"]), EventKind(row["kind"]), loads(row["data"]))


def event_of(row: Row) -> Event:
    """A row of `event` as the domain's Event."""
    return _event(row)


def _columns(conversation: Conversation) -> dict[str, Any]:
    handoff = conversation.handoff
    return {
        "id": conversation.id,
        "workspace": conversation.workspace,
        "visitor": conversation.visitor,
        "locale": conversation.locale,
        "lang": conversation.lang,
        "page_url": conversation.page_url,
        "page_title": conversation.page_title,
        "started_at": micros(conversation.started_at),
        "last_at": micros(conversation.last_at),
        "seq": conversation.seq,
        "owner": conversation.owner.kind.value,
        "owner_id": conversation.owner.id,
        "owner_name": conversation.owner.name,
        "epoch": conversation.epoch,
        "episode": conversation.episode,
        "is_open": int(conversation.open),
        "accepted": conversation.accepted,
        "handoff": dumps(_handoff_data(handoff)) if handoff else None,
        "step": handoff.name if handoff else None,
        "waiting_since": maybe_micros(conversation.waiting_since),
        "last_visitor_seq": conversation.last_visitor_seq,
        "last_question_seq": conversation.last_question_seq,
        "answered_upto": conversation.answered_upto,
        "restarts": conversation.restarts,
        "visitor_seen_at": maybe_micros(conversation.visitor_seen_at),
        "mailed_upto": conversation.mailed_upto,
    }


def _conversation(row: Row) -> Conversation:
    return Conversation(
        id=row["id"],
        workspace=row["workspace"],
        visitor=row["visitor"],
        locale=row["locale"],
        lang=row["lang"],
        page_url=row["page_url"],
        page_title=row["page_title"],
        started_at=moment(row["started_at"]),
        last_at=moment(row["last_at"]),
        seq=Seq(row["seq"]),
        owner=Owner(OwnerKind(row["owner"]), row["owner_id"], row["owner_name"]),
        epoch=row["epoch"],
        episode=row["episode"],
        open=bool(row["is_open"]),
        accepted=row["accepted"],
        handoff=_handoff(loads(row["handoff"])) if row["handoff"] else None,
        waiting_since=maybe_moment(row["waiting_since"]),
        last_visitor_seq=Seq(row["last_visitor_seq"]),
        last_question_seq=Seq(row["last_question_seq"]),
        answered_upto=Seq(row["answered_upto"]),
        restarts=row["restarts"],
        visitor_seen_at=maybe_moment(row["visitor_seen_at"]),
        mailed_upto=Seq(row["mailed_upto"]),
    )


def conversation_from(row: Row) -> Conversation:
    """A row of `conversation` as the domain's Conversation, for lists."""
    return _conversation(row)


def _handoff_data(handoff: Handoff) -> dict[str, Any]:
    data: dict[str, Any] = {
        "n": handoff.n,
        "reason": handoff.reason.value,
        "question": handoff.question,
        "requested_at": maybe_micros(handoff.requested_at),
        "step": handoff.name,
    }
    if handoff.bound:
        data["bound"] = _bound_data(handoff.bound)
    match handoff.step:
        case NeedsEmail(skippable):
            data["skippable"] = skippable
        case Owed(_, saved_told):
            data["saved_told"] = saved_told
        case Stuck(_, why, saved_told):
            data |= {"why": why, "saved_told": saved_told}
        case Delivered(_, ticket, away_told, mirrored):
            known = {"ticket": _ticket_data(ticket)} if ticket else {}
            data |= {"away_told": away_told, "mirrored": mirrored} | known
        case _:
            pass
    return data


def _ticket_data(ticket: TicketRef) -> dict[str, Any]:
    return {"id": ticket.id, "url": ticket.url, "reference": ticket.reference}


def _bound_data(bound: Bound) -> dict[str, Any]:
    data: dict[str, Any] = {"helpdesk": bound.helpdesk, "upto": bound.upto, "at": micros(bound.at)}
    if bound.second:
        data["second"] = {"helpdesk": bound.second.helpdesk, "at": micros(bound.second.at)}
    if bound.follows:
        data["follows"] = bound.follows
    if bound.contact:
        data |= {"email": bound.contact.email.value, "proof": bound.contact.proof.value}
    return data


def _handoff(data: Mapping[str, Any]) -> Handoff:
    return Handoff(
        n=data["n"],
        reason=HandoffReason(data["reason"]),
        step=_step(data),
        question=data["question"],
        requested_at=maybe_moment(data["requested_at"]),
    )


def _step(data: Mapping[str, Any]) -> HandoffStep:
    match data["step"]:
        case "offered":
            return Offered()
        case "needs_email":
            return NeedsEmail(data["skippable"])
        case "owed":
            return Owed(_bound(data["bound"]), data["saved_told"])
        case "delivered":
            ticket = data.get("ticket")
            ref = TicketRef(**ticket) if ticket else None
            return Delivered(_bound(data["bound"]), ref, data["away_told"], data.get("mirrored", False))
        case "stuck":
            return Stuck(_bound(data["bound"]), data["why"], data["saved_told"])
        case "declined":
            return Declined()
        case other:
            raise ValueError(f"unknown step {other!r}")


def _bound(data: Mapping[str, Any]) -> Bound:
    contact = Contact(EmailAddress(data["email"]), Proof(data["proof"])) if "email" in data else None
    after = data.get("second")
    second = Second(after["helpdesk"], moment(after["at"])) if after else None
    return Bound(data["helpdesk"], Seq(data["upto"]), contact, moment(data["at"]), second, data.get("follows"))


_TIMES = ("started_at", "last_at", "wanted_at", "first_reply_at")
_FACTS = tuple(each.name for each in fields(Episode))


def _facts(episode: Episode) -> dict[str, Any]:
    # Not `asdict`: it copies deeply, and this runs for every message.
    facts = {name: getattr(episode, name) for name in _FACTS}
    return facts | {name: maybe_micros(facts[name]) for name in _TIMES}


def _episode(facts: Mapping[str, Any]) -> Episode:
    times = {name: maybe_moment(facts[name]) for name in _TIMES}
    return Episode(**(dict(facts) | times))


def episode_of(row: Row) -> Episode:
    """A row of `episode` as the domain's Episode."""
    return _read_once(row["facts"])


@lru_cache(maxsize=32_768)
def _read_once(facts: str) -> Episode:
    """Most episodes of a report are over and read again at each look: parsing was two thirds of the page's time."""
    return _episode(loads(facts))


def _ended(episode: Episode) -> Episode:
    return replace(episode, ended=True)
