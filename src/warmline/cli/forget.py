"""`warmline forget`: what the agent noted of a conversation and learned from it. The messages stay."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from warmline.cli.session import chosen, json_argument, opened, print_json, show, workspace_argument
from warmline.domain.ids import ConversationId


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("conversation", nargs="+", help="its id, as it stands in the address of the Inbox")
    workspace_argument(parser)
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.actions.forget_learned import forget_learned

    async with opened(env) as machine:
        workspace = (await chosen(machine.app, args.workspace)).id
        gone = {id: await forget_learned(machine.app, workspace, ConversationId(id)) for id in args.conversation}
    if args.json:
        print_json(gone)
        return 0
    for id, counts in gone.items():
        show(f"{id}: {', '.join(f'{number} {what}' for what, number in counts.items())} forgotten.")
    print("The messages themselves stay in the Inbox.")
    return 0
