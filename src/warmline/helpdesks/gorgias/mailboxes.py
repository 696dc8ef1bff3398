"""Which of an account's integrations is the mailbox that agents reply from."""

from __future__ import annotations

from collections.abc import Sequence

from warmline.domain.visitor import EmailAddress
from warmline.errors import Invalid
from warmline.helpdesks.exchange import Json

_TYPES = ("email", "gmail", "outlook")


def first_mailbox(integrations: Sequence[Json]) -> str | None:
    """The address of the oldest mailbox that is switched on; the account's preferred ones come first."""
    usable = [item for item in integrations if item.get("type") in _TYPES and not item.get("deactivated_datetime")]
    usable.sort(key=lambda item: (not _meta(item).get("preferred"), _number(item)))
    return next((address for item in usable if (address := _address(item))), None)


def _address(integration: Json) -> str | None:
    for given in (_meta(integration).get("address"), integration.get("address")):
        if isinstance(given, str):
            try:
                return str(EmailAddress.parse(given))
            except Invalid:
                continue
    return None


def _meta(integration: Json) -> Json:
    meta = integration.get("meta")
    return meta if isinstance(meta, dict) else {}


def _number(integration: Json) -> int:
    id = integration.get("id")
    return id if isinstance(id, int) else 0
