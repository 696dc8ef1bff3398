"""How requests to Zendesk prove who we are."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import httpx

from warmline.errors import AccountRefused, Unclear
from warmline.helpdesks.exchange import Exchange, Json, json_of
from warmline.helpdesks.zendesk.config import ApiToken, OAuthClient

# The least we need; a client that was limited to the old names gets those.
SCOPES = ("tickets:read tickets:write users:read", "read write")
_RENEW_BEFORE = 60.0
_USUAL_LIFE = 1800.0


class Access(Protocol):
    """A way in. `scopes` are None where the vendor has none."""

    async def header(self) -> str:
        """The value of Authorization."""

    async def renewed(self, refused: str) -> str | None:
        """Another value after this one got a 401, or None when there is no other."""

    @property
    def scopes(self) -> frozenset[str] | None: ...


@dataclass(frozen=True)
class TokenAccess:
    """Basic auth with an API token."""

    credentials: ApiToken
    scopes: None = None

    async def header(self) -> str:
        pair = f"{self.credentials.email}/token:{self.credentials.token}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    async def renewed(self, refused: str) -> str | None:
        return None


@dataclass(frozen=True)
class _Grant:
    header: str
    scopes: frozenset[str]
    ends: float


class OAuthAccess:
    """Bearer tokens of the client credentials grant: one at a time, fetched before it ends, shared by all calls."""

    def __init__(self, client: OAuthClient, exchange: Exchange, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._exchange, self._clock = client, exchange, clock
        self._lock = asyncio.Lock()
        self._grant: _Grant | None = None

    @property
    def scopes(self) -> frozenset[str] | None:
        return self._grant.scopes if self._grant else None

    async def header(self) -> str:
        async with self._lock:
            if self._grant is None or self._grant.ends <= self._clock():
                self._grant = await self._fetched()
            return self._grant.header

    async def renewed(self, refused: str) -> str | None:
        async with self._lock:
            # Ten calls may be refused at once; the first of them has fetched for all.
            if self._grant is None or self._grant.header == refused:
                self._grant = await self._fetched()
            return self._grant.header

    async def _fetched(self) -> _Grant:
        try:
            return await self._fetched_with(*SCOPES)
        except Unclear as error:  # without a token no ticket was even asked for
            raise Unclear(str(error), error.retry_after, made_nothing=True) from error

    async def _fetched_with(self, scope: str, *others: str) -> _Grant:
        response = await self._exchange.send("POST", "/oauth/tokens", json=self._asked(scope))
        if response.status_code == 400:
            if others and (json_of(response) or {}).get("error") == "invalid_scope":
                return await self._fetched_with(*others)
            raise AccountRefused(f"{self._exchange.refusal(response)}")
        return self._read(response, scope)

    def _asked(self, scope: str) -> Json:
        who = {"client_id": self._client.id, "client_secret": self._client.secret}
        return {"grant_type": "client_credentials", **who, "scope": scope}

    def _read(self, response: httpx.Response, asked: str) -> _Grant:
        data = self._exchange.content(response)
        token, life, scope = data.get("access_token"), data.get("expires_in"), data.get("scope")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise Unclear("Zendesk gave no access token.")
        seconds = float(life) if isinstance(life, int) and life > 0 else _USUAL_LIFE
        granted = frozenset((scope if isinstance(scope, str) and scope else asked).split())
        # A short-lived token is renewed at half of its life.
        return _Grant(f"Bearer {token}", granted, self._clock() + seconds - min(_RENEW_BEFORE, seconds / 2))
