"""Which of two pages that contradict one another is quoted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.agent.shop import NOW, an_article
from warmline.agent.index import Hit
from warmline.agent.rival import settled
from warmline.agent.split import split

QUESTION = "How many days do I have to return items?"
THIRTY, FOURTEEN = "You can return items within 30 days.", "You can return items within 14 days."


def a_hit(key: str, text: str, score: float, days_old: int = 0, lang: str = "en", title: str = "Returns") -> Hit:
    chunk = split(an_article(key, title, text, lang=lang, learned_at=NOW - timedelta(days=days_old)))[0]
    return Hit(chunk, score, {}, 0, exact=False)


@pytest.mark.parametrize(
    ("best", "rival", "kept", "why"),
    [
        (a_hit("a", THIRTY, 5.0, 90), a_hit("b", FOURTEEN, 4.9), "b", "newer"),
        (a_hit("a", THIRTY, 5.0), a_hit("b", FOURTEEN, 4.9, 90), "a", "newer"),
        (a_hit("a", THIRTY, 5.0), a_hit("b", FOURTEEN, 4.9), "a", "nearer"),
        (a_hit("a", THIRTY, 5.0, 90), a_hit("b", FOURTEEN, 2.5), "a", "more specific"),
        (a_hit("a", THIRTY, 5.0), a_hit("b", FOURTEEN, 4.9, 90, title="Days to return"), "a", "newer"),
        (a_hit("a", "Sale goes: return within 7 days.", 5.0, 90), a_hit("b", THIRTY, 4.9), "b", "more specific"),
    ],
)
def test_the_more_specific_then_the_newer(best: Hit, rival: Hit, kept: str, why: str) -> None:
    found = settled(QUESTION, [best, rival])
    assert found is not None
    assert (found.kept.chunk.article, found.why) == (kept, why)


@pytest.mark.parametrize(
    "other",
    [
        a_hit("a", FOURTEEN, 4.9),  # a piece of the same page
        a_hit("b", THIRTY, 4.9),
        a_hit("b", FOURTEEN, -1.5),
        a_hit("b", "Można zwrócić rzeczy w 14 dni.", 4.9, lang="pl"),
        a_hit("b", "Delivery takes 4 days.", 4.9),
        a_hit("b", "You can return items at any time.", 4.9),
    ],
)
def test_no_contradiction(other: Hit) -> None:
    assert settled(QUESTION, [a_hit("a", THIRTY, 5.0), other]) is None


def test_nothing_found_contradicts_nothing() -> None:
    assert settled(QUESTION, []) is None
