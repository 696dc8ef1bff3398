"""What the HTTP door holds beside the App: who is streaming, whether the house is closing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from warmline.actions.app import App
from warmline.domain.ids import WorkspaceId
from warmline.web.streaming import Sweep


@dataclass
class Door:
    """One process's door. `closing` is set at shutdown: streams say `bye` and end.

    `setup_secret` is what the first owner of a fresh server shows; `development` adds the style guide.
    `metrics_token` opens `/metrics`; `worker_alive` asks this process's worker.
    """

    app: App
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    own_origin: str | None = None
    setup_secret: str | None = field(default=None, repr=False)
    development: bool = False
    metrics_token: str | None = field(default=None, repr=False)
    worker_alive: Callable[[], bool] = lambda: True
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    streams: Counter[str] = field(default_factory=Counter)
    sightings: dict[tuple[WorkspaceId, str], datetime] = field(default_factory=dict, repr=False)
    """(shop, origin) → when its widget last called this process."""
    sweep: Sweep = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.sweep = Sweep(self.app)

    @contextmanager
    def counted(self, who: str) -> Iterator[None]:
        """While a stream of this visitor or teammate is open."""
        self.streams[who] += 1
        try:
            yield
        finally:
            self.streams[who] -= 1
            if self.streams[who] <= 0:
                del self.streams[who]
