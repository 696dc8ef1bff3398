"""A call-back of our webhook's receiver, signed with the secret of our own calls: it is believed (docs/webhook.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from warmline.domain.signature import key_of, verify
from warmline.errors import Invalid
from warmline.helpdesks.base import Bell, Word
from warmline.helpdesks.exchange import Json
from warmline.helpdesks.hearing import json_object
from warmline.helpdesks.rendering import label

REPLY, SOLVED = "handoff.reply", "handoff.solved"


def hear(headers: Mapping[str, str], raw: bytes, secrets: Sequence[str], now: datetime) -> Bell:
    """What the receiver reports. Raises NotAuthenticated, and Invalid naming what is wrong with a signed body."""
    signed = verify([key_of(secret) for secret in secrets], headers, raw, now)
    body = json_object(raw)
    data = body.get("data")
    match body.get("type"):
        case str() as kind if kind in (REPLY, SOLVED):
            return Bell(signed.id, None, _word(kind, data if isinstance(data, dict) else {}))
        case str():
            return Bell(signed.id, None)  # of a version to come
        case _:
            raise Invalid(f'"type" is missing; there are {REPLY} and {SOLVED}.', "type")


def _word(kind: str, data: Json) -> Word:
    handoff, text, author = data.get("handoff"), data.get("text"), data.get("author")
    if not isinstance(handoff, str) or not handoff:
        raise Invalid('"data.handoff" is missing: the id under which the handoff came.', "data.handoff")
    if kind == REPLY and not (isinstance(text, str) and text.strip()):
        raise Invalid('"data.text" is missing: what the shopper was told.', "data.text")
    name = author.get("name") if isinstance(author, dict) else None
    named = label(name) if isinstance(name, str) and name.strip() else None
    return Word(handoff, text if kind == REPLY and isinstance(text, str) else None, named)
