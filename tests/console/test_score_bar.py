"""A score bar is drawn to the scale of its words: 100 % fills it, and the limit stands where it is."""

import pytest

from warmline.web.console.thread_view import MARK, Score


@pytest.mark.parametrize(
    ("reached", "limit", "width", "limit_at", "enough"),
    [
        (100.0, 80.0, 100.0, 80.0, True),
        (10.0, 80.0, 10.0, 80.0, False),
        (80.0, 80.0, 80.0, 80.0, True),
        (99.96, 100.0, 100.0, 100.0 - MARK, False),
        (0.0, 0.0, 0.0, 0.0, True),
        (-3.0, 120.0, 0.0, 100.0 - MARK, False),
    ],
)
def test_bar_and_limit_have_one_scale(
    reached: float, limit: float, width: float, limit_at: float, enough: bool
) -> None:
    score = Score(reached, limit)
    assert (score.width, score.limit_at, score.enough) == (width, limit_at, enough)
