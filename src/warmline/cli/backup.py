"""`warmline backup [FOLDER]`: a copy of everything but the key, while the server runs."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warmline import __version__
from warmline.cli.session import json_argument, print_json
from warmline.errors import SettingsError
from warmline.settings import Settings, read_settings

NOTE = "backup.json"
"""Says when and of what the copy was made, and what its bytes add up to."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, nargs="?", help="where the copy goes (a new folder in `backups` of the data folder)"
    )
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    settings = read_settings(env)
    made_at = datetime.now(UTC)
    folder = args.folder or settings.data / "backups" / f"{made_at:%Y%m%dT%H%M%SZ}"
    note = await asyncio.to_thread(_back_up, settings, folder, made_at)
    if args.json:
        print_json(note)
        return 0
    print(f"Copied and checked: {note['database']}")
    print(
        f"The key is NOT in it. Keep a copy of it elsewhere, for without it nothing can be restored: {note['key']}\n"
        "Try the backup now and then on another machine: warmline restore FOLDER"
    )
    return 0


def _back_up(settings: Settings, folder: Path, made_at: datetime) -> dict[str, Any]:
    """What was copied. Raises SettingsError."""
    from warmline.store.backup import copy_database, digest, migration_of
    from warmline.store.folder import DATABASE, KEY

    source, target = settings.data / DATABASE, folder / DATABASE
    if not settings.database_url and not source.exists():
        raise SettingsError(f"There is no database {source} yet. Is WARMLINE_DATA the folder of the server?")
    if target.exists():
        raise SettingsError(f"{target} is there already. Name another folder.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.database_url:
        _copy_postgres(settings, target)
    else:
        copy_database(source, target)
    note = {
        "database": str(target),
        "key": "WARMLINE_SECRET_KEY" if settings.secret_key else str(settings.data / KEY),
        "checked": True,
        "made_at": made_at.isoformat(),
        "of": "postgresql" if settings.database_url else "sqlite",
        "warmline": __version__,
        "migration": migration_of(target),
        "sha256": digest(target),
    }
    (folder / NOTE).touch(mode=0o600)
    (folder / NOTE).write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")
    return note


def _copy_postgres(settings: Settings, target: Path) -> None:
    from warmline.store.folder import own_key
    from warmline.store.portable import copy_postgres
    from warmline.store.vault import Vault

    assert settings.database_url is not None  # noqa: S101 the caller has looked
    copy_postgres(settings.database_url, target, Vault(settings.secret_key or own_key(settings.data)))
