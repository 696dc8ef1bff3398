"""Reading a Gorgias ticket again: its status, and who wrote what since (FACTS section 2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import unescape

from warmline.domain.watch import Comment, TicketNow, TicketStatus, Writer
from warmline.errors import Unclear
from warmline.helpdesks.exchange import Json
from warmline.helpdesks.rendering import label

_OURS = "warmline-"
_NOTE, _RULE, _BY_PROGRAM = "internal-note", "rule", "api"
_BREAK, _TAG = re.compile(r"<br\s*/?>|</(p|div|li|tr|blockquote)>", re.IGNORECASE), re.compile(r"<[^>]*>")


def ticket_now(ticket: Json, messages: Sequence[Json], me: Json) -> TicketNow:
    """A ticket, its messages and the user whose key we have, as Gorgias shows them."""
    if ticket.get("trashed_datetime"):
        return TicketNow(TicketStatus.GONE, ())
    status = TicketStatus.SOLVED if ticket.get("status") == "closed" else TicketStatus.OPEN
    shown = [message for message in messages if not message.get("deleted_datetime")]
    return TicketNow(status, sorted((_comment(each, ticket, me) for each in shown), key=lambda each: int(each.id)))


def _comment(message: Json, ticket: Json, me: Json) -> Comment:
    id, sender = message.get("id"), message.get("sender")
    if not isinstance(id, int) or isinstance(id, bool):
        raise Unclear("Gorgias showed a message without its id.")
    person: Json = sender if isinstance(sender, dict) else {}
    public = message.get("public") is not False and message.get("channel") != _NOTE
    name = label(person["name"]) if isinstance(person.get("name"), str) and person["name"].strip() else None
    writer = _writer(message, person, ticket, me)
    at = _time(message.get("created_datetime"))
    return Comment(str(id), at, _text(message), public, writer, name if writer is Writer.TEAM else None)


def _writer(message: Json, person: Json, ticket: Json, me: Json) -> Writer:
    if str(message.get("external_id") or "").startswith(_OURS):
        return Writer.US
    if message.get("via") == _RULE or message.get("rule_id"):
        return Writer.OTHER
    if not message.get("from_agent"):
        customer = ticket.get("customer")
        known = customer.get("id") if isinstance(customer, dict) else None
        return Writer.SHOPPER if known is not None and person.get("id") == known else Writer.OTHER
    # The user whose key we have may also be a person at work: then it came by another way than the API.
    return Writer.US if person.get("id") == me.get("id") and message.get("via") == _BY_PROGRAM else Writer.TEAM


def _text(message: Json) -> str:
    for text in (message.get("stripped_text"), message.get("body_text")):
        if isinstance(text, str) and text.strip():
            return text
    html = message.get("body_html")
    return unescape(_TAG.sub("", _BREAK.sub("\n", html))) if isinstance(html, str) else ""


def _time(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Unclear("Gorgias showed a message without its time.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
