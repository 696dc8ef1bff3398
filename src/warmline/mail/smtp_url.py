"""
Where the mail server is and how to speak to it, in one URL (`WARMLINE_SMTP_URL`).

    smtp://user:password@mail.example:587?from=support@shop.example&reply_to=team@shop.example
    smtps://user:password@mail.example        encrypted from the start, port 465
    smtp://127.0.0.1:25?from=…                a server on this machine need not encrypt

`smtp` upgrades to an encrypted connection and refuses to go on without one, unless the server is on this machine or the
URL says `tls=never`. `from` may be left out when the user is an address. Odd characters in user and password are
written as %XX.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address
from typing import NoReturn
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from warmline.domain.visitor import EmailAddress
from warmline.errors import Invalid, SettingsError

NAME = "WARMLINE_SMTP_URL"
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+")
_KNOWN = ("from", "reply_to", "tls")


class Tls(Enum):
    UPGRADE = "upgrade"
    FROM_START = "from the start"
    NEVER = "never"


@dataclass(frozen=True)
class SmtpServer:
    host: str
    port: int
    tls: Tls
    sender: EmailAddress
    reply_to: EmailAddress | None
    user: str | None
    password: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> SmtpServer:
        """Raises SettingsError; the message never repeats the URL, for it holds a password."""
        parts, port = _parts(url)
        options = _options(parts.query)
        user = unquote(parts.username) if parts.username else None
        tls = _tls(parts.scheme, options.get("tls"))
        return cls(
            host=parts.hostname or _refuse("names no host"),
            port=port or (465 if tls is Tls.FROM_START else 587),
            tls=tls,
            sender=_sender(options.get("from"), user),
            reply_to=_address("reply_to", options["reply_to"]) if "reply_to" in options else None,
            user=user,
            password=unquote(parts.password or ""),
        )

    @property
    def is_near(self) -> bool:
        """Whether the server is on this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def _parts(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        _refuse("is not a URL")
    if parts.scheme not in ("smtp", "smtps"):
        _refuse("must begin with smtp:// or smtps://")
    if _HOST.fullmatch(parts.hostname or "") is None:
        _refuse("names no host")
    return parts, port


def _options(query: str) -> dict[str, str]:
    given = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    for name in given:
        if name not in _KNOWN:
            _refuse(f"has an unknown option {name!r}; there are {', '.join(_KNOWN)}")
    return given


def _tls(scheme: str, wish: str | None) -> Tls:
    if wish not in (None, "never"):
        _refuse("can only say tls=never, or nothing")
    if scheme == "smtps":
        return Tls.FROM_START if wish is None else _refuse("cannot be smtps and tls=never")
    return Tls.UPGRADE if wish is None else Tls.NEVER


def _sender(given: str | None, user: str | None) -> EmailAddress:
    if given is not None:
        return _address("from", given)
    try:
        return EmailAddress.parse(user or "")
    except Invalid:
        _refuse("does not say from whom mail comes: add ?from=support@shop.example")


def _address(option: str, text: str) -> EmailAddress:
    try:
        return EmailAddress.parse(text)
    except Invalid as error:
        _refuse(f"has a bad {option}: {error}")


def _refuse(why: str) -> NoReturn:
    raise SettingsError(f"{NAME} {why}. Example: smtp://user:password@mail.example:587?from=support@shop.example")
