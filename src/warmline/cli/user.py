"""`warmline user`: add a member, renew a lost link, list who is there."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from warmline.cli.session import chosen, json_argument, opened, print_json, show, workspace_argument
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role

if TYPE_CHECKING:
    from warmline.actions.app import App
    from warmline.actions.invite_member import Invited
    from warmline.domain.ids import WorkspaceId


def arguments(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="does", required=True, metavar="add | reset | list")
    add = does.add_parser("add", help="add a member; prints a link that works once")
    add.add_argument("email")
    add.add_argument("--role", required=True, choices=[role.value for role in Role])
    add.add_argument("--name", default="", help="shown to shoppers; made of the address when left out")
    reset = does.add_parser("reset", help="a new link for a member who lost theirs; works once, for an hour")
    reset.add_argument("email")
    for each in (add, reset, does.add_parser("list", help="who is a member")):
        workspace_argument(each)
        json_argument(each)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    async with opened(env) as machine:
        app = machine.app
        workspace = (await chosen(app, args.workspace)).id
        if args.does == "list":
            await _list(app, workspace, args.json)
        else:
            _show(await _invite(app, workspace, args), args.json)
    return 0


async def _invite(app: App, workspace: WorkspaceId, args: argparse.Namespace) -> Invited:
    from warmline.actions.invite_member import invite_member, renew_invitation

    email = EmailAddress.parse(args.email)
    if args.does == "add":
        return await invite_member(app, workspace, email, args.name, Role(args.role))
    return await renew_invitation(app, workspace, email)


def _show(invited: Invited, as_json: bool) -> None:
    who = invited.teammate
    if as_json:
        print_json({"email": who.email, "role": who.role.value, "url": invited.url, "until": invited.until})
        return
    print(f"{who.email} ({who.role.value}) comes in with this link; it works once, until")
    print(f"{invited.until:%Y-%m-%d %H:%M} UTC, and is not shown again:\n{invited.url}")


async def _list(app: App, workspace: WorkspaceId, as_json: bool) -> None:
    members = await app.store.read(lambda tx: tx.teammates(workspace))
    shown: list[dict[str, Any]] = [
        {"email": each.email, "name": each.name, "role": each.role.value} for each in members
    ]
    if as_json:
        print_json(shown)
        return
    for each in shown:
        show(f"{each['email']:40} {each['role']:8} {each['name']}")
    if not shown:
        print("Nobody yet. Add a member with: warmline user add EMAIL --role owner")
