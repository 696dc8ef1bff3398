"""Reading a Zendesk ticket again: its status, and who wrote what since (FACTS section 1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from warmline.domain.watch import Comment, TicketNow, TicketStatus, Writer
from warmline.errors import Unclear
from warmline.helpdesks.exchange import Json
from warmline.helpdesks.rendering import label

_AGENTS = ("agent", "admin")
_STATUSES: Mapping[str, TicketStatus] = {"solved": TicketStatus.SOLVED, "closed": TicketStatus.CLOSED}
_BY_PROGRAM = "api"


@dataclass
class ZendeskReader:
    """`ticket` and `comments` read those of one ticket, `user` a user by id or "me". Names are asked for once."""

    ticket: Callable[[], Awaitable[Json]]
    comments: Callable[[], Awaitable[list[Json]]]
    user: Callable[[str], Awaitable[Json]]
    people: dict[str, Json] = field(default_factory=dict)

    async def run(self) -> TicketNow:
        ticket = await self.ticket()
        requester, me = ticket.get("requester_id"), (await self._person("me")).get("id")
        read = [await self._comment(comment, requester, me) for comment in await self.comments()]
        status = _STATUSES.get(str(ticket.get("status")).lower(), TicketStatus.OPEN)
        return TicketNow(status, sorted(read, key=lambda comment: int(comment.id)))

    async def _comment(self, comment: Json, requester: object, me: object) -> Comment:
        id, author = comment.get("id"), comment.get("author_id")
        if not isinstance(id, int) or isinstance(id, bool):
            raise Unclear("Zendesk showed a comment without its id.")
        public = comment.get("public") is True
        writer, name = Writer.OTHER, None
        if author is not None and author == me and _via(comment) in (None, _BY_PROGRAM):
            # The user whose credentials we have may also be a person at work: then it came by another channel.
            writer = Writer.US
        elif author is not None and author == requester:
            writer = Writer.SHOPPER
        elif public and isinstance(author, int) and author > 0:
            person = await self._person(str(author))
            if person.get("role") in _AGENTS:
                writer, name = Writer.TEAM, _name(person)
        return Comment(str(id), _time(comment.get("created_at")), _text(comment), public, writer, name)

    async def _person(self, id: str) -> Json:
        if id not in self.people:
            self.people[id] = await self.user(id)
        return self.people[id]


def _via(comment: Json) -> object:
    via = comment.get("via")
    return via.get("channel") if isinstance(via, dict) else None


def _name(person: Json) -> str | None:
    """Agents may have a name for shoppers to see."""
    shown = person.get("alias") or person.get("name")
    return label(shown) if isinstance(shown, str) and shown.strip() else None


def _text(comment: Json) -> str:
    for text in (comment.get("plain_body"), comment.get("body")):
        if isinstance(text, str) and text.strip():
            return text
    return ""


def _time(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Unclear("Zendesk showed a comment without its time.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
