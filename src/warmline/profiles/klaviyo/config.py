"""The settings of a Klaviyo account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from warmline.errors import Invalid

TABLE = "profiles.klaviyo"
BASE_URL = "https://a.klaviyo.com"
_KEY = re.compile(r"[!-~]{8,200}")


@dataclass(frozen=True)
class KlaviyoConfig:
    """`api_key` is a private key with the scopes accounts:read and profiles:read; `events` needs events:write too."""

    api_key: str = field(repr=False)
    events: bool = False

    @classmethod
    def parse(cls, table: Mapping[str, object]) -> KlaviyoConfig:
        """Raises Invalid and names the field. Secrets are given resolved."""
        for name in table:
            if name not in ("api_key", "events"):
                raise Invalid(f"{TABLE}.{name} is not known; there are api_key and events.", f"{TABLE}.{name}")
        events = table.get("events", False)
        if not isinstance(events, bool):
            raise Invalid(f"{TABLE}.events must be true or false.", f"{TABLE}.events")
        return cls(_key(table.get("api_key")), events)

    @property
    def base_url(self) -> str:
        return BASE_URL


def _key(value: object) -> str:
    where = f"{TABLE}.api_key"
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{where} is missing: make a private API key in Klaviyo.", where)
    key = value.strip()
    if _KEY.fullmatch(key) is None:
        raise Invalid(f"{where} holds a space or an unusual character: copy it again.", where)
    return key
