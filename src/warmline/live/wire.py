"""What travels on a bus: who says it, about which topic, and a passing hint."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple


class Told(NamedTuple):
    origin: str
    topic: str
    hint: Mapping[str, Any] | None


def new_origin() -> str:
    """The name of one process, by which it knows its own echo."""
    return secrets.token_hex(8)


def encode(told: Told, most: int) -> bytes:
    """As JSON in ASCII. A hint that is too large, or no JSON, is left out: the wake-up is what counts."""
    try:
        data = json.dumps(told, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError):
        data = b""
    if told.hint is not None and not 0 < len(data) <= most:
        return encode(told._replace(hint=None), most)
    return data


def decode(data: str | bytes) -> Told | None:
    """None for anything that we did not write: others may be on the same bus."""
    try:
        match json.loads(data):
            case [str(origin), str(topic), (None | dict()) as hint]:
                return Told(origin, topic, hint)
    except (ValueError, RecursionError):
        pass
    return None
