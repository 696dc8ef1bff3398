"""Answers quote whole sentences of the shop's page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.agent.shop import an_article
from warmline.agent.index import Hit
from warmline.agent.quote import MOST_CHARACTERS, MOST_CHOICES, answer_text, best_sentences, choices
from warmline.agent.split import split
from warmline.agent.text import sentences

LONG = " ".join(f"Sentence number {n} tells about the {n}th thing." for n in range(12))


def a_hit(text: str, part: int = 0, title: str = "Returns", score: float = 6.0, phrasings: tuple[str, ...] = ()) -> Hit:
    return Hit(split(an_article("r", title, text, phrasings=phrasings))[0], score, {}, part, False)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=9), st.integers(0, 8))
def test_whole_sentences_in_their_order(lengths: list[int], part: int) -> None:
    text = " ".join("W" + "o" * length + "rd goes on." for length in lengths)
    quoted = sentences(best_sentences(a_hit(text, part)))
    assert 1 <= len(quoted) <= 4
    assert " ".join(quoted) in text
    assert sentences(text)[min(part, len(lengths) - 1)] in quoted


def test_the_best_sentence_and_what_follows() -> None:
    quoted = best_sentences(a_hit(LONG, part=7))
    assert quoted.startswith("Sentence number 7")
    assert len(sentences(quoted)) == 4
    assert best_sentences(a_hit(LONG, part=11)).endswith("Sentence number 11 tells about the 11th thing.")


def test_a_quotation_is_short_but_never_cut() -> None:
    one = "This " + "very " * 100 + "long sentence ends here."
    assert best_sentences(a_hit(f"{one} Another one.")) == f"{one} Another one."
    long = "A " + "word " * 118 + "end."
    assert best_sentences(a_hit(f"{long} {'Next ' * 60}.")) == long
    assert len(best_sentences(a_hit(LONG * 2, part=3))) <= MOST_CHARACTERS


def test_the_frame_is_in_the_shoppers_language() -> None:
    hit = a_hit("Within 30 days.")
    assert answer_text(hit, "en") == "From “Returns”: Within 30 days."
    assert answer_text(hit, "pl") == "Ze strony „Returns”: Within 30 days."
    assert answer_text(hit, "de") == answer_text(hit, "en")
    assert answer_text(a_hit("Within 30 days.", title=""), "pl") == "Z naszych stron pomocy: Within 30 days."


def test_an_entry_with_phrasings_is_quoted_from_its_beginning() -> None:
    assert best_sentences(a_hit(LONG, part=9, phrasings=("a",) * 12)).startswith("Sentence number 0")


def test_choices_are_different_and_near_the_best() -> None:
    hits = [
        a_hit("Text.", title=title, score=score)
        for title, score in [("A", 6), ("a", 5.9), ("B", 5), ("C", 4), ("D", 3.5)]
    ]
    assert [choice.label for choice in choices(hits)] == ["A", "B", "C"]
    assert len(choices(hits)) <= MOST_CHOICES
    assert [choice.label for choice in choices([hits[0], a_hit("Text.", title="Z", score=1.0)])] == ["A"]
    assert choices([a_hit("", title="Empty")]) == ()
