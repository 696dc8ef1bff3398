"""`warmline learn PATH|URL`: what it holds answers shoppers as soon as this command returns."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from warmline.cli.apply import learned_as_dict, learned_line, nothing_read, print_problems
from warmline.cli.session import chosen, json_argument, opened, print_json, progress_bar, workspace_argument
from warmline.domain.knowledge import SourceKind


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", metavar="PATH|URL", help="a folder or file (md, html, txt, csv), or a site")
    parser.add_argument("--base-url", metavar="URL", help="completes page addresses in files, such as /help/returns")
    workspace_argument(parser)
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.actions.learn_source import learn_source
    from warmline.actions.set_base_url import set_base_url

    address, kind = _source(args.address, args.base_url)
    async with opened(env) as machine:
        workspace = await chosen(machine.app, args.workspace)
        machine.base_urls.update(workspace.tables.get("base_urls", {}))
        if args.base_url is not None:
            await set_base_url(machine.app, workspace.id, address, args.base_url)
            machine.base_urls[address] = args.base_url
        with progress_bar(address) as progress:
            learned = await learn_source(machine.app, workspace.id, address, kind, progress)
    if args.json:
        print_json({"workspace": workspace.id, "address": address, **learned_as_dict(learned)})
    else:
        print(learned_line(address, learned))
        print_problems(learned)
    return 1 if nothing_read(learned) else 0


def _source(address: str, base_url: str | None) -> tuple[str, SourceKind]:
    """Raises Invalid for what is neither a site nor there."""
    from warmline.cli.setup_file import base_address, file_address, site_address

    if base_url:
        base_address(base_url, "--base-url")
    if address.startswith(("http://", "https://")):
        return site_address(address, "address"), SourceKind.SITE
    return file_address(Path(address), "path"), SourceKind.FILES
