"""A stand-in for the Gorgias REST API, as far as a helpdesk adapter can tell."""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from warmline.sandbox.credentials import GORGIAS_MAILBOX
from warmline.sandbox.faults import Operation
from warmline.sandbox.gorgias_records import NOTE, Message, Person, Records, Ticket
from warmline.sandbox.http import Json, Refused, Request, Response, json_response
from warmline.sandbox.ringing import Call, Ringer
from warmline.sandbox.seen import SeenTicket
from warmline.sandbox.shape import Field, Problem, problems
from warmline.sandbox.text import is_email, utc_now
from warmline.sandbox.vendor import Settings, operation_of, route
from warmline.sandbox.zendesk_access import decode_basic

WRITERS = frozenset({"admin", "agent", "bot", "basic-agent"})
VIAS = (
    "aircall api chat contact_form email facebook facebook-mention facebook-messenger facebook-recommendations form"
    " gorgias_chat help-center helpdesk instagram instagram-ad-comment instagram-comment instagram-direct-message"
    " instagram-mention internal-note offline_capture phone rule self_service shopify sms twilio twitter"
    " twitter-direct-message whatsapp yotpo yotpo-review zendesk"
)

TEXT, FLAG, NUMBER = Field((str,)), Field((bool,)), Field((int,))
ID = Field((str,), longest=255)
VIA = Field((str,), required=True, nullable=False, choices=tuple(VIAS.split()))
PERSON = Field((dict,), fields={"id": NUMBER, "email": Field((str,), longest=320), "name": TEXT, "external_id": ID})
ADDRESS = Field((dict,), fields={"address": TEXT, "name": TEXT})
SOURCE = Field((dict,), fields={"type": TEXT, "from": ADDRESS, "to": Field((list,), items=ADDRESS)})
MESSAGE: Mapping[str, Field] = {
    "channel": Field((str,), required=True, nullable=False), "via": VIA,
    "from_agent": Field((bool,), required=True, nullable=False), "public": Field((bool,), nullable=False),
    "subject": TEXT, "body_text": TEXT, "body_html": TEXT, "external_id": ID, "integration_id": NUMBER,
    "sender": PERSON, "receiver": PERSON, "source": SOURCE, "created_datetime": TEXT, "sent_datetime": TEXT,
    "attachments": Field((list,), items=Field((dict,))),
}  # fmt: skip
TAG = Field((dict,), nullable=False, fields={"name": Field((str,), required=True, nullable=False, longest=256)})
TICKET_UPDATE: Mapping[str, Field] = {
    "status": Field((str,), nullable=False, choices=("open", "closed")), "subject": Field((str,), longest=998),
    "priority": Field((str,), nullable=False, choices=("critical", "high", "normal", "low")), "external_id": ID,
    "channel": Field((str,), nullable=False), "customer": PERSON, "from_agent": FLAG, "language": TEXT,
    "spam": FLAG, "meta": Field((dict,)), "tags": Field((list,), items=TAG),
    "custom_fields": Field((list,), items=Field((dict,), fields={"id": Field((int,), required=True)})),
}  # fmt: skip
TICKET: Mapping[str, Field] = {
    **TICKET_UPDATE, "via": VIA,
    "messages": Field((list,), required=True, nullable=False, fewest=1, most=500,
                      items=Field((dict,), nullable=False, fields=MESSAGE)),
}  # fmt: skip
TAG_LIST: Mapping[str, Field] = {
    "ids": Field((list,), items=Field((int,))), "names": Field((list,), items=Field((str,), longest=256)),
}  # fmt: skip
CUSTOMER: Mapping[str, Field] = {
    "email": Field((str,), longest=320), "name": TEXT, "external_id": ID, "language": TEXT, "timezone": TEXT,
    "note": TEXT, "meta": Field((dict,)), "channels": Field((list,), items=Field((dict,))),
}  # fmt: skip
INTEGRATION: Mapping[str, Field] = {
    "name": Field((str,), required=True, nullable=False),
    "type": Field((str,), required=True, nullable=False, choices=("http",)),
    "http": Field((dict,), nullable=False, fields={
        name: Field((str,), required=True) for name in ("url", "method", "request_content_type",
                                                        "response_content_type")
    }),
}  # fmt: skip


