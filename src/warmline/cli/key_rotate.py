"""`warmline key rotate`: another secret key, while no server runs. One that was cut off is finished by the next run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime

from warmline.cli.session import print_json
from warmline.errors import SealedWithAnotherKey
from warmline.settings import Settings, read_settings


async def rotate(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Raises SettingsError while a server runs."""
    from warmline.store.folder import FolderLock

    settings = read_settings(env)
    settings.data.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(settings.data)
    try:
        if settings.database_url:
            from warmline.store.portable import refuse_in_use

            refuse_in_use(settings.database_url)
        sealed, told = await _rotate(settings)
    finally:
        lock.close()
    if args.json:
        print_json({"sealed": sealed, "key": told[0], "old": told[1]})
        return 0
    print(f"{sealed} values are sealed with the new key.")
    if told[1]:
        print(f"The new key: {told[0]}\nThe old key is kept, for backups made until now need it: {told[1]}")
    else:
        print(f"Set WARMLINE_SECRET_KEY of every process to what stands in {told[0]}, then remove that file.")
    print("Take a backup now, and keep a copy of the new key elsewhere.")
    return 0


async def _rotate(settings: Settings) -> tuple[int, tuple[str, str | None]]:
    """(how many values, (where the new key is, where the old one is))."""
    from warmline.bootstrap import open_store
    from warmline.store.folder import KEY, own_key
    from warmline.store.keyring import NEW_KEY, next_key, reseal, take_over
    from warmline.store.vault import Vault

    old = settings.secret_key or own_key(settings.data)
    new = next_key(settings.data)
    store = open_store(settings, Vault(old), None)
    try:
        await store.start()
        try:
            await store.write(lambda tx: tx.check_key())
            sealed = await store.write(lambda tx: reseal(tx, Vault(new)))
        except SealedWithAnotherKey:
            # An earlier run may have come as far as this: then the new key opens everything.
            store.vault = Vault(new)
            sealed = await store.write(lambda tx: reseal(tx, Vault(new)))
    finally:
        await store.close()
    if settings.secret_key:
        return sealed, (str(settings.data / NEW_KEY), None)
    return sealed, (str(settings.data / KEY), str(take_over(settings.data, datetime.now(UTC))))
