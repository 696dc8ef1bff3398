"""Logs name no people (T29)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from warmline.cli import logs


@pytest.fixture
def put_back() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before[0], before[1]


def test_t29_no_address_and_no_token_reaches_a_log(capsys: pytest.CaptureFixture[str], put_back: None) -> None:
    logs.configure(json=True)
    log = logging.getLogger("warmline.test")
    log.warning("Email: ada.byron+shop@example.com is already taken; token wlv_abcdefghijklmnop was sent")
    log.info("Authorization: Bearer abc.def.ghi-123456 and Basic YWRhOnNlY3JldA==")
    try:
        raise ValueError("cannot mail jan@example.org")
    except ValueError:
        log.exception("failed")
    written = capsys.readouterr().err
    for canary in ("ada.byron", "example.com", "abcdefghijklmnop", "def.ghi", "YWRhOnNlY3JldA", "jan@"):
        assert canary not in written
    first = json.loads(written.splitlines()[0])
    assert first["level"] == "warning"
    assert "is already taken" in first["event"]
