"""`warmline doctor`: checks everything that a shopper's answer and handoff depend on, and says the remedy."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import stat
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from warmline.cli.session import json_argument, opened, patience_argument, print_json
from warmline.errors import SealedWithAnotherKey, WarmlineError
from warmline.settings import Settings, read_settings

if TYPE_CHECKING:
    from warmline.actions.app import App
    from warmline.domain.workspace import Workspace
    from warmline.store.base import Integration, Transaction

LEAST_FREE = 500 * 2**20
BUILT = 1_790_000_000
"""September 2026: a clock before this is wrong."""
SYNCS = 20
SLOW_DISK = 50.0
"""Milliseconds."""
FRAMES, KEPT_BACK = 2, 0.75
"""Of the short stream: half of the pause between them, in seconds."""
SLACK = 120
"""Seconds by which a file may be newer than now: clocks of file servers differ."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`ok` None: not wrong, but worth knowing."""

    name: str
    ok: bool | None
    detail: str
    remedy: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    patience_argument(parser, 10, "how long a helpdesk may take to answer")
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    findings: list[Finding] = []
    async for finding in _all(env, timedelta(seconds=args.patience)):
        findings.append(finding)
        if not args.json:
            _print(finding)
    wrong = sum(finding.ok is False for finding in findings)
    if args.json:
        print_json({"ok": not wrong, "findings": [asdict(finding) for finding in findings]})
    else:
        print(f"\n{wrong} to mend." if wrong else "\nAll is well.")
    return 1 if wrong else 0


def _print(finding: Finding) -> None:
    mark = {True: "ok   ", False: "WRONG", None: "note "}[finding.ok]
    print(f"{mark} {finding.name}: {finding.detail}", flush=True)
    if finding.remedy:
        print(f"      → {finding.remedy}", flush=True)


async def _all(env: Mapping[str, str], patience: timedelta) -> AsyncIterator[Finding]:
    try:
        settings = read_settings(env)
    except WarmlineError as error:
        yield Finding("settings", False, str(error), "Mend the variable; docs/settings.md lists them all.")
        return
    yield Finding("settings", True, "understood")
    yield _clock(settings)
    yield _address(settings)
    folder = _folder(settings)
    yield folder
    if folder.ok is not True:
        return
    yield _space(settings)
    yield await asyncio.to_thread(_disk, settings)
    if not settings.database_url:
        whole = await asyncio.to_thread(_database, settings)
        yield whole
        if whole.ok is False:
            return
    async for finding in _inside(env, settings, patience):
        yield finding


async def _inside(env: Mapping[str, str], settings: Settings, patience: timedelta) -> AsyncIterator[Finding]:
    """What only the wired machine can tell."""
    try:
        async with opened(env) as machine:
            yield Finding("database", True, "opens, and has the present shape")
            yield _key(settings)
            if settings.database_url:
                yield _database_clock(machine.app)
            async for finding in _reached(machine.app, settings):
                yield finding
            yield await _encoders(machine.app)
            yield await _model(machine.app, patience)
            yield await _mail(machine.app)
            async for finding in _accounts(machine.app, patience):
                yield finding
    except WarmlineError as error:
        at = "key" if isinstance(error, SealedWithAnotherKey) else "start"
        yield Finding(at, False, str(error), "Mend this first: the server would not start.")


# The machine it runs on


def _clock(settings: Settings) -> Finding:
    now = time.time()
    if now < BUILT:
        return Finding("clock", False, f"it says {time.strftime('%Y-%m-%d')}", "Set the clock (NTP).")
    database = settings.data / "warmline.sqlite3"
    newest = max((each.stat().st_mtime for each in database.parent.glob("warmline.sqlite3*")), default=0.0)
    if newest > now + SLACK:
        return Finding("clock", False, "the database was written in the future", "Set the clock (NTP).")
    return Finding("clock", True, time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now)))


def _address(settings: Settings) -> Finding:
    url = urlsplit(settings.url)
    if settings.public_url is None:
        remedy = "Set WARMLINE_PUBLIC_URL to the https address that shoppers reach, before they do."
        return Finding("address", None, f"{settings.url} is reached from this machine only", remedy)
    if url.scheme != "https" and url.hostname not in ("localhost", "127.0.0.1", "::1"):
        remedy = "Put a proxy with a certificate in front and set WARMLINE_PUBLIC_URL to https://…"
        return Finding("address", False, f"{settings.url} is not encrypted: shop pages will not load it", remedy)
    return Finding("address", True, settings.url)


