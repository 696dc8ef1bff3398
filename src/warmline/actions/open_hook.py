"""The way in for a helpdesk's webhook: its address, and the secret that proves who calls."""

from __future__ import annotations

import re
import secrets

from warmline.actions.app import App
from warmline.domain.ids import WorkspaceId
from warmline.errors import Invalid
from warmline.store.base import Hook, Transaction

_SECRET = re.compile(r"[!-~]{16,200}")


async def open_hook(app: App, workspace: WorkspaceId, source: str) -> Hook:
    """The hook of this helpdesk, made at the first look; without a secret it opens for nobody."""
    known = await app.store.read(lambda tx: tx.hook(workspace, source))
    if known is not None:
        return known
    return await app.store.write(lambda tx: tx.make_hook(workspace, source, app.clock()))


async def set_hook_secret(app: App, workspace: WorkspaceId, source: str, secret: str) -> None:
    """Take the secret that the helpdesk made; the one before opens for another day. Raises Invalid."""
    pasted = secret.strip()
    if _SECRET.fullmatch(pasted) is None:
        raise Invalid("A signing secret has 16 to 200 letters, digits and signs, without spaces.", "signing_secret")
    await app.store.write(lambda tx: _set(tx, app, workspace, source, pasted))


async def fresh_hook_secret(app: App, workspace: WorkspaceId, source: str) -> str:
    """Make a secret for the helpdesk to show us; it is returned here and never again."""
    secret = secrets.token_urlsafe(32)
    await app.store.write(lambda tx: _set(tx, app, workspace, source, secret))
    return secret


def _set(tx: Transaction, app: App, workspace: WorkspaceId, source: str, secret: str) -> None:
    tx.set_hook_secret(tx.make_hook(workspace, source, app.clock()), secret, app.clock())


def hook_url(app: App, hook: Hook) -> str:
    """Where the helpdesk calls."""
    return f"{app.public_url}/hooks/{hook.source}/{hook.key}"
