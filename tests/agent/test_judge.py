"""Evidence → answer, ask or hand off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.agent.shop import an_article
from warmline.agent import gate
from warmline.agent.gate import FEATURES, VIEWS, Evidence, Ranking, features, ranked
from warmline.agent.index import Hit
from warmline.agent.judge import EXACT, FittedGate, Verdict
from warmline.agent.models.vectors import DEEP, FAST
from warmline.agent.split import split

GOOD = {
    "e_full": 2.0, "e_part": 2.5, "e_title": 2.0, "u_full": 1.5, "u_part": 2.5, "u_title": 2.0, "cov": 0.8,
    "cov_full": 0.9, "lex": 0.6, "unknown": 0.05, "foreign": 0.0, "al_entry": 0.95, "al_title": 0.8, "al_back": 0.9,
    "al_low": 0.9, "al_low_title": 0.6, "al_alone": 0.0,
}  # fmt: skip
POOR = {
    "e_full": 0.3, "e_part": 0.4, "e_title": 0.2, "u_full": 0.0, "u_part": 0.2, "u_title": 0.1, "cov": 0.15,
    "cov_full": 0.25, "lex": 0.1, "unknown": 0.5, "foreign": 0.0, "al_entry": 0.4, "al_title": 0.2, "al_back": 0.2,
    "al_low": 0.25, "al_low_title": 0.1, "al_alone": 0.7,
}  # fmt: skip

AS_FOUND = Ranking([0.0] * len(VIEWS), [0.0] * len(VIEWS))


def a_hit(
    key: str,
    score: float,
    views: Mapping[str, float] = POOR,
    *,
    lang: str = "en",
    text: str = "Text.",
    exact: bool = False,
) -> Hit:
    return Hit(split(an_article(key, key, text, lang=lang))[0], score, views, 0, exact)


def of(*hits: Hit, head: Mapping[str, float] | None = None) -> Evidence:
    return Evidence(ranked(hits, head, AS_FOUND), 10, head, (FAST, DEEP))


@pytest.mark.parametrize(
    ("evidence", "cut", "verdict"),
    [
        (of(a_hit("a", 14.0, GOOD), a_hit("b", 4.0)), 0.8, Verdict.ANSWER),
        (of(a_hit("a", 14.0, GOOD), a_hit("b", 4.0)), 1.01, Verdict.ASK),
        (of(a_hit("a", 14.0, {**GOOD, "cov": 0.9}, text=""), a_hit("b", 4.0)), 0.8, Verdict.ASK),
        (of(a_hit("a", 1.0), a_hit("b", 0.9)), 0.8, Verdict.HAND_OFF),
        (of(a_hit("a", 1.0, exact=True), a_hit("b", 3.0)), 1.01, Verdict.ANSWER),
    ],
)
def test_verdicts(evidence: Evidence, cut: float, verdict: Verdict) -> None:
    assert FittedGate().judge(evidence, cut).verdict == verdict


def test_word_for_word_is_nearly_certain() -> None:
    found = FittedGate().judge(of(a_hit("a", 1.0, exact=True), a_hit("b", 3.0)), 0.9)
    assert found.confidence == EXACT
    assert found.limits["confidence"] == EXACT


@pytest.mark.parametrize("models", [(FAST,), (FAST, DEEP)])
@pytest.mark.parametrize("head", [None, {"a": 0.9, "b": 0.05, "": 0.05}])
def test_every_state_of_a_shop_has_parameters_that_tell_good_from_poor(
    models: tuple[str, ...], head: Mapping[str, float] | None
) -> None:
    good = Evidence(ranked([a_hit("a", 14.0, GOOD), a_hit("b", 4.0)], head, AS_FOUND), 10, head, models)
    poor_head = None if head is None else {"a": 0.1, "b": 0.1, "": 0.8}
    poor = Evidence(ranked([a_hit("a", 2.0), a_hit("b", 1.9)], poor_head, AS_FOUND), 10, poor_head, models)
    assert FittedGate().judge(good, 0.9).confidence > 0.6
    assert FittedGate().judge(poor, 0.9).confidence < 0.4
    assert FittedGate().judge(poor, 0.9).verdict is Verdict.HAND_OFF


def test_the_head_may_overrule_the_score_but_not_the_very_words() -> None:
    head = {"a": 0.01, "b": 0.95, "": 0.04}
    assert ranked([a_hit("a", 6.0), a_hit("b", 4.0)], head, AS_FOUND)[0].chunk.article == "b"
    assert ranked([a_hit("a", 6.0, exact=True), a_hit("b", 4.0)], head, AS_FOUND)[0].chunk.article == "a"


def test_the_ranking_corrects_the_order_of_pages_without_phrasings() -> None:
    means, weights = [0.5 * (name == "al_low") for name in VIEWS], [4.0 * (name == "al_low") for name in VIEWS]
    ranking = Ranking(means, weights)
    good, poor = a_hit("a", 4.0, {**POOR, "al_low": 0.9}), a_hit("b", 6.0, {**POOR, "al_low": 0.1})
    found = ranked([poor, good], None, ranking)
    assert [(hit.chunk.article, round(hit.score, 6)) for hit in found] == [("a", 5.6), ("b", 4.4)]
    phrased = replace(good, chunk=replace(good.chunk, phrasings=("Where is it?",)))
    assert ranking.correction(phrased) == 0
    assert ranking.correction(a_hit("c", 1.0, {})) == -2.0  # a view that is missing counts as 0


def test_the_shipped_corrections_know_both_depths() -> None:
    assert set(gate.rankings()) == {"deep", "fast"}
    assert all(len(each.weights) == len(each.means) == len(VIEWS) for each in gate.rankings().values())


def test_the_head_has_no_word_on_a_page_without_phrasings() -> None:
    head = {"b": 0.01, "": 0.3}  # "a" has none: the head knows its title only
    found = of(a_hit("a", 6.0, GOOD), a_hit("b", 6.5), head=head)
    assert [(hit.chunk.article, hit.score > 6) for hit in found.hits] == [("a", False), ("b", False)]
    assert gate.state(found) == "deep+bare"
    assert features(found) == features(of(a_hit("a", 6.0, GOOD), a_hit("b", found.hits[1].score)))


def test_which_parameters_apply() -> None:
    """A page without phrasings, one whose head is still to come, one that the head knows; with one encoder or both."""
    bare = a_hit("a", 6.0, GOOD)
    taught = replace(bare, chunk=replace(bare.chunk, phrasings=("how long?",)))
    cases = {"bare": of(bare), "": of(taught), "head": of(taught, head={"a": 0.9, "": 0.1})}
    for ending, seen in cases.items():
        for models, depth in (((FAST, DEEP), "deep"), ((FAST,), "fast")):
            state = gate.state(replace(seen, models=models))
            assert state == (f"{depth}+{ending}" if ending else depth)
            assert set(gate.models()[state]) == {"first", "three"}


def test_a_translation_and_a_second_piece_of_the_page_are_no_rivals() -> None:
    lead = FEATURES.index("lead")
    alone = features(of(a_hit("a", 6.0)))[lead]
    assert features(of(a_hit("a", 6.0), a_hit("a", 5.9), a_hit("z", 5.8, lang="pl")))[lead] == alone == gate.ALONE
    assert features(of(a_hit("a", 6.0), a_hit("b", 5.5)))[lead] == pytest.approx(0.5)


def test_a_page_in_another_language_is_judged_by_what_such_pages_show() -> None:
    own, foreign = (
        Evidence([a_hit("a", 3.0, {**POOR, "foreign": away})], 10, None, (FAST, DEEP)) for away in (0.0, 1.0)
    )
    assert (gate.state(own), gate.state(foreign)) == ("deep+bare", "deep+foreign")
    phrased = replace(foreign.hits[0], chunk=replace(foreign.hits[0].chunk, phrasings=("how?",)))
    assert gate.state(replace(foreign, hits=[phrased])) == "deep"
    for seen in ("deep", "fast"):
        assert set(gate.models()[f"{seen}+foreign"]) == {"first", "three"}


def test_a_features_file_of_other_features_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "FEATURES", ("score",))
    gate.stored.cache_clear()
    gate.models.cache_clear()
    with pytest.raises(ValueError, match="other features"):
        gate.models()
    gate.stored.cache_clear()
    gate.models.cache_clear()
