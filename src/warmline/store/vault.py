"""Secrets at rest: AES-256-GCM with a key that is not in the database."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from warmline.errors import SealedWithAnotherKey, SettingsError

_NONCE = 12
_LEAST_BYTES = 32
_LEAST_VARIETY = 8
"""So many different bytes at least: `aaaa…` and its like are no keys."""


def fresh_key() -> str:
    """A new key as text: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


class Vault:
    """Seals what may not be read from a stolen database, and hashes what must only be recognised."""

    def __init__(self, key: str) -> None:
        """Raises SettingsError for a key that is empty, of one letter, or shorter than 32 bytes."""
        raw = _decoded(key)
        if len(raw) < _LEAST_BYTES or len(set(raw)) < _LEAST_VARIETY:
            raise SettingsError(
                "WARMLINE_SECRET_KEY must hold at least 32 random bytes. Make one with: python3 -c"
                " 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        self._cipher = AESGCM(hashlib.sha256(b"warmline seal" + raw).digest())
        self._pepper = hashlib.sha256(b"warmline hash" + raw).digest()

    def seal(self, value: Mapping[str, Any]) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, json.dumps(value).encode(), None)

    def open(self, sealed: bytes) -> dict[str, Any]:
        """What was sealed. Raises SealedWithAnotherKey when the key is another one."""
        try:
            plain = self._cipher.decrypt(bytes(sealed[:_NONCE]), bytes(sealed[_NONCE:]), None)
        except InvalidTag as error:
            raise SealedWithAnotherKey(
                "The stored credentials cannot be read with this WARMLINE_SECRET_KEY. Put the old key back, or enter"
                " the credentials of each helpdesk again."
            ) from error
        opened: dict[str, Any] = json.loads(plain)
        return opened

    def sign(self, value: str) -> str:
        """256 bits that only the holder of the key can make for this value."""
        return hmac.new(self._pepper, b"sign " + value.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def mark(self, value: str) -> str:
        """The same short mark for the same value, which nobody can turn back without the key (networks)."""
        return hmac.new(self._pepper, value.encode(), hashlib.sha256).hexdigest()[:32]


def token(prefix: str) -> str:
    """A bearer token with 256 random bits."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def hash_token(value: str) -> str:
    """How a token is stored: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def _decoded(key: str) -> bytes:
    try:
        raw = base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    return raw if len(raw) >= _LEAST_BYTES else key.encode()
