"""The words of `warmline demo`. What it starts takes long to import, and `--help` must not wait for it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="port of the server (default 8000, or WARMLINE_PORT)")


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.cli import demo

    return await demo.run(args, env)
