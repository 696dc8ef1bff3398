"""Articles become chunks that can be found and quoted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.agent.shop import an_article
from warmline.agent.split import MOST_CHARACTERS, MOST_WORDS, all_units, heading_path, split, units
from warmline.agent.text import sentences

WORD = st.text(alphabet="abcżł", min_size=1, max_size=9)
END = st.text(alphabet="abcżł", min_size=6, max_size=9)
SENTENCE = st.tuples(st.lists(WORD, max_size=39), END).map(lambda it: " ".join([*it[0], it[1]]).capitalize() + ".")
"""A letter and a full stop may be an initial, which ends no sentence: those of this length do."""
TEXT = st.lists(SENTENCE, min_size=1, max_size=40).map(" ".join)


@given(TEXT)
def test_nothing_is_lost_and_nothing_too_long(text: str) -> None:
    chunks = split(an_article("a", "A", text))
    assert " ".join(chunk.text for chunk in chunks).split() == text.split()
    assert all(len(chunk.text.split()) <= MOST_WORDS and len(chunk.text) <= MOST_CHARACTERS for chunk in chunks)


@given(TEXT)
def test_sentences_are_never_cut(text: str) -> None:
    chunks = split(an_article("a", "A", text))
    assert [sentence for chunk in chunks for sentence in sentences(chunk.text)] == sentences(text)


@given(st.integers(2, 6_000), st.sampled_from(["word ", "x", "słowo\u00a0", "ab-"]))
def test_a_text_without_an_end_is_bounded(count: int, word: str) -> None:
    text = word * count
    chunks = split(an_article("a", "A", text))
    assert all(len(chunk.text) <= MOST_CHARACTERS and len(chunk.text.split()) <= MOST_WORDS for chunk in chunks)
    assert "".join("".join(chunk.text.split()) for chunk in chunks) == "".join(text.split())


def test_most_chunks_have_about_a_hundred_words() -> None:
    text = "This sentence has exactly eight words in it. " * 200
    sizes = [len(chunk.text.split()) for chunk in split(an_article("a", "A", text))]
    assert all(80 <= size <= 120 for size in sizes)


def test_a_small_rest_joins_the_chunk_before_it() -> None:
    text = "This sentence has exactly eight words in it. " * 12
    assert len(split(an_article("a", "A", text))) == 1


def test_chunks_keep_their_title_and_headings_and_never_span_two() -> None:
    chunks = split(an_article("r", "Returns", "Within 30 days.", "In 5 days.", headings=("How", "Refund")))
    assert [heading_path(chunk) for chunk in chunks] == ["Returns › How", "Returns › Refund"]
    assert [chunk.ordinal for chunk in chunks] == [0, 1]


def test_ids_stay_while_the_text_stays() -> None:
    before = split(an_article("r", "Returns", "Within 30 days.", "In 5 days.", headings=("How", "Refund")))
    after = split(an_article("r", "Returns!", "Within 30 days.", "In 7 days.", headings=("How", "Refund")))
    assert before[0].id == after[0].id
    assert before[1].id != after[1].id
    assert len({chunk.id for chunk in (*before, *after)}) == 3


def test_phrasings_belong_to_the_first_chunk_and_replace_its_sentences() -> None:
    article = an_article(
        "r", "Returns", "Within 30 days.", "In 5 days.", headings=("How", "Refund"), phrasings=("give back",)
    )
    first, second = split(article)
    assert first.phrasings == ("give back",)
    assert second.phrasings == ()
    assert [(unit.role, unit.text) for unit in units(first)][2:] == [("query", "give back")]
    assert [(unit.role, unit.text) for unit in units(second)][2:] == [("passage", "In 5 days.")]


def test_units_come_once_and_never_empty() -> None:
    chunks = [
        *split(an_article("a", "A", "Same.")),
        *split(an_article("b", "A", "Same.")),
        *split(an_article("c", "C")),
    ]
    texts = [unit.text for unit in all_units(chunks)]
    assert sorted(texts) == ["A", "A\nSame.", "C", "Same."]


def test_a_page_without_text_is_one_chunk_or_none() -> None:
    assert [chunk.text for chunk in split(an_article("a", "Title only"))] == [""]
    assert split(an_article("a", "", "")) == []
