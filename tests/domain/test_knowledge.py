"""When a page ends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from warmline.domain.knowledge import Page, end_of


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2026-12-31", datetime(2027, 1, 1, tzinfo=UTC)),
        (" 2026-12-31 ", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-12-31T12:00", datetime(2026, 12, 31, 12, tzinfo=UTC)),
        ("2026-12-31t12:00:00z", datetime(2026, 12, 31, 12, tzinfo=UTC)),
        ("2026-12-31T12:00+02:00", datetime(2026, 12, 31, 10, tzinfo=UTC)),
        ("", None),
        ("tomorrow", None),
        ("31.12.2026", None),
        ("9999-12-31", None),
    ],
)
def test_the_end(text: str, end: datetime | None) -> None:
    assert end_of(text) == end


def test_another_end_is_another_page() -> None:
    page = Page("a", "A", "en", None, ())
    assert page.digest != Page("a", "A", "en", None, (), valid_until=end_of("2026-12-31")).digest
