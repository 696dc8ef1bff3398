"""No CRM is connected: nobody has a profile, and that is known."""

from __future__ import annotations

from warmline.domain.connection import Checked, Tell, nobody
from warmline.domain.visitor import EmailAddress


class NoProfiles:
    name = "none"

    async def check(self, tell: Tell = nobody) -> Checked:
        return Checked([])

    async def profile_id(self, email: EmailAddress) -> str | None:
        return None

    async def close(self) -> None:
        """There is nothing to give back."""
