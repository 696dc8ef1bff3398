"""The probability that the best entry is right: a small logistic model over what does not depend on the shop.

Fitted across shops by `bench/fit_gate.py`, strongly regularised, and never on the shop it is applied to. Its
parameters are `data/gate-4.json`, and `data/foreign-1.json` (by `bench/fit_foreign.py`) for pages in another language
than the question; docs/answering.md says from what they were made and how well they travel.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from warmline.agent.background import DATA
from warmline.agent.head import OTHER
from warmline.agent.index import Hit
from warmline.agent.models.vectors import DEEP

PARAMETERS = DATA / "gate-4.json"
FOREIGN = DATA / "foreign-1.json"

BOLD = math.log(4)
"""The log-odds of .8."""
MOST_LEAD = 6.0
ALONE = 2.0
"""The lead of a shop's only entry: with nothing to compare it says little."""
FLATNESS = 0.5
HEAD_FLOOR = 0.001
FURTHEST = 7.0

VIEWS = (
    "u_full", "e_full", "u_part", "e_part", "u_title", "e_title", "foreign", "lex", "cov", "cov_full", "al_entry",
    "al_title", "al_back", "al_low", "al_low_title", "al_alone",
)  # fmt: skip
"""What the order of passages without phrasings is corrected by."""

HEAD = ("head_top", "head_agrees", "head_known")

