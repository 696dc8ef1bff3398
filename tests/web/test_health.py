"""Alive, ready, and what it is doing: for monitoring, and for nobody else (THREATS T29)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.web.house import House, a_house
from warmline.domain.effect import Effect, EffectKind
from warmline.domain.ids import WorkspaceId
from warmline.errors import SettingsError
from warmline.settings import read_settings
from warmline.store.base import Transaction
from warmline.web.metrics import watch_loop

ACME = WorkspaceId("acme")
TOKEN = "a-token-for-prometheus"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path / "data") as house:
        yield house


def from_elsewhere(house: House) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(house.app, raise_app_exceptions=False, client=("192.0.2.7", 4711))
    return httpx.AsyncClient(transport=transport, base_url="https://help.warmline.example")


async def test_figures_are_for_this_machine_only_while_no_token_is_set(house: House) -> None:
    assert (await house.http.get("/metrics")).status_code == 200
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        answer = await house.http.get("/metrics", headers={name: "for=127.0.0.1"})
        assert (answer.status_code, "warmline_" in answer.text) == (404, False), "a proxy on this machine spoke"
    async with from_elsewhere(house) as stranger:
        answer = await stranger.get("/metrics")
        unknown = await stranger.get("/no-such-page")
    assert (answer.status_code, answer.json()) == (404, unknown.json()), "nobody learns that there is such a page"


async def test_figures_are_for_whoever_shows_the_token(house: House) -> None:
    house.door.metrics_token = TOKEN
    async with from_elsewhere(house) as prometheus:
        assert (await prometheus.get("/metrics")).status_code == 401
        for wrong in ("", "x", TOKEN + "x", "żółć"):
            headers = {b"Authorization": f"Bearer {wrong}".encode()}
            assert (await prometheus.get("/metrics", headers=headers)).status_code == 401
        right = await prometheus.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert (right.status_code, "warmline_handoffs" in right.text) == (200, True)
    assert (await house.http.get("/metrics")).status_code == 401, "nor is this machine an exception"


def test_a_short_token_stops_the_start() -> None:
    with pytest.raises(SettingsError, match=r"WARMLINE_METRICS_TOKEN.*16"):
        read_settings({"WARMLINE_METRICS_TOKEN": "short"})


async def test_figures_count_what_the_store_holds_and_name_nobody(house: House) -> None:
    chat = await house.waiting()
    await house.machine.app.store.write(_trouble)
    await house.http.get("/api/widget/conversations/cnv_secret/events")
    text = (await house.http.get("/metrics")).text
    for line in (
        'warmline_handoffs{helpdesk="inbox",step="delivered"} 1.0',
        'warmline_effects_due{kind="mail"} 1.0',
        'warmline_attempts_unknown{kind="ticket"} 1.0',
        'warmline_effects_stuck{kind="append"} 1.0',
        'warmline_integrations_paused{helpdesk="zendesk"} 1.0',
        'warmline_store_writable{cause=""} 1.0',
        "warmline_streams 0.0",
        'warmline_http_seconds_count{method="GET",route="/api/widget/conversations/{id}/events",status="401"}',
    ):
        assert line in text, line
    oldest = next(line for line in text.splitlines() if line.startswith('warmline_effects_oldest_seconds{kind="mail"'))
    assert float(oldest.split()[-1]) == 90
    for canary in ("acme", "cnv_", "anna", "@", chat.id, chat.token):
        assert canary not in text, canary


async def test_an_event_loop_that_is_held_up_shows_in_the_figures(house: House) -> None:
    async def longer() -> float:
        """How often it was away for more than 50 ms: one page, as the figures go on."""
        lines = (await house.http.get("/metrics")).text.splitlines()
        named = "warmline_event_loop_away_seconds_bucket{le="
        looks = {line.split('"')[1]: float(line.split()[-1]) for line in lines if line.startswith(named)}
        return looks["+Inf"] - looks["0.05"]

    watching = asyncio.create_task(watch_loop())
    try:
        await asyncio.sleep(0)
        before = await longer()
        time.sleep(0.3)  # noqa: ASYNC251  what must never be done
        await asyncio.sleep(0.1)
        assert await longer() > before
    finally:
        watching.cancel()


def _trouble(tx: Transaction) -> None:
    from datetime import UTC, datetime, timedelta

    from warmline.store.base import Integration

    now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    for kind in (EffectKind.MAIL, EffectKind.TICKET, EffectKind.APPEND):
        tx.owe(ACME, Effect(kind, f"{kind.value}:anna@example.com", None, now), now - timedelta(seconds=90))
    tx.run("UPDATE effect SET due = due - 90000000 WHERE kind = 'mail'")
    tx.run("UPDATE effect SET attempt = 'unknown', due = due + 90000000 WHERE kind = 'ticket'")
    tx.run("UPDATE effect SET state = 'stuck' WHERE kind = 'append'")
    tx.save_integration(ACME, Integration("zendesk", "helpdesk", {}, {}, {}, None, 1), now)
    tx.pause_integration(ACME, "zendesk", "anna@acme was refused", 1)


async def test_ready_says_what_is_not(house: House) -> None:
    ready = await house.http.get("/readyz")
    assert ready.json() == {"status": "ready", "checks": {"store": "ok", "worker": "ok", "migrations": "ok"}}
    house.door.worker_alive = lambda: False
    answer = await house.http.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["worker"]) == (503, "not alive")
    house.door.worker_alive = lambda: True
    await house.machine.app.store.write(lambda tx: tx.run("DELETE FROM migration WHERE number > 3"))
    answer = await house.http.get("/readyz")
    assert (answer.status_code, "migrations: at 3, needs" in answer.json()["detail"]) == (503, True)
    house.door.closing.set()
    answer = await house.http.get("/readyz")
    assert (answer.status_code, answer.json()["title"]) == (503, "Closing")
    assert (await house.http.get("/healthz")).status_code == 200


async def test_a_worker_is_alive_while_it_looks_for_what_is_due(tmp_path: Path) -> None:
    async with a_house(tmp_path / "data", works=True) as house:
        worker = house.machine.worker
        assert worker is not None and worker.alive()
        worker._beat -= 61
        assert not worker.alive()
