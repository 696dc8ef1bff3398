"""Workspaces, their settings and their connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warmline.domain.connection import Checked, CheckStep
from warmline.domain.ids import SiteKey, WorkspaceId
from warmline.domain.workspace import Workspace, parse_workspace
from warmline.errors import Conflict, NotFound
from warmline.store.calendars import holidays_of
from warmline.store.statements import Row, Statements, dumps, dumps_in_order, loads, micros, moment

_CACHE: dict[tuple[str, int, int], tuple[str, Workspace]] = {}
"""With the settings' text: two databases in one process may hold the same id and revision."""
_CACHE_SIZE = 512


@dataclass(frozen=True, slots=True)
class Integration:
    """A connected account. `kind` is "helpdesk" or "profiles"; `settings` holds everything but its secrets.

    `references` says where each secret came from, such as `{"client_secret": {"env": "ACME_ZENDESK_SECRET"}}`.
    """

    name: str
    kind: str
    settings: Mapping[str, Any]
    references: Mapping[str, Any]
    secrets: Mapping[str, str]
    paused_why: str | None
    revision: int

    @property
    def table(self) -> dict[str, Any]:
        """As the adapter's config parses it."""
        return dict(self.settings) | dict(self.secrets)


class Workspaces(Statements):
    """Settings are stored as the tables that `apply` takes; reading one parses it, once per revision."""

    def check_key(self) -> None:
        """Is this the key that the database was sealed with? Raises SettingsError with the way out."""
        row = self.row("SELECT value FROM sealed WHERE name = 'canary'")
        if row is None:
            self.put("sealed", conflict="name", name="canary", value=self.vault.seal({"canary": "warmline"}))
        else:
            self.vault.open(row["value"])

    def workspace(self, id: WorkspaceId) -> Workspace:
        row = self.row("SELECT * FROM workspace WHERE id = :id", id=id)
        if row is None:
            raise NotFound(f"There is no workspace {id}.")
        return _workspace(row)

    def workspace_of_site(self, site: SiteKey) -> Workspace:
        row = self.row("SELECT * FROM workspace WHERE site = :site", site=site)
        if row is None:
            raise NotFound("There is no such site.")
        return _workspace(row)

    def workspaces(self) -> list[Workspace]:
        return [_workspace(row) for row in self.rows("SELECT * FROM workspace ORDER BY id")]

    def save_workspace(self, workspace: Workspace, now: datetime) -> None:
        """Add or change it; its revision rises. Raises Conflict when another workspace has its site key."""
        other = self.row("SELECT id FROM workspace WHERE site = :site", site=workspace.site)
        if other is not None and other["id"] != workspace.id:
            raise Conflict(f"The site key {workspace.site} belongs to another workspace.", "site_taken")
        self.run(
            "INSERT INTO workspace (id, site, settings, revision, knowledge_revision, created_at)"
            " VALUES (:id, :site, :settings, 1, 1, :now) ON CONFLICT (id) DO UPDATE SET site = excluded.site,"
            " settings = excluded.settings, revision = workspace.revision + 1",
            id=workspace.id,
            site=workspace.site,
            settings=dumps_in_order(workspace.tables),
            now=micros(now),
        )
        self.run("DELETE FROM origin WHERE workspace = :id", id=workspace.id)
        for origin in sorted(set(workspace.origins)):
            self.put("origin", origin=origin, workspace=workspace.id)

    def raise_revision(self, id: WorkspaceId) -> None:
        self.run("UPDATE workspace SET revision = revision + 1 WHERE id = :id", id=id)

    def raise_knowledge(self, id: WorkspaceId) -> None:
        self.run("UPDATE workspace SET knowledge_revision = knowledge_revision + 1 WHERE id = :id", id=id)

    def set_identity_keys(self, id: WorkspaceId, keys: Mapping[str, Any] | None) -> None:
        """How the shop signs its shoppers: `{"secret": …, "reference": …}`, or None for no signed shoppers."""
        self.run(
            "UPDATE workspace SET identity_keys = :keys, revision = revision + 1 WHERE id = :id",
            id=id,
            keys=self.vault.seal(keys) if keys else None,
        )

    def identity_keys(self, id: WorkspaceId) -> dict[str, Any]:
        row = self.row("SELECT identity_keys FROM workspace WHERE id = :id", id=id)
        return self.vault.open(row["identity_keys"]) if row and row["identity_keys"] else {}

    def integrations(self, workspace: WorkspaceId) -> list[Integration]:
        rows = self.rows("SELECT * FROM integration WHERE workspace = :workspace ORDER BY name", workspace=workspace)
        return [self._integration(row) for row in rows]

    def integration(self, workspace: WorkspaceId, name: str) -> Integration | None:
        row = self.row(
            "SELECT * FROM integration WHERE workspace = :workspace AND name = :name", workspace=workspace, name=name
        )
        return self._integration(row) if row else None

    def event_integration(self, workspace: WorkspaceId) -> Integration | None:
        """The CRM that wants to be told what happens."""
        found = (each for each in self.integrations(workspace) if each.kind == "profiles")
        return next((each for each in found if each.settings.get("events") is True), None)

    def save_integration(self, workspace: WorkspaceId, integration: Integration, now: datetime) -> None:
        """Connect, or connect anew: a pause ends."""
        self.run(
            "INSERT INTO integration (workspace, name, kind, public, secret, checked_at, revision)"
            " VALUES (:workspace, :name, :kind, :public, :secret, :now, 1) ON CONFLICT (workspace, name) DO UPDATE SET"
            " public = excluded.public, secret = excluded.secret, paused_why = NULL, checked_at = excluded.checked_at,"
            " revision = integration.revision + 1",
            workspace=workspace,
            name=integration.name,
            kind=integration.kind,
            public=dumps({"settings": dict(integration.settings), "references": dict(integration.references)}),
            secret=self.vault.seal(integration.secrets),
            now=micros(now),
        )

    def pause_integration(self, workspace: WorkspaceId, name: str, why: str, revision: int) -> bool:
        """The account was refused; False when it was paused, or connected anew in the meantime (another revision)."""
        return bool(
            self.run(
                "UPDATE integration SET paused_why = :why WHERE workspace = :workspace AND name = :name"
                " AND revision = :revision AND paused_why IS NULL",
                workspace=workspace,
                name=name,
                why=why[:500],
                revision=revision,
            )
        )

    def resume_integration(self, workspace: WorkspaceId, name: str, revision: int) -> None:
        """The same account is well again."""
        self.run(
            "UPDATE integration SET paused_why = NULL WHERE workspace = :workspace AND name = :name"
            " AND revision = :revision",
            workspace=workspace,
            name=name,
            revision=revision,
        )

    def keep_health(self, workspace: WorkspaceId, name: str, checked: Checked, now: datetime) -> None:
        """What the last check said, step by step."""
        self.run(
            "UPDATE integration SET health = :health, health_at = :now, checked_at = :now"
            " WHERE workspace = :workspace AND name = :name",
            workspace=workspace,
            name=name,
            now=micros(now),
            health=dumps(
                {
                    "unclear": checked.unclear,
                    "steps": [[each.name, each.ok, each.detail, each.remedy] for each in checked.steps],
                }
            ),
        )

    def health(self, workspace: WorkspaceId, name: str) -> tuple[Checked, datetime] | None:
        """The last check that ran by itself, and when; None before the first."""
        row = self.row(
            "SELECT health, health_at FROM integration WHERE workspace = :workspace AND name = :name",
            workspace=workspace,
            name=name,
        )
        if row is None or row["health"] is None:
            return None
        kept = loads(row["health"])
        return Checked([CheckStep(*each) for each in kept["steps"]], kept["unclear"]), moment(row["health_at"])

    def remove_integration(self, workspace: WorkspaceId, name: str) -> None:
        self.run(
            "DELETE FROM integration WHERE workspace = :workspace AND name = :name", workspace=workspace, name=name
        )

        # Whoever knows its address must not be heard any more.
        self.run("DELETE FROM hook WHERE workspace = :workspace AND source = :name", workspace=workspace, name=name)

    def is_origin(self, origin: str) -> bool:
        """Is this the origin of some shop here? For browsers' questions that come without a token."""
        return self.row("SELECT 1 AS one FROM origin WHERE origin = :origin LIMIT 1", origin=origin) is not None

    def _integration(self, row: Row) -> Integration:
        public = loads(row["public"])
        secrets = self.vault.open(row["secret"]) if row["secret"] else {}
        return Integration(
            row["name"],
            row["kind"],
            public["settings"],
            public["references"],
            secrets,
            row["paused_why"],
            row["revision"],
        )


def _workspace(row: Row) -> Workspace:
    key = (str(row["id"]), int(row["revision"]), int(row["knowledge_revision"]))
    cached = _CACHE.get(key)
    if cached is not None and cached[0] == row["settings"]:
        return cached[1]
    workspace = parse_workspace(
        loads(row["settings"]),
        holidays_of,
        id=WorkspaceId(row["id"]),
        revision=row["revision"],
        knowledge_revision=row["knowledge_revision"],
    )
    if len(_CACHE) >= _CACHE_SIZE:
        _CACHE.clear()
    _CACHE[key] = (row["settings"], workspace)
    return workspace