class Gorgias:
    def __init__(self, settings: Settings, base: str, ringer: Ringer) -> None:
        self.settings = settings
        self._ringer = ringer
        self._hmac_secrets: dict[int, str] = {}
        self.base = base
        self.records = Records()
        self._keys: dict[str, str] = {}
        self._since = utc_now()
        self._add_mailbox(GORGIAS_MAILBOX)
        self.routes = (
            route("GET", "/api/account", Operation.CHECK, self._account),
            route("GET", "/api/users/{id}", Operation.CHECK, self._show_user),
            route("GET", "/api/users", Operation.CHECK, self._list_users),
            route("GET", "/api/integrations", Operation.SETUP, self._list_integrations),
            route("POST", "/api/integrations", Operation.SETUP, self._add_integration),
            route("GET", "/api/integrations/{id}", Operation.SETUP, self._show_integration),
            route("DELETE", "/api/integrations/{id}", Operation.SETUP, self._drop_integration),
            route("POST", "/api/tickets", Operation.CREATE, self._create),
            route("GET", "/api/tickets", Operation.LOOKUP, self._list),
            route("GET", "/api/tickets/{id}", Operation.FETCH, self._show),
            route("PUT", "/api/tickets/{id}", Operation.APPEND, self._update),
            route("POST", "/api/tickets/{id}/tags", Operation.APPEND, self._add_tags),
            route("GET", "/api/tickets/{id}/messages", Operation.FETCH, self._ticket_messages),
            route("POST", "/api/tickets/{id}/messages", Operation.APPEND, self._add_message),
            route("GET", "/api/messages", Operation.FETCH, self._messages),
            route("GET", "/api/customers", Operation.PERSON, self._list_customers),
            route("POST", "/api/customers", Operation.PERSON, self._add_customer),
            route("GET", "/api/customers/{id}", Operation.PERSON, self._show_customer),
        )

    # What surrounds a request

    def operation(self, request: Request) -> Operation:
        return operation_of(self.routes, request)

    def admit(self, request: Request) -> None:
        user = self._user(request)
        if user is None:
            raise Refused(self.failure(401, "Unauthorized: wrong e-mail or API key"))
        if request.method != "GET" and user.role not in WRITERS:
            raise Refused(self.failure(403, "You are not allowed to do this"))

    def failure(self, status: int, message: str, data: Json | None = None) -> Response:
        return json_response(status, {"error": {"msg": message, **({"data": data} if data else {})}})

    def headers(self, used: int, settings: Settings) -> Mapping[str, str]:
        return {"X-Gorgias-Account-Api-Call-Limit": f"{used}/{settings.rate_limit or 40}"}

    def add_credential(self, user: str, secret: str, role: str) -> None:
        self._keys[user] = secret
        self.records.user(user, "Warmline", role).role = role

    def revoke_credential(self, user: str) -> None:
        self._keys.pop(user, None)

    # What people and tests do

    def tickets(self) -> list[SeenTicket]:
        return [ticket.seen(self.base) for ticket in self.records.tickets.values()]

    def external_ids(self) -> list[str]:
        return [ticket.given.get("external_id") or "" for ticket in self.records.tickets.values()]

    def has(self, ticket_id: int) -> bool:
        return ticket_id in self.records.tickets

    def reply(self, ticket_id: int, text: str, *, public: bool, as_customer: bool) -> None:
        ticket = self.records.tickets[ticket_id]
        sam = self.records.user("sam@demo-shop.example", "Sam Support", "agent")
        channel = "email" if public else NOTE
        via = "email" if as_customer else "helpdesk"
        given = {"channel": channel, "via": via, "from_agent": not as_customer, "public": public, "body_text": text}
        message = self.records.say(ticket, ticket.customer if as_customer else sam, given)
        self._ring(ticket, "ticket-message-created", message)
        if as_customer:
            self._set(ticket, "open")

    def set_status(self, ticket_id: int, status: str) -> None:
        wanted = "closed" if status == "solved" else status
        if wanted not in ("open", "closed"):
            raise ValueError("status must be open or closed")
        self._set(self.records.tickets[ticket_id], wanted)

    # Account

    def _account(self, _: Request) -> Response:
        status = {"status": "active", "effective_until": None}
        times = {"created_datetime": self._since, "deactivated_datetime": None}
        return json_response(200, {"domain": "demo-shop", "status": status, "settings": [], **times})

    def _show_user(self, request: Request, id: str) -> Response:
        """User 0 is whoever asks."""
        users = self.records.users.values()
        user = self._user(request) if int(id) == 0 else next((item for item in users if item.id == int(id)), None)
        return json_response(200, user.as_user()) if user else self._not_found()

    def _list_users(self, request: Request) -> Response:
        wanted = request.query.get("email")
        users = [user for user in self.records.users.values() if wanted in (None, user.email)]
        return self._page(request, [user.as_user() for user in users])

    def _list_integrations(self, request: Request) -> Response:
        wanted = request.query.get("type")
        return self._page(request, [i for i in self.records.integrations.values() if wanted in (None, i["type"])])

    def _add_integration(self, request: Request) -> Response:
        given = self._body(request, INTEGRATION, "Failed to create integration")
        http = {name: value for name, value in given.get("http", {}).items() if name != "hmac_secret"}
        kept = self._keep_integration({**given, "http": http})
        self._hmac_secrets[kept["id"]] = str(given.get("http", {}).get("hmac_secret") or "")
        return json_response(201, kept)

    def _ring(self, ticket: Ticket, trigger: str, message: Message | None = None) -> None:
        """Call every HTTP integration with this trigger; its form is filled in as Gorgias fills templates."""
        for id, each in self.records.integrations.items():
            http = each.get("http") or {}
            if each["type"] != "http" or not (http.get("triggers") or {}).get(trigger):
                continue
            values = {"ticket.id": ticket.id, "ticket.status": ticket.status, "message.id": message and message.id,
                      "message.from_agent": message and message.given["from_agent"]}  # fmt: skip
            form = {name: _filled(text, values) for name, text in (http.get("form") or {}).items()}
            raw = json.dumps(form).encode()
            headers = {"Content-Type": "application/json", **(http.get("headers") or {})}
            if secret := self._hmac_secrets.get(id):
                headers["X-Gorgias-Signature"] = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
            self._ringer.ring(Call("gorgias", str(http["url"]), headers, raw), self.settings)

    def _show_integration(self, _: Request, id: str) -> Response:
        found = self.records.integrations.get(int(id))
        return json_response(200, found) if found else self._not_found()

    def _drop_integration(self, _: Request, id: str) -> Response:
        return Response(204) if self.records.integrations.pop(int(id), None) else self._not_found()

    # Tickets

    def _create(self, request: Request) -> Response:
        given = self._body(request, TICKET, "Failed to create ticket")
        self._check_messages(given["messages"], "Failed to create ticket")
        incoming = next((item.get("sender") for item in given["messages"] if not item["from_agent"]), None)
        customer = self._customer_for(given.get("customer") or incoming)
        names = [tag["name"] for tag in given.get("tags") or []]
        kept = {name: value for name, value in given.items() if name not in ("messages", "tags", "customer")}
        ticket = Ticket(next(self.records.ids), customer, kept, given, self.records.tag_ids(names))
        for message in given["messages"]:
            self._say(request, ticket, message)
        self.records.tickets[ticket.id] = ticket
        return json_response(201, ticket.as_json(self.base))

    def _list(self, request: Request) -> Response:
        """With external_id this asks the search index, which learns of a new ticket only after a while."""
        wanted, tickets = request.query.get("external_id"), list(self.records.tickets.values())
        if wanted is not None:
            indexed = time.monotonic() - self.settings.index_delay
            tickets = [item for item in tickets if item.given.get("external_id") == wanted and item.born <= indexed]
        return self._page(request, [ticket.as_json(self.base) for ticket in tickets])

    def _show(self, _: Request, id: str) -> Response:
        return json_response(200, self._ticket(id).as_json(self.base))

    def _update(self, request: Request, id: str) -> Response:
        ticket, given = self._ticket(id), self._body(request, TICKET_UPDATE, "Failed to update ticket")
        if "tags" in given:
            ticket.tags = self.records.tag_ids([tag["name"] for tag in given["tags"] or []])
        ticket.given |= {name: value for name, value in given.items() if name not in ("tags", "customer", "status")}
        self._set(ticket, given.get("status", ticket.status))
        return json_response(202, ticket.as_json(self.base))

    def _add_tags(self, request: Request, id: str) -> Response:
        ticket, given = self._ticket(id), self._body(request, TAG_LIST, "Failed to add tags")
        known = [name for number in given.get("ids") or [] if (name := self.records.tag_name(number))]
        ticket.tags |= self.records.tag_ids([*known, *(given.get("names") or [])])
        return Response(201)

    def _add_message(self, request: Request, id: str) -> Response:
        ticket, given = self._ticket(id), self._body(request, MESSAGE, "Failed to create message")
        self._check_messages([given], "Failed to create message")
        return json_response(201, self._say(request, ticket, given).as_json(self.base))

    def _ticket_messages(self, request: Request, id: str) -> Response:
        return self._page(request, [message.as_json(self.base) for message in self._ticket(id).messages])

    def _messages(self, request: Request) -> Response:
        wanted = request.query.get("ticket_id")
        tickets = [ticket for ticket in self.records.tickets.values() if wanted in (None, str(ticket.id))]
        return self._page(request, [item.as_json(self.base) for ticket in tickets for item in ticket.messages])

    # Customers

    def _list_customers(self, request: Request) -> Response:
        wanted = request.query.get("email")
        found = [self.records.customer_with(wanted)] if wanted else list(self.records.customers.values())
        return self._page(request, [person.as_customer() for person in found if person])

    def _add_customer(self, request: Request) -> Response:
        given = self._body(request, CUSTOMER, "Failed to create customer")
        email = given.get("email")
        if email and not is_email(email):
            raise self._bad("Failed to create customer", {"email": ["Not a valid email address."]})
        if self.records.customer_with(email):
            raise Refused(self.failure(409, "A customer with this e-mail address exists already"))
        return json_response(201, self.records.customer(email, given.get("name"), given).as_customer())

    def _show_customer(self, _: Request, id: str) -> Response:
        person = self.records.customers.get(int(id))
        return json_response(200, person.as_customer()) if person else self._not_found()

    # Looking at what came

    def _user(self, request: Request) -> Person | None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        email, _, key = decode_basic(value.strip() if scheme.lower() == "basic" else "").partition(":")
        known = self._keys.get(email)
        good = known is not None and secrets.compare_digest(known.encode(), key.encode())
        return self.records.users[email] if good else None

    def _body(self, request: Request, fields: Mapping[str, Field], failed: str) -> Json:
        try:
            body = request.json()
        except ValueError as error:
            raise self._bad("Invalid JSON in the request body", {}) from error
        found = problems(body, fields)
        if found:
            raise self._bad(failed, _as_tree(found))
        given: Json = body
        return given

    def _check_messages(self, messages: list[Json], failed: str) -> None:
        """What no schema says: people need a good address, and times must be times."""
        for number, message in enumerate(messages):
            for name in ("sender", "receiver"):
                email = (message.get(name) or {}).get("email")
                if email is not None and not is_email(email):
                    raise self._bad(failed, {"messages": {str(number): {name: ["Not a valid email address."]}}})
            for name in ("created_datetime", "sent_datetime"):
                if message.get(name) is not None and not _is_time(message[name]):
                    raise self._bad(failed, {"messages": {str(number): {name: ["Not a valid datetime."]}}})

    def _customer_for(self, who: Json | None) -> Person | None:
        if not who:
            return None
        if who.get("id") in self.records.customers:
            return self.records.customers[who["id"]]
        email = who.get("email")
        if email is not None and not is_email(email):
            raise self._bad("Failed to create ticket", {"customer": {"email": ["Not a valid email address."]}})
        return self.records.customer(email, who.get("name"))

    def _say(self, request: Request, ticket: Ticket, given: Json) -> Message:
        if given["from_agent"]:
            email = (given.get("sender") or {}).get("email")
            sender = self.records.users.get(email or "") or self._user(request)
        else:
            sender = self._customer_for(given.get("sender")) or ticket.customer
        message = self.records.say(ticket, sender, given)
        self._ring(ticket, "ticket-message-created", message)
        return message

    def _ticket(self, id: str) -> Ticket:
        if int(id) not in self.records.tickets:
            raise Refused(self._not_found())
        return self.records.tickets[int(id)]

    def _set(self, ticket: Ticket, status: str) -> None:
        changed = status != ticket.status
        if changed:
            ticket.closed = utc_now() if status == "closed" else None
        ticket.given["status"], ticket.updated = status, utc_now()
        if changed:
            self._ring(ticket, "ticket-status-updated")

    def _add_mailbox(self, address: str) -> None:
        meta = {"address": address, "preferred": True, "provider": "email"}
        self._keep_integration({"type": "email", "name": "Support", "meta": meta, "address": address})

    def _keep_integration(self, given: Json) -> Json:
        id, now = next(self.records.ids), utc_now()
        times = {"created_datetime": now, "updated_datetime": now, "deactivated_datetime": None}
        integration = {**given, "id": id, "uri": f"{self.base}/api/integrations/{id}/", "managed": False, **times}
        self.records.integrations[id] = integration
        return integration

    def _page(self, request: Request, items: Sequence[Json]) -> Response:
        limit, start = _whole(request.query.get("limit"), 30), _whole(request.query.get("cursor"), 0)
        if not 1 <= limit <= 100:
            raise self._bad("Invalid query", {"limit": ["Must be between 1 and 100."]})
        following = str(start + limit) if len(items) > start + limit else None
        before = str(max(0, start - limit)) if start else None
        meta = {"prev_cursor": before, "next_cursor": following, "total_resources": len(items)}
        data = list(items[start : start + limit])
        return json_response(200, {"data": data, "object": "list", "uri": request.path, "meta": meta})

    def _bad(self, failed: str, data: Json) -> Refused:
        return Refused(self.failure(400, failed, data))

    def _not_found(self) -> Response:
        return self.failure(404, "Not found")


def _filled(text: object, values: Mapping[str, object]) -> str:
    """A template of a form: {{ticket.id}} and its like; what there is not becomes empty."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1].strip())
        return "" if found is None else str(found)

    return re.sub(r"\{\{([^{}]*)\}\}", value, str(text))


def _as_tree(found: list[Problem]) -> Json:
    """Gorgias nests the messages as the body is nested: {"messages": {"0": {"channel": ["Missing …"]}}}."""
    tree: Json = {}
    for problem in found:
        *parents, last = problem.path or ("_schema",)
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch.setdefault(last, []).append(problem.message)
    return tree


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _whole(text: str | None, fallback: int) -> int:
    return int(text) if text is not None and text.isdigit() and len(text) < 9 else fallback
