"""A Warmline to measure: `warmline serve` in a process of its own, on a fresh folder, with shops made beforehand."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]

from warmline.actions.learn_source import learn_source
from warmline.bootstrap import Machine
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import SourceKind
from warmline.domain.workspace import Limits, parse_workspace
from warmline.sandbox.credentials import (
    GORGIAS_API_KEY,
    GORGIAS_EMAIL,
    WEBHOOK_SECRET,
    WEBHOOK_URL,
    ZENDESK_CLIENT_ID,
    ZENDESK_CLIENT_SECRET,
)
from warmline.settings import read_settings
from warmline.store.base import Integration, Transaction
from warmline.store.calendars import holidays_of

NO_LIMITS = dict.fromkeys((name for name in Limits.__dataclass_fields__ if name != "crawl_pages"), 0)
_ACCOUNTS: Mapping[str, tuple[dict[str, str], dict[str, str]]] = {
    "zendesk": (
        {"subdomain": "acme", "client_id": ZENDESK_CLIENT_ID},
        {"client_secret": ZENDESK_CLIENT_SECRET},
    ),
    "gorgias": ({"account": "acme", "email": GORGIAS_EMAIL}, {"api_key": GORGIAS_API_KEY}),
    "webhook": ({"url": WEBHOOK_URL}, {"secret": WEBHOOK_SECRET}),
}


@dataclass(frozen=True, slots=True)
class Shop:
    """A workspace to be made. `knowledge` is a file or folder; `helpdesk` an account of the sandbox, or the Inbox."""

    name: str
    knowledge: Path | None = None
    helpdesk: str = "inbox"

    @property
    def site(self) -> str:
        return f"pk_{self.name}"


@dataclass
class Running:
    """`warmline serve` on one data folder and a free port of loopback."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    python: str = sys.executable
    port: int = field(default_factory=lambda: free_port())
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        return {"WARMLINE_DATA": str(self.folder / "data"), **self.env}

    def start(self, seconds: float = 120) -> float:
        """Returns when it is ready: the seconds that took."""
        begun = time.perf_counter()
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.python, "-m", "warmline", "serve", "--port", str(self.port)],
                env=os.environ | self.settings,
                stdout=log,
                stderr=log,
            )
        with httpx.Client(base_url=self.url, trust_env=False, timeout=5) as http:
            while time.perf_counter() < begun + seconds:
                if self.process.poll() is not None:
                    break
                try:
                    if http.get("/readyz").status_code == 200:
                        return time.perf_counter() - begun
                except httpx.TransportError:
                    time.sleep(0.01)
        self.stop()
        raise RuntimeError(f"the server did not become ready:\n{self.log()[-3000:]}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def memory(self) -> int:
        """Bytes of the server process itself, without its encoder child."""
        assert self.process is not None
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def cpu(self) -> tuple[float, float]:
        """Seconds of processor that the server and its encoder child have used."""
        assert self.process is not None
        server = psutil.Process(self.process.pid)
        own, children = server.cpu_times(), [each.cpu_times() for each in server.children(recursive=True)]
        return own.user + own.system, float(sum(each.user + each.system for each in children))

    def loop_away(self) -> dict[float, float]:
        """How often the server's event loop was away for no longer than so many seconds (infinite: at all looks)."""
        text = httpx.get(f"{self.url}/metrics", trust_env=False).text
        found = re.findall(r'warmline_event_loop_away_seconds_bucket\{le="([^"]+)"\} (\S+)', text)
        return {float(limit): float(times) for limit, times in found}

    def log(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def a_folder() -> Iterator[Path]:
    """On the disk that TMPDIR names: a tmpfs has no fdatasync worth measuring."""
    with tempfile.TemporaryDirectory(prefix="warmline-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


async def set_up(running: Running, shops: Sequence[Shop], settle: bool = True) -> None:
    """Make the shops and learn what they know. `settle` waits for all encoders; without it the server goes on with it.

    Limits are off: what is measured comes from one address.
    """
    async with Machine(read_settings(running.settings), works=settle) as machine:
        for shop in shops:
            workspace = await machine.app.store.write(lambda tx, shop=shop: _make(tx, shop))  # type: ignore[misc]
            if shop.knowledge is not None:
                learned = await learn_source(machine.app, workspace, str(shop.knowledge), SourceKind.FILES)
                assert not learned.problems, learned.problems
        if machine.worker is not None:
            await machine.worker.idle()


def _make(tx: Transaction, shop: Shop) -> WorkspaceId:
    now = datetime.now(UTC)
    tables: dict[str, Any] = {
        "workspace": {"name": shop.name, "site": shop.site},
        "handoff": {"helpdesk": shop.helpdesk},
        "limits": NO_LIMITS,
    }
    workspace = parse_workspace(tables, holidays_of)
    tx.save_workspace(workspace, now)
    if shop.helpdesk in _ACCOUNTS:
        settings, secrets = _ACCOUNTS[shop.helpdesk]
        connection = Integration(shop.helpdesk, "helpdesk", settings, {}, secrets, None, 1)
        tx.save_integration(workspace.id, connection, now)
    return workspace.id


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
