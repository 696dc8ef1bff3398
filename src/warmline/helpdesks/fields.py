"""Reads the settings of a helpdesk from a table, and names the field that is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from warmline.domain.visitor import EmailAddress
from warmline.errors import Invalid
from warmline.helpdesks.base import Channel

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_VISIBLE = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Table:
    """The table of this name, such as `helpdesks.zendesk`. A value that is absent or empty reads as None."""

    name: str
    values: Mapping[str, object]

    def refuse_others(self, known: Iterable[str]) -> None:
        """Raise Invalid for a key nobody reads: it is a slip, and a silent one would cost an hour."""
        for key in self.values:
            if key not in set(known):
                self.refuse(key, f"is not known; there are {', '.join(known)}")

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.refuse(key, "must be text")
        return value

    def needed(self, key: str) -> str:
        return self.text(key) or self.refuse(key, "is missing")

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        return value if isinstance(value, bool) else self.refuse(key, "must be true or false")

    def whole_number(self, key: str) -> int | None:
        value = self.values.get(key)
        if value is None or value == "":
            return None
        digits = str(value)
        if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
            self.refuse(key, "must be a whole number")
        return int(digits)

    def channel(self, key: str) -> Channel:
        """Where people go on after a delivery; by e-mail unless the merchant says otherwise."""
        text = self.text(key) or Channel.EMAIL
        return Channel(text) if text in list(Channel) else self.refuse(key, 'must be "email" or "chat"')

    def host_label(self, key: str, suffix: str) -> str:
        """One DNS label: the suffix is ours, so credentials go to the vendor and nowhere else (T26)."""
        label = self.needed(key)
        if _LABEL.fullmatch(label.lower() if label.isascii() else "") is None:
            self.refuse(key, f"must be the single name before {suffix}, such as acme")
        return label.lower()

    def secret(self, key: str) -> str:
        """A credential as it was pasted. The message never repeats it."""
        value = self.needed(key).strip()
        if _VISIBLE.fullmatch(value) is None:
            self.refuse(key, "holds a space or an unusual character: copy it again")
        return value

    def email(self, key: str) -> EmailAddress:
        try:
            return EmailAddress.parse(self.needed(key))
        except Invalid as error:
            raise Invalid(f"{self.name}.{key}: {error}", f"{self.name}.{key}") from error

    def refuse(self, key: str, why: str) -> NoReturn:
        raise Invalid(f"{self.name}.{key} {why}.", f"{self.name}.{key}")
