"""How sure the agent must be before it answers, and what judged answers say about that.

The merchant chooses a target: so many of the answers given should be right. Out of the box an answer needs that
probability. Judged would-be answers then move the cut, by a rule that keeps its word: a naive cut ("90 % of the fifty
judged above it were right") is too loose in about half of the draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Sureness(StrEnum):
    """What the merchant may choose; the value is the name in settings.

    BOLD is the default: an answer is a quotation of the shop's own page with its link, and asks whether it helped. At
    .9 a small shop without phrasings answers so little that "How much are the shipping costs?" is asked back.
    """

    CAREFUL = "careful"
    BALANCED = "balanced"
    BOLD = "bold"

    @property
    def target(self) -> float:
        """The share of answers that should be right."""
        return {"careful": 0.95, "balanced": 0.9, "bold": 0.8}[self.value]


CUTS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Six cuts, fixed beforehand: who may choose among all of them chooses luck, and breaks the promise in a quarter of
the draws."""
ENOUGH = 20
"""Judged answers above the loosest cut; fewer move nothing."""
SHOWN = 50
"""So many are asked for. If even then no cut holds, only a question's very words are answered."""
BELIEF = 0.8
PRIOR = 10.0
"""The prior is worth ten judged answers that kept the target just so."""
NEVER = 1.01


@dataclass(frozen=True, slots=True)
class Judged:
    """A would-be answer that somebody judged. `confidence` is what the agent gave it."""

    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What the judged answers above a cut say. `low` and `high` are a 90 % interval of the share that is right;
    `bound` is the share that it exceeds with a probability of 80 %."""

    judged: int
    right: int
    low: float
    high: float
    bound: float


def cut_for(target: float, judged: Sequence[Judged]) -> float:
    """The confidence from which the agent answers: the loosest of CUTS that probably keeps the target."""
    if sum(each.confidence >= CUTS[0] for each in judged) < ENOUGH:
        return target
    for cut in CUTS:
        above = [each.right for each in judged if each.confidence >= cut]
        if len(above) >= ENOUGH / 2 and keeps(target, sum(above), len(above)) >= BELIEF:
            return cut
    return NEVER if len(judged) >= SHOWN else max(target, CUTS[-1])


def keeps(target: float, right: int, judged: int) -> float:
    """The probability that at least `target` of such answers are right, after so many judged."""
    return 1 - beta_share(target, PRIOR * target + right, PRIOR * (1 - target) + judged - right)


def measure(judged: Sequence[Judged], cut: float) -> Measured:
    """The measured share above a cut, without a prior: Wilson's interval, and the bound that it gives."""
    above = [each.right for each in judged if each.confidence >= cut]
    count, right = len(above), sum(above)
    low, high = wilson(right, count, 1.645)
    return Measured(count, right, low, high, wilson(right, count, 0.842)[0])


def wilson(right: int, count: int, z: float) -> tuple[float, float]:
    """Wilson's score interval of a share; (0, 1) of nothing."""
    if not count:
        return 0.0, 1.0
    share = right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def price(confidences: Sequence[float], cut: float) -> float:
    """The share of questions that are not answered at this cut, from the confidences of recent questions."""
    return sum(confidence < cut for confidence in confidences) / len(confidences) if confidences else 0.0


def beta_share(x: float, a: float, b: float) -> float:
    """The share of a Beta(a, b) distribution below x: the regularised incomplete beta function.

    By its continued fraction, with Lentz's method (Numerical Recipes, section 6.4).
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(1 - x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-30
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1), tiny)
    total = d
    for m in range(1, 300):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + step * d, tiny)
            c = _away(1 + step / c, tiny)
            total *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return total


def _away(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
