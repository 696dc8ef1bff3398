"""The settings of a webhook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from warmline.domain.signature import key_of
from warmline.errors import Invalid
from warmline.helpdesks.fields import Table

TABLE = "helpdesks.webhook"
_KNOWN = ("url", "secret", "previous_secret")
_URL = re.compile(r"https://[!-~]{1,1990}")


@dataclass(frozen=True)
class WebhookConfig:
    """`keys` sign each call: that of `secret`, and while the receiver changes over, that of `previous_secret`."""

    origin: str
    path: str
    keys: tuple[bytes, ...] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def parse(cls, table: Mapping[str, object]) -> WebhookConfig:
        """Raises Invalid and names the field. Secrets are given resolved."""
        given = Table(TABLE, table)
        given.refuse_others(_KNOWN)
        origin, path = _address(given)
        names = [key for key in ("secret", "previous_secret") if key == "secret" or given.text(key)]
        secrets = tuple(given.secret(key) for key in names)
        return cls(origin, path, tuple(_key(given, key) for key in names), secrets)


def _address(given: Table) -> tuple[str, str]:
    """(`https://host[:port]`, path with query). What the host leads to is looked at when it is called (T25)."""
    url = given.needed("url").strip()
    parts = _parts(url)
    if parts is None:
        given.refuse("url", "must be an address that begins with https://, such as https://shop.example/warmline")
    if "@" in parts.netloc or "\\" in url:
        given.refuse("url", "holds a user name or password: calls are signed and need neither")
    if parts.fragment:
        given.refuse("url", "holds a #: leave it and what follows out")
    query = f"?{parts.query}" if parts.query else ""
    return f"https://{parts.netloc.lower()}", (parts.path or "/") + query


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        good = _URL.fullmatch(url) is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if good else None


def _key(given: Table, name: str) -> bytes:
    try:
        return key_of(given.secret(name))
    except Invalid as error:
        raise Invalid(f"{TABLE}.{name}: {error}", f"{TABLE}.{name}") from error
