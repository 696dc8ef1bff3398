"""Public holidays: which countries are known, and that nobody waits for them."""

from __future__ import annotations

import asyncio
import threading
from datetime import date
from pathlib import Path

import holidays
import pytest

from warmline.bootstrap import Machine
from warmline.cli.server import listen, serve
from warmline.errors import Invalid
from warmline.settings import read_settings
from warmline.store.calendars import countries, holidays_of


def test_the_countries_are_all_of_the_package() -> None:
    assert list(countries()) == sorted(holidays.list_supported_countries(include_aliases=False))


def test_a_holiday_of_a_country_and_of_a_region() -> None:
    assert holidays_of("PL")(date(2026, 11, 11)) and not holidays_of("PL")(date(2026, 11, 12))
    assert holidays_of("DE-BY")(date(2026, 1, 6)) and not holidays_of("DE-HH")(date(2026, 1, 6))
    with pytest.raises(Invalid, match="no country"):
        holidays_of("XX")


async def test_a_server_reads_them_before_anybody_opens_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, stop = threading.Event(), asyncio.Event()
    monkeypatch.setattr("warmline.cli.server.countries", read.set)
    async with Machine(read_settings({"WARMLINE_DATA": str(tmp_path)}), works=False) as machine:
        serving = asyncio.create_task(serve(machine, listen("127.0.0.1", 0), lambda: None, stop))
        assert await asyncio.to_thread(read.wait, 25)
        stop.set()
        await serving
