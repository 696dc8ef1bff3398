"""`/metrics`: figures for Prometheus, of this process and of the store. No label names a person or a workspace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.requests import Request

from warmline.errors import NotAuthenticated
from warmline.store.base import Load
from warmline.web.access import app_of, bearer, door_of, is_loopback, same_secret
from warmline.web.door import Door

REQUESTS = Histogram(
    "warmline_http_seconds",
    "Until an answer begins, by route (not by address) and status",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30),
)
AWAY = Histogram(
    "warmline_event_loop_away_seconds",
    "How long the event loop was busy with one thing while another was due, looked at 50 times a second",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5),
)
LOOK_EACH = 0.02
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")


def check_access(request: Request) -> None:
    """Whoever shows WARMLINE_METRICS_TOKEN; where none is set, a program on this machine that no proxy speaks for.

    Raises NotAuthenticated, or a 404 like that of an unknown page.
    """
    expected = door_of(request).metrics_token
    if expected is not None:
        if not same_secret(bearer(request), expected):
            raise NotAuthenticated("This is not WARMLINE_METRICS_TOKEN.")
        return
    if not is_loopback(request) or any(name in request.headers for name in _FORWARDED):
        raise HTTPException(404)


async def watch_loop() -> None:
    """Until it is cancelled: measures AWAY. Everybody who is connected waits for that long."""
    while True:
        due = time.perf_counter() + LOOK_EACH
        await asyncio.sleep(LOOK_EACH)
        AWAY.observe(max(time.perf_counter() - due, 0))


async def exposition(request: Request) -> bytes:
    """The page. What the store cannot tell just now is left out, and `warmline_store_writable` says so."""
    door = door_of(request)
    app = app_of(request)
    registry = CollectorRegistry()
    registry.register(_Once(_of_process(door)))
    load: Load = await app.store.read(lambda tx: tx.load(app.clock()))
    registry.register(_Once(_of_store(load)))
    return generate_latest() + generate_latest(registry)


class _Once(Collector):
    """What was read for this one answer."""

    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._families


def _of_process(door: Door) -> Iterator[GaugeMetricFamily]:
    trouble = door.app.store.health.trouble
    writable = GaugeMetricFamily("warmline_store_writable", "1 while the store takes writes", labels=["cause"])
    writable.add_metric([trouble.cause.value if trouble else ""], 0 if trouble else 1)
    yield writable
    alive = GaugeMetricFamily("warmline_worker_alive", "1 while the worker looks for what is due")
    alive.add_metric([], 1 if door.worker_alive() else 0)
    yield alive
    streams = GaugeMetricFamily("warmline_streams", "Open streams and waiting polls of this process")
    streams.add_metric([], door.streams.total())
    yield streams


def _of_store(load: Load) -> Iterator[GaugeMetricFamily]:
    handoffs = GaugeMetricFamily("warmline_handoffs", "Handoffs by destination and step", labels=["helpdesk", "step"])
    for (helpdesk, step), n in load.handoffs.items():
        handoffs.add_metric([helpdesk, step], n)
    yield handoffs
    due = GaugeMetricFamily("warmline_effects_due", "What is owed and due", labels=["kind"])
    late = GaugeMetricFamily("warmline_effects_oldest_seconds", "How late the oldest of them is", labels=["kind"])
    for kind, (n, seconds) in load.waiting.items():
        due.add_metric([kind], n)
        late.add_metric([kind], seconds)
    yield due
    yield late
    unknown = "Deliveries of which nobody knows yet whether they arrived"
    yield _by("warmline_attempts_unknown", unknown, "kind", load.unknown)
    yield _by("warmline_effects_stuck", "Refused for good: a person must look", "kind", load.stuck)
    paused = "Connections that wait for a new credential, by number of workspaces"
    yield _by("warmline_integrations_paused", paused, "helpdesk", load.paused)


def _by(name: str, does: str, label: str, counts: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, does, labels=[label])
    for key, n in counts.items():
        family.add_metric([key], n)
    return family
