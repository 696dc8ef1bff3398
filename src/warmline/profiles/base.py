"""What Warmline may ask of a CRM."""

from __future__ import annotations

from typing import Protocol

from warmline.domain.connection import Checked
from warmline.domain.visitor import EmailAddress


class Profiles(Protocol):
    """A connected CRM account."""

    name: str

    async def check(self) -> Checked:
        """Can profiles be read here? Does not raise: an unreachable vendor is `unclear`."""

    async def profile_id(self, email: EmailAddress) -> str | None:
        """The id of the profile with this address, None when there is none. Raises OutsideError when nobody knows."""

    async def close(self) -> None:
        """Give connections back."""
