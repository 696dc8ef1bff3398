"""`warmline serve`: widget API, team API and worker in one process."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warmline.bootstrap import Machine


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (WARMLINE_HOST)")
    parser.add_argument("--port", type=int, help="port to listen on, 0 for a free one (WARMLINE_PORT)")


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.bootstrap import Machine
    from warmline.cli import logs
    from warmline.cli.server import listen, serve
    from warmline.process import tune
    from warmline.settings import read_settings

    logs.configure()
    tune()
    settings = read_settings(env, host=args.host, port=args.port)
    sock = listen(settings.host, settings.port)
    settings = read_settings(env, host=args.host, port=sock.getsockname()[1])
    async with Machine(settings, works=True) as machine:
        setup_secret, welcome = await _first_links(machine)
        ready = f"Warmline is ready at {settings.url}{welcome}"
        await serve(machine, sock, lambda: print(ready, flush=True), setup_secret=setup_secret)
    return 0


async def _first_links(machine: Machine) -> tuple[str | None, str]:
    """While nobody has a password: links that make the first owner, printed here and nowhere else."""
    from warmline.actions.set_password import owner_links
    from warmline.store.vault import token

    links = await owner_links(machine.app)
    if links is None:
        return None, ""
    if links:
        lines = [f"  {each.teammate.email} ({each.teammate.workspace}): {each.url}" for each in links]
        return None, "\nNobody has a password yet. These links work once, for a day:\n" + "\n".join(lines)
    secret = token("wls")
    return secret, f"\nNobody is here yet. Become the owner: {machine.settings.url}/setup#{secret}"
