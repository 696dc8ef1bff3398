"""
Every error Warmline raises on purpose.

WarmlineError
├── NotFound             404   unknown, or not yours: the two look the same
├── NotAuthenticated     401   no token, a bad one, or one that has expired
├── NotAllowed           403   known, but this role, scope or origin may not
├── Conflict             409   true a moment ago; `code` says what is true now
├── Invalid              422   the message is shown to the person who typed it; `field` names what to mend
├── TooLarge             413
├── TooMany              429   `retry_after` seconds
├── SettingsError              the process does not start
│                              · SealedWithAnotherKey
├── Unavailable          503   the store cannot write (disk full, database away); nothing was changed
└── OutsideError               something not ours failed
    ├── FetchRefused           a URL that our guarded fetch will not open
    ├── HelpdeskError          AccountRefused (pause) · TicketRefused (stuck) · TicketClosed (follow it up)
    │                          · Throttled (wait; nothing was made)
    │                          · Unclear (look up, then retry)
    ├── MailError              MailRefused (no retry) · MailUnclear (retry) · MailLoginRefused (retry)
    └── ModelError             an encoder or a language model failed
"""

from __future__ import annotations


class WarmlineError(Exception):
    """The root; `str(error)` is a sentence a person can act on."""


class NotFound(WarmlineError):
    """There is no such thing for you."""


class NotAuthenticated(WarmlineError):
    """Say who you are: the token is missing, unknown or expired."""


class NotAllowed(WarmlineError):
    """You may not do this."""


class Conflict(WarmlineError):
    """What you ask for contradicts the present state."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Invalid(WarmlineError):
    """The input cannot be used; the message says what is wrong and the way out."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class TooLarge(WarmlineError):
    """More bytes than this call takes."""


class TooMany(WarmlineError):
    """A limit was reached; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SettingsError(WarmlineError):
    """The process does not start; the message names the variable and what it expects."""


class SealedWithAnotherKey(SettingsError):
    """What is stored was sealed with another WARMLINE_SECRET_KEY."""


class Unavailable(WarmlineError):
    """The store cannot write just now."""


class OutsideError(WarmlineError):
    """Something that is not ours failed."""


class FetchRefused(OutsideError):
    """Our guarded fetch will not open this address."""


class HelpdeskError(OutsideError):
    """A helpdesk did not do what we asked."""


class AccountRefused(HelpdeskError):
    """The account is refused (dead credential, missing right, wrong host): pause the integration.

    `revision` is that of the connection it was asked with, where it is known.
    """

    revision: int | None = None


class TicketRefused(HelpdeskError):
    """This ticket is refused and would be refused again: the handoff is stuck and a person must look."""


class TicketClosed(TicketRefused):
    """The ticket of a follow-up takes no more words: it is closed for good or, `gone`, deleted or merged."""

    def __init__(self, message: str, gone: bool = False) -> None:
        super().__init__(message)
        self.gone = gone


class Throttled(HelpdeskError):
    """The helpdesk is sure that it made nothing and asks to wait `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unclear(HelpdeskError):
    """Nobody knows whether the ticket exists: look it up, then retry. `retry_after` in seconds when the vendor said so.

    `made_nothing`: this call surely never left (no connection, no access token). After a create that means that no
    look-up is needed; whoever ignores it looks up once too often, which is safe.
    """

    def __init__(self, message: str, retry_after: float | None = None, *, made_nothing: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.made_nothing = made_nothing


class MailError(OutsideError):
    """A mail could not be handed to the mail server."""


class MailRefused(MailError):
    """The mail server refused this mail for good (5xx): it took nothing.

    `every`: it would refuse any other letter of this sender to this mailbox as well.
    """

    def __init__(self, message: str, *, every: bool = False) -> None:
        super().__init__(message)
        self.every = every


class MailUnclear(MailError):
    """The mail server could not be reached, asked us to come back later, or left us without an answer.

    `made_nothing`: the letter was surely not taken, for the whole of it was never sent.
    `later`: the server is there and well, and wants the letter another time (4xx).
    """

    def __init__(self, message: str, *, made_nothing: bool = False, later: bool = False) -> None:
        super().__init__(message)
        self.made_nothing = made_nothing
        self.later = later


class MailLoginRefused(MailUnclear):
    """The mail server does not let us in. The operator mends that, and then the letter goes out."""

    def __init__(self, message: str) -> None:
        super().__init__(message, made_nothing=True)


class ModelError(OutsideError):
    """An encoder or a language model failed.

    `again`: another try may help. `retry_after` in seconds when the provider said so. `free`: nothing was charged.
    """

    def __init__(
        self, message: str, *, again: bool = True, retry_after: float | None = None, free: bool = False
    ) -> None:
        super().__init__(message)
        self.again = again
        self.free = free
        self.retry_after = retry_after