def _folder(settings: Settings) -> Finding:
    data = settings.data.absolute()
    if not data.exists():
        return Finding(
            "data folder", None, f"{data} is not there yet", "The first `warmline serve` or `apply` makes it."
        )
    if not data.is_dir() or not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        return Finding("data folder", False, f"{data} cannot be written", "Make it a folder that belongs to this user.")
    return Finding("data folder", True, str(data))


def _space(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data).free
    if free < LEAST_FREE:
        return Finding("disk space", False, f"{free // 2**20} MB are left", "Make room: a full disk stops all writing.")
    return Finding("disk space", True, f"{free / 2**30:.1f} GB are left")


def _disk(settings: Settings) -> Finding:
    """How long "on disk" takes: every message waits for it."""
    path = settings.data / f".doctor-{os.getpid()}"
    took: list[float] = []
    try:
        with path.open("wb", buffering=0) as file:
            for _ in range(SYNCS):
                began = time.perf_counter()
                file.write(b"x" * 4096)
                os.fsync(file.fileno())
                took.append(time.perf_counter() - began)
    except OSError as error:
        return Finding("disk", False, f"it cannot be written ({error.strerror})", "Make room, or mount it for writing.")
    finally:
        path.unlink(missing_ok=True)
    middle = sorted(took)[SYNCS // 2] * 1000
    if middle > SLOW_DISK:
        remedy = "Use a local disk, not a network share: every message waits for it."
        return Finding("disk", None, f"it takes {middle:.0f} ms to keep something for good", remedy)
    return Finding("disk", True, f"keeps something for good in {middle:.1f} ms")


def _database(settings: Settings) -> Finding:
    from warmline.store.backup import complaint

    path = settings.data / "warmline.sqlite3"
    if not path.exists():
        return Finding("database file", None, f"{path} is not there yet", "The first `warmline serve` makes it.")
    broken = complaint(path)
    if broken:
        return Finding("database file", False, f"{path}: {broken}", "Stop the server and restore the last backup.")
    return Finding("database file", True, f"{path} is whole")


def _key(settings: Settings) -> Finding:
    """The machine started, so the key opens what was sealed. Does nobody else read it?"""
    path = settings.data / "secret.key"
    if settings.secret_key is None and _open_to_others(path):
        return Finding("key", False, f"others on this machine may read {path}", f"chmod 600 {path}")
    return Finding("key", True, "opens what was stored")


def _open_to_others(path: Path) -> bool:
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


# What it talks to


def _database_clock(app: App) -> Finding:
    """All processes go by the database's clock; people see it too."""
    off = abs((app.clock() - datetime.now(UTC)).total_seconds())
    if off > SLACK:
        remedy = "Set the clock of the database's machine, or of this one (NTP)."
        return Finding("database clock", False, f"differs from this machine's by {off:.0f} s", remedy)
    return Finding("database clock", True, f"differs from this machine's by {off:.1f} s")


async def _reached(app: App, settings: Settings) -> AsyncIterator[Finding]:
    """Does the address that stands in mails and snippets lead to this server, and by a proxy that we believe?"""
    if settings.public_url is None:
        untested = "not tested: no public address is set"
        yield Finding("streams", None, untested, "Set WARMLINE_PUBLIC_URL and run this again, through the proxy.")
        return
    from warmline.outbound import Origin, guarded_client

    url = f"{settings.url}/healthz"
    remedy = "Start the server and the proxy; WARMLINE_PUBLIC_URL has to lead to them, with a valid certificate."
    try:
        async with guarded_client(allow=(Origin.of(settings.url),), timeout=10) as client:
            answer = await client.get(url)
        found = answer.json() if answer.status_code == 200 else {}
    except Exception as error:  # noqa: BLE001 whatever it is, the address does not lead here
        yield Finding("reached", False, f"{url} cannot be opened ({type(error).__name__})", remedy)
        return
    if not isinstance(found, dict) or found.get("instance") != app.store.vault.mark("instance"):
        yield Finding("reached", False, f"{url} is answered by something else ({answer.status_code})", remedy)
        return
    yield Finding("reached", True, f"{settings.url} leads here")
    if found.get("proxy") == "untrusted":
        wrong = "the proxy in front is not believed: all shoppers share one network's limits"
        yield Finding("proxy", False, wrong, "Set WARMLINE_TRUSTED_PROXIES to the address the proxy comes from.")
    else:
        yield Finding("proxy", True, {"none": "none in between"}.get(str(found.get("proxy")), "believed"))
    yield await _streams(settings)


async def _streams(settings: Settings) -> Finding:
    """Does what is said now arrive now? The server sends two frames with a pause between them, and closes."""
    import httpx

    from warmline.outbound import Origin, guarded_client

    url, came, status = f"{settings.url}/healthz/stream", list[float](), 200
    try:
        async with (
            guarded_client(allow=(Origin.of(settings.url),), timeout=5) as client,
            client.stream("GET", url, headers={"Connection": "close"}) as answer,
        ):
            status = answer.status_code
            async for line in answer.aiter_lines():
                if line.startswith("event:"):
                    came.append(time.monotonic())
    except httpx.TimeoutException:
        pass  # what comes so late was kept back
    except httpx.HTTPError as error:
        return Finding("streams", None, f"not tested: {url} broke off ({type(error).__name__})", "Run this again.")
    if status != 200:
        return Finding("streams", None, f"not tested: {url} answered {status}", "Run this again.")
    if len(came) == FRAMES and came[-1] - came[0] >= KEPT_BACK:
        return Finding("streams", True, "arrive while they are sent")
    kept = "something in between keeps them back until they end: the chat asks for news instead, which is slower"
    remedy = "Turn off buffering of text/event-stream in the proxy (nginx: proxy_buffering off)."
    return Finding("streams", False, kept, remedy)


async def _encoders(app: App) -> Finding:
    from warmline.agent.base import Unit

    began = time.perf_counter()
    try:
        for model in app.agent.models:
            await app.agent.encode(model, [Unit("query", "Is anybody there?")])
    except WarmlineError as error:
        return Finding("encoders", False, str(error), "Install anew: ./run warmline, or pip install --force-reinstall.")
    return Finding("encoders", True, f"{', '.join(app.agent.models)} in {time.perf_counter() - began:.1f} s")


async def _model(app: App, patience: timedelta) -> Finding:
    """One small call; it may cost a fraction of a cent."""
    if app.writer is None:
        remedy = "Set WARMLINE_LLM to have answers worded by a language model. Without one the pages are quoted."
        return Finding("model", None, "no language model is set", remedy)
    began = time.perf_counter()
    try:
        async with asyncio.timeout(patience.total_seconds()):
            await app.writer.check()
    except TimeoutError:
        remedy = "Choose a faster model or server: shoppers wait 12 s at most, then a page is quoted."
        return Finding("model", False, f"{app.writer.name} gave no answer in {patience.total_seconds():g} s", remedy)
    except WarmlineError as error:
        remedy = "Mend WARMLINE_LLM, WARMLINE_LLM_KEY or WARMLINE_LLM_URL; docs/model.md says how."
        return Finding("model", False, str(error), remedy)
    return Finding("model", True, f"{app.writer.name} answers as asked in {time.perf_counter() - began:.1f} s")


async def _mail(app: App) -> Finding:
    if app.mail is None:
        remedy = "Set WARMLINE_SMTP_URL. Until then shoppers read: come back to this page."
        return Finding("mail", None, "no mail server is set", remedy)
    wrong = await app.mail.check()
    if wrong:
        return Finding("mail", False, wrong, "Mend WARMLINE_SMTP_URL: host, port, user, password, encryption.")
    return Finding("mail", True, "the mail server takes our login")


async def _accounts(app: App, patience: timedelta) -> AsyncIterator[Finding]:
    shops = await app.store.read(_shops)
    if not shops:
        yield Finding("workspaces", None, "there is none yet", "warmline apply FILE.toml makes one.")
    for workspace, members, integrations in shops:
        if not members:
            remedy = f"warmline user add EMAIL --role owner --workspace {workspace.id}"
            yield Finding(f"{workspace.id}: members", None, "nobody can answer shoppers yet", remedy)
        for integration in integrations:
            yield await _account(app, workspace, integration, patience)


def _shops(tx: Transaction) -> list[tuple[Workspace, int, list[Integration]]]:
    """Each workspace, how many members it has, and its connections."""
    return [(each, len(tx.teammates(each.id)), tx.integrations(each.id)) for each in tx.workspaces()]


async def _account(app: App, workspace: Workspace, integration: Integration, patience: timedelta) -> Finding:
    from warmline.actions.connect_integration import check_connection

    name = f"{workspace.id}: {integration.name}"
    try:
        checked = await check_connection(app, workspace.id, integration, patience)
    except WarmlineError as error:
        return Finding(name, False, str(error), "Set it up anew with warmline apply.")
    if checked.unclear:
        return Finding(name, False, "gave no clear answer", "Look at the vendor's status page; try again later.")
    failed = next((step for step in checked.steps if step.ok is False), None)
    if failed is not None:
        return Finding(name, False, f"{failed.name}: {failed.detail}", failed.remedy)
    if integration.paused_why:
        remedy = "The account works again: warmline apply FILE.toml connects it anew, and what waits goes out."
        return Finding(name, False, f"paused: {integration.paused_why}", remedy)
    return Finding(name, True, "connection checked")
