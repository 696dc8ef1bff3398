"""The index finds what a plain computation over every row finds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from tests.agent.shop import ARTICLES, an_article
from warmline.agent.base import Shelf
from warmline.agent.index import BEST, CANDIDATES, Index, Query
from warmline.agent.lexical import Lexical
from warmline.agent.models.vectors import DEEP, DIMENSIONS, FAST, pack, restore
from warmline.agent.score import WEIGHTS, Cosines, fused, rough, views
from warmline.agent.split import all_units, full_unit, part_units, split, title_unit
from warmline.agent.text import fold
from warmline.domain.knowledge import Chunk

Vectors = Mapping[str, Mapping[str, bytes]]
WORDS = "order parcel return refund invoice payment card size colour warranty account address customs".split()


def test_the_rough_score_is_that_of_a_chunk_which_the_deep_encoder_has_not_seen() -> None:
    fast = Cosines(*np.random.default_rng(3).uniform(-1, 1, (3, 50)).astype(np.float32))
    fast.part[7] = np.nan
    unseen = Cosines(*np.full((3, 50), np.nan, dtype=np.float32))
    np.testing.assert_allclose(rough(fast), fused(views(fast, unseen)), atol=1e-4)


def some_chunks(count: int) -> list[Chunk]:
    chance = np.random.default_rng(1)
    made = []
    for n in range(count):
        text = " ".join(f"{' '.join(chance.choice(WORDS, 5))} {chance.integers(500)}.".capitalize() for _ in range(4))
        title = " ".join(chance.choice(WORDS, 2))
        made += split(an_article(f"a{n}", title, text, lang="pl" if n % 4 == 0 else "en"))
    return made


def some_vectors(chunks: Sequence[Chunk], without: Sequence[str] = ()) -> dict[str, dict[str, bytes]]:
    """Vectors around forty topics, as real ones are."""
    units = all_units(chunks)
    about = np.random.default_rng(7).integers(0, 40, len(units))
    found = {}
    for model, size in DIMENSIONS.items():
        chance = np.random.default_rng(size)
        topics = chance.standard_normal((40, size))
        rows = topics[about] + 0.9 * chance.standard_normal((len(units), size)) + 1.0
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        packed = pack(rows.astype(np.float32))
        found[model] = {unit.digest: vector for unit, vector in zip(units, packed, strict=True)}
    return {model: {} if model in without else vectors for model, vectors in found.items()}


def a_query(vectors: Vectors, chunks: Sequence[Chunk], n: int) -> Query:
    """Something near one sentence of one chunk, in vectors and words."""
    unit = part_units(chunks[n])[0]
    near = {}
    for model, size in DIMENSIONS.items():
        if unit.digest in vectors[model]:
            row = restore([vectors[model][unit.digest]], size)[0]
            row = row + np.random.default_rng(n).standard_normal(size).astype(np.float32) * 0.5 / math.sqrt(size)
            near[model] = pack((row / np.linalg.norm(row))[None].astype(np.float32))[0]
    return Query(" ".join(unit.text.split()[1:4]), "en", near)


def brute_force(chunks: Sequence[Chunk], vectors: Vectors, query: Query) -> list[float]:
    """The score of ANSWERABILITY section 3, said once more, without an index."""
    documents = [Counter(grams_of(document)) for document in map(document_of, chunks)]
    mean = sum(sum(min(n, 15) for n in document.values()) for document in documents) / len(documents)
    idf = {}
    for gram in set(grams_of(f" {fold(query.text)} ")):
        holding = sum(gram in document for document in documents)
        idf[gram] = math.log1p((len(documents) - holding + 0.5) / (holding + 0.5))
    return [
        score_of(chunk, document, mean, idf, vectors, query) for chunk, document in zip(chunks, documents, strict=True)
    ]


def score_of(
    chunk: Chunk, document: Counter[str], mean: float, idf: Mapping[str, float], vectors: Vectors, query: Query
) -> float:
    def cosine(model: str, digest: str) -> float:
        pair = restore([vectors[model][digest], query.vectors[model]], DIMENSIONS[model])
        return float(pair[0] @ pair[1])

    def e(digest: str) -> float:
        return (cosine(DEEP, digest) - 0.80) / 0.04

    def u(digest: str) -> float:
        return (cosine(FAST, digest) - 0.30) / 0.15

    full, title, parts = full_unit(chunk).digest, title_unit(chunk).digest, [part.digest for part in part_units(chunk)]
    score = 0.5 * e(full) + 0.4 * e(title) + 0.5 * max(map(e, parts))
    score += 0.2 * u(full) + 0.3 * u(title) + 0.5 * max(map(u, parts))
    if chunk.lang != query.lang:
        return score + WEIGHTS["foreign"]
    length = sum(min(n, 15) for n in document.values())
    bm25 = 0.0
    for gram, weight in idf.items():
        count = min(document[gram], 15)
        bm25 += weight * 2.2 * count / (count + 1.2 * (0.25 + 0.75 * length / mean))
    held = [sum(w for gram, w in idf.items() if gram in f" {fold(part.text)} ") for part in part_units(chunk)]
    return score + 0.7 * bm25 / (bm25 + 20) + 2 * max(held) / sum(idf.values())


def document_of(chunk: Chunk) -> list[str]:
    return [chunk.title, chunk.title, chunk.text]


def grams_of(texts: str | list[str]) -> list[str]:
    padded = [texts] if isinstance(texts, str) else [f" {fold(text)} " for text in texts]
    return [text[at : at + size] for text in padded for size in (3, 4) for at in range(len(text) - size + 1)]


def test_a_small_shop_is_searched_exactly() -> None:
    chunks = some_chunks(CANDIDATES - 20)
    vectors = some_vectors(chunks)
    index = Index(Shelf(1, chunks, vectors))
    for n in range(0, 200, 25):
        query = a_query(vectors, chunks, n)
        expected = sorted(brute_force(chunks, vectors, query), reverse=True)[:5]
        assert [hit.score for hit in index.search(query)[:5]] == pytest.approx(expected, abs=0.02)


def test_a_large_shop_loses_next_to_nothing_by_screening() -> None:
    chunks = some_chunks(3_000)
    vectors = some_vectors(chunks)
    index = Index(Shelf(1, chunks, vectors))
    whole = Index(Shelf(1, chunks, vectors))
    whole._candidates = lambda *_: np.arange(len(chunks))  # type: ignore[method-assign]
    kept = 0
    for n in range(0, 2_000, 50):
        query = a_query(vectors, chunks, n)
        found, best = ([hit.chunk.id for hit in of.search(query)[:5]] for of in (index, whole))
        assert found[0] == best[0]
        kept += len(set(found) & set(best))
    assert kept >= 0.97 * 5 * 40


def test_words_alone_find_a_rare_number() -> None:
    chunks = some_chunks(2_000)
    chunks += split(an_article("rare", "Part", "Spare part XK-90417 fits."))
    index = Index(Shelf(1, chunks, {}))
    assert index.search(Query("do you have XK-90417", "en", {}))[0].chunk.article == "rare"


def test_without_the_deep_encoder_the_fast_one_stands_in() -> None:
    chunks = some_chunks(100)
    vectors = some_vectors(chunks, without=[DEEP])
    hits = Index(Shelf(1, chunks, vectors)).search(a_query(vectors, chunks, 5))
    assert hits[0].chunk.id == chunks[5].id
    assert all(math.isfinite(value) for hit in hits for value in hit.views.values())


def test_a_chunk_whose_deep_vector_is_still_to_come_is_found_too() -> None:
    chunks = some_chunks(100)
    vectors = some_vectors(chunks)
    for unit in all_units(chunks[5:6]):
        del vectors[DEEP][unit.digest]
    query = a_query(some_vectors(chunks), chunks, 5)
    assert Index(Shelf(1, chunks, vectors)).search(query)[0].chunk.id == chunks[5].id


def test_a_title_or_phrasing_word_for_word_is_exact() -> None:
    chunks = [chunk for article in ARTICLES for chunk in split(article)]
    index = Index(Shelf(1, chunks, {}))
    hits = index.search(Query("RETURNS: how long does a refund take", "en", {}))
    assert [hit.chunk.headings for hit in hits if hit.exact] == [("How long does a refund take?",)]
    assert any(hit.exact for hit in index.search(Query("does the gift card run out some day?", "en", {})))


def test_no_chunks_no_hits() -> None:
    assert Index(Shelf(1, [], {})).search(Query("anything", "en", {})) == []


@pytest.mark.parametrize("question", ["", "ab", "?", "🙂", "\x00", "x" * 5_000])
def test_any_question_can_be_searched(question: str) -> None:
    chunks = some_chunks(10)
    assert len(Index(Shelf(1, chunks, {})).search(Query(question, "en", {}))) == min(BEST, len(chunks))


def test_bm25_of_the_rough_look_is_exact_when_everything_is_read() -> None:
    documents = [" ".join(map(fold, document_of(chunk))) for chunk in some_chunks(50)]
    lexical = Lexical(documents)
    grams = lexical.grams("refund for my parcel")
    bm25, share = lexical.exact(np.arange(50), grams)
    assert lexical.rough_scores(grams) == pytest.approx(bm25, rel=1e-4)
    assert share.max() <= 1.0001


def test_a_gram_that_nothing_holds_weighs_most() -> None:
    lexical = Lexical([" parcel ", " parcels ", " invoice "])
    weights = {gram.text: gram.weight for gram in lexical.grams("parcel xyz")}
    assert weights["xyz"] > weights["parc"]
