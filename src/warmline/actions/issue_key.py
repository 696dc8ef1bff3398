"""API keys: each speaks for one member, within that member's role, and is shown once."""

from __future__ import annotations

from collections.abc import Sequence

from warmline.actions.app import App
from warmline.domain.ids import WorkspaceId
from warmline.domain.visitor import EmailAddress
from warmline.errors import NotFound
from warmline.store.base import Transaction


async def issue_key(app: App, workspace: WorkspaceId, email: EmailAddress, scopes: Sequence[str], label: str) -> str:
    """A new key of this member; without scopes it may do what their role may. Raises NotFound."""
    return await app.store.write(lambda tx: _issue(tx, app, workspace, email, scopes, label))


async def revoke_key(app: App, workspace: WorkspaceId, id: str) -> None:
    """It is refused from the next request on. Raises NotFound."""
    await app.store.write(lambda tx: tx.revoke_key(workspace, id, app.clock()))


def _issue(
    tx: Transaction, app: App, workspace: WorkspaceId, email: EmailAddress, scopes: Sequence[str], label: str
) -> str:
    teammate = tx.teammate_by_email(workspace, email)
    if teammate is None:
        raise NotFound(f"{email.value} is not a member. Add them with: warmline user add {email.value} --role ROLE")
    return tx.add_key(teammate, scopes, label, app.clock())
