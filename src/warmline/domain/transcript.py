"""A conversation as people outside the chat read it: the transcript, and the ticket that carries it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from warmline.domain.conversation import Conversation
from warmline.domain.handoff import Bound, Handoff
from warmline.domain.message import AuthorKind, Event, EventKind
from warmline.domain.ticket import Line, Ticket, Transcript
from warmline.domain.visitor import Visitor
from warmline.domain.workspace import Workspace

SUBJECT_LIMIT = 110
_STEPS = {
    "offered": "A person was offered.",
    "needs_email": "The shopper wants a person; an e-mail address was asked for.",
    "owed": "The shopper wants a person; the conversation was passed on.",
    "declined": "The shopper said no to a person.",
}


def transcript_of(events: Iterable[Event], zone: str) -> Transcript:
    """The public course of a conversation, line by line; labels are made by code, never by what somebody wrote."""
    lines = [line for event in events if (line := _line(event)) is not None]
    return Transcript(lines, zone)


def handoff_key(conversation: Conversation, n: int) -> str:
    """The external id of a handoff's ticket: unique for ever (FACTS section 0)."""
    return f"warmline-{conversation.id}-{n}"


def ticket_of(
    conversation: Conversation, handoff: Handoff, bound: Bound, events: Iterable[Event], visitor: Visitor,
    workspace: Workspace, turn: Mapping[str, Any] | None, profile: Mapping[str, Any] | None, link: str,
) -> Ticket:  # fmt: skip
    """What a helpdesk gets for this handoff: `events` up to the frozen seq, the last `turn` the agent could not answer.

    `profile` is `{"known": bool, "id": str | None}`, or None while nobody was asked.
    """
    question = handoff.question or _last_question(events)
    identity = visitor.identity
    profile = profile or {"known": False, "id": None}
    return Ticket(
        key=handoff_key(conversation, handoff.n),
        conversation=conversation.id,
        handoff=handoff.n,
        subject=_subject(workspace, question),
        transcript=transcript_of(events, workspace.timezone),
        email=bound.contact.email.value if bound.contact else "",
        email_proof=bound.contact.proof.value if bound.contact else "",
        name=identity.name if identity else None,
        reason=handoff.reason.value,
        lang=conversation.lang or conversation.locale,
        created_at=bound.at,
        question=question,
        best_passages=[(item["title"], item.get("url")) for item in (turn or {}).get("passages", [])],
        profile_id=(identity.profile_id if identity and identity.profile_id else profile["id"]),
        profile_known=bool(profile["known"] or (identity and identity.profile_id)),
        page_url=conversation.page_url,
        page_title=conversation.page_title,
        conversation_url=link,
        follows=bound.follows,
        tags=("warmline", "warmline_handoff", f"reason_{handoff.reason.value}"),
    )


def _line(event: Event) -> Line | None:
    if event.kind is EventKind.MESSAGE:
        return Line(event.at, _who(event), _words(event), event.data["author"]["kind"] == AuthorKind.VISITOR)
    if event.kind is EventKind.OUTSIDE:
        by_visitor = event.data["author"]["kind"] == AuthorKind.VISITOR
        return Line(event.at, f"{_who(event)}, by e-mail", event.data["text"], by_visitor)
    if event.kind is EventKind.HANDOFF and event.data["step"] in _STEPS:
        return Line(event.at, "Warmline", _STEPS[event.data["step"]])
    return None


def _who(event: Event) -> str:
    author = event.data["author"]
    match author["kind"]:
        case AuthorKind.VISITOR:
            return "Shopper"
        case AuthorKind.AGENT:
            return "AI assistant"
        case AuthorKind.TEAMMATE:
            return f"{author['name']} (team)"
        case _:
            return "Warmline"


def _words(event: Event) -> str:
    parts = [event.data["text"]]
    parts += [f"- {choice['label']}" for choice in event.data.get("choices", ())]
    parts += [f"[{source['title']}] {source.get('url') or ''}".rstrip() for source in event.data.get("sources", ())]
    parts += [f"{link['label']}: {link['url']}" for link in event.data.get("links", ())]
    return "\n".join(parts)


def _last_question(events: Iterable[Event]) -> str | None:
    questions = [
        event.data["text"]
        for event in events
        if event.kind is EventKind.MESSAGE
        and event.data["author"]["kind"] == AuthorKind.VISITOR
        and not event.data.get("aside")
    ]
    return questions[-1] if questions else None


def _subject(workspace: Workspace, question: str | None) -> str:
    words = " ".join((question or "A shopper asks for a person").split())
    if len(words) > SUBJECT_LIMIT:
        words = words[: SUBJECT_LIMIT - 1].rsplit(" ", 1)[0] + "…"
    return f"{workspace.name}: {words}"
