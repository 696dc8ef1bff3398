"""Passwords at rest: Argon2id, of any 12 to 128 characters. Hashing costs 64 MiB and runs beside the event loop."""

from __future__ import annotations

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from warmline.errors import Invalid

SHORTEST, LONGEST = 12, 128
HASHER = PasswordHasher()
"""The low-memory profile of RFC 9106."""
_THREADS = ThreadPoolExecutor(2, "password")
"""So many at a time: more would only let strangers fill the memory."""


async def hash_password(password: str) -> str:
    """Raises Invalid (field `password`) when it is too short or too long."""
    plain = _normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise Invalid(f"A password has {SHORTEST} to {LONGEST} characters.", "password")
    return await asyncio.get_running_loop().run_in_executor(_THREADS, HASHER.hash, plain)


async def fits(password: str, password_hash: str | None) -> bool:
    """Is this the password? Without a hash it takes as long as a wrong one."""
    plain = _normal(password[: LONGEST * 4])
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _fits, plain, password_hash)


def _fits(plain: str, password_hash: str | None) -> bool:
    try:
        HASHER.verify(password_hash or _nobodys(), plain)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return HASHER.hash("nobody has this password")


def _normal(password: str) -> str:
    """The same characters on every keyboard. Lone surrogates have no bytes to hash."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())
