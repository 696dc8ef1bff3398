"""What a form sends: read within a size, checked against cross-site use, kept when something is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request

from warmline.errors import Invalid, TooLarge
from warmline.web.console.language import N_, Said
from warmline.web.console.session import check_csrf

LIMIT = 512 * 1024
CSRF, RESTORE = "csrf", "restore"
_NAME = re.compile(r"[a-z0-9_.\[\]-]{1,80}", re.IGNORECASE)
_MOST_FIELDS = 1_000


@dataclass
class Form:
    """Fields in their order, and what is wrong with them: field → sentence. `restored`: typed before a sign-in."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, UploadFile] = field(default_factory=dict)
    errors: dict[str, Said | str] = field(default_factory=dict)
    restored: bool = False

    def text(self, name: str, default: str = "") -> str:
        """One line or more, trimmed; NUL and half characters never get further than here."""
        value = next((value for key, value in self.pairs if key == name), default)
        return clean(value).strip()

    def secret(self, name: str) -> str:
        """As it was typed."""
        return clean(next((value for key, value in self.pairs if key == name), ""))

    def all(self, name: str) -> list[str]:
        return [clean(value).strip() for key, value in self.pairs if key == name]

    def flag(self, name: str) -> bool:
        return self.text(name) == "on"

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.pairs)

    def values(self) -> dict[str, str]:
        """For showing the form again; the first value of each name."""
        return {name: self.text(name) for name, _ in reversed(self.pairs)}

    def wrong(self, name: str, why: Said | str) -> None:
        """The first fault of a field counts."""
        self.errors.setdefault(name, why)

    def needed(self, name: str, why: Said, limit: int = 500) -> str:
        value = self.text(name)
        if not value:
            self.wrong(name, why)
        return self.shorter(name, value, limit)

    def shorter(self, name: str, value: str, limit: int) -> str:
        if len(value) > limit:
            self.wrong(name, N_("At most %(limit)s characters fit here.", limit=limit))
        return value

    def trying(self, name: str, read: Callable[[], Any], why: Said | None = None) -> Any:
        """What `read` returns; None when it raises Invalid, which is then said beside the field."""
        try:
            return read()
        except Invalid as error:
            self.wrong(name, why or str(error))
            return None


def form_of(values: Mapping[str, Any]) -> Form:
    """As if this had been sent: for pages that begin with what is stored."""
    return Form([(name, str(value)) for name, value in values.items() if value is not None])


async def read_form(request: Request, limit: int = LIMIT, files: bool = False) -> Form:
    """The fields of a form that we showed. Raises TooLarge, and NotAllowed for one from elsewhere."""
    if (whole(request.headers.get("content-length", "")) or 0) > limit:
        raise TooLarge(f"The form holds more than {limit // 1024} KiB.")
    multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
    form = await _multipart(request, limit) if files and multipart else _pairs(await _bytes(request, limit))
    check_csrf(request, request.headers.get("x-csrf-token") or form.text(CSRF))
    form.restored = form.text(RESTORE) == "1"
    form.pairs = [(name, value) for name, value in form.pairs if name not in {CSRF, RESTORE}]
    return form


async def posted(request: Request, limit: int = LIMIT) -> list[tuple[str, str]]:
    """What was sent, for keeping it over a sign-in; nothing when it is too large or no plain form."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return []
    try:
        return _pairs(await _bytes(request, limit)).pairs
    except TooLarge:
        return []


def whole(text: str) -> int | None:
    """A whole number as people type it, of at most 15 digits; None for anything else. Python refuses 5,000 digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def clean(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode().replace("\r\n", "\n")


def _pairs(body: bytes) -> Form:
    try:
        found = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise TooLarge("The form holds too many fields.") from error
    return Form(list(_known(found)))


async def _multipart(request: Request, limit: int) -> Form:
    sent = await request.form(max_files=20, max_fields=_MOST_FIELDS, max_part_size=limit)
    texts = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
    files = {name: value for name, value in sent.multi_items() if isinstance(value, UploadFile)}
    return Form(list(_known(texts)), files)


def _known(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in pairs if _NAME.fullmatch(name))


async def _bytes(request: Request, limit: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The form holds more than {limit // 1024} KiB.")
        chunks.append(chunk)
    return b"".join(chunks)
