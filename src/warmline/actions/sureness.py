"""How sure the agent must be in this shop now, what that has meant so far, and what another choice would cost."""

from __future__ import annotations

from dataclasses import dataclass

from warmline.domain.ids import WorkspaceId
from warmline.domain.sureness import SHOWN, Measured, Sureness, cut_for, measure, price
from warmline.store.base import Transaction


@dataclass(frozen=True, slots=True)
class Standing:
    """One choice, measured. `handoffs` is the share of recent questions that it would not answer."""

    sureness: Sureness
    cut: float
    measured: Measured
    handoffs: float


@dataclass(frozen=True, slots=True)
class Survey:
    """All choices beside each other. `questions` is how many recent ones the price was taken from; `wanted` how many
    more judged answers are worth asking for."""

    chosen: Sureness
    standings: tuple[Standing, ...]
    judged: int
    wanted: int
    questions: int

    @property
    def now(self) -> Standing:
        return next(each for each in self.standings if each.sureness is self.chosen)


def survey(tx: Transaction, workspace: WorkspaceId) -> Survey:
    judged, recent = tx.judged(workspace), tx.recent_confidences(workspace)
    standings = []
    for sureness in Sureness:
        cut = cut_for(sureness.target, judged)
        standings.append(Standing(sureness, cut, measure(judged, cut), price(recent, cut)))
    chosen = tx.workspace(workspace).sureness
    return Survey(chosen, tuple(standings), len(judged), max(SHOWN - len(judged), 0), len(recent))
