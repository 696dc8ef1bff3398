"""How a conversation, its handoff, its events and its episodes stand in rows: written, and read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from warmline.domain.conversation import Conversation
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
from warmline.domain.ids import Seq
from warmline.domain.message import Event, EventKind
from warmline.domain.outcome import Episode
from warmline.domain.owner import Owner, OwnerKind
from warmline.domain.ticket import TicketRef
from warmline.domain.visitor import Contact, EmailAddress, Proof
from warmline.store.statements import Row, dumps, loads, maybe_micros, maybe_moment, micros, moment


def event_of(row: Row) -> Event:
    return Event(Seq(row["seq"]), moment(row["at"]), EventKind(row["kind"]), loads(row["data"]))


def columns_of(conversation: Conversation) -> dict[str, Any]:
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


def conversation_from(row: Row) -> Conversation:
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


def facts_of(episode: Episode) -> str:
    # Not `asdict`: it copies deeply, and this runs for every message.
    facts = {name: getattr(episode, name) for name in _FACTS}
    return dumps(facts | {name: maybe_micros(facts[name]) for name in _TIMES})


def episode_from(facts: str) -> Episode:
    """As `facts_of` wrote them."""
    known = loads(facts)
    return Episode(**(known | {name: maybe_moment(known[name]) for name in _TIMES}))


@lru_cache(maxsize=32_768)
def known_episode(facts: str) -> Episode:
    """The same, kept: most episodes of a report are over and read at each look, and reading was most of its time."""
    return episode_from(facts)
