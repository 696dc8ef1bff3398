"""Profiles in Klaviyo. What is true of its API is in shared/helpdesks/FACTS.md, section 3."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

import httpx

from warmline.domain.connection import Checked, CheckStep, Tell, nobody
from warmline.domain.profile_event import ProfileEvent
from warmline.domain.visitor import EmailAddress
from warmline.errors import FetchRefused, OutsideError
from warmline.profiles.base import EventRefused
from warmline.profiles.klaviyo.config import KlaviyoConfig

REVISION = "2026-07-15"
TIMEOUT = 3.0
_KEYS = "Make a private API key under Settings > API keys with the scopes accounts:read and profiles:read."


class KlaviyoRefused(OutsideError):
    """Klaviyo does not accept our key, or our question."""


class Later(OutsideError):
    """Klaviyo asks to come back after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Klaviyo:
    """One connected account. It is only asked about an address that the visitor gave."""

    name = "klaviyo"

    def __init__(
        self, config: KlaviyoConfig, http: httpx.AsyncClient, base_url: str | None = None, timeout: float = TIMEOUT
    ) -> None:
        self._config, self._http, self._timeout = config, http, timeout
        self._base = (base_url or config.base_url).rstrip("/")

    async def check(self, tell: Tell = nobody) -> Checked:
        progress = _Progress(tell, ("Credentials accepted", "May read profiles"))
        await progress.step(self._account, _KEYS)
        await progress.step(self._any_profile, "Allow the API key profiles:read.")
        return Checked(progress.steps, progress.unclear)

    async def profile_id(self, email: EmailAddress) -> str | None:
        # The value is a JSON string, so a quote or backslash in it cannot end the filter.
        query = {"filter": f"equals(email,{json.dumps(str(email))})", "fields[profile]": "email", "page[size]": "1"}
        for profile in await self._read("/api/profiles", query):
            id, known_as = profile.get("id"), _attributes(profile).get("email", email.key)
            if not isinstance(id, str) or not id or not isinstance(known_as, str) or known_as.lower() != email.key:
                raise OutsideError("Klaviyo answered with another profile.")
            return id
        return None

    async def tell(self, event: ProfileEvent) -> None:
        """One event; Klaviyo keeps the first with this unique id for this profile and metric."""
        metric = {"data": {"type": "metric", "attributes": {"name": event.what.value}}}
        profile = {"data": {"type": "profile", "attributes": {"email": str(event.email)}}}
        attributes = {
            "unique_id": event.unique_id,
            "time": event.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "metric": metric,
            "profile": profile,
            "properties": dict(event.properties),
        }
        body = json.dumps({"data": {"type": "event", "attributes": attributes}}, ensure_ascii=False).encode()
        response = await self._send("POST", "/api/events", content=body)
        if response.status_code in (400, 413, 422):
            raise EventRefused(f"Klaviyo answered {response.status_code} to an event.")
        if response.status_code == 429:
            wait = response.headers.get("retry-after", "")
            raise Later("Klaviyo asks to wait.", float(wait) if wait.isascii() and wait.isdigit() else 30.0)
        if not response.is_success:
            raise OutsideError(f"Klaviyo answered {response.status_code} to an event.")

    async def close(self) -> None:
        """The client belongs to whoever made it."""

    async def _account(self) -> str:
        for account in await self._read("/api/accounts", {}):
            contact = _attributes(account).get("contact_information")
            name = contact.get("organization_name") if isinstance(contact, dict) else None
            return f"Account of {name}." if isinstance(name, str) else ""
        return ""

    async def _any_profile(self) -> str:
        await self._read("/api/profiles", {"fields[profile]": "email", "page[size]": "1"})
        return ""

    async def _read(self, path: str, query: dict[str, str]) -> list[dict[str, Any]]:  # JSON of the vendor
        """The objects in `data`. Raises KlaviyoRefused, or OutsideError when nobody knows."""
        response = await self._send("GET", path, params=query)
        if 300 <= response.status_code < 500 and response.status_code not in (408, 409, 425, 429):
            raise KlaviyoRefused(f"Klaviyo answered {response.status_code}.")
        if not response.is_success:
            raise OutsideError(f"Klaviyo answered {response.status_code}.")
        return _data(response)

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:  # options are those of httpx
        key, kind = f"Klaviyo-API-Key {self._config.api_key}", "application/vnd.api+json"
        headers = {"Authorization": key, "revision": REVISION, "Accept": kind}
        if "content" in options:
            headers["Content-Type"] = kind
        try:
            async with asyncio.timeout(self._timeout):
                address = self._base + path
                return await self._http.request(method, address, headers=headers, follow_redirects=False, **options)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, FetchRefused, OSError) as error:
            raise OutsideError("Klaviyo cannot be reached or did not answer in time.") from error


@dataclass
class _Progress:
    """The steps of a check, up to the first that fails. `tell` hears each before it runs."""

    tell: Tell
    names: tuple[str, ...]
    steps: list[CheckStep] = field(default_factory=list)
    unclear: bool = False
    failed: bool = False

    async def step(self, run: Callable[[], Awaitable[str]], remedy: str) -> None:
        name = self.names[len(self.steps)]
        if self.failed:
            self.steps.append(CheckStep(name, None))
            return
        self.tell([*self.steps, *(CheckStep(each, None) for each in self.names[len(self.steps) :])])
        try:
            self.steps.append(CheckStep(name, True, await run()))
            return
        except KlaviyoRefused as error:
            self.steps.append(CheckStep(name, False, str(error), remedy))
        except OutsideError as error:
            self.steps.append(CheckStep(name, None, str(error)))
            self.unclear = True
        self.failed = True


def _data(response: httpx.Response) -> list[dict[str, Any]]:
    try:
        body = response.json()
    except (ValueError, RecursionError) as error:
        raise OutsideError("Klaviyo answered with something that is not JSON.") from error
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise OutsideError("Klaviyo answered with something that is not a list.")
    return data


def _attributes(item: dict[str, Any]) -> dict[str, Any]:
    attributes = item.get("attributes")
    return attributes if isinstance(attributes, dict) else {}
