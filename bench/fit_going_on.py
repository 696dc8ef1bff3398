"""Fits what a question after an answer is judged by, and shows how it does with hands that it never saw.

    .venv/bin/python -m bench.fit_going_on             fit, print the tables, write data/going-on-1.json
    .venv/bin/python -m bench.fit_going_on --dry-run   print the tables only

It learns from `bench/seeds/talks`: shops and dialogues of seven hands, in eight languages, written for it. A turn of
the agent that answers names the `page` (those of the hands a, b and c were found by likeness to the recorded answer);
every other turn that comes as far as this is answered by no page. A hand's row is of a model that saw nothing of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.vector_cache import KeptEncoders, a_parser
from warmline.agent import going_on
from warmline.agent.answer import KeylessAgent
from warmline.agent.gate import Evidence
from warmline.agent.going_on import GoingOn, Model
from warmline.agent.judge import WORTH_ASKING, FittedGate, Judgement, Verdict
from warmline.agent.models.vectors import FAST
from warmline.agent.quote import MOST_CHOICES
from warmline.domain.consent import Consent
from warmline.domain.knowledge import Exchange, Turn
from warmline.evals.run import learn, read

TALKS = Path(__file__).parent / "seeds/talks"
DEPTHS = {"deep": None, "fast": [FAST]}
STRENGTH = 60.0
"""One over the penalty of a weight, against one turn's loss. From 16 to 300 nothing moves by more than .02."""
CAUTION = 0.85
"""Of the log-odds above even: without it .83 of the answers at p >= .9 were right. Half of the others are questions
that a part of the page answers, so that its people accept both an answer and an offer."""
CUTS = (0.95, 0.9, 0.8)

Numbers = NDArray[np.float64]
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A question after an answer, what `alone` would have been decided, and the pages that answer it."""

    hand: str
    asked: GoingOn
    pages: Collection[str]


@dataclass(frozen=True, slots=True)
class Scored:
    """The best page's probability, that of the three best, and whether the right one is the first or among them."""

    sure: float
    among: float
    first: bool
    three: bool
    answerable: bool


class Listener:
    """Implements Judge: decides as shipped where there is no answer before, and keeps the rest."""

    def __init__(self) -> None:
        self._gate = FittedGate()
        self._heard: GoingOn | None = None

    def take(self) -> GoingOn | None:
        """What was heard since the last time."""
        heard, self._heard = self._heard, None
        return heard

    def judge(self, evidence: Evidence, cut: float) -> Judgement:
        return self._gate.judge(evidence, cut)

    def judge_going_on(self, asked: GoingOn, cut: float) -> tuple[Judgement, Sequence[str]]:
        self._heard = asked
        return Judgement(Verdict.HAND_OFF, 0.0, {}), ()


async def cases(encoders: KeptEncoders) -> list[Case]:
    """Every question after an answer, of every hand."""
    listener = Listener()
    agent = KeylessAgent(encoders, listener)
    found: list[Case] = []
    for folder in sorted(TALKS.iterdir()):
        dialogues = read(folder / "dialogues.jsonl")
        shops = await learn(agent, read(folder / "knowledge.jsonl"), {each["scope"] for each in dialogues})
        for dialogue in dialogues:
            shop = shops[dialogue["scope"]]
            for turn, recorded in turns(dialogue):
                await agent.think(shop.workspace, turn)
                if heard := listener.take():
                    found.append(Case(folder.name[0], heard, recorded.get("page", ())))
        for shop in shops.values():
            agent.forget(shop.workspace)
        print(folder.name, len(found), file=sys.stderr, flush=True)
    await agent.close()
    return found


def turns(dialogue: Record) -> list[tuple[Turn, Record]]:
    """What the agent reads at each of its turns behind an answer, and the recorded turn."""
    found: list[tuple[Turn, Record]] = []
    history: list[tuple[str, str]] = []
    asked: list[str] = []
    answered: Exchange | None = None
    offered = False
    for turn in dialogue["turns"]:
        if turn["role"] == "shopper":
            asked.append(turn["text"])
            continue
        question = "\n".join(asked)
        if asked and answered is not None:
            awaits = frozenset(Consent if offered else ())
            said = Turn(question, dialogue["lang"], tuple(history), awaits=awaits, answered=answered)
            found.append((said, turn))
        history += [*(("visitor", text) for text in asked), ("agent", turn["text"])]
        answered = Exchange(question, turn["text"]) if turn["action"][0] == "answer" else answered
        offered, asked = turn["action"][0] == "offer_handoff", []
    return found


