"""Fits the gate that is shipped, and shows how well it travels to shops that it never saw.

    .venv/bin/python -m bench.fit_gate            fit, print the table, write src/warmline/agent/data/gate-1.json
    .venv/bin/python -m bench.fit_gate --dry-run  print the table only

The public sets lie in `../shared/eval` or where WARMLINE_SHARED says; the product never needs them. Vectors are kept
in `--cache`: the first run takes an hour of one core, the next ones some minutes. Each row of the table leaves out
the whole family that the shop belongs to, for the weights and for the line that turns them into a probability.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import question_sets
from bench.question_sets import QuestionSet
from bench.vector_cache import KeptEncoders
from warmline.agent import background, gate
from warmline.agent.align import words_of
from warmline.agent.answer import KeylessAgent
from warmline.agent.base import Unit
from warmline.agent.gate import Evidence
from warmline.agent.judge import EXACT, Judgement, Verdict
from warmline.agent.models.vectors import DEEP, DIMENSIONS, FAST, restore
from warmline.agent.quote import choices
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import Turn
from warmline.evals.run import learn
from warmline.evals.scores import auroc, share_kept

Numbers = NDArray[np.float64]

STRENGTH = 0.01
"""Of the weights (the C of a logistic regression): ten times more and the threshold does not travel."""
CAUTION = 0.85
"""Of logits above even odds. Without it a promised .9 was kept at .90-.91 by families left out, and broken by the shop
with the most unanswerable questions."""
SHARED = Path(os.environ.get("WARMLINE_SHARED", Path(__file__).parents[2] / "shared"))


@dataclass(frozen=True, slots=True)
class Case:
    """One question as the gate sees it, in one state of its shop, and what was right."""

    shop: QuestionSet
    state: str
    values: Sequence[float]
    exact: bool
    first: bool
    three: bool
    answerable: bool


class Listener:
    """Implements Judge: keeps the evidence and decides nothing."""

    def __init__(self) -> None:
        self.heard: list[Evidence] = []

    def judge(self, evidence: Evidence, cut: float) -> Judgement:
        self.heard.append(evidence)
        return Judgement(Verdict.HAND_OFF, 0.0, {})


async def cases(shops: Sequence[QuestionSet], encoders: KeptEncoders) -> list[Case]:
    """Every question of every shop; in a shop with phrasings twice, with the head and without."""
    listener = Listener()
    agent = KeylessAgent(encoders, listener)
    found: list[Case] = []
    for number, shop in enumerate(shops):
        plain = [{key: value for key, value in entry.items() if key != "scope"} for entry in shop.knowledge]
        taught = (await learn(agent, plain, {None}))[None]
        for question in shop.questions:
            listener.heard.clear()
            await agent.think(taught.workspace, Turn(question["text"], likely_lang=taught.lang))
            found += [case for heard in listener.heard for case in _cases(shop, question, heard)]
        agent.forget(WorkspaceId(taught.workspace))
        print(f"{number + 1}/{len(shops)} {shop.name}", file=sys.stderr, flush=True)
    return found


def _cases(shop: QuestionSet, question: Mapping[str, Any], evidence: Evidence) -> list[Case]:
    states = [evidence, *([without_head(evidence)] if evidence.head is not None else [])]
    return [_case(shop, set(question["answer_ids"] or ()), each) for each in states]


def without_head(evidence: Evidence) -> Evidence:
    """As if the head were not fitted yet."""
    head = evidence.head or {}
    scored = [
        replace(hit, score=hit.score - math.log(head.get(hit.chunk.article, 0.0) + gate.HEAD_FLOOR))
        for hit in evidence.hits
    ]
    return replace(evidence, hits=gate.ranked(scored, None), head=None)


def _case(shop: QuestionSet, right: Collection[str], evidence: Evidence) -> Case:
    best = evidence.hits[0]
    offered = {choice.article for choice in choices(evidence.hits)}
    return Case(
        shop=shop,
        state=gate.state(evidence),
        values=gate.features(evidence),
        exact=best.exact,
        first=best.chunk.article in right,
        three=bool(offered & set(right)),
        answerable=bool(right),
    )


# The fit: logistic regression by Newton's method, shops weighted by 1 / sqrt(n)


def fitted(some: Sequence[Case], target: str) -> gate.Model:
    """Weights from all these families, then a line through logits that were predicted for families left out."""
    families = {case.shop.family for case in some}
    logits = np.zeros(len(some))
    for family in families:
        model = _weights([case for case in some if case.shop.family != family], target)
        for at, case in enumerate(some):
            if case.shop.family == family:
                logits[at] = gate.logit(model.probability(case.values))
    slope, start = _line(logits, _labels(some, target), _importance(some))
    model = _weights(some, target)
    weights = [slope * weight for weight in model.weights]
    return replace(model, weights=weights, bias=slope * model.bias + start, above=CAUTION)


def _weights(some: Sequence[Case], target: str) -> gate.Model:
    rows, labels, importance = np.array([case.values for case in some]), _labels(some, target), _importance(some)
    means = np.average(rows, axis=0, weights=importance)
    scales = np.sqrt(np.average((rows - means) ** 2, axis=0, weights=importance))
    scales[scales < 1e-3] = 1.0  # a feature that these shops do not have
    solution = _newton((rows - means) / scales, labels, importance, STRENGTH)
    return gate.Model(means.tolist(), scales.tolist(), solution[:-1].tolist(), float(solution[-1]))


def _line(logits: Numbers, labels: Numbers, importance: Numbers) -> tuple[float, float]:
    solution = _newton(logits[:, None], labels, importance, 1e3)
    return float(solution[0]), float(solution[1])


def _newton(rows: Numbers, labels: Numbers, importance: Numbers, strength: float) -> Numbers:
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    penalty = np.diag([*[1 / strength] * (rows.shape[1] - 1), 1e-6])
    solution = np.zeros(rows.shape[1])
    for _ in range(40):
        shares = 1 / (1 + np.exp(-np.clip(rows @ solution, -30, 30)))
        slope = rows.T @ (importance * (shares - labels)) + penalty @ solution
        bend = (rows * (importance * shares * (1 - shares))[:, None]).T @ rows + penalty
        step = np.linalg.solve(bend, slope)
        solution -= step
        if np.abs(step).max() < 1e-7:
            break
    return solution


def _labels(some: Sequence[Case], target: str) -> Numbers:
    return np.array([float(getattr(case, target)) for case in some])


def _importance(some: Sequence[Case]) -> Numbers:
    counts: dict[str, int] = {}
    for case in some:
        counts[case.shop.name] = counts.get(case.shop.name, 0) + 1
    return np.array([counts[case.shop.name] ** -0.5 for case in some])


# The table


def table(some: Sequence[Case], state: str) -> None:
    """Leave one family out; small shops and products are pooled."""
    judged: dict[str, list[tuple[Case, float]]] = {}
    for family in sorted({case.shop.family for case in some}):
        model = fitted([case for case in some if case.shop.family != family], "first")
        for case in (case for case in some if case.shop.family == family):
            confidence = model.probability(case.values)
            pair = (case, max(confidence, EXACT) if case.exact else confidence)
            for row in _rows_of(case.shop):
                judged.setdefault(row, []).append(pair)
    print(f"\n{state}: each family judged by a gate that never saw it\n")
    print("| shop | questions | r@1 | AUROC | cov@90 | raw score | p≥.95 | p≥.9 | p≥.8 | ECE |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row, pairs in judged.items():
        print(_line_of(row, pairs))


def _rows_of(shop: QuestionSet) -> list[str]:
    if shop.is_small:
        return ["4 and 9 entries of them"]
    if shop.family == "clinc":
        return [shop.family]
    return [shop.name, "**ordinary shops together**"]


def _line_of(row: str, pairs: Sequence[tuple[Case, float]]) -> str:
    known = [(confidence, case) for case, confidence in pairs]
    first = [case.first for _, case in known if case.answerable]
    cells = [row, str(len(pairs)), f"{np.mean(first):.2f}" if first else "–"]
    found = auroc([p for p, case in known if case.answerable], [p for p, case in known if not case.answerable])
    cells.append("–" if found is None else f"{found:.2f}")
    cells.append(f"**{share_kept([(p, case.first) for p, case in known], 0.9):.2f}**")
    cells.append(f"{share_kept([(case.values[0], case.first) for _, case in known], 0.9):.2f}")
    for cut in (0.95, 0.9, 0.8):
        given = [case.first for p, case in known if p >= cut]
        cells.append(f"{len(given) / len(known):.2f} / {np.mean(given):.2f}" if given else "0 / –")
    bins: dict[int, list[float]] = {}
    for p, case in known:
        bins.setdefault(min(int(10 * p), 9), []).append(case.first - p)
    cells.append(f"{sum(abs(sum(gaps)) for gaps in bins.values()) / len(known):.2f}")
    return f"| {' | '.join(cells)} |"


async def make_background(encoders: KeptEncoders) -> None:
    """The vectors of the background's questions, and what all words have in common."""
    texts = background.questions()
    stored: dict[str, Any] = {}
    for model in (FAST, DEEP):
        vectors = await encoders.encode(model, [Unit("query", text) for text in texts])
        stored[model] = np.frombuffer(b"".join(vectors), dtype=np.uint8).reshape(len(texts), 4 + DIMENSIONS[model])
    spellings = {word: spelling for text in texts for word, spelling in words_of(text).items()}
    rows = restore(await encoders.encode(FAST, [Unit("query", each) for each in spellings.values()]), DIMENSIONS[FAST])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    np.savez_compressed(background.VECTORS, words=rows.mean(axis=0).astype(np.float32), **stored)
    background.load.cache_clear()


