"""Answer, ask or hand off: how sure the agent is, against how sure it must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from warmline.agent import gate, going_on
from warmline.agent.gate import Evidence
from warmline.agent.going_on import GoingOn
from warmline.agent.index import Hit
from warmline.agent.quote import MOST_CHOICES

EXACT = 0.97
"""A question that is word for word a title, a heading or a phrasing of the page."""
WORTH_ASKING = 0.5
"""Choices are shown when the right one is among them this probably; "none of these, ask a person" is one more."""


class Verdict(StrEnum):
    ANSWER = "answer"
    ASK = "ask"
    HAND_OFF = "hand_off"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`confidence` is the probability that the best entry is right; `limits` what was held
    against what: for the trace."""

    verdict: Verdict
    confidence: float
    limits: Mapping[str, float]


class Judge(Protocol):
    """Decides from the evidence; `cut` is how probable a right answer must be."""

    def judge(self, evidence: Evidence, cut: float) -> Judgement: ...

    def judge_going_on(self, asked: GoingOn, cut: float) -> tuple[Judgement, Sequence[str]]:
        """And the articles that come into question, best first."""


class FittedGate:
    """The shipped gate. What it was fitted on and what it keeps: docs/answering.md."""

    def judge(self, evidence: Evidence, cut: float) -> Judgement:
        best = evidence.hits[0]
        models = gate.models()[gate.state(evidence)]
        values = gate.features(evidence)
        first, three = models["first"].probability(values), models["three"].probability(values)
        confidence = max(first, EXACT) if best.exact else first
        among = max(three, confidence)
        verdict = _verdict(confidence, among, best, 0.0 if best.exact else cut)
        return Judgement(verdict, confidence, _limits(confidence, among, cut))

    def judge_going_on(self, asked: GoingOn, cut: float) -> tuple[Judgement, Sequence[str]]:
        found = asked.joined.best_of_each() | asked.alone.best_of_each()
        likely = going_on.models()[asked.depth].likely(asked)
        if not likely:
            return Judgement(Verdict.HAND_OFF, 0.0, {}), ()
        best, confidence = next(iter(likely.items()))
        among = min(1.0, sum(list(likely.values())[:MOST_CHOICES]))
        verdict = _verdict(confidence, among, found[best], cut)
        return Judgement(verdict, confidence, _limits(confidence, among, cut)), list(likely)


def _limits(confidence: float, among: float, cut: float) -> dict[str, float]:
    return {"confidence": round(confidence, 4), "cut": cut, "among_choices": round(among, 4), "ask": WORTH_ASKING}


def _verdict(confidence: float, among: float, best: Hit, cut: float) -> Verdict:
    if best.chunk.text and confidence >= cut:
        return Verdict.ANSWER
    return Verdict.ASK if among >= WORTH_ASKING else Verdict.HAND_OFF
