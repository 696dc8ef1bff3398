"""A call of Gorgias' HTTP integration: proven by a header of our own, for its signature is not documented (FACTS)."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from warmline.errors import NotAuthenticated
from warmline.helpdesks.base import Bell
from warmline.helpdesks.hearing import any_same, digests, fingerprint, json_object, number_in

log = logging.getLogger(__name__)

TOKEN = "X-Warmline-Token"  # noqa: S105 the name of a header
_SIGNATURE = "x-gorgias-signature"


def hear(headers: Mapping[str, str], raw: bytes, secrets: Sequence[str], now: datetime) -> Bell:
    """Which ticket rang. Raises NotAuthenticated, and Invalid for a body that is no JSON object.

    A call has no id and no time of its own: the same words within one minute are the same call.
    """
    given = headers.get(TOKEN.lower(), "").encode("utf-8", "replace")
    if not any_same(given, [secret.encode() for secret in secrets]):
        raise NotAuthenticated("The header with the token does not fit.")
    _note_signature(headers.get(_SIGNATURE), raw, secrets)
    body = json_object(raw)
    minute = f"{now:%Y-%m-%dT%H:%M}".encode()
    return Bell(fingerprint(minute + raw), number_in(body.get("ticket_id")), own_id=False)


def _note_signature(given: str | None, raw: bytes, secrets: Sequence[str]) -> None:
    """Its form is not certain: one that fits is noted, and nothing hangs on it."""
    if given is None:
        return
    right = digests(secrets, raw)
    plain = given.strip().removeprefix("sha256=").encode("utf-8", "replace")
    forms = {"hex": [each.hex().encode() for each in right], "base64": [base64.b64encode(each) for each in right]}
    found = next((form for form, texts in forms.items() if any_same(plain, texts)), None)
    log.debug("gorgias signed this call: %s", found or "in a form that we do not know")
