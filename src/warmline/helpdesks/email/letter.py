"""A handoff as a mail: the same ticket always makes the same bytes, headers, boundary and all.

Every header is a typed address, text made one clean line, or an id of ours (THREATS T20). There is no `Auto-Submitted`
on purpose: helpdesks set such mail aside as an automatic reply, and what this one carries was written by a shopper.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from warmline.domain.ticket import FollowUp, Ticket
from warmline.domain.visitor import EmailAddress
from warmline.helpdesks import rendering
from warmline.helpdesks.rendering import Piece
from warmline.helpdesks.safe_text import display_name, header_text

DEFAULT_NAME = "Shop chat"
HANDOFF = "X-Warmline-Handoff"
"""Which handoff a mail belongs to: whoever gets one of ours back knows it by this."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_ID = re.compile(r"[A-Za-z0-9._-]{1,180}")


@dataclass(frozen=True)
class Envelope:
    """Between whom the mails of one account go."""

    sender: EmailAddress
    name: str
    to: EmailAddress

    def message_id(self, id: str) -> str:
        """The Message-ID of this id: under the sender's domain, as mail servers like it."""
        if _ID.fullmatch(id) is None:
            raise ValueError("an id of ours has letters, digits, dots, hyphens and underscores only")
        return f"<{id}@{self.sender.domain}>"


def ticket_mail(ticket: Ticket, envelope: Envelope) -> bytes:
    """The mail that a helpdesk makes its ticket of."""
    message = _addressed(envelope, ticket.email, ticket.name, ticket.created_at)
    message["Subject"] = header_text(rendering.subject(ticket), rendering.LONGEST_SUBJECT) or "Chat"
    message["Message-ID"] = envelope.message_id(ticket.key)
    message["References"] = envelope.message_id(ticket.conversation)
    message[HANDOFF] = ticket.key
    return _written(message, rendering.note(ticket), ticket.lang)


def follow_up_mail(follow_up: FollowUp, envelope: Envelope) -> bytes:
    """What the shopper wrote later, as an answer in the thread of the first mail."""
    last = follow_up.transcript.lines[-1].at
    message = _addressed(envelope, follow_up.email, follow_up.name, last)
    message["Subject"] = "Re: Chat"
    message["Message-ID"] = envelope.message_id(follow_up.marker)
    message["In-Reply-To"] = message["References"] = _id_again(follow_up.ticket.id, envelope)
    message[HANDOFF] = follow_up.marker
    return _written(message, rendering.follow_up_note(follow_up), follow_up.lang)


def id_in(raw: bytes) -> str:
    """The Message-ID of a mail that was rendered before, perhaps under other settings."""
    return str(BytesHeaderParser(policy=SMTP).parsebytes(raw)["Message-ID"]).strip()


def _id_again(id: str, envelope: Envelope) -> str:
    """The Message-ID of the first mail. It is ours and came back from our own store; still it is looked at."""
    local, _, domain = id.strip("<>").partition("@")
    if _ID.fullmatch(local) and _ID.fullmatch(domain):
        return f"<{local}@{domain}>"
    return envelope.message_id(re.sub(r"[^A-Za-z0-9._-]", "-", local)[:180] or "unknown")


def _addressed(envelope: Envelope, shopper: str, name: str | None, at: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(envelope.name or DEFAULT_NAME, addr_spec=str(envelope.sender))
    message["To"] = Address(addr_spec=str(envelope.to))
    # The helpdesk answers whom this names: the shopper.
    message["Reply-To"] = Address(display_name(name or ""), addr_spec=str(EmailAddress(shopper)))
    message["Date"] = format_datetime(at)
    return message


def _written(message: EmailMessage, note: Piece, lang: str) -> bytes:
    tag = f' lang="{lang}"' if _LANGUAGE.fullmatch(lang) else ""
    page = f'<!doctype html>\n<html{tag}>\n<head><meta charset="utf-8"></head>\n<body>{note.html}</body>\n</html>\n'
    message.set_content(note.text, subtype="plain", charset="utf-8", cte="quoted-printable")
    message.add_alternative(page, subtype="html", charset="utf-8", cte="quoted-printable")
    # Of all that is in the mail: nobody can write a text that holds the boundary which this very text leads to.
    whole = "\0".join([str(message["Message-ID"]), note.text, page])
    message.set_boundary(f"warmline-{hashlib.sha256(whole.encode()).hexdigest()[:40]}")
    if tag:
        message["Content-Language"] = escape(lang)
    return message.as_bytes()
