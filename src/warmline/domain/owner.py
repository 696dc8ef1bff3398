"""Who may speak in a conversation now, and why a teammate ended one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from warmline.domain.ids import TeammateId


class OwnerKind(StrEnum):
    AGENT = "agent"
    QUEUE = "queue"
    TEAMMATE = "teammate"
    HELPDESK = "helpdesk"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who may speak now. `id` is a teammate's; `name` a teammate's shown name or a helpdesk's."""

    kind: OwnerKind
    id: TeammateId | None = None
    name: str | None = None


AGENT = Owner(OwnerKind.AGENT)
QUEUE = Owner(OwnerKind.QUEUE)


class CloseReason(StrEnum):
    """Why a teammate closed: an input of the outcome, not the outcome."""

    ANSWERED = "answered"
    NOT_NEEDED = "not_needed"
    COULD_NOT_HELP = "could_not_help"
    SPAM = "spam"
