"""What the sandbox shows to tests and on its pages: the same objects in Python and, as JSON, over the control API."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

from warmline.sandbox.http import Json

_BYTES = "$bytes"


@dataclass(frozen=True)
class SeenMessage:
    """One message of a ticket. `mailed`: the vendor would have sent it to the shopper by e-mail."""

    id: int
    author: str
    from_agent: bool
    public: bool
    text: str
    html: str
    channel: str
    created_at: str
    mailed: bool


@dataclass(frozen=True)
class SeenTicket:
    """One ticket. `sent` is the JSON that created it, as it came; empty when a test made the ticket."""

    id: int
    external_id: str | None
    subject: str
    status: str
    email: str
    name: str
    tags: list[str]
    created_at: str
    url: str
    messages: list[SeenMessage]
    sent: Json


@dataclass(frozen=True)
class SeenRequest:
    """One API request. `status` is None while it is under way and when it never got an answer."""

    id: int
    at: float
    method: str
    path: str
    operation: str
    headers: Mapping[str, str]
    body: bytes
    size: int
    status: int | None
    fault: str | None


@dataclass(frozen=True)
class SeenMail:
    id: int
    at: float
    sender: str
    recipients: list[str]
    subject: str
    text: str
    raw: bytes


def to_json(value: object) -> bytes:
    return json.dumps(value, default=_plain).encode()


def from_json(raw: bytes) -> Any:  # the caller knows which operation it called
    return json.loads(raw, object_hook=_restored)


def ticket_from(data: Json) -> SeenTicket:
    return SeenTicket(**{**data, "messages": [SeenMessage(**message) for message in data["messages"]]})


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _restored(value: Json) -> object:
    return base64.b64decode(value[_BYTES]) if value.keys() == {_BYTES} else value
