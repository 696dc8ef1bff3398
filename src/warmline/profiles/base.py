"""What Warmline may ask of a CRM."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from warmline.domain.connection import Checked, Tell, nobody
from warmline.domain.profile_event import ProfileEvent
from warmline.domain.visitor import EmailAddress
from warmline.errors import OutsideError


class Profiles(Protocol):
    """A connected CRM account."""

    name: str

    async def check(self, tell: Tell = nobody) -> Checked:
        """Can profiles be read here? Does not raise: an unreachable vendor is `unclear`. `tell` hears each step."""

    async def profile_id(self, email: EmailAddress) -> str | None:
        """The id of the profile with this address, None when there is none. Raises OutsideError when nobody knows."""

    async def close(self) -> None:
        """Give connections back."""


class EventRefused(OutsideError):
    """This event is refused and would be refused again."""


@runtime_checkable
class TellsEvents(Protocol):
    """A CRM that takes events, so that the merchant's flows can go on from there."""

    async def tell(self, event: ProfileEvent) -> None:
        """Raises EventRefused, or OutsideError (perhaps with `retry_after` seconds) when it is worth trying again."""
