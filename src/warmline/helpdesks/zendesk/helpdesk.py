"""Tickets in Zendesk Support. What is true of its API is in shared/helpdesks/FACTS.md, section 1."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from warmline.domain.bucket import Rate
from warmline.domain.connection import Checked, Tell, nobody
from warmline.domain.ticket import FollowUp, Ticket, TicketRef
from warmline.domain.watch import TicketNow, TicketStatus
from warmline.errors import TicketClosed, TicketRefused, Unclear
from warmline.helpdesks import rendering
from warmline.helpdesks.base import Channel, Doubles
from warmline.helpdesks.exchange import TIMEOUT, Exchange, Json, json_of, objects
from warmline.helpdesks.markers import holds
from warmline.helpdesks.zendesk.access import Access, OAuthAccess, TokenAccess
from warmline.helpdesks.zendesk.check import ZendeskCheck
from warmline.helpdesks.zendesk.config import ApiToken, ZendeskConfig
from warmline.helpdesks.zendesk.reading import ZendeskReader

_MOST_PAGES = 60  # a ticket has at most 5,000 comments
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?")
_NOT_IN_TAG = re.compile(r"[^a-z0-9_./-]+")


class Zendesk:
    """One connected account. Tickets are internal notes: a public first comment would be mailed to the shopper."""

    name = "zendesk"
    continues_in: Channel
    index_delay = timedelta(seconds=30)
    key_life: timedelta | None = timedelta(hours=2)
    doubles = Doubles.LOOKED_UP
    # The smallest plan allows 200 a minute, to all programs of the account together.
    rate: Rate | None = Rate(120, timedelta(minutes=1))
    word_opens = True

    def __init__(
        self, config: ZendeskConfig, http: httpx.AsyncClient, base_url: str | None = None, timeout: float = TIMEOUT
    ) -> None:
        self._config = config
        self._base = (base_url or config.base_url).rstrip("/")
        self._exchange, self._access = _connected(config, http, self._base, timeout)
        self._people: dict[str, Json] = {}
        self.continues_in = config.continues_in

    async def check(self, tell: Tell = nobody) -> Checked:
        return await ZendeskCheck(self._base, self._access, self._read_in_time, self.find).run(tell)

    @property
    def prepared(self) -> bool:
        return True

    async def prepare(self) -> None:
        """Nothing to look up."""

    def render(self, ticket: Ticket) -> bytes:
        return json.dumps({"ticket": self._as_zendesk(ticket)}, ensure_ascii=False).encode()

    async def create(self, key: str, body: bytes) -> TicketRef:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        async with self._exchange.deadline():
            response = await self._send("POST", "/api/v2/tickets", content=body, headers=headers)
        if (json_of(response) or {}).get("error") == "IdempotentRequestError":
            raise Unclear("Zendesk knows this request already: our ticket may exist.")
        return self._ref(self._exchange.content(response).get("ticket"))

    async def find(self, key: str) -> TicketRef | None:
        async with self._exchange.deadline():
            data = await self._read("/api/v2/tickets", {"external_id": key})
        tickets = objects(data, "tickets")
        if tickets is None or any(ticket.get("external_id") != key for ticket in tickets):
            raise Unclear("Zendesk answered the look-up with something else.")
        refs = sorted((self._ref(ticket) for ticket in tickets), key=lambda ref: int(ref.id))
        return replace(refs[0], twins=tuple(refs[1:])) if refs else None

    def render_follow_up(self, follow_up: FollowUp) -> bytes:
        comment = {"html_body": rendering.follow_up_note(follow_up).html, "public": False}
        return json.dumps({"ticket": {"comment": comment, "status": "open"}}, ensure_ascii=False).encode()

    async def append(self, ticket: TicketRef, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        async with self._exchange.deadline():
            response = await self._send("PUT", _path(ticket), content=body, headers=headers)
            if response.status_code == 422 and await self._is_closed(ticket):
                raise TicketClosed(f"The ticket {ticket.reference or ticket.id} is closed for good.")
        if not isinstance(self._about(ticket, response).get("ticket"), dict):
            raise Unclear("Zendesk did not confirm the follow-up.")

    async def has_follow_up(self, ticket: TicketRef, marker: str) -> bool:
        async with self._exchange.deadline():
            async for comment in self._comments(ticket):
                if holds(marker, _texts(comment)):
                    return True
        return False

    async def fetch(self, ticket: TicketRef) -> TicketNow:
        async def about() -> Json:
            found = self._about(ticket, await self._send("GET", _path(ticket))).get("ticket")
            if not isinstance(found, dict):
                raise Unclear("Zendesk did not show the ticket.")
            return found

        async def comments() -> list[Json]:
            return [comment async for comment in self._comments(ticket)]

        try:
            async with self._exchange.deadline():
                return await ZendeskReader(about, comments, self._user, self._people).run()
        except TicketRefused:
            return TicketNow(TicketStatus.GONE, ())

    async def reopen(self, ticket: TicketRef) -> None:
        """Nothing to do: a follow-up opens its ticket itself."""

    async def close(self) -> None:
        """The client belongs to whoever made it."""

    # What a ticket looks like there

    def _as_zendesk(self, ticket: Ticket) -> Json:
        fields = [{"id": self._config.profile_field, "value": rendering.profile_id(ticket)}]
        followed = ticket.follows or ""
        with_field = self._config.profile_field is not None and ticket.profile_id
        return {
            "subject": rendering.subject(ticket),
            "requester": _requester(ticket),
            "comment": {"html_body": rendering.note(ticket).html, "public": False},
            "tags": _tags("warmline", "warmline_handoff", f"reason_{ticket.reason}", *ticket.tags),
            "external_id": ticket.key,
            **({"custom_fields": fields} if with_field else {}),
            **({"via_followup_source_id": int(followed)} if followed.isdigit() else {}),
            "metadata": {"conversation_id": ticket.conversation, "handoff": ticket.handoff},
        }

    def _ref(self, ticket: object) -> TicketRef:
        id = ticket.get("id") if isinstance(ticket, dict) else None
        if not isinstance(id, int) or isinstance(id, bool):
            raise Unclear("Zendesk did not say which ticket it made.")
        return TicketRef(str(id), f"{self._base}/agent/tickets/{id}", f"#{id}")

    # Requests

    async def _comments(self, ticket: TicketRef) -> AsyncIterator[Json]:
        """All of them, oldest first."""
        after: str | None = None
        for _ in range(_MOST_PAGES):
            response = await self._send("GET", _path(ticket) + "/comments", params=_page(after))
            data = self._about(ticket, response)
            comments = objects(data, "comments")
            if comments is None:
                raise Unclear("Zendesk did not show the comments.")
            for comment in comments:
                yield comment
            after = _next(data)
            if after is None:
                return
        raise Unclear("The ticket has more comments than can be read.")

    async def _is_closed(self, ticket: TicketRef) -> bool:
        found = self._about(ticket, await self._send("GET", _path(ticket))).get("ticket")
        return isinstance(found, dict) and found.get("status") == "closed"

    async def _user(self, id: str) -> Json:
        response = await self._send("GET", f"/api/v2/users/{id}")
        if response.status_code == 404 and json_of(response):
            return {}  # deleted, which says nothing of the account
        user = self._exchange.content(response).get("user")
        if not isinstance(user, dict):
            raise Unclear("Zendesk did not say who wrote a comment.")
        return user

    def _about(self, ticket: TicketRef, response: httpx.Response) -> Json:
        """Content about one ticket. That it is gone says nothing of the account."""
        if response.status_code == 404 and json_of(response):
            raise TicketClosed(f"Zendesk has no ticket {ticket.reference or ticket.id} any more.", gone=True)
        return self._exchange.content(response)

    async def _read_in_time(self, path: str) -> Json:
        async with self._exchange.deadline():
            return await self._read(path, {})

    async def _read(self, path: str, params: dict[str, str]) -> Json:
        return self._exchange.content(await self._send("GET", path, params=params))

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:  # options are those of httpx
        """The answer to a request with our credentials, renewed once when they are refused."""
        header = await self._access.header()
        response = await self._send_as(header, method, path, **options)
        if response.status_code != 401 or (renewed := await self._access.renewed(header)) is None:
            return response
        return await self._send_as(renewed, method, path, **options)

    async def _send_as(self, authorization: str, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Accept": "application/json", **options.pop("headers", {}), "Authorization": authorization}
        return await self._exchange.send(method, path, headers=headers, **options)


def _connected(config: ZendeskConfig, http: httpx.AsyncClient, base: str, timeout: float) -> tuple[Exchange, Access]:
    credentials = config.credentials
    secret = credentials.token if isinstance(credentials, ApiToken) else credentials.secret
    exchange = Exchange("Zendesk", http, base, _words, (secret,), timeout)
    if isinstance(credentials, ApiToken):
        return exchange, TokenAccess(credentials)
    return exchange, OAuthAccess(credentials, exchange)


def _words(data: Json) -> str:
    """Zendesk's explanation: `error` is a code or an object, details name the fields."""
    error, details = data.get("error"), data.get("details")
    title = f"{error.get('title', '')} {error.get('message', '')}" if isinstance(error, dict) else str(error or "")
    more = [item.get("description") for items in _lists(details) for item in items if isinstance(item, dict)]
    parts = [title, data.get("description") or data.get("error_description"), *more]
    return " - ".join(part for part in parts if isinstance(part, str) and part.strip())


