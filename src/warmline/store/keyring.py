"""Changing the secret key: everything that is sealed with the old one is sealed with the new one, in one commit."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from warmline.store.folder import KEY, sync_folder, write_key
from warmline.store.statements import Statements
from warmline.store.vault import Vault, fresh_key

NEW_KEY = f"{KEY}.new"
SEALED = (("sealed", "value"), ("workspace", "identity_keys"), ("integration", "secret"), ("hook", "sealed"))
"""Every column that a Vault has sealed. A test knows all columns of bytes, and fails for one that nobody has judged."""


def reseal(tx: Statements, new: Vault) -> int:
    """How many values were sealed anew. Raises SealedWithAnotherKey when `tx.vault` holds another key."""
    changed = 0
    for table, column in SEALED:
        rows = tx.rows(f"SELECT {column} AS value FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608 our own names
        for row in rows:
            # Each carries a nonce of its own, so the bytes themselves say which row it is.
            changed += tx.run(
                f"UPDATE {table} SET {column} = :new WHERE {column} = :old",  # noqa: S608 our own names
                new=new.seal(tx.vault.open(row["value"])),
                old=row["value"],
            )
    return changed


def next_key(data: Path) -> str:
    """The key to change to, in a file before anything is sealed with it; that of a run that was cut off is used."""
    write_key(data / NEW_KEY, fresh_key())
    return (data / NEW_KEY).read_text(encoding="ascii").strip()


def take_over(data: Path, now: datetime) -> Path:
    """The new file becomes the key; where the old one is kept."""
    kept = data / f"{KEY}.until-{now:%Y%m%dT%H%M%S.%fZ}"
    os.link(data / KEY, kept)
    os.replace(data / NEW_KEY, data / KEY)
    sync_folder(data)
    return kept
