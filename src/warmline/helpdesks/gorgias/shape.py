"""What a handoff looks like as a Gorgias ticket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from warmline.domain.ticket import FollowUp, Ticket
from warmline.helpdesks import rendering
from warmline.helpdesks.exchange import Json
from warmline.helpdesks.safe_text import one_line


@dataclass(frozen=True)
class Route:
    """How the shopper's message seems to have come: the channel, the mailbox it went to, and who writes the note."""

    channel: str
    mailbox: str | None
    writer: str


def ticket(ticket: Ticket, route: Route) -> bytes:
    """One message of the shopper and one internal note."""
    subject = rendering.subject(ticket)
    shopper = _Shopper(ticket.email, ticket.name)
    asked = _from_shopper(shopper, rendering.question(ticket), ticket.created_at, route)
    note = _as_note(rendering.note(ticket), ticket.created_at, route)
    return _bytes(
        {
            "subject": subject,
            "channel": route.channel,
            "via": "api",
            "from_agent": False,
            "status": "open",
            "external_id": ticket.key,
            "customer": shopper.as_person,
            "tags": [{"name": name} for name in _tags("warmline", f"reason-{ticket.reason}", *ticket.tags)],
            "meta": _meta(ticket),
            "messages": [
                {**asked, "subject": subject, "external_id": f"{ticket.key}-question"},
                {**note, "external_id": f"{ticket.key}-note"},
            ],
        }
    )


def follow_up(follow_up: FollowUp, route: Route) -> bytes:
    """What the shopper wrote later: one more message of theirs."""
    at = max(line.at for line in follow_up.transcript.lines)
    words = rendering.follow_up_note(follow_up)
    message = _from_shopper(_Shopper(follow_up.email, follow_up.name), words, at, route)
    return _bytes({**message, "external_id": follow_up.marker[:255]})


def email_in(body: bytes) -> str:
    return str(json.loads(body)["customer"]["email"])


def with_customer(body: bytes, id: int) -> bytes:
    """The same ticket with its shopper named by id."""
    ticket = json.loads(body)
    person = {"id": id}
    messages = [{**item, **({} if item["from_agent"] else {"sender": person})} for item in ticket["messages"]]
    return _bytes({**ticket, "customer": person, "messages": messages})


@dataclass(frozen=True)
class _Shopper:
    email: str
    name: str | None

    @property
    def as_person(self) -> Json:
        return {"email": self.email, "name": rendering.name(self.name, self.email)}

    @property
    def as_address(self) -> Json:
        return {"address": self.email, "name": rendering.name(self.name, self.email)}


def _from_shopper(shopper: _Shopper, words: rendering.Piece, at: datetime, route: Route) -> Json:
    """Incoming. `sent_datetime` says that it was sent long ago, so nothing is sent now."""
    to = {"to": [{"address": route.mailbox}]} if route.mailbox else {}
    return {
        "channel": route.channel,
        "via": "api",
        "from_agent": False,
        "public": True,
        "sender": shopper.as_person,
        "source": {"type": route.channel, "from": shopper.as_address, **to},
        "body_text": words.text,
        "body_html": words.html,
        "created_datetime": _time(at),
        "sent_datetime": _time(at),
    }


def _as_note(words: rendering.Piece, at: datetime, route: Route) -> Json:
    return {
        "channel": "internal-note",
        "via": "api",
        "from_agent": True,
        "public": False,
        "sender": {"email": route.writer},
        "body_text": words.text,
        "body_html": words.html,
        "created_datetime": _time(at),
    }


def _meta(ticket: Ticket) -> Json:
    profile = {"klaviyo_profile_id": rendering.profile_id(ticket)} if ticket.profile_id else {}
    return {"conversation_id": ticket.conversation, "handoff": ticket.handoff, **profile}


def _tags(*names: str) -> list[str]:
    return list(dict.fromkeys(one_line(name.replace("_", "-"), 100) for name in names))


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _bytes(data: Json) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()
