"""The tickets, comments and users of the Zendesk stand-in, and the JSON they are shown as."""

import time
from dataclasses import dataclass, field
from itertools import count

from warmline.sandbox.http import Json
from warmline.sandbox.seen import SeenMessage, SeenTicket
from warmline.sandbox.text import html_to_text, utc_now

FIELDS = ((1, "subject", "Subject"), (2, "description", "Description"), (3, "status", "Status"),
          (4, "tickettype", "Type"), (5, "priority", "Priority"), (6, "group", "Group"),
          (360001, "text", "Klaviyo profile ID"), (360002, "text", "Conversation link"))  # fmt: skip
VIA: Json = {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}}


@dataclass
class User:
    id: int
    name: str
    email: str
    role: str
    external_id: str | None = None
    created_at: str = field(default_factory=utc_now)
    updated_at: str = field(default_factory=utc_now)

    def as_json(self, base: str) -> Json:
        return {
            "id": self.id,
            "url": f"{base}/api/v2/users/{self.id}.json",
            "name": self.name,
            "email": self.email,
            "role": self.role,
            "external_id": self.external_id,
            "active": True,
            "verified": self.role != "end-user",
            "suspended": False,
            "locale": "en-US",
            "time_zone": "UTC",
            "iana_time_zone": "Etc/UTC",
            "phone": None,
            "organization_id": None,
            "tags": [],
            "user_fields": {},
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }


@dataclass(frozen=True)
class Comment:
    id: int
    audit_id: int
    author: User
    html: str
    text: str
    public: bool
    mailed: bool
    created_at: str
    via: Json = field(default_factory=lambda: VIA)

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "type": "Comment",
            "author_id": self.author.id,
            "audit_id": self.audit_id,
            "body": self.text,
            "html_body": self.html,
            "plain_body": self.text,
            "public": self.public,
            "attachments": [],
            "via": self.via,
            "created_at": self.created_at,
            "metadata": {"system": {}, "custom": {}},
        }


@dataclass
class Ticket:
    id: int
    subject: str
    requester: User
    submitter: User
    status: str
    priority: str | None
    type: str | None
    tags: list[str]
    external_id: str | None
    custom_fields: dict[int, object]
    sent: Json
    source: "Ticket | None" = None
    """The closed ticket that this one follows."""
    followups: list[int] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    created_at: str = field(default_factory=utc_now)
    updated_at: str = field(default_factory=utc_now)
    born: float = field(default_factory=time.monotonic)

    def as_json(self, base: str) -> Json:
        values = [{"id": id, "value": value} for id, value in self.custom_fields.items()]
        shown = {**self._facts(base), **self._people(), **_UNUSED, "custom_fields": values, "fields": values}
        return {**shown, "followup_ids": self.followups}

    def _facts(self, base: str) -> Json:
        return {
            "id": self.id,
            "url": f"{base}/api/v2/tickets/{self.id}.json",
            "external_id": self.external_id,
            "subject": self.subject,
            "raw_subject": self.subject,
            "description": self.comments[0].text,
            "status": self.status,
            "priority": self.priority,
            "type": self.type,
            "tags": self.tags,
            "via": VIA,
            "is_public": any(comment.public for comment in self.comments),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }

    def _people(self) -> Json:
        return {"requester_id": self.requester.id, "submitter_id": self.submitter.id, "assignee_id": None}


_UNUSED: Json = {
    "recipient": None,
    "organization_id": None,
    "group_id": None,
    "collaborator_ids": [],
    "follower_ids": [],
    "email_cc_ids": [],
    "followup_ids": [],
    "sharing_agreement_ids": [],
    "problem_id": None,
    "has_incidents": False,
    "due_at": None,
    "satisfaction_rating": None,
    "allow_channelback": False,
    "allow_attachments": True,
    "from_messaging_channel": False,
}


class Records:
    """All that one Zendesk account holds."""

    def __init__(self) -> None:
        self.tickets: dict[int, Ticket] = {}
        self.users: dict[int, User] = {}
        self.webhooks: dict[str, Json] = {}
        self.secrets: dict[str, str] = {}
        self.ids = count(35001)
        self._users_by_email: dict[str, User] = {}

    def person(self, email: str, name: str | None, role: str = "end-user") -> tuple[User, bool]:
        """The user with that address, and whether it was made just now."""
        known = self._users_by_email.get(email.lower())
        if known:
            return known, False
        user = User(next(self.ids), name or email.partition("@")[0], email, role)
        self.users[user.id] = self._users_by_email[email.lower()] = user
        return user, True

    def comment(self, ticket: Ticket, author: User, content: Json, *, public: bool, channel: str = "api") -> Comment:
        """Add a comment. Zendesk mails the requester about a public one, and about a public first one in any case."""
        html = content.get("html_body")
        text = html_to_text(html) if html else str(content.get("body") or "")
        mailed = public and (not ticket.comments or author is not ticket.requester)
        html = html or "<p>" + text.replace("&", "&amp;").replace("<", "&lt;") + "</p>"
        comment = Comment(
            next(self.ids), next(self.ids), author, html, text, public, mailed, utc_now(), VIA | {"channel": channel}
        )
        ticket.comments.append(comment)
        ticket.updated_at = comment.created_at
        return comment

    def audit(self, ticket: Ticket, author: User, comment: Comment | None, changes: Json, custom: Json) -> Json:
        events: list[Json] = [
            {"id": next(self.ids), "type": "Change", "field_name": name, "value": str(value)}
            for name, value in changes.items()
        ]
        if comment:
            events.append({"id": comment.id, "type": "Comment", "body": comment.text, "public": comment.public})
        return {
            "id": comment.audit_id if comment else next(self.ids),
            "ticket_id": ticket.id,
            "author_id": author.id,
            "created_at": ticket.updated_at,
            "metadata": {"system": {}, "custom": custom},
            "events": events,
            "via": VIA,
        }


def seen(ticket: Ticket, base: str) -> SeenTicket:
    return SeenTicket(
        id=ticket.id,
        external_id=ticket.external_id,
        subject=ticket.subject,
        status=ticket.status,
        email=ticket.requester.email,
        name=ticket.requester.name,
        tags=list(ticket.tags),
        created_at=ticket.created_at,
        url=f"{base}/agent/tickets/{ticket.id}",
        messages=[_seen_message(comment) for comment in ticket.comments],
        sent=ticket.sent,
    )


def fields_json(base: str, since: str) -> list[Json]:
    return [
        {
            "id": id,
            "url": f"{base}/api/v2/ticket_fields/{id}.json",
            "type": type,
            "title": title,
            "raw_title": title,
            "description": title,
            "position": position,
            "active": True,
            "required": False,
            "removable": id >= 360000,
            "tag": None,
            "regexp_for_validation": None,
            "created_at": since,
            "updated_at": since,
        }
        for position, (id, type, title) in enumerate(FIELDS)
    ]


def _seen_message(comment: Comment) -> SeenMessage:
    return SeenMessage(
        id=comment.id,
        author=comment.author.email,
        from_agent=comment.author.role != "end-user",
        public=comment.public,
        text=comment.text,
        html=comment.html,
        channel="comment" if comment.public else "internal note",
        created_at=comment.created_at,
        mailed=comment.mailed,
    )
