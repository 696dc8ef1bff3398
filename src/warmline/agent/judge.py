"""Answer, ask or hand off: what the scores of the found passages allow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from warmline.agent.index import Hit

MOST_LEAD = 3.0
RELIEF = ((4, 2.0), (10, 1.0))
"""(articles, points): a shop with so many at most is held against cuts lower by so much."""
FOREIGN_RELIEF = 2.0
"""What coverage and BM25 bring to a right passage: one in another language cannot have them, but may be asked about."""


class Verdict(StrEnum):
    ANSWER = "answer"
    ASK = "ask"
    HAND_OFF = "hand_off"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`confidence` is 0..1; `limits` are what it, or the score behind it, was held against: for the trace."""

    verdict: Verdict
    confidence: float
    limits: Mapping[str, float]


class Judge(Protocol):
    """Decides from the hits, at least one, best first, and from how many articles the shop has."""

    def judge(self, hits: Sequence[Hit], articles: int) -> Judgement: ...


@dataclass(frozen=True, slots=True)
class FixedCuts:
    """The unfitted score plus its lead over the next article, against two fixed cuts.

    Measured on the DEV sets (Bitext, Curekart, SOFMattress), as shops of 2 to 16 of their entries with half of the
    questions unanswerable (1,315 questions): of the answers given, 89-90 % are right at 7 with 16 entries, 88-89 % at 6
    with 4 to 8, 90 % at 5 with 2. A small shop has few wrong pages to take, and all its scores are lower, as rare
    words are not told from common ones. An answer here is a quotation with its page, so no cut is more careful than
    that. The cuts are round on purpose: a later issue fits them.

    Until then `confidence` only orders. It is 1/2 at the answering cut and no probability of being right.
    """

    answer: float = 7.0
    ask: float = 5.0

    def judge(self, hits: Sequence[Hit], articles: int) -> Judgement:
        best = hits[0]
        sure = best.score + min(_lead(hits), MOST_LEAD)
        small = next((points for most, points in RELIEF if articles <= most), 0.0)
        answer, ask = self.answer - small, self.ask - (FOREIGN_RELIEF if best.views["foreign"] else small)
        confidence = 1 / (1 + math.exp(answer - sure))
        limits = {"sure": round(sure, 3), "answer": answer, "ask": ask}
        if best.chunk.text and (best.exact or sure >= answer):
            return Judgement(Verdict.ANSWER, max(confidence, 0.5), limits)
        return Judgement(Verdict.ASK if sure >= ask else Verdict.HAND_OFF, confidence, limits)


def _lead(hits: Sequence[Hit]) -> float:
    """How far the best is ahead of the next article in its language. With nothing to compare, half of what counts.

    Two pages on one matter have little lead, and should: the shopper is asked which one. A translation is no rival.
    """
    best = hits[0]
    rival = next((hit for hit in hits if _rivals(hit, best)), None)
    return MOST_LEAD / 2 if rival is None else best.score - rival.score


def _rivals(hit: Hit, best: Hit) -> bool:
    """Another page, in the same language. A written answer and the page that it links to say the same."""
    same_page = hit.chunk.url is not None and hit.chunk.url == best.chunk.url
    return hit.chunk.article != best.chunk.article and not same_page and hit.chunk.lang == best.chunk.lang
