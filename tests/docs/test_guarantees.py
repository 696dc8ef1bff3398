"""docs/guarantees.md names a test for every guarantee, and each of them exists and carries its id."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (G\d+) \| [^|]+ \| `([^`:]+)::(\w+)` \| ([^|]+) \|$", PAGE, re.MULTILINE)


def test_every_guarantee_has_its_row() -> None:
    assert [id for id, *_ in ROWS] == [f"G{n}" for n in range(1, 17)]


@pytest.mark.parametrize(("id", "file", "test", "not_covered"), ROWS, ids=[id for id, *_ in ROWS])
def test_the_named_test_exists_and_is_named_after_it(id: str, file: str, test: str, not_covered: str) -> None:
    assert re.search(rf"def {test}\(", (ROOT / file).read_text(encoding="utf-8")), f"{file} has no {test}"
    assert f"_{id.lower()}_" in f"_{test}"
    assert not_covered.strip()
