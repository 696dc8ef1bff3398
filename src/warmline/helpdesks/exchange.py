"""One request to a vendor and what its answer means. All helpdesks share it, so that they fail alike."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from warmline.errors import AccountRefused, FetchRefused, HelpdeskError, Throttled, TicketRefused, Unclear

TIMEOUT = 20.0
LONGEST_WAIT = 600.0
USUAL_WAIT = 30.0
LONGEST_WORDS = 300
_BRIEF = 64 * 1024

# The connection was never there; our guard raises FetchRefused only before anything is sent.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, FetchRefused)
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")

# JSON is whatever the vendor sent; each adapter looks at it at run time.
Json = dict[str, Any]


class HostRefused(AccountRefused):
    """Nobody with such an account lives at this address."""


@dataclass(frozen=True)
class Exchange:
    """A vendor at an address. `words` finds the vendor's own explanation in the JSON of a refusal."""

    vendor: str
    http: httpx.AsyncClient
    base_url: str
    words: Callable[[Json], str]
    secrets: tuple[str, ...] = field(repr=False)
    timeout: float = TIMEOUT

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:  # options are those of httpx
        """The vendor's answer, whatever it is. Raises Unclear when there is none."""
        try:
            return await self.http.request(method, self.base_url + path, follow_redirects=False, **options)
        except _NEVER_LEFT as error:
            raise Unclear(f"{self.vendor} cannot be reached.", made_nothing=True) from error
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError) as error:
            raise Unclear(f"{self.vendor} did not answer: {self._shown(str(error))}") from error

    async def send_briefly(
        self, method: str, path: str, **options: Any
    ) -> httpx.Response:  # options are those of httpx
        """As `send`, for a receiver whose status alone counts: of its body at most 64 KiB are read, and a body that
        breaks off is as good as none."""
        try:
            request = self.http.build_request(method, self.base_url + path, **options)
            response = await self.http.send(request, stream=True, follow_redirects=False)
        except _NEVER_LEFT as error:
            raise Unclear(f"{self.vendor} cannot be reached.", made_nothing=True) from error
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError) as error:
            raise Unclear(f"{self.vendor} did not answer: {self._shown(str(error))}") from error
        try:
            body = await _beginning(response)
        finally:
            await response.aclose()
        return httpx.Response(response.status_code, headers=_readable(response.headers), content=body)

    def content(self, response: httpx.Response) -> Json:
        """The JSON object of a success. Raises what any other answer means."""
        if not response.is_success:
            raise self.refusal(response)
        data = json_of(response)
        if data is None:
            raise Unclear(f"{self.vendor} answered {response.status_code} with something that is not JSON.")
        if data.get("error"):
            raise Unclear(f"{self.vendor} answered {response.status_code} with an error{self._explained(response)}.")
        return data

    def refusal(self, response: httpx.Response) -> HelpdeskError:
        """What an answer other than a success means."""
        status, wait = response.status_code, _wait(response)
        said = f"{self.vendor} answered {status}{self._explained(response)}."
        match status:
            case 429:
                return Throttled(said, USUAL_WAIT if wait is None else wait)
            # A page instead of JSON does not come from the API but from something in front of it, such as a
            # firewall that dislikes what a shopper wrote: one ticket must not pause the account.
            case 403 if _is_page(response):
                return Unclear(said, wait)
            case 401 | 402 | 403:
                return AccountRefused(said)
            case 404 | 301 | 302 | 303 | 307 | 308:
                return HostRefused(said)
            case 408 | 409 | 423 | 425:
                return Unclear(said, wait)
            case _ if 400 <= status < 500:
                return TicketRefused(said)
            case _:
                return Unclear(said, wait)

    @asynccontextmanager
    async def deadline(self) -> AsyncIterator[None]:
        """All of one call, with its token and its second try, ends in time."""
        try:
            async with asyncio.timeout(self.timeout):
                yield
        except TimeoutError as error:
            raise Unclear(f"{self.vendor} did not answer within {self.timeout:g} s.") from error

    def _explained(self, response: httpx.Response) -> str:
        data = json_of(response)
        words = self._shown(self.words(data)) if data else ""
        return f": {words.rstrip('.')}" if words else ""

    def _shown(self, text: str) -> str:
        """A vendor's words for our logs and pages: one line, short, without our credentials."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        text = _UNSEEN.sub(" ", text).strip()
        return text if len(text) <= LONGEST_WORDS else text[: LONGEST_WORDS - 1] + "…"


async def _beginning(response: httpx.Response) -> bytes:
    body = b""
    with suppress(httpx.HTTPError, httpx.StreamError, OSError):
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > _BRIEF:
                return b""
    return body


def _readable(headers: httpx.Headers) -> dict[str, str]:
    """The body was unpacked on the way."""
    return {name: value for name, value in headers.items() if name in ("content-type", "retry-after")}


def json_of(response: httpx.Response) -> Json | None:
    """The JSON object in an answer, or None: pages, halves, lists and nonsense."""
    try:
        data = response.json()
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def objects(data: Json, name: str) -> list[Json] | None:
    """The list of objects under this name, or None when the answer has another shape."""
    items = data.get(name)
    good = isinstance(items, list) and all(isinstance(item, dict) for item in items)
    return items if good else None


def _is_page(response: httpx.Response) -> bool:
    return "html" in response.headers.get("content-type", "").lower()


def _wait(response: httpx.Response) -> float | None:
    """Retry-After in seconds, between 1 s and 10 min; None when it is absent or odd."""
    text = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text, re.ASCII):
        return min(max(float(text), 1.0), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - datetime.now(UTC)).total_seconds(), 1.0), LONGEST_WAIT)