def _lists(details: object) -> list[list[object]]:
    return [items for items in details.values() if isinstance(items, list)] if isinstance(details, dict) else []


def _requester(ticket: Ticket) -> Json:
    locale = {"locale": ticket.lang} if _LOCALE.fullmatch(ticket.lang) else {}
    return {"name": rendering.name(ticket.name, ticket.email), "email": ticket.email, **locale}


def _tags(*names: str) -> list[str]:
    """Zendesk would make two tags of one with a space."""
    return list(dict.fromkeys(tag for name in names if (tag := _NOT_IN_TAG.sub("_", name.lower()).strip("_"))))


def _path(ticket: TicketRef) -> str:
    return f"/api/v2/tickets/{quote(ticket.id, safe='')}"


def _page(after: str | None) -> dict[str, str]:
    return {"page[size]": "100"} | ({"page[after]": after} if after else {})


def _next(data: Json) -> str | None:
    """The cursor of the next page. Never the link: it could lead our credentials elsewhere."""
    meta = data.get("meta")
    if not isinstance(meta, dict):
        if data.get("next_page"):
            raise Unclear("Zendesk did not say how to read the next comments.")
        return None
    after = meta.get("after_cursor")
    if meta.get("has_more") and not isinstance(after, str):
        raise Unclear("Zendesk did not say how to read the next comments.")
    return after if meta.get("has_more") else None


def _texts(comment: Json) -> list[object]:
    return [comment.get("plain_body"), comment.get("body"), comment.get("html_body")]
