"""A stand-in for Zendesk Support, as far as a helpdesk adapter can tell."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from warmline.sandbox.faults import Operation
from warmline.sandbox.http import Json, Refused, Request, Response, json_response
from warmline.sandbox.ringing import Call, Ringer
from warmline.sandbox.seen import SeenTicket
from warmline.sandbox.shape import Field, Problem, problems
from warmline.sandbox.text import is_email, utc_now
from warmline.sandbox.vendor import Settings, operation_of, route
from warmline.sandbox.zendesk_access import AGENTS, Access, Account
from warmline.sandbox.zendesk_records import FIELDS, Comment, Records, Ticket, User, fields_json, seen

MOST_KEYS = 10_000
LONGEST_COMMENT = 65_535
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
ERRORS = {400: "BadRequest", 401: "Couldn't authenticate you", 403: "Forbidden", 404: "RecordNotFound",
          405: "MethodNotAllowed", 409: "UpdateConflict", 422: "RecordInvalid", 429: "APIRateLimitExceeded",
          503: "ServiceUnavailable"}  # fmt: skip

TEXT, FLAG, NUMBER, TAGS = Field((str,)), Field((bool,)), Field((int,)), Field((list,), items=Field((str,)))
COMMENT = Field((dict,), nullable=False, fields={
    "body": TEXT, "html_body": TEXT, "public": FLAG, "author_id": NUMBER, "uploads": TAGS,
})  # fmt: skip
VALUE = Field((dict,), nullable=False, fields={
    "id": Field((int,), required=True, nullable=False), "value": Field((str, int, float, bool, list)),
})  # fmt: skip
TICKET: Mapping[str, Field] = {
    "subject": TEXT, "comment": COMMENT, "description": TEXT, "requester": Field((str, int, dict)),
    "requester_id": NUMBER, "submitter_id": NUMBER, "tags": Field((list, str), items=Field((str,))),
    "additional_tags": TAGS, "remove_tags": TAGS, "external_id": Field((str,), longest=255),
    "priority": Field((str,), choices=("urgent", "high", "normal", "low")),
    "status": Field((str,), nullable=False, choices=STATUSES), "custom_fields": Field((list,), items=VALUE),
    "type": Field((str,), choices=("problem", "incident", "question", "task")), "metadata": Field((dict,)),
    "via_followup_source_id": NUMBER,
}  # fmt: skip
WEBHOOK: Mapping[str, Field] = {
    "name": Field((str,), required=True, nullable=False), "endpoint": Field((str,), required=True, nullable=False),
    "status": Field((str,), required=True, nullable=False, choices=("active", "inactive")),
    "http_method": Field((str,), required=True, choices=("GET", "POST", "PUT", "PATCH", "DELETE")),
    "request_format": Field((str,), required=True, choices=("json", "xml", "form_encoded")), "subscriptions": TAGS,
}  # fmt: skip


@dataclass(frozen=True)
class Remembered:
    """The answer that an idempotency key gives again."""

    body: str
    response: Response
    at: float


class Zendesk:
    def __init__(self, settings: Settings, base: str, ringer: Ringer) -> None:
        self.settings = settings
        self._ringer = ringer
        self.base = base
        self.records = Records()
        self.access = Access(settings)
        self._keys: OrderedDict[str, Remembered] = OrderedDict()
        self._since = utc_now()
        self.routes = (
            route("POST", "/oauth/tokens", Operation.TOKEN, self.access.grant),
            route("GET", "/api/v2/users/me", Operation.CHECK, self._me),
            route("POST", "/api/v2/users/create_or_update", Operation.PERSON, self._save_user),
            route("GET", "/api/v2/users/{id}", Operation.PERSON, self._show_user),
            route("POST", "/api/v2/tickets", Operation.CREATE, self._create),
            route("GET", "/api/v2/tickets", Operation.LOOKUP, self._list),
            route("GET", "/api/v2/tickets/{id}", Operation.FETCH, self._show),
            route("PUT", "/api/v2/tickets/{id}", Operation.APPEND, self._update),
            route("GET", "/api/v2/tickets/{id}/comments", Operation.FETCH, self._comments),
            route("GET", "/api/v2/ticket_fields", Operation.SETUP, self._ticket_fields),
            route("GET", "/api/v2/groups", Operation.SETUP, self._groups),
            route("GET", "/api/v2/webhooks", Operation.SETUP, self._list_webhooks),
            route("POST", "/api/v2/webhooks", Operation.SETUP, self._add_webhook),
            route("GET", "/api/v2/webhooks/{key}", Operation.SETUP, self._show_webhook),
            route("DELETE", "/api/v2/webhooks/{key}", Operation.SETUP, self._drop_webhook),
            route("GET", "/api/v2/webhooks/{key}/signing_secret", Operation.SETUP, self._webhook_secret),
        )

    # What surrounds a request

    def operation(self, request: Request) -> Operation:
        return operation_of(self.routes, request)

    def admit(self, request: Request) -> None:
        if request.path in ("/oauth/tokens", "/api/v2/users/me"):
            return
        account = self.access.identify(request)
        if account is None:
            raise Refused(self.failure(401, "The access token is wrong, expired or revoked"))
        if account.role not in AGENTS:
            raise Refused(self.failure(403, "You do not have access to this page"))
        resource = request.path.removeprefix("/api/v2/").partition("/")[0]
        if not self.access.may(request, resource):
            raise Refused(self.failure(403, "You are missing the required OAuth scopes"))

    def failure(self, status: int, message: str) -> Response:
        return json_response(status, {"error": ERRORS.get(status, "InternalServerError"), "description": message})

    def headers(self, used: int, settings: Settings) -> Mapping[str, str]:
        limit = settings.rate_limit or 700
        return {"X-Rate-Limit": str(limit), "X-Rate-Limit-Remaining": str(max(0, limit - used))}

    def add_credential(self, user: str, secret: str, role: str) -> None:
        self._user_of(self.access.add(user, secret, role))

    def revoke_credential(self, user: str) -> None:
        self.access.revoke(user)

    # What people and tests do

    def tickets(self) -> list[SeenTicket]:
        return [seen(ticket, self.base) for ticket in self.records.tickets.values()]

    def external_ids(self) -> list[str]:
        return [ticket.external_id or "" for ticket in self.records.tickets.values()]

    def has(self, ticket_id: int) -> bool:
        return ticket_id in self.records.tickets

    def reply(self, ticket_id: int, text: str, *, public: bool, as_customer: bool) -> None:
        ticket = self.records.tickets[ticket_id]
        if ticket.status == "closed":
            raise ValueError("a closed ticket cannot change")
        author = ticket.requester if as_customer else self._sam()
        channel = "email" if as_customer else "web"
        comment = self.records.comment(ticket, author, {"body": text}, public=public, channel=channel)
        self._commented(ticket, comment)
        if as_customer or ticket.status == "new":
            self._turn(ticket, "open")

    def set_status(self, ticket_id: int, status: str) -> None:
        if status not in STATUSES:
            raise ValueError(f"status must be one of {', '.join(STATUSES)}")
        self._turn(self.records.tickets[ticket_id], status)

    def _turn(self, ticket: Ticket, status: str) -> None:
        before, ticket.status, ticket.updated_at = ticket.status, status, utc_now()
        if before != status:
            self._ring(ticket, "status_changed", {"current": status.upper(), "previous": before.upper()})

    def _commented(self, ticket: Ticket, comment: Comment) -> None:
        author = {"id": str(comment.author.id), "name": comment.author.name, "is_staff": comment.author.role in AGENTS}
        about = {"id": str(comment.id), "body": comment.text, "is_public": comment.public, "author": author}
        self._ring(ticket, "comment_added", {"comment": about})

    def _ring(self, ticket: Ticket, what: str, event: Json) -> None:
        """Call every webhook that subscribed to this: for each ticket of the account, ours or not."""
        kind = f"zen:event-type:ticket.{what}"
        detail = {"id": str(ticket.id), "status": ticket.status.upper(), "external_id": ticket.external_id,
                  "requester_id": str(ticket.requester.id), "subject": ticket.subject}  # fmt: skip
        for id, webhook in self.records.webhooks.items():
            if webhook["status"] != "active" or kind not in (webhook.get("subscriptions") or []):
                continue
            body = {"type": kind, "id": str(uuid4()), "time": utc_now(), "account_id": 1, "zendesk_event_version":
                    "2022-11-06", "subject": f"zen:ticket:{ticket.id}", "detail": detail, "event": event}  # fmt: skip
            raw, stamp = json.dumps(body).encode(), utc_now()
            headers = {"Content-Type": "application/json", **signed(self.records.secrets[id], stamp, raw)}
            self._ringer.ring(Call("zendesk", str(webhook["endpoint"]), headers, raw), self.settings)

    # Users

    def _me(self, request: Request) -> Response:
        account = self.access.identify(request)
        if account is not None:
            return json_response(200, {"user": self._user_of(account).as_json(self.base)})
        if not self.settings.anonymous_check:
            return self.failure(401, "The access token is wrong, expired or revoked")
        # Zendesk answers a broken login politely: nobody, as an end user. Adapters must look at the role.
        nobody = {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}
        return json_response(200, {"user": nobody})

    def _save_user(self, request: Request) -> Response:
        given = self._object(request, "user")
        email, name = given.get("email"), given.get("name")
        if not isinstance(email, str) or not is_email(email):
            raise self._invalid("email", f"Email: {email} is not properly formatted", "InvalidValue")
        if not isinstance(name, str) or not name.strip():
            raise self._invalid("name", "Name: is too short (minimum one character)", "RecordInvalid")
        user, fresh = self.records.person(email, name)
        user.name, user.external_id, user.updated_at = name, given.get("external_id", user.external_id), utc_now()
        return json_response(201 if fresh else 200, {"user": user.as_json(self.base)})

    def _show_user(self, _: Request, id: str) -> Response:
        user = self.records.users.get(int(id))
        return json_response(200, {"user": user.as_json(self.base)}) if user else self._not_found()

    # Tickets

    def _create(self, request: Request) -> Response:
        key = request.headers.get("idempotency-key")
        if key is None:
            return self._create_now(request)
        if not 0 < len(key) <= 255:
            return self.failure(400, "Idempotency-Key must have 1 to 255 characters")
        return self._replay(key, request) or self._remember(key, request, self._create_now(request))

    def _create_now(self, request: Request) -> Response:
        given = self._object(request, "ticket")
        self._check_shape(given, TICKET)
        content = self._first_comment(given)
        requester = self._requester(given, self._author(request))
        submitter = self._known_user(given, "submitter_id") or self._author(request)
        if "subject" in given and not (given["subject"] or "").strip():
            raise self._invalid("subject", "Subject: cannot be blank", "BlankValue")
        ticket = self._new_ticket(given, requester, submitter)
        public = content.get("public") is not False
        comment = self.records.comment(ticket, submitter, content, public=public)
        self.records.tickets[ticket.id] = ticket
        if ticket.source is not None:
            ticket.source.followups.append(ticket.id)
        self._commented(ticket, comment)
        audit = self.records.audit(ticket, submitter, comment, {"subject": ticket.subject}, given.get("metadata") or {})
        shown = ticket.as_json(self.base)
        return json_response(201, {"ticket": shown, "audit": audit}, {"Location": shown["url"]})

    def _new_ticket(self, given: Json, requester: User, submitter: User) -> Ticket:
        return Ticket(
            id=next(self.records.ids),
            subject=given.get("subject") or "",
            requester=requester,
            submitter=submitter,
            status=given.get("status", "new"),
            priority=given.get("priority"),
            type=given.get("type"),
            tags=_tags(given.get("tags")),
            external_id=given.get("external_id"),
            custom_fields=_known_fields(given),
            sent={"ticket": given},
            source=self._closed_source(given),
        )

    def _closed_source(self, given: Json) -> Ticket | None:
        """Only a closed ticket may be followed up."""
        id = given.get("via_followup_source_id")
        if id is None:
            return None
        source = self.records.tickets.get(id)
        if source is None or source.status != "closed":
            raise self._invalid("via_followup_source_id", f"Source ticket {id} is not closed", "InvalidValue")
        return source

    def _replay(self, key: str, request: Request) -> Response | None:
        old = self._keys.get(key)
        if old is None or old.at + self.settings.idempotency_life <= time.monotonic():
            return None
        if old.body != _digest(request):
            error = "IdempotentRequestError"
            return json_response(400, {"error": error, "description": "The key was used with another request"})
        return _with_lookup(old.response, "hit")

    def _remember(self, key: str, request: Request, response: Response) -> Response:
        """Refusals are raised before they come here: only a created ticket is remembered."""
        self._keys[key] = Remembered(_digest(request), response, time.monotonic())
        self._keys.move_to_end(key)
        while len(self._keys) > MOST_KEYS:
            self._keys.popitem(last=False)
        return _with_lookup(response, "miss")

    def _list(self, request: Request) -> Response:
        """With external_id this asks the search index, which learns of a new ticket only after a while."""
        wanted, tickets = request.query.get("external_id"), list(self.records.tickets.values())
        if wanted is not None:
            indexed = time.monotonic() - self.settings.index_delay
            tickets = [item for item in tickets if item.external_id == wanted and item.born <= indexed]
        shown = [ticket.as_json(self.base) for ticket in tickets[:100]]
        return json_response(200, {"tickets": shown, "count": len(tickets), "next_page": None, "previous_page": None})

    def _show(self, _: Request, id: str) -> Response:
        return json_response(200, {"ticket": self._ticket(id).as_json(self.base)})

    def _comments(self, request: Request, id: str) -> Response:
        comments = [comment.as_json() for comment in self._ticket(id).comments]
        if request.query.get("sort_order") == "desc" or request.query.get("sort", "").startswith("-"):
            comments.reverse()
        size, after = _whole(request.query.get("page[size]"), 100), _whole(request.query.get("page[after]"), 0)
        more = len(comments) > after + size
        meta = {"has_more": more, "after_cursor": str(after + size) if more else None, "before_cursor": None}
        link = f"{self.base}/api/v2/tickets/{id}/comments.json?page[size]={size}&page[after]={after + size}"
        links = {"next": link if more else None, "prev": None}
        return json_response(200, {"comments": comments[after : after + size], "meta": meta, "links": links})

    def _update(self, request: Request, id: str) -> Response:
        ticket, given, author = self._ticket(id), self._object(request, "ticket"), self._author(request)
        self._check_shape(given, TICKET)
        if ticket.status == "closed":
            raise self._invalid("status", "Status: closed prevents ticket update", "RecordInvalid")
        content = given.get("comment")
        if content is not None:
            self._check_comment(content)
        changes = _changes(ticket, given)
        status = changes.get("status", ticket.status)
        for name, value in changes.items():
            if name != "status":
                setattr(ticket, name, value)
        self._turn(ticket, status)
        ticket.updated_at = utc_now()
        comment = self._add_comment(ticket, author, content) if content is not None else None
        audit = self.records.audit(ticket, author, comment, changes, given.get("metadata") or {})
        return json_response(200, {"ticket": ticket.as_json(self.base), "audit": audit})

    def _add_comment(self, ticket: Ticket, author: User, content: Json) -> Comment:
        author = self._known_user(content, "author_id") or author
        public = content.get("public")
        inherited = ticket.comments[0].public
        comment = self.records.comment(ticket, author, content, public=inherited if public is None else public)
        self._commented(ticket, comment)
        return comment

    # Set-up

    def _ticket_fields(self, _: Request) -> Response:
        return json_response(200, {"ticket_fields": fields_json(self.base, self._since), "count": len(FIELDS)})

    def _groups(self, _: Request) -> Response:
        group = {"id": 98738, "url": f"{self.base}/api/v2/groups/98738.json", "name": "Support", "default": True}
        times = {"created_at": self._since, "updated_at": self._since}
        shown = {**group, **times, "deleted": False, "is_public": True, "description": ""}
        return json_response(200, {"groups": [shown], "count": 1})

    def _list_webhooks(self, _: Request) -> Response:
        meta = {"has_more": False, "after_cursor": None, "before_cursor": None}
        webhooks = list(self.records.webhooks.values())
        return json_response(200, {"webhooks": webhooks, "meta": meta, "links": {"next": None, "prev": None}})

    def _add_webhook(self, request: Request) -> Response:
        given = self._object(request, "webhook")
        self._check_shape(given, WEBHOOK)
        id = f"01DEMOHOOK{next(self.records.ids):016d}"
        webhook = {**given, "id": id, "created_at": utc_now(), "updated_at": utc_now()}
        self.records.webhooks[id] = webhook
        self.records.secrets[id] = secrets.token_urlsafe(32)
        return json_response(201, {"webhook": webhook})

    def _show_webhook(self, _: Request, id: str) -> Response:
        return json_response(200, {"webhook": self._webhook(id)})

    def _drop_webhook(self, _: Request, id: str) -> Response:
        del self.records.webhooks[str(self._webhook(id)["id"])]
        return Response(204)

    def _webhook_secret(self, _: Request, id: str) -> Response:
        secret = {"algorithm": "SHA256", "secret": self.records.secrets[str(self._webhook(id)["id"])]}
        return json_response(200, {"signing_secret": secret})

    # Looking at what came

    def _object(self, request: Request, name: str) -> Json:
        try:
            body = request.json()
        except ValueError as error:
            raise Refused(self.failure(400, "The request body is not JSON")) from error
        found = body.get(name) if isinstance(body, dict) else None
        if not isinstance(found, dict):
            raise Refused(_invalid_attribute(f"Parameter {name} is required and must be an object"))
        return found

    def _check_shape(self, given: Json, fields: Mapping[str, Field]) -> None:
        found = problems(given, fields)
        if found:
            raise Refused(_invalid_attribute(_sentence(found[0])))

    def _first_comment(self, given: Json) -> Json:
        content: Json = given["comment"] if "comment" in given else {"body": given.get("description")}
        self._check_comment(content)
        return content

    def _check_comment(self, content: Json) -> None:
        texts = [text for name in ("body", "html_body") if (text := content.get(name))]
        if len(texts) > 1:
            raise self._invalid("comment", "Comment: either body or html_body, not both", "InvalidValue")
        if not texts or not texts[0].strip():
            raise self._invalid("comment", "Description: cannot be blank", "BlankValue")
        if len(texts[0].encode()) > LONGEST_COMMENT:
            raise self._invalid("comment", "Description: is too long (maximum is 65535 bytes)", "ValueTooLong")

    def _requester(self, given: Json, fallback: User) -> User:
        known = self._known_user(given, "requester_id")
        who = given.get("requester")
        if known or who is None:
            return known or fallback
        if isinstance(who, int):
            return self._known_user(given, "requester") or fallback
        email, name = (who, None) if isinstance(who, str) else (who.get("email"), who.get("name"))
        if not isinstance(email, str) or not is_email(email):
            raise self._invalid("requester", f"Requester: Email: {email} is not properly formatted", "InvalidValue")
        if name is not None and not (isinstance(name, str) and name.strip()):
            raise self._invalid("requester", "Requester: Name: is too short (minimum one character)", "RecordInvalid")
        return self.records.person(email, name)[0]

    def _known_user(self, given: Json, key: str) -> User | None:
        id = given.get(key)
        if id is None:
            return None
        if id not in self.records.users:
            raise self._invalid(key.removesuffix("_id"), f"{key}: {id} is not a user", "InvalidValue")
        return self.records.users[id]

    def _ticket(self, id: str) -> Ticket:
        if int(id) not in self.records.tickets:
            raise Refused(self._not_found())
        return self.records.tickets[int(id)]

    def _webhook(self, id: str) -> Json:
        if id not in self.records.webhooks:
            raise Refused(self._not_found())
        return self.records.webhooks[id]

    def _author(self, request: Request) -> User:
        account = self.access.identify(request)
        return self._user_of(account) if account else self._sam()

    def _user_of(self, account: Account) -> User:
        return self.records.person(account.email, "Warmline", account.role)[0]

    def _sam(self) -> User:
        return self.records.person("sam@demo-shop.example", "Sam Support", "agent")[0]

    def _invalid(self, field: str, sentence: str, error: str) -> Refused:
        details = {field: [{"description": sentence, "error": error}]}
        body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
        return Refused(json_response(422, body))

    def _not_found(self) -> Response:
        return self.failure(404, "Not found")


def signed(secret: str, stamp: str, raw: bytes) -> dict[str, str]:
    """The headers by which Zendesk proves a call of its webhook."""
    digest = hmac.new(secret.encode(), stamp.encode() + raw, hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    return {"X-Zendesk-Webhook-Signature": signature, "X-Zendesk-Webhook-Signature-Timestamp": stamp}


def _changes(ticket: Ticket, given: Json) -> Json:
    """What an update changes. `tags` replaces all of them, `additional_tags` and `remove_tags` do not."""
    changes: Json = {name: given[name] for name in ("status", "priority", "type", "external_id") if name in given}
    if given.get("subject"):
        changes["subject"] = given["subject"]
    tags = _tags(given["tags"]) if "tags" in given else list(ticket.tags)
    tags += [tag for tag in _tags(given.get("additional_tags")) if tag not in tags]
    tags = [tag for tag in tags if tag not in _tags(given.get("remove_tags"))]
    if tags != ticket.tags:
        changes["tags"] = tags
    if given.get("custom_fields"):
        changes["custom_fields"] = ticket.custom_fields | _known_fields(given)
    return changes


def _tags(value: list[str] | str | None) -> list[str]:
    """Zendesk tags have no spaces: one with a space becomes two."""
    words = (value if isinstance(value, str) else " ".join(value or [])).replace(",", " ").split()
    return list(dict.fromkeys(word.lower() for word in words))


def _known_fields(given: Json) -> dict[int, object]:
    known = {id for id, _, _ in FIELDS}
    values = given.get("custom_fields") or []
    return {item["id"]: item["value"] for item in values if item["id"] in known and item.get("value") is not None}


def _whole(text: str | None, fallback: int) -> int:
    return min(int(text), 10_000) if text is not None and text.isdigit() else fallback


def _digest(request: Request) -> str:
    return hashlib.sha256(request.body).hexdigest()


def _with_lookup(response: Response, lookup: str) -> Response:
    headers = {**response.headers, "x-idempotency-lookup": lookup}
    return Response(response.status, response.body, response.content_type, headers)


def _invalid_attribute(message: str) -> Response:
    return json_response(400, {"error": {"title": "Invalid attribute", "message": message}})


def _sentence(problem: Problem) -> str:
    return f"You passed an invalid value for the {problem.key} attribute. {problem.message}"
