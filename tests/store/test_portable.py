"""A database that a Warmline is connected to is neither filled nor given other keys."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from warmline.errors import SettingsError
from warmline.store import portable
from warmline.store.postgres import NAME


def test_a_connected_warmline_is_a_refusal(fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portable, "LETTING_GO", 0.2)
    with (
        psycopg.connect(fresh_postgres_url, application_name=NAME),
        pytest.raises(SettingsError, match="Stop every process"),
    ):
        portable.refuse_in_use(fresh_postgres_url)


def test_one_that_has_just_ended_is_waited_for(fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portable, "LETTING_GO", 20.0)
    other = psycopg.connect(fresh_postgres_url, application_name=NAME)
    ending = threading.Timer(0.5, other.close)
    ending.start()
    began = time.monotonic()
    portable.refuse_in_use(fresh_postgres_url)
    assert 0.3 < time.monotonic() - began < 15
    ending.join()
