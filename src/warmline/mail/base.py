"""What Warmline may ask of a mail server."""

from __future__ import annotations

from dataclasses import dataclass
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


class Mail(Protocol):
    """A way to send letters."""

    async def send(self, letter: Letter) -> None:
        """Hand the letter to the mail server. Raises MailRefused (no retry) or MailUnclear (retry)."""

    async def check(self) -> str | None:
        """What is wrong with the mail server, or None."""
