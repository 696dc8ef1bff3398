"""`warmline serve`: widget API, team API and worker in one process."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from warmline.bootstrap import Machine
from warmline.cli import logs
from warmline.cli.server import listen, serve
from warmline.settings import read_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (WARMLINE_HOST)")
    parser.add_argument("--port", type=int, help="port to listen on, 0 for a free one (WARMLINE_PORT)")


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    logs.configure()
    settings = read_settings(env, host=args.host, port=args.port)
    sock = listen(settings.host, settings.port)
    settings = read_settings(env, host=args.host, port=sock.getsockname()[1])
    async with Machine(settings, works=True) as machine:
        await serve(machine, sock, lambda: print(f"Warmline is ready at {settings.url}", flush=True))
    return 0
