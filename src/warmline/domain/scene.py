"""The world around a handoff, as far as its rules depend on it, and the words that the shopper reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from warmline.domain.visitor import Contact


@dataclass(frozen=True, slots=True)
class Words:
    """What the shopper reads at a handoff, in their language: made by `Scene`, kept out of the rules."""

    asked: str
    email_ask: str
    declined: str
    queued: str
    nobody: str
    nobody_notice: str


@dataclass(frozen=True, slots=True)
class Scene:
    """The world at this moment, as far as a handoff depends on it.

    `helpdesk` is where an accepted handoff goes now (the Inbox under a custom message and over a limit); `available`
    says whether a teammate could answer in the chat at once; `contact` is the visitor's known address; `alerts` whether
    the team can be told by mail; `second` is who takes over, and after how long.
    """

    helpdesk: str
    available: bool
    contact: Contact | None
    words: Words
    queue_wait: timedelta = timedelta(minutes=2)
    profiles: bool = False
    alerts: bool = False
    second: tuple[str, timedelta] | None = None
