"""Do the question's words have partners in the passage?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.agent.shop import an_article
from warmline.agent.align import Vocabulary, align, missing, words_of
from warmline.agent.head import OTHER, Example, Head
from warmline.agent.index import Hit
from warmline.agent.models.vectors import FAST, pack
from warmline.agent.split import split


class Rows:
    """Words of one group are the same; a word of no group has no vector."""

    def __init__(self, *groups: str) -> None:
        self._place = {word: at for at, group in enumerate(groups) for word in group.split()}

    def rows(self, words: Iterable[str]) -> NDArray[np.float32]:
        found = [np.eye(512, dtype=np.float32)[self._place[w]] if w in self._place else np.zeros(512) for w in words]
        return np.asarray(found, dtype=np.float32).reshape(-1, 512)


def hit(title: str, text: str, phrasings: tuple[str, ...] = ()) -> Hit:
    return Hit(split(an_article(title, title, text, phrasings=phrasings))[0], 5.0, {}, 0, exact=False)


def test_words_are_folded_and_keep_a_spelling() -> None:
    assert words_of("Zwrócić ZWRÓCIĆ, paczkę!") == {"zwrocic": "zwrócić", "paczke": "paczkę"}


def test_a_fact_that_is_missing_leaves_a_word_alone() -> None:
    shop = [hit("Delivery", "The courier brings the parcel."), hit("Returns", "Send the parcel back.")]
    vocabulary = Vocabulary([each.chunk for each in shop], {"the": 90, "is": 90}, 100)
    rows = Rows("courier driver", "parcel package", "delivery", "sunday")
    said = align("the driver brings the package", shop, vocabulary, rows)[0]
    missing = align("driver sunday package", shop, vocabulary, rows)[0]
    assert said.views["al_entry"] > 0.95
    assert said.views["al_alone"] == pytest.approx(0.0)
    assert missing.views["al_alone"] > 0.25
    assert missing.views["al_low"] == 0.0


def test_the_words_that_are_missing_are_named_as_they_were_written() -> None:
    shop = [hit("Delivery", "The courier brings the parcel.")]
    vocabulary = Vocabulary([each.chunk for each in shop], {"the": 90, "on": 90}, 100)
    rows = Rows("courier driver", "parcel package", "niedziele")
    assert missing("the package on Niedzielę", shop[0], vocabulary, rows) == ["niedzielę"]
    assert missing("the driver", shop[0], vocabulary, rows) == []


def test_it_ranks_only_what_has_no_phrasings() -> None:
    plain, phrased = hit("Parcel", "parcel"), hit("Parcel", "parcel", ("where is my parcel",))
    vocabulary = Vocabulary([plain.chunk], {}, 100)
    found = {bool(each.chunk.phrasings): each.score for each in align("parcel", [plain, phrased], vocabulary, Rows())}
    assert found[False] > 7.0
    assert found[True] == 5.0


@pytest.mark.parametrize("question", ["", "???", "🙂"])
def test_a_question_without_words_changes_nothing(question: str) -> None:
    assert align(question, [hit("A", "b")], Vocabulary([], {}, 0), Rows())[0].views == {}


def test_a_head_tells_entries_apart_and_knows_what_is_foreign() -> None:
    def example(text: str, axis: int, about: str) -> Example:
        vector = 0.1 * np.ones(512, dtype=np.float32)
        vector[axis] = 1.0
        return Example(text, {FAST: pack(vector[None])[0]}, about)

    rows = [example(f"ship {n}", 1, "ship") for n in range(4)] + [example(f"pay {n}", 2, "pay") for n in range(4)]
    head = Head(rows, [example(f"weather {n}", 3 + n, OTHER) for n in range(8)], (FAST,))
    shipped = head.probabilities("ship it", rows[0].vectors)
    foreign = head.probabilities("weather", example("weather", 5, OTHER).vectors)
    assert max(shipped, key=lambda each: shipped[each]) == "ship"
    assert sum(shipped.values()) == pytest.approx(1.0, abs=1e-4)
    assert max(foreign, key=lambda each: foreign[each]) == OTHER
