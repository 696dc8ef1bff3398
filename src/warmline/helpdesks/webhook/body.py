"""What a webhook is told, as JSON. The shape is version 1 and described in docs/webhook.md: it only ever grows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from warmline.domain.ticket import FollowUp, Ticket, Transcript
from warmline.helpdesks import rendering
from warmline.helpdesks.safe_text import link_target, one_line, readable

VERSION = 1
CREATED, FOLLOW_UP, PING = "handoff.created", "handoff.follow_up", "ping"
_MOST_CHARACTERS = 100_000
"""Of all words in a transcript. Beyond it lines are left out in the middle, and counted."""


def ticket_body(ticket: Ticket) -> bytes:
    """The event `handoff.created`: the same bytes for the same ticket."""
    note = rendering.note(ticket)
    return _event(
        ticket.key,
        CREATED,
        ticket.created_at,
        {
            "handoff": ticket.key,
            "number": ticket.handoff,
            "reason": one_line(ticket.reason, 60),
            "subject": rendering.subject(ticket),
            "question": readable(ticket.question) if ticket.question else None,
            "shopper": {
                **_shopper(ticket.email, ticket.name, ticket.lang),
                "email_proof": ticket.email_proof,
                "profile_id": rendering.profile_id(ticket) or None,
                "profile_known": ticket.profile_known,
            },
            "conversation": {
                "id": ticket.conversation,
                "url": link_target(ticket.conversation_url) if ticket.conversation_url else None,
                "page_url": link_target(ticket.page_url) if ticket.page_url else None,
                "page_title": one_line(ticket.page_title, 150) if ticket.page_title else None,
            },
            "passages": [
                {"title": one_line(title, 150), "url": link_target(url) if url else None}
                for title, url in ticket.best_passages
            ],
            "tags": [one_line(tag, 60) for tag in ticket.tags],
            "transcript": _transcript(ticket.transcript),
            "note": {"text": note.text, "html": note.html},
        },
    )


def follow_up_body(follow_up: FollowUp) -> bytes:
    """The event `handoff.follow_up`: what the shopper wrote after `handoff.created`."""
    note, ticket = rendering.follow_up_note(follow_up), follow_up.ticket
    return _event(
        follow_up.marker,
        FOLLOW_UP,
        follow_up.transcript.lines[-1].at,
        {
            "handoff": follow_up.key or None,
            "ticket": {"id": ticket.id, "url": ticket.url, "reference": ticket.reference},
            "shopper": _shopper(follow_up.email, follow_up.name, follow_up.lang),
            "transcript": _transcript(follow_up.transcript),
            "note": {"text": note.text, "html": note.html},
        },
    )


def ping_body(id: str, now: datetime) -> bytes:
    """The event `ping` of a connection check: it asks for a 2xx and nothing else."""
    return _event(id, PING, now, {})


def id_in(body: bytes) -> str:
    """The id of an event that was rendered before: what the receiver knows it by, at every try."""
    return str(json.loads(body)["id"])


def _event(id: str, type: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    event = {"id": id, "type": type, "version": VERSION, "timestamp": _when(at), "data": data}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _shopper(email: str, name: str | None, lang: str) -> dict[str, Any]:
    return {"email": email, "name": one_line(name, 100) or None if name else None, "language": one_line(lang, 35)}


def _transcript(transcript: Transcript) -> dict[str, Any]:
    lines = [
        {"at": _when(line.at), "who": one_line(line.who, 100), "shopper": line.by_visitor, "text": readable(line.text)}
        for line in transcript.lines
    ]
    kept = _without_middle(lines)
    return {"time_zone": one_line(transcript.zone, 40), "lines": kept, "left_out": len(lines) - len(kept)}


def _without_middle(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How it began and how it ended, as much as fits."""
    head, tail, room = 0, 0, _MOST_CHARACTERS
    while head + tail < len(lines):
        nearer = lines[head] if head <= tail else lines[-1 - tail]
        room -= len(nearer["text"])
        if room < 0:
            break
        head, tail = (head + 1, tail) if head <= tail else (head, tail + 1)
    return [*lines[:head], *lines[len(lines) - tail :]]


def _when(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
