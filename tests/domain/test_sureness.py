"""The cut that judged answers allow, and how often its promise is broken."""

from __future__ import annotations

import math
import random

import pytest

from warmline.domain.sureness import CUTS, NEVER, Judged, Sureness, beta_share, cut_for, keeps, measure, price, wilson


@pytest.mark.parametrize(
    ("x", "a", "b", "share"),
    [(0.5, 2, 2, 0.5), (0.9, 9, 1, 0.9**9), (0.2, 1, 1, 0.2), (0.0, 2, 3, 0.0), (1.0, 2, 3, 1.0)],
)
def test_the_beta_distribution(x: float, a: float, b: float, share: float) -> None:
    assert beta_share(x, a, b) == pytest.approx(share, abs=1e-9)


def test_it_agrees_with_drawing() -> None:
    chance = random.Random(3)
    drawn = [chance.betavariate(27, 4) for _ in range(20_000)]
    assert beta_share(0.85, 27, 4) == pytest.approx(sum(each < 0.85 for each in drawn) / 20_000, abs=0.015)


def of(*counts: tuple[float, int, int]) -> list[Judged]:
    """(confidence, right, wrong) …"""
    return [Judged(at, n < right) for at, right, wrong in counts for n in range(right + wrong)]


@pytest.mark.parametrize(
    ("target", "judged", "cut"),
    [
        (0.9, [], 0.9),
        (0.9, of((0.95, 10, 9)), 0.9),
        (0.9, of((0.3, 0, 100)), 0.9),
        (0.9, of((0.55, 50, 0)), 0.5),
        (0.9, of((0.95, 40, 0), (0.55, 10, 10)), 0.6),
        (0.9, of((0.95, 15, 15)), 0.95),
        (0.9, of((0.95, 30, 30)), NEVER),
        (0.8, of((0.95, 30, 2), (0.75, 14, 6)), 0.5),
        (0.95, of((0.97, 47, 3)), NEVER),
    ],
)
def test_the_loosest_cut_that_probably_keeps_the_target(target: float, judged: list[Judged], cut: float) -> None:
    assert cut_for(target, judged) == cut


def test_a_few_right_answers_prove_nothing() -> None:
    assert keeps(0.9, 3, 3) < 0.8 < keeps(0.9, 28, 28)


def test_the_targets() -> None:
    assert [each.target for each in Sureness] == [0.95, 0.9, 0.8]


def test_what_was_measured_and_what_it_costs() -> None:
    found = measure(of((0.9, 47, 3), (0.2, 0, 9)), 0.8)
    assert (found.judged, found.right) == (50, 47)
    assert found.low < found.bound < 0.94 < found.high
    assert wilson(0, 0, 1.6) == (0.0, 1.0)
    assert price([0.9, 0.7, 0.2, 0.85], 0.8) == 0.5
    assert price([], 0.8) == 0.0


SHOPS = {
    "as the gate thinks": (1.0, 0.0),
    "easier": (1.0, 1.0),
    "harder": (1.0, -1.0),
    "the gate is too sure": (0.6, 0.0),
    "the gate is not sure enough": (1.4, 0.5),
    "hopeless": (0.5, -2.0),
}
"""The line that makes the true probability of a confidence's logit."""
DRAWS = 200


@pytest.mark.parametrize("shop", SHOPS)
@pytest.mark.parametrize(
    ("target", "judged", "most"), [(0.9, 50, 0.3), (0.9, 100, 0.3), (0.9, 200, 0.2), (0.8, 50, 0.2)]
)
def test_how_often_the_promise_is_broken(shop: str, target: float, judged: int, most: float) -> None:
    """Shops whose confidences are right, too high or too low; each judged anew in 200 draws. The bounds are in docs."""
    slope, start = SHOPS[shop]
    chance = random.Random(f"{shop}{target}{judged}")
    everything = [_question(chance, slope, start) for _ in range(8_000)]
    worth = [each for each in everything if each[0] >= CUTS[0]]
    above = {cut: [truth for at, truth in everything if at >= cut] for cut in (*CUTS, target, NEVER)}
    kept = {cut: not truths or sum(truths) / len(truths) >= target for cut, truths in above.items()}
    broken = 0
    for _ in range(DRAWS):
        drawn = [Judged(at, chance.random() < truth) for at, truth in chance.sample(worth, judged)]
        broken += not kept[cut_for(target, drawn)]
    assert broken / DRAWS <= most


def test_a_naive_cut_breaks_it_far_more_often() -> None:
    chance = random.Random(5)
    everything = [_question(chance, 1.0, 0.0) for _ in range(8_000)]
    worth = [each for each in everything if each[0] >= CUTS[0]]
    broken = 0
    for _ in range(DRAWS):
        drawn = sorted(((at, chance.random() < truth) for at, truth in chance.sample(worth, 50)), reverse=True)
        share = [sum(right for _, right in drawn[: n + 1]) / (n + 1) for n in range(50)]
        cut = next((drawn[n][0] for n in reversed(range(50)) if share[n] >= 0.9), 1.0)
        kept = [truth for at, truth in everything if at >= cut]
        broken += bool(kept) and sum(kept) / len(kept) < 0.9
    assert broken / DRAWS > 0.4


def _question(chance: random.Random, slope: float, start: float) -> tuple[float, float]:
    at = min(max(chance.betavariate(1.2, 1.5), 1e-6), 1 - 1e-6)
    return at, 1 / (1 + math.exp(-(slope * math.log(at / (1 - at)) + start)))
