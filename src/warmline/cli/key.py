"""`warmline key`: API keys for programs (`Authorization: Bearer …`), and another secret key for the store."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from warmline.cli.session import chosen, json_argument, opened, print_json, workspace_argument
from warmline.domain.visitor import EmailAddress
from warmline.errors import Invalid

if TYPE_CHECKING:
    from warmline.actions.app import App
    from warmline.domain.ids import WorkspaceId


def arguments(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="does", required=True, metavar="create | list | revoke | rotate")
    create = does.add_parser("create", help="make a key; it is printed once")
    create.add_argument("--member", required=True, metavar="EMAIL", help="whom the key speaks for")
    create.add_argument("--scope", action="append", default=[], help="limit it: inbox, reports, knowledge or settings")
    create.add_argument("--label", default="", help="what it is for")
    revoke = does.add_parser("revoke", help="end a key at once")
    revoke.add_argument("id", help="its id, as `key list` shows it")
    rotate = does.add_parser("rotate", help="change the secret key that stored credentials are sealed with")
    json_argument(rotate)
    for each in (create, revoke, does.add_parser("list", help="all keys, without the keys themselves")):
        workspace_argument(each)
        json_argument(each)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    if args.does == "rotate":
        from warmline.cli.key_rotate import rotate

        return await rotate(args, env)
    from warmline.actions.issue_key import revoke_key

    async with opened(env) as machine:
        app = machine.app
        workspace = (await chosen(app, args.workspace)).id
        if args.does == "create":
            await _create(app, workspace, args)
        elif args.does == "list":
            await _list(app, workspace, args.json)
        else:
            await revoke_key(app, workspace, args.id)
            print_json({"revoked": args.id}) if args.json else print(f"{args.id} is revoked.")
    return 0


async def _create(app: App, workspace: WorkspaceId, args: argparse.Namespace) -> None:
    from warmline.actions.issue_key import issue_key

    email = EmailAddress.parse(args.member)
    await _check_scopes(app, workspace, email, args.scope)
    value = await issue_key(app, workspace, email, args.scope, args.label)
    if args.json:
        print_json({"key": value, "member": email.value, "scopes": args.scope, "label": args.label})
    else:
        print(f"The key, shown this once:\n{value}")


async def _check_scopes(app: App, workspace: WorkspaceId, email: EmailAddress, scopes: Sequence[str]) -> None:
    """Raises Invalid for a scope that there is not, or that the member's role does not have."""
    from warmline.web.access import ROLE_SCOPES, SCOPES

    member = await app.store.read(lambda tx: tx.teammate_by_email(workspace, email))
    for scope in scopes:
        if scope not in SCOPES:
            raise Invalid(f'There is no scope "{scope}"; there are {", ".join(SCOPES)}.', "--scope")
        if member and scope not in ROLE_SCOPES[member.role]:
            raise Invalid(
                f"The role of {email.value} ({member.role.value}) does not have the scope {scope}.", "--scope"
            )


async def _list(app: App, workspace: WorkspaceId, as_json: bool) -> None:
    from warmline.store.statements import loads, maybe_moment

    rows = await app.store.read(lambda tx: tx.keys(workspace))
    keys = [
        {
            "id": row["id"],
            "member": row["email"],
            "scopes": loads(row["scopes"]),
            "label": row["label"],
            "created_at": maybe_moment(row["created_at"]),
            "revoked_at": maybe_moment(row["revoked_at"]),
        }
        for row in rows
    ]
    if as_json:
        print_json(keys)
        return
    for key in keys:
        state = f"revoked {key['revoked_at']:%Y-%m-%d}" if key["revoked_at"] else "works"
        print(f"{key['id']}  {key['member']}  {','.join(key['scopes']) or 'all of the role'}  {state}  {key['label']}")
    if not keys:
        print("No keys yet. Make one with: warmline key create --member EMAIL")
