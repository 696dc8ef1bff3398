"""One shop that a test may kill or stop; kill -9 itself is in tests/faults."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from warmline.bootstrap import Machine
from warmline.domain.workspace import parse_workspace
from warmline.sandbox.credentials import ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET
from warmline.settings import read_settings
from warmline.store.base import Integration, Transaction
from warmline.store.calendars import holidays_of

SITE = "pk_killed"


async def prepare(data: Path, env: dict[str, str]) -> None:
    """One workspace with Zendesk, and no limits."""
    off = {"handoffs_per_network_day": 0, "messages_per_minute": 0}
    tables = {
        "workspace": {"name": "Killed", "site": SITE},
        "handoff": {"method": "ticket", "helpdesk": "zendesk"},
        "limits": off,
    }
    settings = {"subdomain": "acme", "client_id": ZENDESK_CLIENT_ID}
    zendesk = Integration("zendesk", "helpdesk", settings, {}, {"client_secret": ZENDESK_CLIENT_SECRET}, None, 1)

    def save(tx: Transaction) -> None:
        workspace = parse_workspace(tables, holidays_of)
        tx.save_workspace(workspace, datetime.now(UTC))
        tx.save_integration(workspace.id, zendesk, datetime.now(UTC))

    async with Machine(read_settings(env | {"WARMLINE_DATA": str(data)})) as machine:
        await machine.app.store.write(save)
