"""Every helpdesk on its stand-in, reached through a transport that knows the vendor's API description."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

import httpx
import pytest

from tests.fixtures.slices import Checked
from warmline.helpdesks import registry
from warmline.helpdesks.base import Helpdesk
from warmline.sandbox import Sandbox, SeenTicket, credentials

TABLES: Mapping[str, Mapping[str, object]] = {
    "zendesk": {
        "subdomain": "demo-shop",
        "client_id": credentials.ZENDESK_CLIENT_ID,
        "client_secret": credentials.ZENDESK_CLIENT_SECRET,
        "profile_field": 360001,
    },
    "gorgias": {
        "account": "demo-shop",
        "email": credentials.GORGIAS_EMAIL,
        "api_key": credentials.GORGIAS_API_KEY,
    },
}
USERS = {"zendesk": credentials.ZENDESK_CLIENT_ID, "gorgias": credentials.GORGIAS_EMAIL}


@dataclass(frozen=True)
class Desk:
    """A helpdesk under test and the vendor it talks to."""

    name: str
    helpdesk: Helpdesk
    sandbox: Sandbox
    http: httpx.AsyncClient

    def tickets(self) -> list[SeenTicket]:
        return self.sandbox.tickets(self.name)

    def fails(self, kind: str, operation: str, **how: float) -> None:
        self.sandbox.add_fault(self.name, kind, operation=operation, **how)  # type: ignore[arg-type]  # numbers of any kind

    def another(self, **changes: object) -> Helpdesk:
        """The same account with other settings."""
        table = {name: value for name, value in {**TABLES[self.name], **changes}.items() if value is not None}
        return registry.load().account(self.name, table).connect(self.http, self.sandbox.url(self.name))


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture(params=sorted(TABLES))
async def desk(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[Desk]:
    name = str(request.param)
    transport = Checked(name, httpx.AsyncHTTPTransport(), prefix=f"/{name}")
    async with httpx.AsyncClient(transport=transport) as http:
        account = registry.load().account(name, TABLES[name])
        yield Desk(name, account.connect(http, sandbox.url(name)), sandbox, http)
