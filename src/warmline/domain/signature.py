"""Signed calls between Warmline and a webhook, both ways, as standardwebhooks.com describes them.

Three headers go with each call: `webhook-id` (the same for each try of one event: whoever receives it drops doubles by
it), `webhook-timestamp` (seconds since 1970, of this very try) and `webhook-signature`, one or more of `v1,BASE64`
with a space between. A signature is HMAC-SHA256 over `id.timestamp.body`, the body as it is on the wire. While a secret
is exchanged for another, a call carries a signature of each, and either is believed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from warmline.errors import Invalid, NotAuthenticated

PREFIX = "whsec_"
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
WINDOW = timedelta(minutes=5)
"""A call that is older or younger than this is refused: it may be a recorded one."""
_FEWEST, _MOST = 24, 64
_MOST_SIGNATURES = 10
# No full stop: it divides id, time and body, and one text must not be readable in two ways.
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_SECONDS = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True, slots=True)
class Signed:
    """What a good signature vouches for. `id` is for dropping doubles."""

    id: str
    at: datetime


def new_secret() -> str:
    """A fresh secret of 256 bits, such as `whsec_…`."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The bytes that sign. Raises Invalid for what is no secret; the message never repeats it."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.strip().startswith(PREFIX) or not _FEWEST <= len(key) <= _MOST:
        raise Invalid(f"A webhook secret is {PREFIX} and then base64 of {_FEWEST} to {_MOST} random bytes.", "secret")
    return key


def signed_headers(keys: Sequence[bytes], id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a call. `keys`: the secret in use first, then one that still works."""
    seconds = str(int(at.timestamp()))
    signatures = " ".join(f"v1,{_signature(key, id, seconds, body)}" for key in keys)
    return {ID: id, TIMESTAMP: seconds, SIGNATURE: signatures}


def verify(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> Signed:
    """Whether one of these keys signed exactly these bytes, just now. `headers` have names in lower case.

    Raises NotAuthenticated with the reason. A repeat passes: whoever calls this drops doubles by the id.
    """
    id, seconds = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if _ID.fullmatch(id) is None or _SECONDS.fullmatch(seconds) is None:
        raise NotAuthenticated(f"{ID} and {TIMESTAMP} are missing or not well formed.")
    at = datetime.fromtimestamp(int(seconds), UTC)
    if abs(now - at) > WINDOW:
        raise NotAuthenticated(f"{TIMESTAMP} is more than {WINDOW.seconds // 60} minutes from now.")
    given = [each.partition(",")[2] for each in headers.get(SIGNATURE, "").split() if each.startswith("v1,")]
    wanted = [_signature(key, id, seconds, body) for key in keys]
    # Every pair is compared, each in constant time: how long it takes says nothing of what was nearly right.
    matches = [
        hmac.compare_digest(each.encode(), want.encode()) for want in wanted for each in given[:_MOST_SIGNATURES]
    ]
    if not any(matches):
        raise NotAuthenticated(f"{SIGNATURE} was made with another secret, or over other bytes.")
    return Signed(id, at)


def _signature(key: bytes, id: str, seconds: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(key, f"{id}.{seconds}.".encode() + body, hashlib.sha256).digest()).decode()
