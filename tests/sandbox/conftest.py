import smtplib
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from warmline.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url(), timeout=5, trust_env=False) as client:
        yield client


@pytest.fixture
def smtp(sandbox: Sandbox) -> Iterator[smtplib.SMTP]:
    where = urlsplit(sandbox.smtp_url)
    client = smtplib.SMTP(where.hostname or "", where.port or 0, timeout=5)
    yield client
    with suppress(smtplib.SMTPException, OSError):
        client.quit()
    client.close()
