"""Handoffs to an address of the shop's own, signed (docs/webhook.md).

The receiver cannot be searched. It knows an event by `webhook-id`, which is the same for every try of it, and drops the
second: that is its half of "exactly one ticket". So a try without a clear answer is simply made again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx

from warmline.domain.bucket import Rate
from warmline.domain.connection import Checked, Tell, nobody
from warmline.domain.ids import fresh
from warmline.domain.signature import signed_headers
from warmline.domain.ticket import FollowUp, Ticket, TicketRef
from warmline.errors import AccountRefused, FetchRefused, Unclear
from warmline.helpdesks import checks
from warmline.helpdesks.base import Channel, Doubles
from warmline.helpdesks.checks import NotGood, Step
from warmline.helpdesks.exchange import TIMEOUT, Exchange, Json, json_of
from warmline.helpdesks.safe_text import link_target, one_line
from warmline.helpdesks.webhook.body import follow_up_body, id_in, ping_body, ticket_body
from warmline.helpdesks.webhook.config import WebhookConfig

_LONGEST = 100
_ADDRESS = "Use an https address that is reachable from the internet."
_PING = "Let the receiver check the signature with this secret, and answer a ping with 200."


def _now() -> datetime:
    return datetime.now(UTC)


class Webhook:
    """One receiver. 2xx means that it has the event; what else it answers may name the ticket."""

    name = "webhook"
    continues_in = Channel.EMAIL
    index_delay = timedelta(0)
    key_life: timedelta | None = None
    doubles = Doubles.DROPPED_THERE
    rate: Rate | None = None

    def __init__(
        self,
        config: WebhookConfig,
        http: httpx.AsyncClient,
        base_url: str | None = None,
        timeout: float = TIMEOUT,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._config, self._clock = config, clock
        self._base = (base_url or config.origin).rstrip("/")
        self._exchange = Exchange("The webhook", http, self._base, _words, config.secrets, timeout)
        self._pinged: httpx.Response | None = None

    async def check(self, tell: Tell = nobody) -> Checked:
        return await checks.run(
            [Step("Address answers", self._answers, _ADDRESS), Step("Ping accepted", self._accepted, _PING)], tell
        )

    @property
    def prepared(self) -> bool:
        return True

    async def prepare(self) -> None:
        """Nothing to look up."""

    def render(self, ticket: Ticket) -> bytes:
        return ticket_body(ticket)

    async def create(self, key: str, body: bytes) -> TicketRef:
        async with self._exchange.deadline():
            response = await self._call(body)
        return _ref(id_in(body), self._good(response))

    async def find(self, key: str) -> TicketRef | None:
        raise Unclear("A webhook cannot be searched.")

    def render_follow_up(self, follow_up: FollowUp) -> bytes:
        return follow_up_body(follow_up)

    async def append(self, ticket: TicketRef, body: bytes) -> None:
        async with self._exchange.deadline():
            response = await self._call(body)
        self._good(response)

    async def has_follow_up(self, ticket: TicketRef, marker: str) -> bool:
        raise Unclear("A webhook cannot be searched.")

    async def close(self) -> None:
        """The client belongs to whoever made it."""

    # Calls

    async def _call(self, body: bytes) -> httpx.Response:
        """Signed at this very moment; the id is the event's own, so it is the same for every try."""
        signed = signed_headers(self._config.keys, id_in(body), self._clock(), body)
        headers = {"Content-Type": "application/json"} | signed
        return await self._exchange.send_briefly("POST", self._config.path, content=body, headers=headers)

    def _good(self, response: httpx.Response) -> httpx.Response:
        """A 2xx. Raises what any other answer means; 410 is how a receiver says "never again"."""
        if response.is_success:
            return response
        refusal = self._exchange.refusal(response)
        raise AccountRefused(str(refusal)) if response.status_code == 410 else refusal

    # The check

    async def _answers(self) -> str:
        body = ping_body(fresh("ping"), self._clock())
        try:
            async with self._exchange.deadline():
                self._pinged = await self._call(body)
        except Unclear as error:
            if isinstance(error.__cause__, FetchRefused):
                raise NotGood(f"{error.__cause__}.") from error
            raise
        return self._base

    async def _accepted(self) -> str:
        assert self._pinged is not None  # noqa: S101  the step before
        self._good(self._pinged)
        return f"It answered {self._pinged.status_code}."


def _ref(id: str, response: httpx.Response) -> TicketRef:
    """What the receiver calls the ticket; our own id where it says nothing that can be used."""
    said = json_of(response) or {}
    url = said.get("url")
    return TicketRef(
        _text(said.get("id")) or id, link_target(url) if isinstance(url, str) else None, _text(said.get("reference"))
    )


def _text(value: object) -> str | None:
    """A name or a number, as one line."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return one_line(str(value)[:_LONGEST], _LONGEST) or None


def _words(data: Json) -> str:
    """The receiver's explanation, wherever it put it."""
    found = (data.get(key) for key in ("detail", "message", "error"))
    return next((each for each in found if isinstance(each, str) and each.strip()), "")
