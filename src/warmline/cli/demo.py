"""`warmline demo`: a shop with its help centre, stand-ins for every vendor, and a server, all on this machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from warmline.actions.app import App
from warmline.actions.learn_source import learn_source
from warmline.actions.passwords import hash_password
from warmline.bootstrap import Machine
from warmline.cli import logs
from warmline.cli.demo_site import SHOP, help_site
from warmline.cli.server import listen, serve
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import SourceKind
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role, Workspace, parse_workspace
from warmline.errors import SettingsError
from warmline.process import tune
from warmline.sandbox import Sandbox, credentials
from warmline.settings import Settings, read_settings
from warmline.store.base import Integration, Transaction
from warmline.store.calendars import holidays_of

SHOP_PORT, SANDBOX_PORT, MAIL_PORT = 8010, 8020, 8025
OPEN_FOR = timedelta(hours=12)
NAME, MARTA = "Ridge & Fern", "marta@ridgefern.example"
WORDS = (
    "amber birch brook cabin cedar clover copper ember fern flint grove harbor hazel heron island juniper lantern"
    " larch maple meadow moss otter pebble pine quartz ridge river robin spruce summit tarn thistle timber valley"
    " willow winter"
).split()


@dataclass(frozen=True, slots=True)
class Method:
    """One handoff method to try: a workspace of its own with the same knowledge."""

    site: str
    title: str
    handoff: Mapping[str, Any]
    connection: Integration | None = None


def _connection(name: str, settings: Mapping[str, Any], **secrets: str) -> Integration:
    return Integration(name, "profiles" if name == "klaviyo" else "helpdesk", settings, {}, secrets, None, 1)


ZENDESK = _connection(
    "zendesk",
    {"subdomain": "demo", "client_id": credentials.ZENDESK_CLIENT_ID},
    client_secret=credentials.ZENDESK_CLIENT_SECRET,
)
GORGIAS = _connection(
    "gorgias", {"account": "demo", "email": credentials.GORGIAS_EMAIL}, api_key=credentials.GORGIAS_API_KEY
)
EMAIL = _connection("email", {"to": credentials.SUPPORT_MAILBOX, "name": "Ridge & Fern chat"})
WEBHOOK = _connection("webhook", {"url": credentials.WEBHOOK_URL}, secret=credentials.WEBHOOK_SECRET)
KLAVIYO = _connection("klaviyo", {}, api_key=credentials.KLAVIYO_API_KEY)
MESSAGE = {
    "en": "I can't help with that here. These pages may:",
    "pl": "Tutaj w tym nie pomogę. Zajrzyj na te strony:",
}
METHODS = (
    Method("pk_demo", "Warmline Inbox", {"method": "ticket", "helpdesk": "inbox"}),
    Method("pk_demo_zendesk", "Zendesk", {"method": "ticket", "helpdesk": "zendesk"}, ZENDESK),
    Method("pk_demo_gorgias", "Gorgias", {"method": "ticket", "helpdesk": "gorgias"}, GORGIAS),
    Method("pk_demo_email", "E-mail", {"method": "ticket", "helpdesk": "email"}, EMAIL),
    Method("pk_demo_webhook", "Webhook", {"method": "ticket", "helpdesk": "webhook"}, WEBHOOK),
    Method("pk_demo_message", "Custom message", {"method": "message", "message": MESSAGE}),
)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    logs.configure()
    tune()
    started = time.monotonic()
    server, shop = _bind(_port(args, env)), _bind(SHOP_PORT)
    with Sandbox(port=_free(SANDBOX_PORT), smtp_port=_free(MAIL_PORT)) as sandbox:
        settings = _settings(env, server, sandbox)
        shop_url = f"http://localhost:{shop.getsockname()[1]}"
        async with Machine(settings, works=True, base_url=shop_url) as machine, _shop(shop, settings.url):
            password = "-".join(secrets.choice(WORDS) for _ in range(4))
            key = await _furnish(machine.app, shop_url, await hash_password(password))
            ready = _letter(settings, sandbox, shop_url, key, password)
            await serve(
                machine,
                server,
                lambda: print(ready.format(seconds=time.monotonic() - started), flush=True),
                development=True,
            )
    print("Stopped. What was said is kept; the stand-ins have forgotten their tickets.", flush=True)
    return 0


def _port(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    return args.port if args.port is not None else read_settings(dict(env) | {"WARMLINE_HOST": "127.0.0.1"}).port


def _bind(port: int) -> socket.socket:
    """This port, or a free one when somebody has it."""
    try:
        return listen("127.0.0.1", port)
    except SettingsError:
        return listen("127.0.0.1", 0)


def _free(port: int) -> int:
    """The port, or 0 when somebody has it."""
    with contextlib.closing(_bind(port)) as sock:
        return port if sock.getsockname()[1] == port else 0


def _settings(env: Mapping[str, str], server: socket.socket, sandbox: Sandbox) -> Settings:
    """Everything outside is a stand-in: no setting of the environment may send a demo's mail to real people."""
    ours = {
        "WARMLINE_DATA": env.get("WARMLINE_DATA") or "data/demo",
        "WARMLINE_HOST": "127.0.0.1",
        "WARMLINE_PORT": str(server.getsockname()[1]),
        "WARMLINE_SMTP_URL": f"{sandbox.smtp_url}?from=team@ridgefern.example",
        "WARMLINE_ZENDESK_BASE_URL": sandbox.url("zendesk"),
        "WARMLINE_GORGIAS_BASE_URL": sandbox.url("gorgias"),
        "WARMLINE_WEBHOOK_BASE_URL": sandbox.url("webhook"),
        "WARMLINE_KLAVIYO_BASE_URL": sandbox.url("klaviyo"),
    }
    kept = {name: value for name, value in env.items() if name in {"WARMLINE_SECRET_KEY", "WARMLINE_DATABASE_URL"}}
    return replace(read_settings(kept | ours), index_delay=timedelta(seconds=1))


