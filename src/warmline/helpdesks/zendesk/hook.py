"""A call of Zendesk's webhook: base64(HMAC-SHA256(secret, timestamp + raw body)), FACTS section 1."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime

from warmline.errors import NotAuthenticated
from warmline.helpdesks.base import Bell
from warmline.helpdesks.hearing import any_same, check_time, digests, fingerprint, json_object, number_in

_SIGNATURE, _TIMESTAMP = "x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"
_LONGEST_ID = 100


def hear(headers: Mapping[str, str], raw: bytes, secrets: Sequence[str], now: datetime) -> Bell:
    """Which ticket rang. Raises NotAuthenticated, and Invalid for a signed body that is no JSON object."""
    stamp = headers.get(_TIMESTAMP, "")
    if not any_same(_signature(headers.get(_SIGNATURE, "")), digests(secrets, stamp.encode() + raw)):
        raise NotAuthenticated("The signature does not fit.")
    check_time(_time(stamp), now)
    body = json_object(raw)
    detail = body.get("detail")
    id = detail.get("id") if isinstance(detail, dict) else body.get("ticket_id")
    event = body.get("id")
    known = isinstance(event, str) and 0 < len(event) <= _LONGEST_ID
    return Bell(str(event) if known else fingerprint(stamp.encode() + raw), number_in(id))


def _signature(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
