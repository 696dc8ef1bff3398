"""`warmline dump`: a workspace as the TOML that `apply` takes. Secrets are references, never values."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from warmline.cli.session import chosen, json_argument, opened, print_json, workspace_argument
from warmline.cli.toml import to_toml
from warmline.domain.knowledge import Source, SourceKind

if TYPE_CHECKING:
    from warmline.domain.workspace import Workspace
    from warmline.store.base import Integration, Teammate, Transaction

GROUPS = ("helpdesks", "profiles")
SETTINGS = ("workspace", "handoff", "office_hours", "limits", "rules")


def arguments(parser: argparse.ArgumentParser) -> None:
    workspace_argument(parser)
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    async with opened(env) as machine:
        workspace = await chosen(machine.app, args.workspace)
        document, missing = await machine.app.store.read(lambda tx: document_of(tx, workspace))
    if args.json:
        print_json(document)
        return 0
    for name, field in missing.items():
        print(f"# {name} must hold {field}: it was typed in here, and secrets are never printed.")
    print(to_toml(document, GROUPS), end="")
    return 0


def document_of(tx: Transaction, workspace: Workspace) -> tuple[dict[str, Any], dict[str, str]]:
    """The tables, and environment variables that were made up for secrets which came from nowhere we could name."""
    missing: dict[str, str] = {}
    document = {name: workspace.tables[name] for name in SETTINGS if name in workspace.tables}
    identity = tx.identity_keys(workspace.id)
    if identity:
        references = identity.get("reference") or {}
        keys = [key for key in ("secret", "jwks") if identity.get(key)]
        document["identity"] = dict(_references(workspace, "identity", keys, references, missing))
    for group, kind in (("helpdesks", "helpdesk"), ("profiles", "profiles")):
        connected = [each for each in tx.integrations(workspace.id) if each.kind == kind]
        if connected:
            document[group] = {
                each.name: _table(workspace, f"{group}.{each.name}", each, missing) for each in connected
            }
    base_urls = workspace.tables.get("base_urls", {})
    document["knowledge"] = list(_knowledge(tx.sources(workspace.id), base_urls))
    document["cases"] = [
        {"question": case.question} | ({"page": case.page} if case.page else {}) for case in tx.cases(workspace.id)
    ]
    document["members"] = [_member(each) for each in tx.teammates(workspace.id)]
    return document, missing


def _table(workspace: Workspace, name: str, integration: Integration, missing: dict[str, str]) -> dict[str, Any]:
    references = _references(workspace, name, list(integration.secrets), integration.references, missing)
    return {**integration.settings, **dict(references)}


def _references(
    workspace: Workspace, name: str, keys: Sequence[str], known: Mapping[str, Any], missing: dict[str, str]
) -> Iterator[tuple[str, Any]]:
    for key in keys:
        reference = known.get(key)
        if reference is None:
            variable = re.sub(r"[^A-Z0-9]+", "_", f"{workspace.id}_{name}_{key}".upper())
            missing[variable] = f"{name}.{key}"
            reference = {"env": variable}
        yield key, reference


def _knowledge(sources: Sequence[Source], base_urls: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for source in sources:
        if source.kind is SourceKind.SITE:
            yield {"url": source.address}
        elif source.kind is SourceKind.FILES:
            base_url = base_urls.get(source.address)
            yield {"path": source.address} | ({"base_url": base_url} if base_url else {})


def _member(member: Teammate) -> dict[str, str]:
    return {"email": member.email, "role": member.role.value, "name": member.name}
