"""Answer, ask or hand off: what the scores of the found passages allow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from warmline.agent.index import Hit

MOST_LEAD = 3.0
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
    """Decides from the hits alone: at least one, best first."""

    def judge(self, hits: Sequence[Hit]) -> Judgement: ...


@dataclass(frozen=True, slots=True)
class FixedCuts:
    """The unfitted score plus its lead over the next article, against two fixed cuts.

    Measured on the DEV shops (Bitext, Curekart, SOFMattress; 1,048 questions): at 7.5, 92 % of the answers given
    are right, for 18 % of all questions; between 5 and 7.5 one of three choices is right in 68-81 % of the cases.
    Without the lead the same precision answers half as many. Both cuts are round on purpose: a later issue fits them.

    Until then `confidence` only orders. It is 1/2 at the answering cut and no probability of being right.
    """

    answer: float = 7.5
    ask: float = 5.0

    def judge(self, hits: Sequence[Hit]) -> Judgement:
        best = hits[0]
        sure = best.score + min(_lead(hits), MOST_LEAD)
        confidence = 1 / (1 + math.exp(self.answer - sure))
        ask = self.ask - FOREIGN_RELIEF if best.views["foreign"] else self.ask
        limits = {"sure": round(sure, 3), "answer": self.answer, "ask": ask}
        if best.chunk.text and (best.exact or sure >= self.answer):
            return Judgement(Verdict.ANSWER, max(confidence, 0.5), limits)
        return Judgement(Verdict.ASK if sure >= ask else Verdict.HAND_OFF, confidence, limits)


def _lead(hits: Sequence[Hit]) -> float:
    """How far the best is ahead of the next article in its language. With nothing to compare, half of what counts.

    Two pages on one matter have little lead, and should: the shopper is asked which one. A translation is no rival.
    """
    best = hits[0]
    rivals = (hit for hit in hits if hit.chunk.article != best.chunk.article and hit.chunk.lang == best.chunk.lang)
    rival = next(rivals, None)
    return MOST_LEAD / 2 if rival is None else best.score - rival.score
