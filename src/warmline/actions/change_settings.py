"""Save settings that a teammate changed on a page: checked first, and only over what they had before their eyes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from warmline.actions.app import App
from warmline.actions.connect_integration import (
    HELPDESK,
    check_connection,
    insist,
    refuse_unconnected,
    refuse_unreached,
)
from warmline.domain.handoff import INBOX, SendTicket
from warmline.domain.workspace import Workspace
from warmline.errors import Conflict
from warmline.store.base import Transaction

PATIENCE = timedelta(seconds=8)
"""So long a person waits for Save."""


def seen(tables: Mapping[str, Any], names: Sequence[str]) -> str:
    """A mark of these tables as somebody saw them; two that are equal have the same one."""
    known = {name: tables.get(name) for name in names}
    text = json.dumps([known, list(known.get("rules") or ())], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


async def change_settings(app: App, wanted: Workspace, names: Sequence[str], before: str) -> None:
    """Save `wanted`, of which the tables `names` were changed; all other tables stay as they are.

    A helpdesk that is newly chosen must be connected and pass its check. Raises Invalid naming the field, and Conflict
    `changed` when those tables are not what `before` marks any more: then nothing was saved.
    """
    await _try_helpdesk(app, wanted)
    await app.store.write(lambda tx: _save(tx, app, wanted, names, before))
    await app.live.tell(f"inbox:{wanted.id}")


async def _try_helpdesk(app: App, wanted: Workspace) -> None:
    """Only where handoffs begin to go there: opening hours can be saved while a vendor is down."""
    stored, integrations = await app.store.read(lambda tx: (tx.workspace(wanted.id), tx.integrations(wanted.id)))
    connected = {each.name: each for each in integrations if each.kind == HELPDESK}
    refuse_unconnected(app, wanted.method, set(connected))
    method = wanted.method
    if not isinstance(method, SendTicket) or method.helpdesk == INBOX or method == stored.method:
        return
    integration = connected[method.helpdesk]
    insist(integration, await check_connection(app, wanted.id, integration, PATIENCE), PATIENCE)


def _save(tx: Transaction, app: App, wanted: Workspace, names: Sequence[str], before: str) -> None:
    stored = tx.workspace(wanted.id)
    # The same once more is no conflict: its answer was lost, and somebody pressed Save again.
    if seen(stored.tables, names) not in (before, seen(wanted.tables, names)):
        raise Conflict("Somebody changed these settings in the meantime.", "changed")
    connected = {each.name for each in tx.integrations(wanted.id) if each.kind == HELPDESK}
    refuse_unconnected(app, wanted.method, connected)
    if "rules" in names:
        refuse_unreached(app, wanted.rules, connected)
    if stored.tables != wanted.tables or stored.rules != wanted.rules:
        tx.save_workspace(wanted, app.clock())