def fit(some: Sequence[Case]) -> Model:
    """By Newton's method: which of a turn's pages is right, or none."""
    taken = [(*going_on.values(case.asked), case) for case in some]
    own = np.vstack([rows for _, rows, _ in taken])
    pages, none = len(going_on.OF_PAGE), len(going_on.OF_NONE)
    means, scales = np.zeros(pages + none), np.ones(pages + none)
    last = np.cumsum([len(rows) for _, rows, _ in taken]) - 1
    first = np.delete(own, last, axis=0)[:, :pages]
    means[:pages], scales[:pages] = first.mean(axis=0), first.std(axis=0)
    means[pages + 1 :] = own[last, pages + 1 :].mean(axis=0)
    scales[pages + 1 :] = own[last, pages + 1 :].std(axis=0)
    turns = [(going_on.standard(rows, means, scales), _target(articles, case)) for articles, rows, case in taken]
    penalty = np.diag([*[1 / STRENGTH] * pages, 1e-6, *[1 / STRENGTH] * (none - 1)]) * len(turns)
    weights = np.zeros(pages + none)
    for _ in range(30):
        slope, bend = penalty @ weights, penalty.copy()
        for rows, target in turns:
            raised = rows @ weights
            shares = np.exp(raised - raised.max())
            shares /= shares.sum()
            slope += rows.T @ (shares - target)
            bend += (rows * shares[:, None]).T @ rows - np.outer(shares @ rows, shares @ rows)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-7:
            break
    return Model(means.tolist(), scales.tolist(), weights.tolist(), CAUTION)


def _target(articles: Sequence[str], case: Case) -> Numbers:
    right = np.array([*(article in case.pages for article in articles), False], dtype=float)
    if not right.any():
        right[-1] = 1.0
    return np.asarray(right / right.sum())


def scored(likely: Mapping[str, float], case: Case) -> Scored:
    order = list(likely)
    return Scored(
        sure=likely[order[0]] if order else 0.0,
        among=sum(list(likely.values())[:MOST_CHOICES]),
        first=bool(order) and order[0] in case.pages,
        three=not set(order[:MOST_CHOICES]).isdisjoint(case.pages),
        answerable=bool(case.pages),
    )


def alone(case: Case) -> Scored:
    """What the question alone would have been judged by: its own search and its own confidence."""
    order = list(case.asked.alone.best_of_each())[:MOST_CHOICES]
    found = scored(dict.fromkeys(order, 0.0), case)
    sure = case.asked.alone.confidence
    return Scored(sure, sure, found.first, found.three, found.answerable)


def row(title: str, some: Sequence[Scored]) -> str:
    answerable = [each for each in some if each.answerable]
    cells = [title, str(len(some)), f"{np.mean([each.first for each in answerable]):.2f}"]
    for cut in CUTS:
        given = [each for each in some if each.sure >= cut]
        right = f"{np.mean([each.first for each in given]):.2f}" if given else "-"
        cells.append(f"{len(given) / len(some):.2f} / {right}")
    given = [each for each in some if each.sure >= CUTS[-1]]
    chosen = [each for each in some if each.sure < CUTS[-1] and each.among >= WORTH_ASKING]
    useful = sum(each.first for each in given) + sum(each.three for each in chosen)
    helped = f"{useful / len(answerable):.2f}" if any(each.among > each.sure for each in some) else "-"
    wrongly = sum(not each.answerable for each in given) / max(1, len(some) - len(answerable))
    return f"| {' | '.join([*cells, helped, f'{wrongly:.3f}'])} |"


def tables(some: Sequence[Case], depth: str) -> None:
    cuts = " | ".join(f"p >= {cut}: share / right" for cut in CUTS)
    print(f"\n**{depth}**\n\n| hand | turns | right page first | {cuts} | useful at .8 | unanswerable answered |")
    print("|---" * (len(CUTS) + 5) + "|")
    every: list[Scored] = []
    for hand in sorted({case.hand for case in some}):
        model = fit([case for case in some if case.hand != hand])
        here = [scored(model.likely(case.asked), case) for case in some if case.hand == hand]
        print(row(hand, here))
        every += here
    print(row("all", every))
    print(row("all, each question alone", [alone(case) for case in some]), flush=True)


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(each, 5) for each in values]


async def main(cache: Path, dry: bool) -> None:
    found: dict[str, dict[str, Any]] = {}
    for depth, models in DEPTHS.items():
        some = await cases(KeptEncoders(cache, models))
        tables(some, depth)
        model = fit(some)
        found[depth] = {
            "means": _rounded(model.means),
            "scales": _rounded(model.scales),
            "weights": _rounded(model.weights),
        }
        found[depth]["above"] = model.above
    if dry:
        return
    file = {"of_page": going_on.OF_PAGE, "of_none": going_on.OF_NONE, "models": found}
    going_on.PARAMETERS.write_text(json.dumps(file, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    args = a_parser(__doc__).parse_args()
    asyncio.run(main(args.cache, args.dry_run))
