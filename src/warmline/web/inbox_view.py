"""What the team sees of conversations: lines of the Inbox, the whole log, and why one was handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from warmline.actions.reply_as_teammate import PRESENT
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import Delivered, Handoff, Stuck
from warmline.domain.message import Event
from warmline.domain.visitor import Contact, Visitor
from warmline.errors import Invalid, NotFound
from warmline.store.base import Transaction
from warmline.store.reports import InboxPlace
from warmline.store.statements import loads, maybe_moment, moment
from warmline.web.door import Door
from warmline.web.shapes import Best, Card, Row, TeamEvent, Trace, Tried, VisitorShown, Whole

LINE = 200
"""Characters of a conversation's line in the Inbox."""


def rows_of(door: Door, tx: Transaction, conversations: Sequence[Conversation]) -> list[Row]:
    """Lines of the Inbox, with a handful of queries for all of them."""
    visitors = tx.visitors_in([each.visitor for each in conversations])
    said = tx.last_said([each.id for each in conversations])
    return [_row(door, each, visitors[each.visitor], said.get(each.id, "")) for each in conversations]


def row_of(door: Door, tx: Transaction, conversation: Conversation) -> Row:
    return rows_of(door, tx, [conversation])[0]


def whole_of(door: Door, tx: Transaction, conversation: Conversation) -> Whole:
    """All that the team may know of it."""
    handoff = conversation.handoff
    return {
        "conversation": row_of(door, tx, conversation),
        "handoff": _card(tx, conversation, handoff) if handoff else None,
        "page": {"url": conversation.page_url, "title": conversation.page_title},
        "events": [team_view(event) for event in tx.log(conversation.id)],
        "cursor": conversation.seq,
    }


def team_view(event: Event) -> TeamEvent:
    """Everything that the log holds: notes, verdicts, reasons."""
    view: Any = {**event.data, "seq": event.seq, "at": event.at.isoformat(), "kind": event.kind.value}
    found: TeamEvent = view
    return found


def trace_of(tx: Transaction, conversation: Conversation, seq: int) -> Trace:
    """How the answer with this seq came about, or the answer to the question with it. Raises NotFound."""
    message = next(iter(tx.messages_between(conversation.id, seq - 1, seq)), None)
    asked = message.data.get("reply_to", seq) if message else seq
    row = tx.turn(conversation.id, asked)
    if row is None:
        raise NotFound("There is no trace of such a turn.")
    return {
        "seq": row["seq"],
        "at": moment(row["at"]).isoformat(),
        "question": row["question"],
        "lang": row["lang"],
        "decision": row["decision"],
        "confidence": row["confidence"],
        "trace": loads(row["trace"]),
    }


def place_after(conversation: Conversation) -> str:
    """Where the next page of the Inbox begins, as text."""
    since = conversation.waiting_since
    kind, at = ("w", since) if since else ("l", conversation.last_at)
    return f"{kind}.{at.isoformat()}.{conversation.id}"


def place_in(text: str) -> InboxPlace:
    """The other way round. Raises Invalid."""
    kind, _, rest = text.partition(".")
    at, _, id = rest.rpartition(".")
    try:
        when = datetime.fromisoformat(at)
    except ValueError as error:
        raise _bad_place() from error
    if kind not in {"w", "l"} or not id or "\x00" in id or when.tzinfo is None:
        raise _bad_place()
    return InboxPlace(kind == "w", when, id)


def _bad_place() -> Invalid:
    return Invalid("before takes what `next` of the page before it says.", "before")


def _row(door: Door, conversation: Conversation, visitor: Visitor, said: str) -> Row:
    handoff, owner = conversation.handoff, conversation.owner
    return {
        "id": conversation.id,
        "visitor": _visitor(door, conversation, visitor),
        "first_line": first_line((handoff.question if handoff else None) or said),
        "owner": {"kind": owner.kind, "id": owner.id, "name": owner.name},
        "open": conversation.open,
        "step": handoff.name if handoff else None,
        "reason": handoff.reason.value if handoff else None,
        "waiting_since": _iso(conversation.waiting_since),
        "lang": conversation.lang,
        "episode": conversation.episode,
        "seq": conversation.seq,
        "started_at": conversation.started_at.isoformat(),
        "last_at": conversation.last_at.isoformat(),
    }


def _visitor(door: Door, conversation: Conversation, visitor: Visitor) -> VisitorShown:
    contact = _contact(conversation.handoff, visitor)
    return {
        "id": visitor.id,
        "name": visitor.identity.name if visitor.identity else None,
        "email": contact.email.value if contact else None,
        "proof": contact.proof.value if contact else None,
        "present": is_present(door, conversation),
    }


def is_present(door: Door, conversation: Conversation) -> bool:
    """Is the chat open before the shopper now?"""
    seen = conversation.visitor_seen_at
    return (seen is not None and door.app.clock() - seen < PRESENT) or door.streams[conversation.visitor] > 0


def _contact(handoff: Handoff | None, visitor: Visitor) -> Contact | None:
    bound = handoff.bound if handoff else None
    return (bound.contact if bound else None) or visitor.reached_at


def _card(tx: Transaction, conversation: Conversation, handoff: Handoff) -> Card:
    bound, step = handoff.bound, handoff.step
    visitor = tx.visitor(conversation.visitor)
    contact = _contact(handoff, visitor)
    ticket = step.ticket if isinstance(step, Delivered) else None
    row = tx.handoff_row(conversation.id, handoff.n)
    found = tx.profile_in(row) if row else None
    own = visitor.identity.profile_id if visitor.identity else None
    return {
        "n": handoff.n,
        "step": handoff.name,
        "reason": handoff.reason.value,
        "question": handoff.question,
        "requested_at": _iso(handoff.requested_at),
        "helpdesk": bound.helpdesk if bound else None,
        "why": step.why if isinstance(step, Stuck) else None,
        "ticket": {"id": ticket.id, "url": ticket.url, "reference": ticket.reference} if ticket else None,
        "best": _best(tx, conversation, handoff, bound.upto if bound else conversation.seq),
        "tried": [_tried(each) for each in tx.attempts(conversation.workspace, conversation.id)],
        "email": contact.email.value if contact else None,
        "proof": contact.proof.value if contact else None,
        "profile": {"id": own, "known": True} if own else {"id": _id(found), "known": bool(found and found["known"])},
    }


def _id(profile: Mapping[str, Any] | None) -> str | None:
    return profile["id"] if profile else None


def _best(tx: Transaction, conversation: Conversation, handoff: Handoff, upto: int) -> Best | None:
    row = tx.turn_of(conversation.id, upto, handoff.question)
    if row is None or not row["best"]:
        return None
    best, trace = loads(row["best"]), loads(row["trace"])
    return {
        "title": best["title"],
        "url": best["url"],
        "score": best["score"],
        "passages": best["passages"],
        "limits": trace.get("limits", {}),
        "missing": trace.get("missing", []),
    }


def _tried(row: Mapping[str, Any]) -> Tried:
    return {
        "kind": row["kind"],
        "n": row["n"],
        "started_at": moment(row["started_at"]).isoformat(),
        "ended_at": _iso(maybe_moment(row["ended_at"])),
        "result": row["result"],
    }


def first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:LINE]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
