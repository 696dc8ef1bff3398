"""A stand-in for Klaviyo: one account, profiles by e-mail, and events."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from warmline.sandbox.faults import Operation
from warmline.sandbox.http import Json, Refused, Request, Response, json_response
from warmline.sandbox.shape import Field, Problem, problems
from warmline.sandbox.text import is_email, utc_now
from warmline.sandbox.vendor import Settings, operation_of, route

JSON_API = "application/vnd.api+json"
CODES = {400: "invalid", 401: "authentication_failed", 403: "permission_denied", 404: "not_found",
         405: "method_not_allowed", 409: "duplicate_profile", 415: "unsupported_media_type",
         422: "missing_revision", 429: "throttled"}  # fmt: skip
FILTER = re.compile(r'equals\((email|id|external_id|phone_number|_kx),\s*("(?:[^"\\]|\\.)*")\)')
ATTRIBUTES = ("email", "phone_number", "external_id", "first_name", "last_name", "organization", "locale", "title",
              "image", "created", "updated", "last_event_date", "location", "properties")  # fmt: skip

MOST_EVENTS = 20_000
IDENTIFIERS = ("email", "phone_number", "external_id", "anonymous_id", "_kx")


def _resource(kind: str, attributes: Mapping[str, Field]) -> Field:
    fields = {
        "type": Field((str,), required=True, nullable=False, choices=(kind,)),
        "attributes": Field((dict,), required=True, nullable=False, fields=attributes),
        "id": Field((str,)),
    }
    return Field((dict,), required=True, nullable=False, fields=fields)


def _wrapped(resource: Field) -> Field:
    return Field((dict,), required=True, nullable=False, fields={"data": resource})


EVENT: Mapping[str, Field] = {
    "data": _resource("event", {
        "properties": Field((dict,), required=True, nullable=False),
        "metric": _wrapped(_resource("metric", {"name": Field((str,), required=True, nullable=False)})),
        "profile": _wrapped(_resource("profile", {name: Field((str,)) for name in IDENTIFIERS})),
        "time": Field((str,)), "unique_id": Field((str,)), "value": Field((int, float)), "backfill": Field((bool,)),
    }),
}  # fmt: skip


@dataclass
class Profile:
    id: str
    attributes: Json
    created: str = field(default_factory=utc_now)

    def get(self, name: str) -> object:
        return {"id": self.id, "created": self.created, "updated": self.created}.get(name, self.attributes.get(name))

    def as_json(self, base: str, wanted: list[str]) -> Json:
        shown: Json = {name: self.get(name) for name in ATTRIBUTES if not wanted or name in wanted}
        if "properties" in shown:
            shown["properties"] = shown["properties"] or {}
        if "location" in shown:
            shown["location"] = shown["location"] or {}
        link = f"{base}/api/profiles/{self.id}/"
        return {"type": "profile", "id": self.id, "attributes": shown, "links": {"self": link}}


class Klaviyo:
    def __init__(self, settings: Settings, base: str) -> None:
        self.settings = settings
        self.base = base
        self.events: list[Json] = []
        self._profiles: dict[str, Profile] = {}
        self._keys: dict[str, str] = {}
        self._roles: dict[str, str] = {}
        self._unique: set[tuple[str, str, str]] = set()
        self._ids = count(1)
        self.routes = (
            route("GET", "/api/accounts", Operation.CHECK, self._accounts),
            route("GET", "/api/profiles", Operation.PROFILE, self._list_profiles),
            route("POST", "/api/events", Operation.EVENT, self._add_event),
        )

    # What surrounds a request

    def operation(self, request: Request) -> Operation:
        return operation_of(self.routes, request)

    def admit(self, request: Request) -> None:
        user = self._user(request)
        if user is None:
            raise Refused(self.failure(401, "Incorrect authentication credentials."))
        if self._roles[user] == "none":
            raise Refused(self.failure(403, "The API key is missing a scope for this operation."))
        if not request.headers.get("revision"):
            raise Refused(self.failure(422, "The revision header is required."))
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and kind not in (JSON_API, "application/json"):
            raise Refused(self.failure(415, f"Content-Type must be {JSON_API}."))

    def failure(self, status: int, message: str, source: Json | None = None) -> Response:
        code = CODES.get(status, "error")
        error = {"id": str(uuid4()), "status": status, "code": code, "title": code.replace("_", " ").capitalize() + "."}
        body = {"errors": [{**error, "detail": message, "source": source or {"pointer": "/data/"}}]}
        return _json_api(json_response(status, body))

    def headers(self, used: int, settings: Settings) -> Mapping[str, str]:
        limit = settings.rate_limit or 75
        return {"RateLimit-Limit": str(limit), "RateLimit-Remaining": str(max(0, limit - used)), "RateLimit-Reset": "1"}

    def add_credential(self, user: str, secret: str, role: str) -> None:
        self._keys[user], self._roles[user] = secret, role

    def revoke_credential(self, user: str) -> None:
        self._keys.pop(user, None)

    # What people and tests do

    def add_profile(self, email: str, id: str | None, attributes: Json) -> str:
        """Add a profile, or replace the one with that address."""
        self.remove_profile(email)
        profile = Profile(id or f"01DEMOPROFILE{next(self._ids):013d}", {**attributes, "email": email})
        self._profiles[profile.id] = profile
        return profile.id

    def remove_profile(self, email: str) -> None:
        self._profiles = {id: item for id, item in self._profiles.items() if not _same(item.get("email"), email)}

    def profiles(self) -> list[Json]:
        return [{"id": profile.id, **profile.attributes} for profile in self._profiles.values()]

    # The API

    def _accounts(self, _: Request) -> Response:
        address = dict.fromkeys(("address1", "address2", "city", "region", "country", "zip"))
        contact = {"default_sender_name": "Demo Shop", "default_sender_email": "hello@demo-shop.example"}
        shop = {"website_url": "https://demo-shop.example", "organization_name": "Demo Shop", "street_address": address}
        attributes = {"test_account": True, "contact_information": {**contact, **shop}, "industry": None}
        places = {"timezone": "Europe/Warsaw", "preferred_currency": "EUR", "locale": "en-US"}
        attributes |= {**places, "public_api_key": "DEMO01"}
        account = {"type": "account", "id": "DEMO01", "attributes": attributes}
        link = {"self": f"{self.base}/api/accounts/DEMO01/"}
        return self._answer({"data": [{**account, "links": link}], "links": {"self": f"{self.base}/api/accounts/"}})

    def _list_profiles(self, request: Request) -> Response:
        found = list(self._profiles.values())
        if "filter" in request.query:
            name, value = self._filter(request.query["filter"])
            found = [profile for profile in found if _same(profile.get(name), value)]
        wanted = [name for name in request.query.get("fields[profile]", "").split(",") if name]
        if unknown := [name for name in wanted if name not in (*ATTRIBUTES, "id") and "." not in name]:
            raise self._bad(f"'{unknown[0]}' is not a valid field for the resource 'profile'.", "fields[profile]")
        data = [profile.as_json(self.base, wanted) for profile in found[: self._size(request)]]
        return self._answer({"data": data, "links": {"self": f"{self.base}/api/profiles/"}})

    def _add_event(self, request: Request) -> Response:
        attributes = self._event(request)
        given = attributes["profile"]["data"]
        profile = self._profile_for(given)
        metric, unique = attributes["metric"]["data"]["attributes"]["name"], attributes.get("unique_id")
        # One event for each profile, metric and unique_id: the first one wins, and the answer is the same.
        key = (profile.id, metric, unique or str(uuid4()))
        if key not in self._unique:
            self._unique.add(key)
            shown = {"metric": metric, "email": profile.get("email"), "profile_id": profile.id, "received": utc_now()}
            rest = {name: attributes.get(name) for name in ("properties", "time", "unique_id", "value", "backfill")}
            self.events.append({**shown, **rest})
        return Response(202, b"", JSON_API)

    # Looking at what came

    def _user(self, request: Request) -> str | None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Klaviyo-API-Key":
            return None
        good = (user for user, known in self._keys.items() if secrets.compare_digest(known.encode(), key.encode()))
        return next(good, None)

    def _filter(self, text: str) -> tuple[str, str]:
        match = FILTER.fullmatch(text.strip())
        if match is None:
            raise self._bad(f"Invalid filter provided: {text}", "filter")
        name, value = match[1], json.loads(match[2])
        if name == "email" and not is_email(value):
            raise self._bad(f"Invalid email address: {value}", "filter")
        return name, value

    def _size(self, request: Request) -> int:
        text = request.query.get("page[size]", "20")
        if not text.isdigit() or not 1 <= int(text[:9]) <= 100:
            raise self._bad("Page size must be an integer between 1 and 100.", "page[size]")
        return int(text)

    def _event(self, request: Request) -> Json:
        try:
            body = request.json()
        except ValueError as error:
            raise Refused(self.failure(400, "The payload provided in the request is not valid JSON.")) from error
        if found := problems(body, EVENT):
            raise Refused(self.failure(400, _sentence(found[0]), {"pointer": "/" + "/".join(found[0].path)}))
        attributes: Json = body["data"]["attributes"]
        who = attributes["profile"]["data"]
        if not who.get("id") and not any(who["attributes"].get(name) for name in IDENTIFIERS):
            pointer = {"pointer": "/data/attributes/profile/data/attributes"}
            raise Refused(self.failure(400, "One of id, email, phone_number, external_id… is required.", pointer))
        if len(self.events) >= MOST_EVENTS:
            raise Refused(self.failure(503, "The sandbox is full: reset or restart it."))
        return attributes

    def _profile_for(self, given: Json) -> Profile:
        attributes = given["attributes"]
        for profile in self._profiles.values():
            same = any(_same(profile.get(name), attributes.get(name)) for name in IDENTIFIERS)
            if profile.id == given.get("id") or same:
                return profile
        profile = Profile(given.get("id") or f"01DEMOPROFILE{next(self._ids):013d}", dict(attributes))
        self._profiles[profile.id] = profile
        return profile

    def _answer(self, body: Json) -> Response:
        return _json_api(json_response(200, body))

    def _bad(self, message: str, parameter: str) -> Refused:
        return Refused(self.failure(400, message, {"parameter": parameter}))


def _same(one: object, other: object) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one.lower() == other.lower()


def _sentence(problem: Problem) -> str:
    return f"The field '{problem.key}' is required." if problem.missing else f"'{problem.key}': {problem.message}"


def _json_api(response: Response) -> Response:
    return Response(response.status, response.body, JSON_API, response.headers)
