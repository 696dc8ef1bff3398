"""How long a shopper waits: message accepted (durable) → the keyless agent's answer at an open stream.

    .venv/bin/python -m bench.answers             1 and 50 shoppers who ask what real shoppers ask
    .venv/bin/python -m bench.answers --canned    also "Hi" (no search): 1 shopper, and 2,000 open streams at 300/s

The demo shop is asked: by turns what a shopper might type and what its FAQ holds word for word. The floor is fdatasync
on the disk of the data folder.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import math
import random
import resource
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from bench.floor import Floor, load, ms, quantile
from bench.running import Running, Shop, a_folder, set_up
from bench.wire import Line, Shopper

DEMO = Path(str(files("warmline.cli") / "demo_shop"))
SHOP = Shop("answers", DEMO)
CANNED = ("Hi",)
SETTLE = 0.5
ARRIVING = 32


@dataclass(frozen=True, slots=True)
class Scene:
    """So many shoppers at a time, each of whom writes `rounds` times; then, `visits` times in all, others come.

    With a `pause` of s seconds they are out of step; without one each writes as soon as the last answer is there.
    """

    name: str
    shoppers: int
    rounds: int
    pause: float
    questions: Sequence[str]
    visits: int = 1


@dataclass
class Waits:
    """In seconds, one for each message. `answers` counts those that quoted a page; the others got another word.

    `away` counts how often the server's event loop was away for no longer than so many seconds; `seconds` is how long
    all of it took; `server` and `encoders` are the seconds of processor that it took them.
    """

    accepting: list[float] = field(default_factory=list)
    answering: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    answers: int = 0
    away: Counter[float] = field(default_factory=Counter)
    seconds: float = 0
    server: float = 0
    encoders: float = 0


async def main(canned: bool) -> None:
    asked = questions()
    scenes = [
        Scene("1 shopper, no pause", 1, 10, 0, asked, visits=20),
        Scene("50 shoppers, each writes every 5 s", 50, 8, 5, asked),
        Scene("50 shoppers, no pause (saturated)", 50, 10, 0, asked),
    ]
    if canned:
        scenes += [
            Scene('"Hi", 1 shopper, no pause', 1, 20, 0, CANNED, visits=15),
            Scene('"Hi", 50 shoppers, each writes every 1 s', 50, 20, 1, CANNED),
            Scene('"Hi", 2,000 streams, 300 messages/s wanted', 2_000, 4, 2_000 / 300, CANNED),
        ]
    with a_folder() as folder:
        running, floor = Running(folder), Floor(folder)
        await set_up(running, [SHOP])
        floor.measure()
        running.start()
        try:
            await play(running, Scene("warm", 2, 10, 0, asked), Waits())
            for scene in scenes:
                floor.measure()
                waits = Waits()
                for visit in range(scene.visits):
                    await play(running, scene, waits, visit)
                tell(scene, waits, floor)
        finally:
            running.stop()
        floor.measure()
        print(f"{floor} on the disk of the data folder; {load()}")


def questions() -> list[str]:
    """By turns one that a shopper of the demo shop might type and one that its FAQ holds."""
    typed = [each["question"] for each in json.loads((DEMO / "questions.json").read_text(encoding="utf-8"))]
    with (DEMO / "faq.csv").open(encoding="utf-8", newline="") as file:
        known = [phrasing.strip() for row in csv.DictReader(file) for phrasing in row["phrasings"].split("|")]
    return [each for pair in zip(typed, known, strict=False) for each in pair]


async def play(running: Running, scene: Scene, waits: Waits, visit: int = 0) -> None:
    line = Line(running.port)
    everybody: list[Shopper] = []
    for start in range(0, scene.shoppers, ARRIVING):
        arrived = [
            await Shopper.arrive(running.port, SHOP.site, line) for _ in range(min(ARRIVING, scene.shoppers - start))
        ]
        await asyncio.gather(*(shopper.open_stream() for shopper in arrived))
        everybody += arrived
    line.close()
    for shopper in everybody:
        shopper.line = Line(running.port)
    await asyncio.sleep(SETTLE)
    begun, (server, encoders), away = time.perf_counter(), running.cpu(), running.loop_away()
    try:
        await asyncio.gather(*(ask(shopper, scene, visit + n, waits) for n, shopper in enumerate(everybody)))
        after = running.cpu()
        waits.seconds += time.perf_counter() - begun
        waits.server += after[0] - server
        waits.encoders += after[1] - encoders
        waits.away.update({limit: times - away[limit] for limit, times in running.loop_away().items()})
    finally:
        await asyncio.gather(*(shopper.leave() for shopper in everybody))


async def ask(shopper: Shopper, scene: Scene, number: int, waits: Waits) -> None:
    chance = random.Random(number)
    due = time.perf_counter() + chance.random() * scene.pause
    for n in range(scene.rounds):
        await asyncio.sleep(due - time.perf_counter())
        sent = time.perf_counter()
        seq = await shopper.say(scene.questions[(number * 7 + n) % len(scene.questions)])
        accepted = time.perf_counter()
        # The stream may be read before the answer to the POST is: then nobody waited.
        answered = max(accepted, await shopper.answered(seq))
        waits.accepting.append(accepted - sent)
        waits.answering.append(answered - accepted)
        waits.whole.append(answered - sent)
        waits.answers += shopper.kinds[seq] == "answer"
        due += scene.pause


def tell(scene: Scene, waits: Waits, floor: Floor) -> None:
    count = len(waits.whole)
    budget50, budget99 = 2 * floor.p50 + 0.003, 2 * floor.p99 + 0.020
    if scene.questions is not CANNED:
        budget50, budget99 = budget50 + 0.040, budget99 + 0.150
    print(f"{scene.name}: {count} messages, {waits.answers} quoted a page, {load()}")
    for name, seconds in (
        ("sent → accepted", waits.accepting),
        ("accepted → answer", waits.answering),
        ("sent → answer", waits.whole),
    ):
        p50, p99 = quantile(seconds, 50), quantile(seconds, 99)
        ratios = f"{p50 / floor.p50:5.1f} and {p99 / floor.p50:6.1f} fdatasync p50"
        print(f"    {name:18} p50 {ms(p50):>9}, p99 {ms(p99):>9} = {ratios}")
    p50, p99 = quantile(waits.answering, 50), quantile(waits.answering, 99)
    print(
        f"    budget             p50 {ms(budget50):>9} ({kept(p50, budget50)}),"
        f" p99 {ms(budget99):>9} ({kept(p99, budget99)})"
    )
    print(
        f"    {count / waits.seconds:.0f} messages/s; each took {ms(waits.server / count)} of processor in the server"
        f" and {ms(waits.encoders / count)} in the encoders"
    )
    looks = waits.away[math.inf]
    longer = ", ".join(f"{looks - waits.away[limit]:.0f} > {ms(limit)}" for limit in (0.01, 0.02, 0.05, 0.1))
    print(f"    event loop away at {looks:.0f} looks: {longer}")


def kept(value: float, budget: float) -> str:
    return "kept" if value <= budget else f"missed, {value / budget:.1f} x"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--canned", action="store_true")
    canned = parser.parse_args().canned
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 20_000) if most > 0 else 20_000, most))
    asyncio.run(main(canned))
