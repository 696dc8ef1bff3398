"""The sandbox: stateful stand-ins for Zendesk, Gorgias, a webhook receiver, Klaviyo and a mail server, as one."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from threading import RLock
from typing import Self

from warmline.sandbox import credentials
from warmline.sandbox.control import control
from warmline.sandbox.exchange import Answer, exchange
from warmline.sandbox.faults import Fault, FaultKind, Faults, Operation
from warmline.sandbox.gorgias import Gorgias
from warmline.sandbox.http import Json, Request
from warmline.sandbox.journal import Journal
from warmline.sandbox.klaviyo import Klaviyo
from warmline.sandbox.mail import MailBox, Session
from warmline.sandbox.profiles import HONEST, PROFILES, profile_named
from warmline.sandbox.ringing import Ringer
from warmline.sandbox.seen import SeenMail, SeenRequest, SeenTicket
from warmline.sandbox.server import Server
from warmline.sandbox.site import Site
from warmline.sandbox.vendor import Api, Desk, Keeper, Settings, Vendor
from warmline.sandbox.webhook import Webhook
from warmline.sandbox.zendesk import Zendesk

API_PATHS = ("/api/", "/oauth/")
NAMES = ("zendesk", "gorgias", "webhook", "klaviyo", "mail")
DESKS = ("zendesk", "gorgias", "webhook")


class Sandbox:
    """Use as a context manager, or start() and stop(). Safe to use from any thread.

    `state` names a file that holds the addresses while the sandbox runs, for tests that find it from elsewhere.
    `clock`, in seconds, is what rate limits and the times of requests go by, for tests whose days take a moment."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        smtp_port: int = 0,
        state: str | os.PathLike[str] | None = None,
        seed: int = 0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._host = host
        self._ports = (port, smtp_port)
        self._state = Path(state) if state is not None else None
        self._seed = seed
        self._clock = clock
        self._lock = RLock()
        self._server = Server(self._answer, self._talk_smtp)
        self._site = Site(self)
        self._ringer = Ringer()
        self._furnish()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._server.start(self._host, *self._ports)
        self.reset()  # only now is it known which addresses the vendors have
        if self._state:
            _write_at_once(self._state, json.dumps(self.urls()) + "\n")

    def stop(self) -> None:
        self._server.stop()
        if self._state:
            self._state.unlink(missing_ok=True)

    def url(self, vendor: str = "") -> str:
        """Where a vendor's API and page are; without a name, the first page."""
        return f"http://{self._shown_host()}:{self._server.port}/{vendor}".rstrip("/")

    @property
    def smtp_url(self) -> str:
        return f"smtp://{self._shown_host()}:{self._server.smtp_port}"

    def urls(self) -> dict[str, str]:
        return {"url": self.url(), **{name: self.url(name) for name in NAMES}, "smtp": self.smtp_url}

    # Faults and settings

    def add_fault(
        self,
        vendor: str,
        kind: str,
        *,
        operation: str | None = None,
        probability: float = 1.0,
        times: int | None = None,
        status: int | None = None,
        seconds: float | None = None,
        retry_after: int = 1,
    ) -> None:
        wanted = None if operation is None else Operation(operation)
        fault = Fault(FaultKind(kind), wanted, probability, times, status, seconds, retry_after)
        with self._lock:
            self._faults_of(vendor).add(fault)

    def clear_faults(self, vendor: str | None = None) -> None:
        with self._lock:
            for name in NAMES if vendor is None else (vendor,):
                self._faults_of(name).clear()

    def faults(self, vendor: str) -> list[Json]:
        """The switched-on faults with their hits."""
        with self._lock:
            return [asdict(fault) for fault in self._faults_of(vendor).all()]

    def behave(self, vendor: str, profile: str) -> None:
        """From now on the vendor lies as this profile says, and in no other way: see profiles.PROFILES."""
        wanted = profile_named(profile)
        with self._lock:
            faults = self._faults_of(vendor)
            faults.clear()
            for fault in wanted.faults():
                faults.add(fault)
            self._settings_of(vendor).change({**PROFILES[HONEST].settings, **wanted.settings})
            self._behaviour[vendor] = profile

    def behaviour(self) -> dict[str, str]:
        """The profile that each vendor was given last."""
        with self._lock:
            return dict(self._behaviour)

    def seed(self, number: int) -> None:
        """The random faults of all vendors begin anew from this number."""
        with self._lock:
            for name in NAMES:
                self._faults_of(name).seed(f"{number}-{name}")

    def configure(self, vendor: str, **settings: object) -> None:
        """Change the settings of one vendor: see vendor.Settings."""
        with self._lock:
            self._settings_of(vendor).change(settings)

    # Accounts and profiles

    def add_credential(self, vendor: str, user: str, secret: str, role: str = "admin") -> None:
        """Zendesk: a user with an @ is an e-mail with its API token, any other an OAuth client."""
        with self._lock:
            self._keeper(vendor).add_credential(user, secret, role)

    def revoke_credential(self, vendor: str, user: str) -> None:
        with self._lock:
            self._keeper(vendor).revoke_credential(user)

    def revoke_tokens(self) -> None:
        """The bearer tokens Zendesk has issued stop working; asking for new ones still works."""
        with self._lock:
            self._zendesk.access.revoke_tokens()

    def add_profile(self, email: str, id: str | None = None, **attributes: object) -> str:
        with self._lock:
            return self._klaviyo.add_profile(email, id, dict(attributes))

    def remove_profile(self, email: str) -> None:
        with self._lock:
            self._klaviyo.remove_profile(email)

    # What arrived

    def profiles(self) -> list[Json]:
        with self._lock:
            return self._klaviyo.profiles()

    def events(self) -> list[Json]:
        with self._lock:
            return list(self._klaviyo.events)

    def tickets(self, vendor: str) -> list[SeenTicket]:
        with self._lock:
            return self._desk(vendor).tickets()

    def count_by_external_id(self, vendor: str) -> dict[str, int]:
        """The oracle of exactly-once: every count must be 1."""
        with self._lock:
            return dict(Counter(self._desk(vendor).external_ids()))

    def requests(self, vendor: str) -> list[SeenRequest]:
        with self._lock:
            return self._vendor(vendor).journal.all()

    def mails(self) -> list[SeenMail]:
        with self._lock:
            return self._box.mails()

    def hook_calls(self) -> list[Json]:
        """The webhook calls that were sent, with the status that each got."""
        return self._ringer.rung()

    def totals(self) -> dict[str, dict[str, int]]:
        with self._lock:
            totals = {name: {"requests": vendor.journal.total} for name, vendor in self._vendors.items()}
            for name in DESKS:
                ids = self._desk(name).external_ids()
                totals[name] |= {"tickets": len(ids), "different external ids": len(set(ids))}
            totals["klaviyo"] |= {"profiles": len(self._klaviyo.profiles()), "events": len(self._klaviyo.events)}
            return {**totals, "mail": {"mails": self._box.total}}

    # What people at the helpdesk do

    def reply(self, vendor: str, ticket_id: int, text: str, *, public: bool = True, as_customer: bool = False) -> None:
        with self._lock:
            self._desk_with(vendor, ticket_id).reply(ticket_id, text, public=public, as_customer=as_customer)

    def set_status(self, vendor: str, ticket_id: int, status: str) -> None:
        with self._lock:
            self._desk_with(vendor, ticket_id).set_status(ticket_id, status)

    def solve(self, vendor: str, ticket_id: int) -> None:
        """Solved at Zendesk, closed at Gorgias."""
        self.set_status(vendor, ticket_id, "solved")

    def reset(self) -> None:
        """As new: no tickets, no mails, no faults, the default accounts and the one demo profile."""
        with self._lock:
            self._furnish()

    # Inside

    def _furnish(self) -> None:
        self._settings = {name: Settings() for name in NAMES}
        self._behaviour = dict.fromkeys(NAMES, HONEST)
        faults = {name: Faults(f"{self._seed}-{name}") for name in NAMES}
        self._ringer.forget()
        self._zendesk = Zendesk(self._settings["zendesk"], self.url("zendesk"), self._ringer)
        self._gorgias = Gorgias(self._settings["gorgias"], self.url("gorgias"), self._ringer)
        self._webhook = Webhook(self._settings["webhook"], self.url("webhook"))
        self._klaviyo = Klaviyo(self._settings["klaviyo"], self.url("klaviyo"))
        self._box = MailBox(self._settings["mail"], faults["mail"])
        desks = self._desks()
        apis: dict[str, Api] = {**desks, "klaviyo": self._klaviyo}
        self._vendors = {name: Vendor(name, api, self._settings[name], faults[name]) for name, api in apis.items()}
        if self._clock is not None:
            for vendor in self._vendors.values():
                vendor.clock, vendor.journal = self._clock, Journal(self._clock)
        for name, accounts in credentials.ACCOUNTS.items():
            for user, secret in accounts.items():
                self._keeper(name).add_credential(user, secret, "admin")
        self._klaviyo.add_profile(credentials.ADA_EMAIL, credentials.ADA_PROFILE_ID, {"first_name": "Ada"})

    async def _answer(self, request: Request) -> Answer:
        name = request.path.strip("/").partition("/")[0]
        if name == "_control":
            return control(self, request)
        vendor = self._vendors.get(name)
        inner = request.under(f"/{name}")
        if vendor is not None and inner.path.startswith(API_PATHS):
            return await exchange(vendor, inner, self._lock)
        return self._site.answer(request)

    async def _talk_smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Session(self._box, self._lock, reader, writer).run()

    def _vendor(self, name: str) -> Vendor:
        if name not in self._vendors:
            raise ValueError(f"no API named {name!r}; there are {', '.join(self._vendors)}")
        return self._vendors[name]

    def _desks(self) -> dict[str, Zendesk | Gorgias | Webhook]:
        return {"zendesk": self._zendesk, "gorgias": self._gorgias, "webhook": self._webhook}

    def _desk(self, name: str) -> Desk:
        desks = self._desks()
        if name not in desks:
            raise ValueError(f"no helpdesk named {name!r}; there are {', '.join(desks)}")
        return desks[name]

    def _desk_with(self, name: str, ticket_id: int) -> Desk:
        desk = self._desk(name)
        if not desk.has(ticket_id):
            raise ValueError(f"{name} has no ticket {ticket_id}")
        return desk

    def _settings_of(self, name: str) -> Settings:
        return self._box.settings if name == "mail" else self._vendor(name).settings

    def _faults_of(self, name: str) -> Faults:
        return self._box.faults if name == "mail" else self._vendor(name).faults

    def _keeper(self, name: str) -> Keeper:
        return self._box if name == "mail" else self._vendor(name).api

    def _shown_host(self) -> str:
        return f"[{self._host}]" if ":" in self._host else self._host


def _write_at_once(path: Path, text: str) -> None:
    """A reader sees the whole file or none."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text)
    draft.replace(path)
