"""What each part of the keyless decision is worth: the parts are added one by one, each family of shops left out.

    .venv/bin/python -m bench.ablation [--cache FILE]

Each cell: coverage at 90 % precision in hindsight, and in brackets how often the right page comes first. The protocol,
the sets and the cache are those of `bench/fit_gate.py`. Rows without a gate are one threshold on what orders the pages.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench import fit_gate, question_sets
from bench.fit_gate import SHARED, Asked, Case, Fit, case, fitted, fitted_ranking
from bench.vector_cache import KeptEncoders
from warmline.agent import gate
from warmline.agent.align import ALIGNED_WEIGHT
from warmline.agent.index import Hit
from warmline.agent.judge import EXACT
from warmline.agent.models.vectors import DEEP, FAST
from warmline.evals.scores import share_kept

AS_FOUND = gate.Ranking([0.0] * len(gate.VIEWS), [0.0] * len(gate.VIEWS))
ALIGNMENT = ("al_entry", "al_title", "al_back", "al_low", "al_low_title", "al_alone", "al_lead", "agree_al")
COLUMNS = (
    "bitext",
    "bitext+5",
    "curekart",
    "sofmattress",
    "powerplay11",
    "clinc",
    "made-up shops",
    "plain shops",
    "hard shops",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One row: how the hits are scored, and what may judge them."""

    name: str
    score: Callable[[Hit], float]
    hidden: Sequence[str] = ()
    head: bool = False
    order: bool = False
    gate: bool = True


def as_aligned(hit: Hit) -> float:
    return hit.score


def six_views(hit: Hit) -> float:
    """The score of the search, without what the alignment added to it."""
    added = sum(hit.views.get(name, 0.0) for name in ("al_entry", "al_title", "al_back"))
    return hit.score - (0.0 if hit.chunk.phrasings else ALIGNED_WEIGHT * added / 3)


PARTS = (
    Part("deep encoder, whole text", lambda hit: hit.views["e_full"], gate=False),
    Part("deep encoder, best sentence or phrasing", lambda hit: hit.views["e_part"], gate=False),
    Part("six views, letters, BM25", six_views, gate=False),
    Part("+ gate", six_views, hidden=ALIGNMENT),
    Part("+ alignment", as_aligned),
    Part("+ learnt order", as_aligned, order=True),
    Part("+ head (all that ships)", as_aligned, order=True, head=True),
)


def judged(part: Part, some: Sequence[Asked]) -> dict[str, list[tuple[float, Case]]]:
    """Confidence and what was right, by column; each family by what the others taught."""
    seen = [rescored(asked, part) for asked in some if _is_seen(asked, part)]
    found: dict[str, list[tuple[float, Case]]] = {}
    for family in sorted({asked.shop.family for asked in seen}):
        others = [asked for asked in seen if asked.shop.family != family]
        ranking = fitted_ranking(others) if part.order else AS_FOUND
        taught = _taught(part, others, ranking) if part.gate else None
        for asked in (asked for asked in seen if asked.shop.family == family):
            shown = _blind(case(asked, ranking), part)
            sure = taught.of(shown)["first"].probability(shown.values) if taught else shown.values[0]
            sure = max(sure, EXACT) if taught and shown.exact else sure
            if column := column_of(asked):
                found.setdefault(column, []).append((sure, shown))
    return found


def _is_seen(asked: Asked, part: Part) -> bool:
    """Both states of a shop with a head teach; the one that the part is about is judged."""
    has_head = asked.evidence.head is not None
    return has_head == (part.head and asked.shop.is_phrased)


def rescored(asked: Asked, part: Part) -> Asked:
    hits = [replace(hit, score=part.score(hit)) for hit in asked.evidence.hits]
    return replace(asked, evidence=replace(asked.evidence, hits=hits))


def _taught(part: Part, some: Sequence[Asked], ranking: gate.Ranking) -> Fit:
    every = [_blind(case(asked, ranking), part) for asked in some if not asked.shop.is_hard]
    unheaded = [shown for shown in every if not shown.head]
    plain, bare = fitted(unheaded, "first"), fitted(unheaded, "first", bare=True)
    head = fitted(every, "first") if len(unheaded) < len(every) else plain
    return Fit(ranking, {"first": plain}, {"first": head}, {"first": bare})


def _blind(shown: Case, part: Part) -> Case:
    values = [0.0 if name in part.hidden else value for name, value in zip(gate.FEATURES, shown.values, strict=True)]
    return replace(shown, values=values)


def column_of(asked: Asked) -> str | None:
    shop = asked.shop
    if shop.is_small:
        return None
    if shop.is_hard:
        return "hard shops"
    if shop.is_plain:
        return "plain shops"
    if shop.name.startswith("shop_"):
        return "made-up shops"
    return "clinc" if shop.family == "clinc" else shop.name


def line(name: str, found: Mapping[str, Sequence[tuple[float, Case]]]) -> str:
    cells = [name]
    for column in COLUMNS:
        pairs = found[column]
        kept = share_kept([(sure, shown.first) for sure, shown in pairs], 0.9)
        first = np.mean([shown.first for _, shown in pairs if shown.answerable])
        cells.append(f"{kept:.2f} ({first:.2f})")
    return f"| {' | '.join(cells)} |"


def show(some: Sequence[Asked]) -> None:
    print(f"| | {' | '.join(COLUMNS)} |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for part in PARTS:
        print(line(part.name, judged(part, some)), flush=True)


async def main(cache: Path) -> None:
    encoders = KeptEncoders(cache, (FAST, DEEP))
    some = await fit_gate.ask(question_sets.everything(SHARED / "eval"), encoders)
    await encoders.close()
    show(some)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "warmline-vectors.sqlite3")
    asyncio.run(main(parser.parse_args().cache))
