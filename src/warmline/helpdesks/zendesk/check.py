"""The connection check of a Zendesk account. It only reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from warmline.domain.connection import Checked, Tell, nobody
from warmline.errors import AccountRefused, TicketRefused
from warmline.helpdesks import checks
from warmline.helpdesks.checks import NotGood, Step
from warmline.helpdesks.exchange import HostRefused, Json
from warmline.helpdesks.rendering import label
from warmline.helpdesks.zendesk.access import Access

_CREDENTIALS = (
    "Make a new OAuth client under Apps and integrations > APIs > OAuth clients, and paste its identifier and secret."
    " API tokens end on 2027-04-30."
)
_RIGHTS = (
    "Make the OAuth client while signed in as an agent or admin, and allow it tickets:read, tickets:write, users:read."
)


class ZendeskCheck:
    """`read` gets a path and returns the JSON; `find` is the look-up that every retry depends on."""

    def __init__(
        self,
        base_url: str,
        access: Access,
        read: Callable[[str], Awaitable[Json]],
        find: Callable[[str], Awaitable[object]],
    ) -> None:
        self._base, self._access, self._read, self._find = base_url, access, read, find
        self._me: Json = {}
        self._refused: AccountRefused | TicketRefused | None = None

    async def run(self, tell: Tell = nobody) -> Checked:
        return await checks.run(
            [
                Step("Address answers", self._address, "Check the subdomain: the part before .zendesk.com."),
                Step("Credentials accepted", self._credentials, _CREDENTIALS),
                Step("May create tickets", self._rights, _RIGHTS),
                Step("May read tickets", self._reading, "Allow the OAuth client tickets:read."),
            ],
            tell,
        )

    async def _address(self) -> str:
        try:
            user = (await self._read("/api/v2/users/me")).get("user")
            self._me = user if isinstance(user, dict) else {}
        except HostRefused:
            raise
        except (AccountRefused, TicketRefused) as error:
            self._refused = error  # somebody answered: the next step says what
        return self._base

    async def _credentials(self) -> str:
        if self._refused:
            raise self._refused
        if not isinstance(self._me.get("id"), int):  # Zendesk answers a broken login with 200 and nobody
            raise NotGood("Zendesk took us for an anonymous visitor.")
        return f"Signed in as {label(self._me.get('name'))}; notes will carry this name."

    async def _rights(self) -> str:
        role, scopes = label(self._me.get("role")), self._access.scopes
        if role not in ("agent", "admin"):
            raise NotGood(f"The role is {role}; tickets for others need agent or admin.")
        if scopes is not None and not scopes & {"write", "tickets:write"}:
            raise NotGood("The access token may not write tickets.")
        return f"Role {role}."

    async def _reading(self) -> str:
        await self._find("warmline-check")
        return ""
