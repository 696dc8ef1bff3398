"""`warmline work`: a worker alone. On SQLite the server's own worker holds the file; this is for PostgreSQL."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Mapping

from warmline.settings import read_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none: the environment says it all."""


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.bootstrap import Machine
    from warmline.cli import logs

    logs.configure()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stopping.set)
    async with Machine(read_settings(env), works=True):
        print("Warmline's worker is ready", flush=True)
        await stopping.wait()
    return 0
