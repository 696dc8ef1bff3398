"""What Warmline may ask of a mail server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from warmline.domain.visitor import EmailAddress


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person. `message_id` stays the same at each attempt, so that a mailbox can drop a double.

    `in_reply_to` ties the mails of one conversation together. `sender_name` is shown, the address is the operator's.
    """

    to: EmailAddress
    subject: str
    text: str
    message_id: str
    sender_name: str
    in_reply_to: str | None = None
    lang: str = "en"
    reply_to: EmailAddress | None = None
    """Where an answer goes, when not where the operator says."""


@dataclass(frozen=True, slots=True)
class MailIn:
    """The way in for answers: the mailbox whose plus-addresses come to us, and what proves who hands them over."""

    address: EmailAddress
    secrets: tuple[str, ...] = field(default=(), repr=False)


class Mail(Protocol):
    """A way to send letters."""

    async def send(self, letter: Letter) -> None:
        """Hand the letter to the mail server. Raises MailRefused (no retry) or MailUnclear (retry)."""

    async def check(self) -> str | None:
        """What is wrong with the mail server, or None."""
