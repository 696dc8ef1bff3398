"""A stand-in for a shop's own webhook receiver. It checks signatures by code of its own, and drops doubles by id.

That it drops them is its half of the promise, so what it counts is (id, bytes): the same id with other bytes is another
ticket, and then the count by id is 2.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from warmline.sandbox.faults import Operation
from warmline.sandbox.http import Json, Refused, Request, Response, json_response
from warmline.sandbox.seen import SeenMessage, SeenTicket
from warmline.sandbox.text import html_to_text, utc_now
from warmline.sandbox.vendor import Settings, route

WINDOW = 300
OPERATIONS = {
    "handoff.created": Operation.CREATE,
    "handoff.follow_up": Operation.APPEND,
    "ping": Operation.CHECK,
}


@dataclass
class Made:
    """What one event made."""

    id: int
    key: str
    sent: Json
    status: str = "open"
    messages: list[SeenMessage] = field(default_factory=list)


class Webhook:
    def __init__(self, settings: Settings, base: str) -> None:
        self.settings = settings
        self.base = base
        self._secrets: dict[str, bytes] = {}
        self._made: dict[int, Made] = {}
        self._known: dict[tuple[str, bytes], Made] = {}
        self._ids = count(1)
        self.routes = (route("POST", "/api/{key}", Operation.OTHER, self._take),)

    # What surrounds a request

    def operation(self, request: Request) -> Operation:
        try:
            return OPERATIONS.get(request.json().get("type"), Operation.OTHER)
        except (ValueError, AttributeError):
            return Operation.OTHER

    def admit(self, request: Request) -> None:
        id, seconds = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
        given = [each.removeprefix("v1,") for each in request.headers.get("webhook-signature", "").split()]
        signed = f"{id}.{seconds}.".encode() + request.body
        wanted = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in self._secrets.values()]
        if not any(hmac.compare_digest(one, other) for one in given for other in wanted):
            raise Refused(self.failure(401, "The signature is not right"))
        if not seconds.isdigit() or abs(time.time() - int(seconds)) > WINDOW:
            raise Refused(self.failure(401, "The time stamp is too old or too new"))

    def failure(self, status: int, message: str) -> Response:
        return json_response(status, {"error": message})

    def headers(self, used: int, settings: Settings) -> dict[str, str]:
        return {}

    def add_credential(self, user: str, secret: str, role: str) -> None:
        del role
        self._secrets[user] = base64.b64decode(secret.removeprefix("whsec_"))

    def revoke_credential(self, user: str) -> None:
        self._secrets.pop(user, None)

    # What people see

    def tickets(self) -> list[SeenTicket]:
        return [self._seen(made) for made in self._made.values()]

    def external_ids(self) -> list[str]:
        return [made.key for made in self._made.values()]

    def has(self, ticket_id: int) -> bool:
        return ticket_id in self._made

    def reply(self, ticket_id: int, text: str, *, public: bool, as_customer: bool) -> None:
        author = "Shopper" if as_customer else "Sam Support"
        self._say(self._made[ticket_id], author, text, text, public=public, from_agent=not as_customer)

    def set_status(self, ticket_id: int, status: str) -> None:
        self._made[ticket_id].status = status

    # Events

    def _take(self, request: Request, _: str) -> Response:
        event = request.json()
        id = request.headers["webhook-id"]
        if event.get("id") != id or event.get("version") != 1:
            return self.failure(400, "The event is not one of version 1, or has another id than its header")
        match event.get("type"):
            case "ping":
                return json_response(200, {})
            case "handoff.created":
                return self._answer(self._once(id, request.body, lambda: self._create(id, event)))
            case "handoff.follow_up":
                return self._append(id, request.body, event)
            case _:
                return json_response(202, {})

    def _once(self, id: str, body: bytes, make: Callable[[], Made]) -> Made:
        if (id, body) not in self._known:
            self._known[id, body] = make()
        return self._known[id, body]

    def _create(self, id: str, event: Json) -> Made:
        made = Made(next(self._ids), id, event)
        self._made[made.id] = made
        data = event["data"]
        asked = data.get("question") or data["subject"]
        self._say(made, data["shopper"]["name"] or data["shopper"]["email"], asked, asked, public=True)
        self._say(made, "Warmline", data["note"]["text"], data["note"]["html"], public=False, from_agent=True)
        return made

    def _append(self, id: str, body: bytes, event: Json) -> Response:
        ticket = str(event["data"]["ticket"]["id"])
        made = self._made.get(int(ticket)) if ticket.isdigit() else None
        if made is None:
            return self.failure(422, f"There is no ticket {ticket}")

        def add() -> Made:
            note = event["data"]["note"]
            self._say(made, "Warmline", note["text"], note["html"], public=False, from_agent=True)
            return made

        return self._answer(self._once(id, body, add))

    def _answer(self, made: Made) -> Response:
        return json_response(200, {"id": made.id, "url": self._url(made), "reference": f"WH-{made.id}"})

    def _say(self, made: Made, author: str, text: str, html: str, *, public: bool, from_agent: bool = False) -> None:
        shown = html_to_text(html) if html != text else text
        made.messages.append(
            SeenMessage(
                id=len(made.messages) + 1,
                author=author,
                from_agent=from_agent,
                public=public,
                text=shown,
                html=html,
                channel="webhook",
                created_at=utc_now(),
                mailed=False,
            )
        )

    def _url(self, made: Made) -> str:
        return f"{self.base}/app/ticket/{made.id}"

    def _seen(self, made: Made) -> SeenTicket:
        data = made.sent["data"]
        return SeenTicket(
            id=made.id,
            external_id=made.key,
            subject=data["subject"],
            status=made.status,
            email=data["shopper"]["email"],
            name=data["shopper"]["name"] or data["shopper"]["email"],
            tags=list(data["tags"]),
            created_at=made.sent["timestamp"],
            url=self._url(made),
            messages=list(made.messages),
            sent=made.sent,
        )
