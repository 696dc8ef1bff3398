"""Fits what a page is judged by that is in another language than the question, and shows how that travels.

    .venv/bin/python -m bench.fit_foreign             fit, print the tables, write data/foreign-1.json
    .venv/bin/python -m bench.fit_foreign --dry-run   print the tables only

Such a page shares no words with the question, so the gate of `fit_gate` is far too timid for it. It learns from
`bench/seeds/cross`: what shoppers ask in other languages of shops in `bench/seeds/talks`, by four hands. A hand's row
is of a gate that saw nothing of the hand. (An order of pages learnt from them was no better: right page first .59.)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.fit_gate import Case, ask, case, fitted, line_of, stored_model
from bench.question_sets import SEEDS, QuestionSet
from bench.vector_cache import KeptEncoders, a_parser
from warmline.agent import gate
from warmline.agent.models.vectors import DEEP, FAST
from warmline.evals.run import read

CROSS, TALKS = SEEDS / "cross", SEEDS / "talks"
TARGETS = ("first", "three")
CAUTION = 0.8
"""Of logits above even odds: at .9, as for the other pages, .75 of the answers at .8 were right."""
COLUMNS = ("hand", "questions", "r@1", "AUROC", "cov@90", "raw score", "p≥.95", "p≥.9", "p≥.8", "ECE (by chance)")


def sets() -> list[QuestionSet]:
    """A shop for each file of questions; the hand that asked is the family."""
    found = []
    for file in sorted(CROSS.glob("*.jsonl")):
        hand, scope = file.stem.split("_", 1)
        [folder] = TALKS.glob(f"*_{scope}")
        found.append(QuestionSet(f"hand {hand}", file.stem, read(folder / "knowledge.jsonl"), read(file)))
    return found


def learnt(some: Sequence[Case]) -> Mapping[str, gate.Model]:
    return {target: replace(fitted(some, target, bare=True), above=CAUTION, beyond=1.0) for target in TARGETS}


def tables(some: Sequence[Case], depth: str) -> None:
    print(f"\n**{depth}**\n\n| {' | '.join(COLUMNS)} |")
    print("|---" * len(COLUMNS) + "|")
    every: list[tuple[Case, float]] = []
    for hand in sorted({each.shop.family for each in some}):
        model = learnt([each for each in some if each.shop.family != hand])["first"]
        here = [(each, model.probability(each.values)) for each in some if each.shop.family == hand]
        print(line_of(hand, here))
        every += here
    print(line_of("all", every))
    bare = gate.models()[f"{depth}+bare"]["first"]
    before = [(each, bare.probability(each.values)) for each in some]
    print(line_of("all, by the gate for the question's own language", before), flush=True)


async def main(cache: Path, dry: bool) -> None:
    models: dict[str, Any] = {}
    for encoders in (KeptEncoders(cache, (FAST, DEEP)), KeptEncoders(cache, (FAST,))):
        depth = gate.depth(encoders.models)
        asked = await ask(sets(), encoders)
        await encoders.close()
        some = [case(each, gate.rankings()[depth]) for each in asked if gate.is_foreign(each.evidence.hits[0])]
        tables(some, depth)
        models[f"{depth}+foreign"] = {target: stored_model(model) for target, model in learnt(some).items()}
    if not dry:
        file = {"version": 1, "features": gate.FEATURES, "views": gate.VIEWS, "models": models}
        gate.FOREIGN.write_text(json.dumps(file, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    args = a_parser(__doc__).parse_args()
    asyncio.run(main(args.cache, args.dry_run))
