"""`warmline backup [FOLDER]`: a copy of the SQLite file and of the key, while the server runs."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from warmline.cli.session import json_argument, print_json
from warmline.errors import SettingsError
from warmline.settings import Settings, read_settings

POSTGRES = (
    "The data is in PostgreSQL: back it up with `pg_dump --format=custom` (WARMLINE_DATABASE_URL), and keep"
    " WARMLINE_SECRET_KEY or the file secret.key of the data folder with it. Nothing was copied."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, nargs="?", help="where the copy goes (a new folder in `backups` of the data folder)"
    )
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    settings = read_settings(env)
    if settings.database_url:
        raise SettingsError(POSTGRES)
    folder = args.folder or settings.data / "backups" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    database, key = await asyncio.to_thread(_back_up, settings, folder)
    if args.json:
        print_json({"database": str(database), "key": str(key) if key else None, "checked": True})
        return 0
    print(f"Copied and checked: {database}")
    if key:
        print(f"The key without which stored credentials cannot be read: {key}\nKeep the two apart.")
    else:
        print("The key is in WARMLINE_SECRET_KEY: keep it too, without it stored credentials cannot be read.")
    return 0


def _back_up(settings: Settings, folder: Path) -> tuple[Path, Path | None]:
    """(the copy of the database, the copy of the key). Raises SettingsError."""
    from warmline.store.backup import copy_database

    source, target = settings.data / "warmline.sqlite3", folder / "warmline.sqlite3"
    if not source.exists():
        raise SettingsError(f"There is no database {source} yet. Is WARMLINE_DATA the folder of the server?")
    if target.exists():
        raise SettingsError(f"{target} is there already. Name another folder.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy_database(source, target)
    return target, _copy_key(settings, folder)


def _copy_key(settings: Settings, folder: Path) -> Path | None:
    if settings.secret_key:
        return None
    target = folder / "secret.key"
    key = (settings.data / "secret.key").read_bytes()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return target
