"""What is said and what happens: the events of one conversation's append-only log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from warmline.domain.ids import Seq, TeammateId
from warmline.errors import Invalid

MESSAGE_LIMIT = 8_000
"""Characters in one message (THREATS section 6)."""


class AuthorKind(StrEnum):
    VISITOR = "visitor"
    AGENT = "agent"
    TEAMMATE = "teammate"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Author:
    """Who speaks. `id` is set for teammates only and stays with the team."""

    kind: AuthorKind
    name: str | None = None
    id: TeammateId | None = None


VISITOR = Author(AuthorKind.VISITOR)
THE_AGENT = Author(AuthorKind.AGENT)
SYSTEM = Author(AuthorKind.SYSTEM)


class EventKind(StrEnum):
    MESSAGE = "message"
    HANDOFF = "handoff"
    OWNER = "owner"
    CLOSED = "closed"
    NOTE = "note"
    HELPED = "helped"
    EPISODE = "episode"
    IDENTITY = "identity"
    OUTSIDE = "outside"
    """What was said by e-mail, outside the chat, as a helpdesk reports it. For the team only."""
    REOPENED = "reopened"
    """A closed conversation goes on, in the same episode, with the same helpdesk."""


PUBLIC_KINDS = frozenset({EventKind.MESSAGE, EventKind.HANDOFF, EventKind.OWNER, EventKind.CLOSED})


class Verdict(StrEnum):
    """What an agent's message was, for outcomes and reports; never shown to the shopper."""

    ANSWER = "answer"
    ASK = "ask"
    CANNOT_ANSWER = "cannot_answer"
    HUMAN = "human"
    SMALL_TALK = "small_talk"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log. `data` is JSON; what a shopper may see of it is decided by `public_view` alone."""

    seq: Seq
    at: datetime
    kind: EventKind
    data: Mapping[str, Any]

    @property
    def public(self) -> bool:
        return self.kind in PUBLIC_KINDS


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance.

    Team only: `verdict` (agent), `aside` (a visitor's message that asks nothing: an address, a yes or no).
    """

    author: Author
    text: str
    sources: tuple[Mapping[str, Any], ...] = ()
    links: tuple[Mapping[str, str], ...] = ()
    choices: tuple[Mapping[str, str], ...] = ()
    reply_to: Seq | None = None
    client_id: str | None = None
    notice: str | None = None
    verdict: Verdict | None = None
    aside: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """The JSON that the log keeps; absent means empty."""
        author: dict[str, Any] = {"kind": self.author.kind.value, "name": self.author.name}
        if self.author.id:
            author["id"] = self.author.id
        kept: dict[str, Any] = {"author": author, "text": self.text}
        for name in ("sources", "links", "choices"):
            if getattr(self, name):
                kept[name] = list(getattr(self, name))
        for name in ("reply_to", "client_id", "notice"):
            if getattr(self, name) is not None:
                kept[name] = getattr(self, name)
        if self.verdict:
            kept["verdict"] = self.verdict.value
        if self.aside:
            kept["aside"] = True
        return kept | dict(self.extra)


_PUBLIC_MESSAGE = ("text", "sources", "links", "choices", "reply_to", "client_id", "notice")


def public_view(event: Event) -> dict[str, Any]:
    """What the widget may know of a public event: an allow-list, so that a new private field stays private."""
    view: dict[str, Any] = {"seq": event.seq, "at": event.at.isoformat(), "kind": event.kind.value}
    data = event.data
    match event.kind:
        case EventKind.MESSAGE:
            view["author"] = {"kind": data["author"]["kind"], "name": data["author"]["name"]}
            view |= {name: data[name] for name in _PUBLIC_MESSAGE if name in data}
        case EventKind.HANDOFF:
            view |= {"n": data["n"], "step": data["step"]}
        case EventKind.OWNER:
            view["owner"] = data["owner"]
            if data.get("name"):
                view["name"] = data["name"]
        case EventKind.CLOSED:
            view["by"] = data["by"]
        case _:
            raise ValueError(f"{event.kind} is not public")
    return view


def clean_text(text: str, limit: int = MESSAGE_LIMIT, field_name: str = "text") -> str:
    """The text as it is stored: not empty, not too long, without NUL or half a character. Raises Invalid."""
    if not text.strip():
        raise Invalid("Write something first: the message is empty.", field_name)
    if len(text) > limit:
        raise Invalid(f"The message has {len(text):,} characters; at most {limit:,} fit.", field_name)
    if "\x00" in text:
        raise Invalid("The message holds a NUL character, which cannot be stored.", field_name)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid("The message holds half a character (a lone surrogate), which cannot be stored.", field_name)
    return text
