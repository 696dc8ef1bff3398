"""Sixty messages that real people typed to real shops, through a server process, with every offer accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.real_input import NoData, data, send


async def test_tickets_are_the_accepted_handoffs_and_nobody_meets_silence(tmp_path: Path) -> None:
    try:
        data()
    except NoData as missing:
        pytest.skip(str(missing))
    # The server learns on while it answers, as it does after a merchant's upload.
    result = await send(tmp_path, 60, settle=False)
    assert len(result.met) == 60
    assert {each.outcome for each in result.met} >= {"answered", "offered"}
    assert sum(result.accepted.values()) >= 10
    assert result.exactly_once, result.table()
