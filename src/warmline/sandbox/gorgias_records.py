"""The tickets, messages and customers of the Gorgias stand-in, and the JSON they are shown as."""

import time
from dataclasses import dataclass, field
from itertools import count

from warmline.sandbox.http import Json
from warmline.sandbox.seen import SeenMessage, SeenTicket
from warmline.sandbox.text import html_to_text, utc_now

NOTE = "internal-note"


@dataclass
class Person:
    """A customer, or a user when `role` is set."""

    id: int
    email: str | None
    name: str | None
    role: str | None = None
    given: Json = field(default_factory=dict)
    created: str = field(default_factory=utc_now)

    def reference(self) -> Json:
        return {"id": self.id, "email": self.email, "name": self.name, "meta": self.given.get("meta")}

    def as_customer(self) -> Json:
        first, _, last = (self.name or "").partition(" ")
        kept = {name: self.given.get(name) for name in ("external_id", "language", "timezone", "note", "meta")}
        channel = {"id": self.id, "type": "email", "address": self.email, "preferred": True}
        return {
            **kept,
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "firstname": first,
            "lastname": last,
            "channels": [channel] if self.email else [],
            "created_datetime": self.created,
            "updated_datetime": self.created,
        }

    def as_user(self) -> Json:
        role = {"name": self.role or "agent"}
        times = {"created_datetime": self.created}
        return {"id": self.id, "email": self.email, "name": self.name, "active": True, "role": role, **times}


@dataclass
class Message:
    id: int
    ticket_id: int
    sender: Person | None
    given: Json
    created: str

    @property
    def public(self) -> bool:
        return self.given.get("public", True) is not False and self.given["channel"] != NOTE

    @property
    def mailed(self) -> bool:
        """The danger of this API: a public message of an agent without sent_datetime is SENT to the customer."""
        return bool(self.given["from_agent"]) and self.public and not self.given.get("sent_datetime")

    @property
    def text(self) -> str:
        return self.given.get("body_text") or html_to_text(self.given.get("body_html") or "")

    def as_json(self, base: str) -> Json:
        return {
            **{name: self.given.get(name) for name in _COPIED},
            "id": self.id,
            "uri": f"{base}/api/tickets/{self.ticket_id}/messages/{self.id}/",
            "ticket_id": self.ticket_id,
            "public": self.public,
            "channel": self.given["channel"],
            "via": self.given["via"],
            "from_agent": self.given["from_agent"],
            "sender": self.sender.reference() if self.sender else None,
            "stripped_text": self.text,
            "attachments": self.given.get("attachments") or [],
            "imported": bool(self.given.get("sent_datetime")),
            "created_datetime": self.created,
            "sent_datetime": self.created if self.mailed else self.given.get("sent_datetime"),
        }

    def seen(self) -> SeenMessage:
        return SeenMessage(
            id=self.id,
            author=(self.sender.email or self.sender.name or "?") if self.sender else "?",
            from_agent=self.given["from_agent"],
            public=self.public,
            text=self.text,
            html=self.given.get("body_html") or "",
            channel=self.given["channel"],
            created_at=self.created,
            mailed=self.mailed,
        )


_COPIED = ("external_id", "message_id", "integration_id", "source", "subject", "body_text", "body_html",
           "headers", "meta", "failed_datetime", "opened_datetime", "deleted_datetime")  # fmt: skip


@dataclass
class Ticket:
    id: int
    customer: Person | None
    given: Json
    sent: Json
    tags: dict[str, int]
    messages: list[Message] = field(default_factory=list)
    created: str = field(default_factory=utc_now)
    updated: str = field(default_factory=utc_now)
    closed: str | None = None
    born: float = field(default_factory=time.monotonic)

    @property
    def status(self) -> str:
        return str(self.given.get("status") or "open")

    def as_json(self, base: str) -> Json:
        return {
            **{name: self.given.get(name) for name in _KEPT},
            "id": self.id,
            "uri": f"{base}/api/tickets/{self.id}/",
            "status": self.status,
            "priority": self.given.get("priority") or "normal",
            "channel": self.given.get("channel") or self.messages[0].given["channel"],
            "via": self.given["via"],
            "excerpt": self.messages[-1].text[:160],
            "spam": bool(self.given.get("spam")),
            "is_unread": True,
            "customer": self.customer.reference() if self.customer else None,
            "tags": [{"id": id, "name": name, "uri": f"{base}/api/tags/{id}/"} for name, id in self.tags.items()],
            "messages": [message.as_json(base) for message in self.messages],
            "messages_count": len(self.messages),
            **self._times(),
        }

    def seen(self, base: str) -> SeenTicket:
        return SeenTicket(
            id=self.id,
            external_id=self.given.get("external_id"),
            subject=self.given.get("subject") or "",
            status=self.status,
            email=(self.customer.email or "") if self.customer else "",
            name=(self.customer.name or "") if self.customer else "",
            tags=list(self.tags),
            created_at=self.created,
            url=f"{base}/app/ticket/{self.id}",
            messages=[message.seen() for message in self.messages],
            sent=self.sent,
        )

    def _times(self) -> Json:
        received = [message.created for message in self.messages if not message.given["from_agent"]]
        return {
            "created_datetime": self.given.get("created_datetime") or self.created,
            "updated_datetime": self.updated,
            "opened_datetime": self.given.get("opened_datetime"),
            "closed_datetime": self.closed,
            "last_message_datetime": self.messages[-1].created,
            "last_received_message_datetime": received[-1] if received else None,
        }


_KEPT = ("external_id", "subject", "language", "from_agent", "meta", "custom_fields", "assignee_user",
         "assignee_team", "trashed_datetime", "snooze_datetime")  # fmt: skip


class Records:
    """All that one Gorgias account holds."""

    def __init__(self) -> None:
        self.tickets: dict[int, Ticket] = {}
        self.customers: dict[int, Person] = {}
        self.users: dict[str, Person] = {}
        self.integrations: dict[int, Json] = {}
        self.ids = count(7001)
        self._tags: dict[str, int] = {}
        self._by_email: dict[str, Person] = {}

    def customer(self, email: str | None, name: str | None, given: Json | None = None) -> Person:
        """The customer with that address, made when there was none."""
        known = self.customer_with(email)
        if known:
            return known
        person = Person(next(self.ids), email, name or email, given=given or {})
        self.customers[person.id] = person
        if email:
            self._by_email[email.lower()] = person
        return person

    def customer_with(self, email: str | None) -> Person | None:
        return self._by_email.get(email.lower()) if email else None

    def user(self, email: str, name: str, role: str) -> Person:
        if email not in self.users:
            self.users[email] = Person(next(self.ids), email, name, role)
        return self.users[email]

    def tag_ids(self, names: list[str]) -> dict[str, int]:
        """Tags are made on the fly, and told apart by case."""
        return {name: self._tags.setdefault(name, len(self._tags) + 1) for name in names}

    def tag_name(self, id: int) -> str | None:
        return next((name for name, known in self._tags.items() if known == id), None)

    def say(self, ticket: Ticket, sender: Person | None, given: Json) -> Message:
        created = given.get("created_datetime") or utc_now()
        message = Message(next(self.ids), ticket.id, sender, given, created)
        ticket.messages.append(message)
        ticket.updated = utc_now()
        return message
