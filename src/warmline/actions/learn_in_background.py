"""A site that was named in the console is read in the background: with progress, and through restarts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from warmline.actions.app import App
from warmline.actions.learn_source import Learned, learn_source
from warmline.domain.effect import Effect, EffectKind, OwedEffect
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import SourceKind
from warmline.errors import Invalid
from warmline.store.base import Transaction

MOST_PROBLEMS = 200
MOST_ADDRESS = 500
NOTE_EVERY = 1.0


async def read_site(app: App, workspace: WorkspaceId, address: str) -> None:
    """Owe the reading of this site; again, it is read again. Raises Invalid for what is no address of the web."""
    url = site_url(address)
    effect = Effect(EffectKind.LEARN, _key(url), None, None, {"address": url})
    await app.store.write(lambda tx: tx.owe(workspace, effect, app.clock()))


async def stop_reading(app: App, workspace: WorkspaceId, address: str) -> None:
    """What was learned stays; the worker finds out when it next notes how far it is."""
    await app.store.write(lambda tx: tx.cancel(workspace, _key(address)))


async def dismiss_reading(app: App, workspace: WorkspaceId, address: str) -> None:
    """What it could not read is told no more; what was learned stays."""
    await app.store.write(lambda tx: tx.dismiss(workspace, _key(address)))


def site_url(text: str) -> str:
    """The address as it is read: `shop.example/help` → `https://shop.example/help`. Raises Invalid."""
    url = text.strip()
    if url and "://" not in url:
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        known = False
        parts = urlsplit("")
    if not known or len(url) > MOST_ADDRESS or any(each.isspace() for each in url):
        raise Invalid("Write the address of a site, such as https://shop.example/help.", "address")
    if parts.username is not None:
        raise Invalid("The address holds a user name or password. Leave them out.", "address")
    return url


async def learn_in_background(app: App, effect: OwedEffect) -> None:
    """Read it and keep how far it is. Stopped from outside, the reading ends at the next note."""
    known: dict[str, Any] = {"address": effect.data["address"], "done": 0, "known": 0}

    def progress(done: int, pages: int) -> None:
        known.update(done=done, known=pages)

    reading = asyncio.create_task(
        learn_source(app, effect.workspace, effect.data["address"], SourceKind.SITE, progress), name="reading"
    )
    try:
        while not (await asyncio.wait([reading], timeout=NOTE_EVERY))[0]:
            if not await app.store.write(lambda tx: tx.note_progress(effect, dict(known))):
                return
        result = _result(reading)
        await app.store.write(lambda tx: _end(tx, effect, known | result))
    finally:
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await reading


def _result(reading: asyncio.Task[Learned]) -> dict[str, Any]:
    try:
        learned = reading.result()
    except Invalid as error:
        return {"new": 0, "changed": 0, "unchanged": 0, "retired": 0, "problems": [["", str(error)]]}
    problems = [[problem.where, problem.reason] for problem in learned.problems[:MOST_PROBLEMS]]
    return {
        "new": learned.new,
        "changed": learned.changed,
        "unchanged": learned.unchanged,
        "retired": learned.retired,
        "failed": len(learned.problems),
        "problems": problems,
    }


def _end(tx: Transaction, effect: OwedEffect, data: Mapping[str, Any]) -> None:
    if tx.note_progress(effect, data):
        tx.finish(effect)


def _key(url: str) -> str:
    return f"learn:{url}"
