"""What an idle stream weighs: the server's memory before and after 500 shoppers leave the widget open.

    .venv/bin/python -m bench.streams             500 streams
    .venv/bin/python -m bench.streams 10000       as many as one process should hold

The floor of the same run is the same number of bare connections to the server that ask for nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import resource

from bench.floor import load
from bench.running import Running, Shop, a_folder, set_up
from bench.wire import Line, Shopper

SHOP = Shop("streams")
BUDGET_KB = 30
QUIET = 20.0
"""Longer than the comment that each stream says every 15 seconds: then its buffers exist."""
AT_ONCE = 50


async def main(count: int) -> None:
    with a_folder() as folder:
        running = Running(folder)
        await set_up(running, [SHOP])
        running.start()
        try:
            lines = [Line(running.port) for _ in range(8)]
            everybody = await arrive(running, count, lines)
            await stream_for_a_while(everybody[:AT_ONCE], 1.0)
            empty = running.memory()
            held = await bare_connections(running, count)
            before = running.memory()
            used, _ = running.cpu()
            for start in range(0, count, AT_ONCE):
                await asyncio.gather(*(each.open_stream() for each in everybody[start : start + AT_ONCE]))
            opening = running.cpu()[0] - used
            await asyncio.sleep(QUIET)
            used, _ = running.cpu()
            await asyncio.sleep(QUIET)
            idle, after = (running.cpu()[0] - used) / QUIET, running.memory()
            for each in everybody:
                await each.leave()
            for writer in held:
                writer.close()
        finally:
            running.stop()
    each_kb, bare = (after - before) / count / 1024, max((before - empty) / count / 1024, 0.1)
    print(f"{count:,} idle streams: {each_kb:.1f} KB each = {each_kb / bare:.1f} x a bare connection ({bare:.1f} KB)")
    print(f"    the server weighs {empty / 1e6:.0f} MB without them, {after / 1e6:.0f} MB with them")
    print(
        f"    {1000 * opening / count:.1f} ms of processor to open one, {100 * idle:.1f} % of a core to hold them all"
    )
    print(f"    budget {BUDGET_KB} KB: {'kept' if each_kb <= BUDGET_KB else 'missed'}; {load()}")


async def arrive(running: Running, count: int, lines: list[Line]) -> list[Shopper]:
    async def some(line: Line, share: int) -> list[Shopper]:
        found = [await Shopper.arrive(running.port, SHOP.site, line) for _ in range(share)]
        line.close()
        return found

    shares = [count // len(lines) + (n < count % len(lines)) for n in range(len(lines))]
    found = await asyncio.gather(*(some(line, share) for line, share in zip(lines, shares, strict=True)))
    return [shopper for group in found for shopper in group]


async def stream_for_a_while(shoppers: list[Shopper], seconds: float) -> None:
    """What the first streams bring along (imports, readers' connections) is not the weight of a stream."""
    await asyncio.gather(*(each.open_stream() for each in shoppers))
    await asyncio.sleep(seconds)
    await asyncio.gather(*(each.leave() for each in shoppers))


async def bare_connections(running: Running, count: int) -> list[asyncio.StreamWriter]:
    """Connections that asked one small thing and are kept, also while the streams open: memory would be used again."""
    opened = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        opened.append(writer)
    return opened


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=500)
    count = parser.parse_args().count
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(main(count))
