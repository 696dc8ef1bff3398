"""`warmline restore FOLDER`: a backup becomes the database again, as a new life that trusts no vendor's memory."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmline.cli.backup import NOTE
from warmline.cli.session import json_argument, print_json
from warmline.errors import SettingsError
from warmline.settings import Settings, read_settings

if TYPE_CHECKING:
    from warmline.store.base import Raised
    from warmline.store.vault import Vault


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="what `warmline backup` made: the folder, or the file in it")
    parser.add_argument("--force", action="store_true", help="also where a database is; it is moved aside, and kept")
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    done = await asyncio.to_thread(_restore, read_settings(env), args.folder, args.force, datetime.now(UTC))
    print_json(done) if args.json else print(_told(done))
    return 0


def _restore(settings: Settings, folder: Path, force: bool, now: datetime) -> dict[str, Any]:
    """What was restored and what that changed. Raises SettingsError; then everything is as it was."""
    from warmline.store.backup import revived
    from warmline.store.folder import DATABASE, FolderLock, own_key
    from warmline.store.vault import Vault

    source = folder / DATABASE if folder.is_dir() else folder
    note = _note(source)
    settings.data.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(settings.data)
    draft = settings.data / f"{DATABASE}.restoring"
    try:
        if not settings.database_url and (settings.data / DATABASE).exists() and not force:
            raise SettingsError(
                f"{settings.data / DATABASE} is there already. With --force it is moved aside, and kept."
            )
        vault = Vault(settings.secret_key or _key_of(settings.data, own_key))
        raised = revived(source, draft, vault, now)
        aside = _put_in_place(settings, draft, vault, force, now)
    finally:
        draft.unlink(missing_ok=True)
        lock.close()
    return {"restored": str(source), "made_at": note.get("made_at"), "moved_aside": aside} | _counts(raised)


def _counts(raised: Raised) -> dict[str, int]:
    return {"life": raised.number} | {name: n for name, n in asdict(raised).items() if name != "number"}


def _key_of(data: Path, own_key: Any) -> str:
    """Never a fresh one: it could not open anything."""
    from warmline.store.folder import KEY

    if not (data / KEY).exists():
        raise SettingsError(
            f"The key that the backup was sealed with is missing. Put it into {data / KEY}, or set"
            " WARMLINE_SECRET_KEY to it."
        )
    return str(own_key(data))


def _note(source: Path) -> dict[str, Any]:
    """What `backup` wrote beside the copy. Raises SettingsError when the copy is another one since."""
    from warmline.store.backup import digest

    path = source.with_name(NOTE)
    if not path.exists() or not source.is_file():
        return {}
    try:
        note: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SettingsError(f"{path} cannot be read. Take another backup, or move this file away.") from error
    if note.get("sha256") != digest(source):
        raise SettingsError(f"{source} is not the file that was backed up: it was changed or cut off since.")
    return note


def _put_in_place(settings: Settings, draft: Path, vault: Vault, force: bool, now: datetime) -> str | None:
    """Where the old database is now, or None where there was none."""
    if settings.database_url:
        from warmline.store.portable import fill_postgres

        schema = fill_postgres(draft, settings.database_url, vault, force, now)
        return f"schema {schema}" if schema else None
    from warmline.store.backup import put_in_place

    aside = settings.data / f"before-restore-{now:%Y%m%dT%H%M%S.%fZ}"
    return str(aside) if put_in_place(draft, settings.data, aside) else None


def _told(done: Mapping[str, Any]) -> str:
    lines = [f"Restored and checked: {done['restored']}"]
    if done["moved_aside"]:
        lines.append(f"The database that was here is kept: {done['moved_aside']}")
    if done["made_at"]:
        lines.append(f"What was said after {done['made_at']} is gone.")
    lines += [
        f"{done['doubtful']} deliveries may have been made since then: each is looked up before it is sent.",
        f"Teammates sign in again ({done['sessions']} sessions ended), and {done['links']} one-time links are void.",
        f"{done['keys']} API keys work. One that was revoked after the backup works again: look at warmline key list.",
        "Start the server, then run warmline doctor.",
    ]
    return "\n".join(lines)
