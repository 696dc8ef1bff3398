"""Starts `warmline` processes in a fraction of a second, for tests that kill hundreds of them.

One process has imported everything and forks a child for each start. The child is a process like any other: a group of
its own, its own files and threads, nothing shared but pages that are never written. Encoders are not warmed up before
somebody asks, since most of these processes die young.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Self, cast

import httpx

from tests.flows.server_process import free_port
from warmline import failpoints

STILL_ALIVE = 1000


class Zygote:
    """Use as a context manager."""

    def __enter__(self) -> Self:
        here, there = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote", str(there.fileno())],
            pass_fds=[there.fileno()],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
        )
        there.close()
        here.settimeout(60)
        self._line, self._answers = here, here.makefile("r")
        self._alive: set[int] = set()
        self._turn = threading.Lock()
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self._alive:
            os.killpg(pid, signal.SIGKILL)
        self._line.shutdown(socket.SHUT_RDWR)
        self._answers.close()
        self._line.close()
        self._process.wait(10)

    def start(self, argv: Sequence[str], env: Mapping[str, str], log: Path) -> int:
        """The pid of a new `warmline` with these arguments."""
        pid = self._ask({"argv": list(argv), "env": dict(env), "log": str(log)})
        self._alive.add(pid)
        return pid

    def wait(self, pid: int) -> int:
        """Its exit code; minus the signal that ended it."""
        code = self._ask({"wait": pid})
        self._alive.discard(pid)
        return code

    def ended(self, pid: int) -> int | None:
        """Its exit code; None while it lives."""
        code = self._ask({"poll": pid})
        if code == STILL_ALIVE:
            return None
        self._alive.discard(pid)
        return code

    def _ask(self, question: Mapping[str, Any]) -> int:
        with self._turn:
            self._line.sendall(json.dumps(question).encode() + b"\n")
            return int(self._answers.readline())


@dataclass
class QuickServer:
    """`warmline serve` on one data folder and one port, started and killed again and again."""

    zygote: Zygote
    data: Path
    env: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    pid: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data.parent / f"server-{self.port}.log"

    def launch(self, **more: str) -> None:
        """Start it without waiting until it is ready."""
        env = {"WARMLINE_DATA": str(self.data)} | dict(self.env) | more
        self.pid = self.zygote.start(["serve", "--port", str(self.port)], env, self.log)

    def await_ready(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        with httpx.Client(timeout=2) as http:
            while time.monotonic() < end:
                try:
                    if http.get(f"{self.url}/readyz").status_code == 200:
                        return
                except httpx.TransportError:
                    time.sleep(0.02)
        raise AssertionError(f"it never became ready:\n{self.tail()}")

    def start(self) -> None:
        self.launch()
        self.await_ready()

    def kill(self) -> None:
        """SIGKILL to the whole group: nothing gets to clean up."""
        assert self.pid is not None
        os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def terminate(self) -> None:
        """SIGTERM, without waiting for the end."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGTERM)

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.terminate()
        return self.wait()

    def wait(self) -> int:
        assert self.pid is not None
        code, self.pid = self.zygote.wait(self.pid), None
        return code

    def ended(self) -> int | None:
        """Its exit code when it ended by itself."""
        code = self.zygote.ended(self.pid) if self.pid is not None else None
        self.pid = None if code is not None else self.pid
        return code

    def tail(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:] if self.log.exists() else ""


def _serve_forks(line: socket.socket) -> None:
    from warmline.cli import command

    _import_everything()
    with line.makefile("r") as questions:
        for text in questions:
            question = json.loads(text)
            if "wait" in question:
                _, status = os.waitpid(question["wait"], 0)
                answer = os.waitstatus_to_exitcode(status)
            elif "poll" in question:
                pid, status = os.waitpid(question["poll"], os.WNOHANG)
                answer = os.waitstatus_to_exitcode(status) if pid else STILL_ALIVE
            elif (answer := os.fork()) == 0:
                os.setsid()
                _become(question["env"], question["log"], line.fileno())
                code = 1
                try:
                    code = command.run(question["argv"])
                finally:
                    sys.stdout.flush()
                    os._exit(code)
            line.sendall(f"{answer}\n".encode())


NEEDED = (
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
    "warmline.cli.serve",
    "warmline.live.nats",
    "warmline.live.postgres",
    "warmline.store.postgres",
    "warmline.web.app",
)


def _import_everything() -> None:
    for name in NEEDED:
        import_module(name)
    from warmline.agent.answer import KeylessAgent
    from warmline.helpdesks import registry
    from warmline.web.app import make_app
    from warmline.web.door import Door

    registry.load()
    # What FastAPI works out about a route when the first request comes: a third of a second in each child.
    for route in make_app(Door(cast(Any, None))).routes:
        route.matches({"type": "http", "method": "GET", "path": "/nowhere", "headers": []})

    async def cold(self: KeylessAgent) -> None:
        """Nothing is warmed up."""

    KeylessAgent.warm = cold  # type: ignore[method-assign]
    gc.freeze()  # no child looks through what all of them share


def _become(env: Mapping[str, str], log: str, line: int) -> None:
    os.close(line)
    os.environ.update(env, PYTHONUNBUFFERED="1")
    failpoints.follow(env.get(failpoints.VARIABLE))
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)


if __name__ == "__main__":
    _serve_forks(socket.socket(fileno=int(sys.argv[1])))