FEATURES = (
    "score", "lead", "entropy", "e_full", "e_part", "u_part", "e_title", "u_title", "cov", "cov_full", "agree_e",
    "agree_u", "agree_cov", "unknown", "al_entry", "al_title", "al_back", "al_low", "al_low_title", "al_alone",
    "al_lead", "agree_al", *HEAD,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known when it is decided. `hits` are ranked, at least one; `head` holds the entries with phrasings and
    "other", and is None in a shop without phrasings."""

    hits: Sequence[Hit]
    articles: int
    head: Mapping[str, float] | None
    models: Collection[str]


@dataclass(frozen=True, slots=True)
class Ranking:
    """What each of VIEWS is worth beside its part in the score; `means` are those of passages that were right."""

    means: Sequence[float]
    weights: Sequence[float]

    def correction(self, hit: Hit) -> float:
        """For the score of a passage without phrasings; about nothing for one that is right."""
        if hit.chunk.phrasings:
            return 0.0
        parts = zip(VIEWS, self.means, self.weights, strict=True)
        return sum(weight * (hit.views.get(name, 0.0) - mean) for name, mean, weight in parts)


def is_foreign(hit: Hit) -> bool:
    """Is it in another language than the question?"""
    return hit.views.get("foreign", 0.0) > 0


def ranked(hits: Sequence[Hit], head: Mapping[str, float] | None, ranking: Ranking) -> list[Hit]:
    """The hits with the ranking's and the head's opinion in their score, best first; what is asked for word for word
    comes before all."""
    scored = [replace(hit, score=hit.score + ranking.correction(hit) + opinion(head, hit)) for hit in hits]
    return sorted(scored, key=lambda hit: (not hit.exact, -hit.score))


def opinion(head: Mapping[str, float] | None, hit: Hit) -> float:
    """What the head adds to a hit's score: nothing to a page of which it knows the title only."""
    return math.log(head[hit.chunk.article] + HEAD_FLOOR) if head and hit.chunk.article in head else 0.0


def features(evidence: Evidence) -> list[float]:
    """The values of FEATURES."""
    best, articles = evidence.hits[0], _best_of_each(evidence.hits)
    rival = next((hit for hit in articles[1:] if rivals(hit, best)), None)
    views = best.views
    seen = {
        **views,
        "score": best.score,
        "lead": min(best.score - rival.score, MOST_LEAD) if rival else ALONE,
        "entropy": _entropy([hit.score for hit in articles]),
        "agree_e": _agrees(evidence.hits, lambda v: v["e_full"] + v["e_part"] + v["e_title"]),
        "agree_u": _agrees(evidence.hits, lambda v: v["u_full"] + v["u_part"] + v["u_title"]),
        "agree_cov": _agrees(evidence.hits, lambda v: v["cov"]),
        "agree_al": _agrees(evidence.hits, _alignment),
        "al_lead": _alignment(views) - max([_alignment(hit.views) for hit in articles[1:]], default=0.5),
        **_head(best.chunk.article, evidence.head),
    }
    return [float(seen.get(name, 0.0)) for name in FEATURES]


def rivals(hit: Hit, best: Hit) -> bool:
    """Another page, in the same language. A written answer and the page that it links to say the same."""
    same_page = hit.chunk.url is not None and hit.chunk.url == best.chunk.url
    return hit.chunk.article != best.chunk.article and not same_page and hit.chunk.lang == best.chunk.lang


def _best_of_each(hits: Sequence[Hit]) -> list[Hit]:
    found: dict[str, Hit] = {}
    for hit in hits:
        found.setdefault(hit.chunk.article, hit)
    return list(found.values())


def _entropy(scores: Sequence[float]) -> float:
    raised = [math.exp((score - max(scores)) / FLATNESS) for score in scores]
    return -sum(each / sum(raised) * math.log(each / sum(raised) + 1e-9) for each in raised)


def _agrees(hits: Sequence[Hit], view: Callable[[Mapping[str, float]], float]) -> float:
    """Whether this view alone would put the best entry first."""
    return float(max(hits, key=lambda hit: view(hit.views)).chunk.article == hits[0].chunk.article)


def _alignment(views: Mapping[str, float]) -> float:
    return views.get("al_entry", 0.0) + views.get("al_title", 0.0) + views.get("al_back", 0.0)


def _head(article: str, head: Mapping[str, float] | None) -> dict[str, float]:
    if head is None or article not in head:
        return {}
    entries = {entry: share for entry, share in head.items() if entry != OTHER}
    best = max(entries, key=lambda entry: entries[entry])
    return {
        "head_top": min(max(logit(head[article]), -FURTHEST), FURTHEST),
        "head_agrees": float(best == article),
        "head_known": min(max(logit(1 - head[OTHER]), -FURTHEST), FURTHEST),
    }


def logit(share: float) -> float:
    kept = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model: `weights` of the standardised features, then a line through its logit."""

    means: Sequence[float]
    scales: Sequence[float]
    weights: Sequence[float]
    bias: float
    above: float = 1.0
    """What a logit above even odds is multiplied by: caution, for shops with more unanswerable questions than ours."""
    beyond: float = 1.0
    """What the part of it above BOLD is multiplied by then: of what is surest, more was right than caution said."""

    def probability(self, values: Sequence[float]) -> float:
        parts = zip(values, self.means, self.scales, self.weights, strict=True)
        total = self.bias + sum(weight * (value - mean) / scale for value, mean, scale, weight in parts)
        if total > 0:
            total *= self.above
        if total > BOLD:
            total = BOLD + self.beyond * (total - BOLD)
        return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))


@cache
def models() -> Mapping[str, Mapping[str, Model]]:
    """For each state of a shop (see `state`): "first", is the best entry right, and "three", is it among the three."""
    return {
        state: {target: Model(**parameters) for target, parameters in targets.items()}
        for file in (PARAMETERS, FOREIGN)
        for state, targets in stored(file)["models"].items()
    }


@cache
def rankings() -> Mapping[str, Ranking]:
    """With the deep encoder ("deep") and without it ("fast")."""
    return {seen: Ranking(**parameters) for seen, parameters in stored(PARAMETERS)["rankings"].items()}


@cache
def stored(file: Path) -> Any:
    """A file of parameters. Raises ValueError when it was made for other features or views."""
    found = json.loads(file.read_text(encoding="utf-8"))
    if (tuple(found["features"]), tuple(found["views"])) != (FEATURES, VIEWS):
        made_by = "fit_gate" if file == PARAMETERS else "fit_foreign"
        raise ValueError(f"{file.name} was made for other features; run bench/{made_by}.py")
    return found


def depth(seen: Collection[str]) -> str:
    """Which encoders have seen a shop: "deep" with the deep one, "fast" without."""
    return "deep" if DEEP in seen else "fast"


def state(evidence: Evidence) -> str:
    """Which parameters apply: with or without the deep encoder; with a head's word on the best entry, for one without
    phrasings (in the language of the question, or in another), or for one whose head is still to come."""
    seen, best = depth(evidence.models), evidence.hits[0].chunk
    if evidence.head and best.article in evidence.head:
        return f"{seen}+head"
    if best.phrasings:
        return seen
    return f"{seen}+foreign" if is_foreign(evidence.hits[0]) else f"{seen}+bare"
