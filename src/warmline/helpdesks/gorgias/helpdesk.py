"""Tickets in Gorgias. What is true of its API is in shared/helpdesks/FACTS.md, section 2."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from warmline.domain.bucket import Rate
from warmline.domain.connection import Checked, Tell, nobody
from warmline.domain.ticket import FollowUp, Ticket, TicketRef
from warmline.domain.watch import TicketNow, TicketStatus
from warmline.errors import AccountRefused, TicketClosed, TicketRefused, Unclear
from warmline.helpdesks.base import Channel, Doubles
from warmline.helpdesks.exchange import TIMEOUT, Exchange, Json, json_of, objects
from warmline.helpdesks.gorgias import reading, shape
from warmline.helpdesks.gorgias.check import GorgiasCheck
from warmline.helpdesks.gorgias.config import GorgiasConfig
from warmline.helpdesks.gorgias.mailboxes import first_mailbox
from warmline.helpdesks.markers import holds

_MOST_PAGES = 60


class Gorgias:
    """One connected account. A ticket is one message of the shopper and one internal note.

    Never an outgoing public message: without `sent_datetime` Gorgias would mail it to the shopper. There is no
    idempotency key, so `find` is the only net.
    """

    name = "gorgias"
    continues_in: Channel
    index_delay = timedelta(seconds=30)
    key_life: timedelta | None = None
    doubles = Doubles.LOOKED_UP
    # An API key may ask 40 times in 20 s; a search that finds nothing asks twice.
    rate: Rate | None = Rate(30, timedelta(seconds=20), look_up=2)
    word_opens = False

    def __init__(
        self, config: GorgiasConfig, http: httpx.AsyncClient, base_url: str | None = None, timeout: float = TIMEOUT
    ) -> None:
        self._config = config
        self._base = (base_url or config.base_url).rstrip("/")
        self._exchange = Exchange("Gorgias", http, self._base, _words, (config.api_key,), timeout)
        self._auth = httpx.BasicAuth(str(config.email), config.api_key)
        self._mailbox = str(config.mailbox) if config.mailbox else None
        self._me: Json | None = None
        self.continues_in = config.continues_in

    async def check(self, tell: Tell = nobody) -> Checked:
        return await GorgiasCheck(self._base, self._read_in_time, self.prepare, self.find).run(tell)

    @property
    def prepared(self) -> bool:
        return self._mailbox is not None or not self._config.auto_reply

    async def prepare(self) -> None:
        """Find the mailbox that agents reply from, where the settings name none."""
        if self.prepared:
            return
        async with self._exchange.deadline():
            found = [item async for item in self._all("/api/integrations", {})]
        self._mailbox = first_mailbox(found)
        if self._mailbox is None:
            raise AccountRefused("Gorgias has no e-mail mailbox: connect one there, or name it in the settings.")

    def render(self, ticket: Ticket) -> bytes:
        return shape.ticket(ticket, self._route)

    async def create(self, key: str, body: bytes) -> TicketRef:
        async with self._exchange.deadline():
            response = await self._post("/api/tickets", body)
            if response.status_code == 409:
                response = await self._post("/api/tickets", await self._with_customer_id(body))
        if response.status_code == 409:
            raise TicketRefused(str(self._exchange.refusal(response)))
        return self._ref(self._exchange.content(response))

    async def find(self, key: str) -> TicketRef | None:
        async with self._exchange.deadline():
            # By default the list holds trashed tickets too, says one source; so ask for them when it came back empty.
            # A trashed one was made all the same (people or an automatic merge removed it): never make it again.
            found = await self._with_external_id(key, {}) or await self._with_external_id(key, {"trashed": "true"})
        found.sort(key=lambda ticket: (bool(ticket.get("trashed_datetime")), int(self._ref(ticket).id)))
        if not found:
            return None
        # A trashed twin was merged or thrown away by people: it doubles nothing.
        twins = tuple(self._ref(ticket) for ticket in found[1:] if not ticket.get("trashed_datetime"))
        return replace(self._ref(found[0]), twins=twins)

    def render_follow_up(self, follow_up: FollowUp) -> bytes:
        return shape.follow_up(follow_up, self._route)

    async def append(self, ticket: TicketRef, body: bytes) -> None:
        async with self._exchange.deadline():
            response = await self._post(f"/api/tickets/{quote(ticket.id, safe='')}/messages", body)
        if response.status_code == 404 and json_of(response):
            raise TicketClosed(f"Gorgias has no ticket {ticket.reference or ticket.id} any more.", gone=True)
        if not isinstance(self._exchange.content(response).get("id"), int):
            raise Unclear("Gorgias did not confirm the follow-up.")

    async def has_follow_up(self, ticket: TicketRef, marker: str) -> bool:
        async with self._exchange.deadline():
            async for message in self._all("/api/messages", {"ticket_id": ticket.id}):
                if holds(marker, _texts(message)):
                    return True
        return False

    async def fetch(self, ticket: TicketRef) -> TicketNow:
        async with self._exchange.deadline():
            response = await self._send("GET", f"/api/tickets/{quote(ticket.id, safe='')}")
            if response.status_code == 404 and json_of(response):
                return TicketNow(TicketStatus.GONE, ())
            found = self._exchange.content(response)
            if self._me is None:
                self._me = await self._read("/api/users/0", {})
            messages = [item async for item in self._all("/api/messages", {"ticket_id": ticket.id})]
        return reading.ticket_now(found, messages, self._me)

    async def reopen(self, ticket: TicketRef) -> None:
        """Here a word alone may leave a closed ticket closed."""
        async with self._exchange.deadline():
            path, headers = f"/api/tickets/{quote(ticket.id, safe='')}", {"Content-Type": "application/json"}
            response = await self._send("PUT", path, content=b'{"status": "open"}', headers=headers)
        if response.status_code == 404 and json_of(response):
            raise TicketClosed(f"Gorgias has no ticket {ticket.reference or ticket.id} any more.", gone=True)
        self._exchange.content(response)

    async def close(self) -> None:
        """The client belongs to whoever made it."""

    @property
    def _route(self) -> shape.Route:
        if not self._config.auto_reply:
            return shape.Route("api", None, str(self._config.email))
        if self._mailbox is None:
            raise RuntimeError("render without prepare: the mailbox is not known yet")
        return shape.Route("email", self._mailbox, str(self._config.email))

    def _ref(self, ticket: Json) -> TicketRef:
        id = ticket.get("id")
        if not isinstance(id, int) or isinstance(id, bool):
            raise Unclear("Gorgias did not say which ticket it made.")
        return TicketRef(str(id), f"{self._base}/app/ticket/{id}", f"#{id}")

    # Requests

    async def _with_customer_id(self, body: bytes) -> bytes:
        """The same ticket, its customer named by id: 409 says that the address belongs to a customer already.

        Nothing was made, and Gorgias has no idempotency key, so these bytes may differ from the stored ones.
        """
        customers = [item async for item in self._all("/api/customers", {"email": shape.email_in(body)})]
        ids = [id for item in customers if isinstance(id := item.get("id"), int)]
        return shape.with_customer(body, ids[0]) if ids else body

    async def _with_external_id(self, key: str, extra: Mapping[str, str]) -> list[Json]:
        tickets = [item async for item in self._all("/api/tickets", {"external_id": key, **extra})]
        if any(ticket.get("external_id") != key for ticket in tickets):
            raise Unclear("Gorgias answered the look-up with something else.")
        return tickets

    async def _all(self, path: str, params: Mapping[str, str]) -> AsyncIterator[Json]:
        """Every item of a list. An answer of another shape is Unclear, never an empty list."""
        cursor: Mapping[str, str] = {}
        for _ in range(_MOST_PAGES):
            data = await self._read(path, {**params, "limit": "100", **cursor})
            items, meta = objects(data, "data"), data.get("meta")
            if items is None or not isinstance(meta, dict):
                raise Unclear("Gorgias answered with something that is not a list.")
            for item in items:
                yield item
            if not meta.get("next_cursor"):
                return
            cursor = {"cursor": str(meta["next_cursor"])}
        raise Unclear("Gorgias has more than can be read.")

    async def _read_in_time(self, path: str) -> Json:
        async with self._exchange.deadline():
            return await self._read(path, {})

    async def _read(self, path: str, params: Mapping[str, str]) -> Json:
        return self._exchange.content(await self._send("GET", path, params=params))

    async def _post(self, path: str, body: bytes) -> httpx.Response:
        return await self._send("POST", path, content=body, headers={"Content-Type": "application/json"})

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:  # options are those of httpx
        headers = {"Accept": "application/json", **options.pop("headers", {})}
        return await self._exchange.send(method, path, auth=self._auth, headers=headers, **options)


def _words(data: Json) -> str:
    """Gorgias' explanation, with the fields that it names."""
    error = data.get("error")
    if not isinstance(error, dict):
        return str(error or "")
    fields = error.get("data")
    return f"{error.get('msg', '')} {json.dumps(fields, ensure_ascii=False) if fields else ''}".strip()


def _texts(message: Json) -> list[object]:
    return [message.get("body_text"), message.get("body_html"), message.get("stripped_text")]