@contextlib.asynccontextmanager
async def _shop(sock: socket.socket, server_url: str) -> AsyncIterator[None]:
    """The shop's own web server, beside ours."""
    site = help_site(server_url, {method.site: method.title for method in METHODS})
    config = uvicorn.Config(
        site, http="httptools", lifespan="off", access_log=False, log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # signals are the main server's
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def _furnish(app: App, shop_url: str, password_hash: str) -> str:
    """Workspaces, knowledge and Marta; returns her API key. A second start finds it all there."""
    key = ""
    for method in METHODS:
        workspace = _workspace(method, shop_url)
        given = await app.store.write(partial(_save, app, method, workspace, password_hash))
        key = key or given
        await _learn(app, workspace.id, method.title)
    return key


def _workspace(method: Method, shop_url: str) -> Workspace:
    off = {"handoffs_per_network_day": 0, "handoffs_per_address_day": 0, "handoffs_per_visitor_day": 0}
    name = NAME if method.site == "pk_demo" else f"{NAME} ({method.title})"
    links = [
        {"label": "Help centre", "url": f"{shop_url}/help"},
        {"label": "Contact", "url": f"{shop_url}/help/contact"},
    ]
    handoff = dict(method.handoff) | ({"links": links} if method.handoff["method"] == "message" else {})
    shop = {
        "name": name,
        "site": method.site,
        "timezone": "Europe/Warsaw",
        "origins": [shop_url],
        "privacy_url": f"{shop_url}/help/privacy",
        "starters": [
            "How long do I have to send something back?",
            "Can I wash my down jacket?",
            "How much is delivery?",
        ],
    }
    return parse_workspace({"workspace": shop, "handoff": handoff, "limits": off}, holidays_of)


def _save(app: App, method: Method, workspace: Workspace, password_hash: str, tx: Transaction) -> str:
    """The workspace as the demo wants it, and a fresh password and key for Marta."""
    now = app.clock()
    known = {each.id for each in tx.workspaces()}
    if workspace.id not in known or tx.workspace(workspace.id).tables != workspace.tables:
        tx.save_workspace(workspace, now)
    for connection in filter(None, (method.connection, KLAVIYO)):
        if tx.integration(workspace.id, connection.name) is None:
            tx.save_integration(workspace.id, connection, now)
    marta = EmailAddress(MARTA)
    teammate = tx.teammate_by_email(workspace.id, marta)
    if teammate is None:
        teammate = tx.add_teammate(workspace.id, marta, "Marta", Role.OWNER, now)
    tx.set_available(teammate.id, now + OPEN_FOR)
    tx.set_password(teammate.id, password_hash)
    for old in tx.keys(workspace.id):
        if old["label"] == "demo" and old["revoked_at"] is None:
            tx.revoke_key(workspace.id, old["id"], now)
    return tx.add_key(teammate, [], "demo", now)


async def _learn(app: App, workspace: WorkspaceId, title: str) -> None:
    for part in ("help", "faq.csv"):
        address = str(Path(str(SHOP / part)))
        progress = _progress(f"{title}: reading {part}")
        await learn_source(app, workspace, address, SourceKind.FILES, progress)
    if sys.stderr.isatty():
        print(file=sys.stderr)


def _progress(what: str) -> Any:
    def show(done: int, known: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{what} {done}/{known}   ", end="", file=sys.stderr, flush=True)

    return show


def _letter(settings: Settings, sandbox: Sandbox, shop_url: str, key: str, password: str) -> str:
    """What is printed once everything runs; `{seconds}` is filled in then."""
    url = settings.url
    sites = "\n".join(f"    {method.site:18} {method.title}" for method in METHODS)
    text = f"""
Warmline is ready after SECONDS s. Everything below runs on this machine; Ctrl-C stops it.

  Server             {url}          API: {url}/openapi.json
  Demo shop          {shop_url}          help centre: {shop_url}/help
  Zendesk stand-in   {sandbox.url("zendesk")}
  Gorgias stand-in   {sandbox.url("gorgias")}
  Webhook stand-in   {sandbox.url("webhook")}
  Klaviyo stand-in   {sandbox.url("klaviyo")}
  Mail               {sandbox.url("mail")}
  Make them lie      {sandbox.url("faults")}
  Data               {settings.data.resolve()}

  The console        {url}          sign in as {MARTA} with
                     {password}   (another one at each start)

  Sites to talk to, one for each handoff method:
{sites}

  Marta's API key for {url}/api/v1 (she is available for 12 hours; the key changes at each start):
    {key}

  Try it:
    curl -s {url}/api/widget/conversations -H 'Content-Type: application/json' -d '{{"site": "pk_demo_zendesk"}}'
    curl -s {url}/api/widget/conversations/ID/messages -H 'Authorization: Bearer TOKEN' \\
      -H 'Content-Type: application/json' -d '{{"client_id": "my-first-one", "text": "I want to talk to a person"}}'
    curl -s '{url}/api/widget/conversations/ID/events?after=0&wait=5' -H 'Authorization: Bearer TOKEN'
    curl -s {url}/api/v1/conversations?show=waiting -H 'Authorization: Bearer {key}'
"""
    return text.replace("{", "{{").replace("}", "}}").replace("SECONDS", "{seconds:.0f}")
