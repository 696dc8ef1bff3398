"""Is this really the helpdesk that rings? Checks over the raw bytes, in constant time (THREATS T30)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from warmline.errors import Invalid, NotAuthenticated
from warmline.helpdesks.exchange import Json

WINDOW = timedelta(minutes=5)
"""A call that was signed longer ago, or is dated so far ahead, is refused."""


def digests(secrets: Sequence[str], message: bytes) -> list[bytes]:
    """HMAC-SHA256 of the message under each live secret."""
    return [hmac.new(secret.encode(), message, hashlib.sha256).digest() for secret in secrets]


def any_same(given: bytes, right: Iterable[bytes]) -> bool:
    """Compared with all of them, each in constant time, whichever fits."""
    fits = [hmac.compare_digest(given, each) for each in right]
    return any(fits)


def check_time(signed: datetime | None, now: datetime) -> None:
    """Raises NotAuthenticated for a call out of the window."""
    if signed is None or signed.tzinfo is None or abs(now - signed) > WINDOW:
        raise NotAuthenticated("The call was signed too long ago, or its time cannot be read.")


def json_object(raw: bytes) -> Json:
    """Raises Invalid for anything but a JSON object in UTF-8."""
    try:
        value = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Invalid("The body is not JSON in UTF-8.") from error
    if not isinstance(value, dict):
        raise Invalid("The body is not a JSON object.")
    return value


def fingerprint(raw: bytes) -> str:
    """What a call is known by when it has no id."""
    return hashlib.sha256(raw).hexdigest()[:40]


def number_in(value: object) -> str | None:
    """A ticket's id: a number, or text that is one."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return text if text.isascii() and text.isdigit() and len(text) <= 20 else None
