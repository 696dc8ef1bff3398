"""The connection check of a Gorgias account. It only reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from warmline.domain.connection import Checked, Tell, nobody
from warmline.errors import AccountRefused, TicketRefused
from warmline.helpdesks import checks
from warmline.helpdesks.checks import NotGood, Step
from warmline.helpdesks.exchange import HostRefused, Json
from warmline.helpdesks.rendering import label

_ONLY_READ = ("observer-agent", "lite-agent")
_CREDENTIALS = "Make a new key under Settings > REST API and paste it with the e-mail address shown there."
_RIGHTS = "Give this Gorgias user the role of an agent or admin."


class GorgiasCheck:
    """`read` gets a path and returns the JSON; `prepare` and `find` are the adapter's own."""

    def __init__(
        self,
        base_url: str,
        read: Callable[[str], Awaitable[Json]],
        prepare: Callable[[], Awaitable[None]],
        find: Callable[[str], Awaitable[object]],
    ) -> None:
        self._base, self._read, self._prepare, self._find = base_url, read, prepare, find
        self._me: Json = {}
        self._refused: AccountRefused | TicketRefused | None = None

    async def run(self, tell: Tell = nobody) -> Checked:
        return await checks.run(
            [
                Step("Address answers", self._address, "Check the account name: the part before .gorgias.com."),
                Step("Credentials accepted", self._credentials, _CREDENTIALS),
                Step("May create tickets", self._rights, _RIGHTS),
                Step("Mailbox found", self._mailbox, "Connect a mailbox in Gorgias, or name it in the settings."),
                Step("May read tickets", self._reading, _RIGHTS),
            ],
            tell,
        )

    async def _address(self) -> str:
        try:
            self._me = await self._read("/api/users/0")
        except HostRefused:
            raise
        except (AccountRefused, TicketRefused) as error:
            self._refused = error  # somebody answered: the next step says what
        return self._base

    async def _credentials(self) -> str:
        if self._refused:
            raise self._refused
        if not self._me.get("id"):
            raise NotGood("Gorgias did not say who we are.")
        return f"Signed in as {label(self._me.get('name') or self._me.get('email'))}; notes will carry this name."

    async def _rights(self) -> str:
        role = self._me.get("role")
        name = label(role.get("name") if isinstance(role, dict) else role)
        if name in _ONLY_READ:
            raise NotGood(f"The role is {name}, which may only read.")
        return f"Role {name}."

    async def _mailbox(self) -> str:
        await self._prepare()
        return ""

    async def _reading(self) -> str:
        await self._find("warmline-check")
        return ""
