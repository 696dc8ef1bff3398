"""Logs name no people, whatever goes wrong (T29)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.flows.shop import UNANSWERABLE, Shopper, Town, a_town
from warmline.cli import logs
from warmline.errors import Unclear
from warmline.store.trouble import Cause

CANARIES = ("Ludmila", "Canaryova", "ludmila.canary", "canary-street", "kanarek", "example.com", "shop.example/canary")
EMAIL = "ludmila.canary+x@example.com"
SAID = "My name is Ludmila Canaryova and I live in 4 canary-street, kanarek"


@pytest.fixture
def put_back() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


def test_t29_a_gap_takes_what_cannot_be_about_a_person(capsys: pytest.CaptureFixture[str], put_back: None) -> None:
    logs.configure(json=True)
    log = logging.getLogger("warmline.test")
    log.warning("%s failed: %s after %d tries", "ticket", "UnicodeDecodeError", 3)
    log.info("of %s at %s because %s", "cnv_0123456789abcdef", "/api/v1/conversations/cnv_0123456789abcdef", Cause.FULL)
    log.info("said %s and %r to %s", "Ludmila", SAID, EMAIL)
    log.info("a mistake of ours: %d", "Ludmila")
    log.info({"said": "Ludmila"})
    log.info("fields: %(name)s", {"name": "Ludmila"})
    try:
        try:
            raise KeyError("Ludmila")
        except KeyError as error:
            raise ValueError(f"cannot mail {EMAIL}") from error
    except ValueError:
        log.exception("failed at %s", f"/nobody/{EMAIL}")
    structlog.get_logger("warmline.test").warning("live.away", error="OSError", said=SAID)
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert [line["event"] for line in lines] == [
        "ticket failed: UnicodeDecodeError after 3 tries",
        "of cnv_0123456789abcdef at /api/v1/conversations/cnv_0123456789abcdef because disk_full",
        "said … and '…' to …".replace("'…'", "…"),
        "a mistake of ours: …",
        "…",
        "fields: …",
        "failed at …",
        "live.away",
    ]
    assert [name for name in ("ValueError", "KeyError", "test_logs.py") if name not in lines[6]["exception"]] == []
    assert (lines[7]["error"], lines[7]["said"]) == ("OSError", "…")
    assert [canary for canary in CANARIES if canary in written] == []


async def test_t29_planted_people_reach_no_log_through_all_flows_also_failing_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], put_back: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure(json=True)
    async with a_town(tmp_path) as town:
        await _a_delivery_that_fails_in_every_way(town, monkeypatch)
        await _an_agent_that_fails(town, monkeypatch)
        await _a_fault_of_ours(town, monkeypatch)
        await _a_teammate_and_a_mail(town)
    written = capsys.readouterr().err
    events = {json.loads(line)["event"] for line in written.splitlines() if line.startswith("{")}
    assert any(event.startswith("ticket failed: ") for event in events), events
    assert "the agent failed" in events
    assert any(event.startswith("error ") for event in events), events
    assert [canary for canary in CANARIES if canary in written] == []
    assert [line for line in written.splitlines() if "@" in line] == []


async def _person(town: Town, **tables: Any) -> Shopper:
    shop = await town.shop(**tables)
    shopper = await shop.shopper(page={"url": "https://shop.example/canary", "title": "Ludmila"})
    await shopper.say(SAID)
    return shopper


async def _a_delivery_that_fails_in_every_way(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from warmline.helpdesks.zendesk.helpdesk import Zendesk

    real, tries = Zendesk.create, 0

    async def create(self: Zendesk, key: str, body: bytes) -> Any:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Unclear(f"Zendesk says: requester {EMAIL} is taken by Ludmila", made_nothing=True)
        if tries == 2:
            raise RuntimeError(body.decode())
        return await real(self, key, body)

    with monkeypatch.context() as patched:
        patched.setattr(Zendesk, "create", create)
        shopper = await _person(town, connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
        await shopper.choose("request")
        await shopper.email(EMAIL)
        await shopper.until_notice("ticket", seconds=60)


async def _an_agent_that_fails(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def think(*_: Any, **__: Any) -> Any:
        raise ValueError(f"cannot read {SAID!r}")

    with monkeypatch.context() as patched:
        patched.setattr(type(town.machine.app.agent), "think", think)
        shopper = await _person(town)
        await shopper.ask(UNANSWERABLE)


async def _a_fault_of_ours(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from warmline.web import widget_api

    async def broken(*_: Any, **__: Any) -> Any:
        raise LookupError(SAID)

    with monkeypatch.context() as patched:
        patched.setattr(widget_api, "receive_message", broken)
        shop = await town.shop()
        shopper = await shop.shopper()
        answer = await shopper.post("/messages", {"client_id": "said-000001", "text": SAID})
        assert (answer.status_code, "Ludmila" in answer.text) == (500, False)


async def _a_teammate_and_a_mail(town: Town) -> None:
    shop = await town.shop()
    marta = await shop.teammate("Ludmila")
    shopper = await shop.shopper()
    await shopper.say(SAID)
    await shopper.choose("request")
    await shopper.email(EMAIL)
    await shopper.until_notice("queued")
    await marta.post(f"/conversations/{shopper.id}/accept")
    await marta.post(f"/conversations/{shopper.id}/reply", {"text": f"Dear Ludmila, write to {EMAIL}"})
    async with asyncio.timeout(20):
        while not town.sandbox.mails():  # noqa: ASYNC110 it watches a stand-in
            await asyncio.sleep(0.1)