async def main(cache: Path, dry: bool) -> None:
    shops = question_sets.everything(SHARED / "eval")
    found: list[Case] = []
    for models in ((FAST, DEEP), (FAST,)):
        encoders = KeptEncoders(cache, models)
        if DEEP in models and not dry:
            await make_background(encoders)
        found += await cases(shops, encoders)
        await encoders.close()
    stored: dict[str, Any] = {}
    for state in ("deep", "deep+head", "fast", "fast+head"):
        some = [case for case in found if case.state in {state, state.removesuffix("+head")}]
        if state.endswith("+head"):  # a shop without phrasings is the head's shop with nothing to say
            some = [case for case in some if case.state == state or not _is_phrased(case.shop)]
        table(some, state)
        stored[state] = {target: _stored(fitted(some, target)) for target in ("first", "three")}
    if not dry:
        note = "Made by bench/fit_gate.py from HINT3 (ODbL 1.0), Bitext (CDLA-Sharing 1.0), CLINC150 (CC BY 3.0)"
        text = {"version": 1, "note": f"{note} and bench/seeds.", "features": gate.FEATURES, "models": stored}
        gate.PARAMETERS.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")


def _is_phrased(shop: QuestionSet) -> bool:
    return any(entry.get("examples") for entry in shop.knowledge)


def _stored(model: gate.Model) -> dict[str, Any]:
    return {
        "means": [round(each, 4) for each in model.means],
        "scales": [round(each, 4) for each in model.scales],
        "weights": [round(each, 4) for each in model.weights],
        "bias": round(model.bias, 4),
        "above": model.above,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "warmline-vectors.sqlite3")
    parser.add_argument("--dry-run", action="store_true")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.cache, arguments.dry_run))
