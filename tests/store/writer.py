"""
A process that writes to a SQLite store until it is stopped: `writer.py FILE WORKER CONVERSATION [BYTES]`.

Prints each text once its write has returned; with BYTES no file of this process may grow beyond that, and each refusal
is printed as "unavailable".
"""

from __future__ import annotations

import asyncio
import resource
import signal
import sys
from functools import partial
from itertools import count
from pathlib import Path

from tests.fixtures.conversations import NOW, said
from tests.store.conftest import ACME, store_at
from warmline.domain.ids import ConversationId
from warmline.errors import Unavailable
from warmline.store.base import Transaction

AT_ONCE = 8


async def main(path: Path, worker: str, id: ConversationId, limit: int | None) -> None:
    store = store_at(path, worker)
    await store.start()

    def say(tx: Transaction, text: str) -> None:
        conversation = tx.conversation(ACME, id)
        conversation.receive(said(text), NOW)
        tx.save(conversation)

    async def speak(first: int) -> None:
        for n in count(first, AT_ONCE):
            text = f"{worker}-{n}"
            try:
                await store.write(partial(say, text=text + "x" * (2_000 if limit else 0)))
                print(text, flush=True)
            except Unavailable:
                print("unavailable", flush=True)
                await asyncio.sleep(0.05)

    if limit is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

        def more_room(*_: object) -> None:
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

        signal.signal(signal.SIGUSR1, more_room)
    async with asyncio.TaskGroup() as tasks:
        for n in range(AT_ONCE):
            tasks.create_task(speak(n))


if __name__ == "__main__":
    _, path, worker, id, *rest = sys.argv
    asyncio.run(main(Path(path), worker, ConversationId(id), int(rest[0]) if rest else None))
