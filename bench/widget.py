"""What the widget costs a shop's page on a slow phone: the longest task of each of several loads, with and without it.

    .venv/bin/python -m bench.widget [10]

A quarter of this machine's speed (the browser's own throttle). Browsers report tasks above 50 ms only: 0 is none.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from bench.floor import load
from tests.browser.loading import SLOWER, held_up
from tests.browser.mall import a_mall, a_town

BUDGET = 50


async def main(loads: int) -> None:
    with tempfile.TemporaryDirectory(prefix="warmline-bench-") as folder:
        async with a_town(Path(folder)) as town, a_mall(town) as mall:
            shop = await mall.shop()
            for kind, what in (("bare", "the page alone"), ("plain", "with the widget")):
                found = [await held_up(mall, shop, kind) for _ in range(loads)]
                for moment in ("loading", "opening"):
                    tasks = sorted(getattr(each, moment) for each in found)
                    print(
                        f"{what}, {moment}: longest task best {tasks[0]:.0f} ms, median"
                        f" {statistics.median(tasks):.0f} ms, worst {tasks[-1]:.0f} ms"
                        f" of {loads} loads at 1/{SLOWER} of the speed"
                    )
    print(f"    budget {BUDGET} ms (0 = none above 50); {load()}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
