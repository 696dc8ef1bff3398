"""`warmline migrate`: bring the database to the present shape. Every start does it too; this does nothing else."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from warmline.cli.session import json_argument, opened, print_json


def arguments(parser: argparse.ArgumentParser) -> None:
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.store.migrate import migrations, version

    async with opened(env) as machine:
        number = await machine.app.store.write(version)
    known = max(migrations())
    if args.json:
        print_json({"migration": number, "known": known})
    else:
        print(f"The database has the present shape (migration {number}).")
    return 0
