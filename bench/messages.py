"""How many visitor messages per second one process makes durable, when people own the conversations.

    .venv/bin/python -m bench.messages            64 shoppers who wait in the queue of the Inbox and write on

No answer is computed: what is measured is the door, the rules and the store. The floor is fdatasync, one after another.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from bench.floor import Floor, load, ms, quantile
from bench.running import Running, Shop, a_folder, set_up
from bench.wire import Shopper

SHOP = Shop("messages")


async def main(shoppers: int, seconds: float) -> None:
    with a_folder() as folder:
        running, floor = Running(folder), Floor(folder)
        await set_up(running, [SHOP])
        running.start()
        try:
            waiting = [await in_the_queue(running.port, n) for n in range(shoppers)]
            await write(waiting, 1.0)
            floor.measure()
            (used, _), begun = running.cpu(), time.perf_counter()
            waits = await write(waiting, seconds)
            spent, cpu = time.perf_counter() - begun, running.cpu()[0] - used
            floor.measure()
            for shopper in waiting:
                await shopper.leave()
        finally:
            running.stop()
    rate = len(waits) / spent
    print(f"{shoppers} shoppers: {rate:,.0f} durable messages/s = {rate / floor.rate:.2f} x the fdatasync rate")
    print(f"    sent → accepted    p50 {ms(quantile(waits, 50))}, p99 {ms(quantile(waits, 99))}")
    print(f"    {ms(cpu / len(waits))} of processor each, {cpu / spent:.2f} cores busy in the server")
    verdict = "kept" if rate >= min(1_000, 4 * floor.rate) else "missed"
    print(f"    budget: 1,000/s, or 4 x the fdatasync rate ({4 * floor.rate:,.0f}/s): {verdict}")
    print(f"{floor} on the disk of the data folder; {load()}")


async def in_the_queue(port: int, n: int) -> Shopper:
    """A shopper who asked for a person and left an address: the agent is silent from here."""
    shopper = await Shopper.arrive(port, SHOP.site)
    await shopper.post("/handoff", {"choice": "request"})
    state = (await shopper.post("/email", {"email": f"shopper-{n}@example.com"}))["state"]
    assert state["owner"] == "queue", state
    return shopper


async def write(shoppers: list[Shopper], seconds: float) -> list[float]:
    """Each sends the next message as soon as the one before is accepted. How long each took."""
    end = time.perf_counter() + seconds
    waits: list[float] = []

    async def one(shopper: Shopper) -> None:
        while (sent := time.perf_counter()) < end:
            await shopper.say("Is anybody there? My parcel has not come yet, and I am leaving on Friday.")
            waits.append(time.perf_counter() - sent)

    await asyncio.gather(*(one(shopper) for shopper in shoppers))
    return waits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shoppers", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=15)
    given = parser.parse_args()
    asyncio.run(main(given.shoppers, given.seconds))
