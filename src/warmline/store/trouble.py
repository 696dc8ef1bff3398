"""What keeps a store from writing, in words that a person can act on (THREATS F5)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from warmline.errors import Unavailable

log = logging.getLogger(__name__)


class Cause(StrEnum):
    """Why; the value stands in logs, figures and `/readyz`."""

    FULL = "disk_full"
    READ_ONLY = "read_only"
    BUSY = "locked"
    DISK = "disk_error"
    DAMAGED = "damaged"
    AWAY = "database_away"


WORDS = {
    Cause.FULL: "The disk is full.",
    Cause.READ_ONLY: "The database can only be read.",
    Cause.BUSY: "Another process holds the database.",
    Cause.DISK: "The disk refused to write.",
    Cause.DAMAGED: "The database is damaged and has to be restored.",
    Cause.AWAY: "The database cannot be reached.",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Nothing can be written `since` then; reading may go on."""

    cause: Cause
    since: datetime


class Health:
    """Of one store. Said once when it begins and once when it ends: a full disk must not be filled with lines."""

    def __init__(self, has_room: Callable[[], bool] = lambda: True) -> None:
        """`has_room`: is there enough of it again? The last free block takes a small write and no larger one."""
        self.trouble: Trouble | None = None
        self._has_room = has_room

    def failed(self, cause: Cause) -> Unavailable:
        """Note it; the error for whoever wanted to write."""
        if self.trouble is None or self.trouble.cause is not cause:
            log.error("the store cannot write: %s", cause.value)
            self.trouble = Trouble(cause, self.trouble.since if self.trouble else datetime.now(UTC))
        return Unavailable(f"{WORDS[cause]} Nothing was changed. Try again in a moment.")

    def wrote(self) -> None:
        """It works again. What is damaged stays so: only a restore mends it."""
        trouble = self.trouble
        if trouble is None or trouble.cause is Cause.DAMAGED or (trouble.cause is Cause.FULL and not self._has_room()):
            return
        log.info("the store writes again after %s", trouble.cause.value)
        self.trouble = None

    def refuse_damaged(self) -> None:
        """Raises Unavailable: writing on would spread the damage."""
        if self.trouble is not None and self.trouble.cause is Cause.DAMAGED:
            raise self.failed(Cause.DAMAGED)
