"""Which page a question is about that goes on from an answer: "and the deposit?", "what if I opened it already".

Alone, every second such question finds its page (with what it follows: three of four). Every page that comes into
question is weighed by what the question finds alone, what it finds together with the question before, and whether it
is the page that was quoted last; "none of them" is weighed beside them. A multinomial logistic model, fitted by
`bench/fit_going_on.py` on dialogues that were written for it; its parameters are `data/going-on-1.json`, and
docs/answering.md says how well they travel.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.agent.background import DATA
from warmline.agent.gate import logit
from warmline.agent.index import Hit
from warmline.agent.text import fold

PARAMETERS = DATA / "going-on-1.json"

Floats = NDArray[np.float64]

OF_PAGE = (
    "alone_lead", "alone_sure", "joined_lead", "joined_sure", "quoted", "quoted_leans", "quoted_length", "al_entry",
    "al_low", "e_part", "cov", "u_part", "joined_al_low",
)  # fmt: skip
OF_NONE = ("always", "alone_sure", "joined_sure", "length", "leans", "mark")
"""What speaks for a page, and for none of them."""

LEAST_PAGES = 8
"""It was learnt in shops of 15 to 18 pages; in one of two, whatever is asked next seemed to go on from the first."""
EACH = 4
"""So many pages of each search come into question, and the one that was quoted."""
FURTHEST = 3.0
"""A lead or a lag of this many points is as good as any."""
UNSURE = -1.5
"""Half the logit of a page that a search does not put first."""
LONG = 15
"""A question of this many words is as long as any."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one search found, best first, and how probably the first is right."""

    hits: Sequence[Hit]
    confidence: float

    def best_of_each(self) -> dict[str, Hit]:
        """Article → its best passage, best first."""
        found: dict[str, Hit] = {}
        for hit in self.hits:
            found.setdefault(hit.chunk.article, hit)
        return found


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A question after an answer: searched for `alone` and `joined` to the question before. `quoted` is the article
    that the answer quoted; `leans` says whether its words point back (see `agent/follow_up.py`)."""

    question: str
    leans: bool
    alone: Look
    joined: Look
    quoted: str | None
    depth: str
    """Which encoders have seen the shop, as `gate.depth` names it."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of the standardised values, those of a page and then those of "none"."""

    means: Sequence[float]
    scales: Sequence[float]
    weights: Sequence[float]
    above: float = 1.0
    """What the log-odds of the best page are multiplied by where they are above even: caution."""

    def likely(self, asked: GoingOn) -> dict[str, float]:
        """Article → how probably it answers, best first. What is left to 1 is "none of them"."""
        articles, rows = values(asked)
        raised = standard(rows, self.means, self.scales) @ np.array(self.weights)
        shares = np.exp(raised - raised.max())
        shares /= shares.sum()
        order = sorted(zip(articles, shares.tolist(), strict=False), key=lambda each: -each[1])
        found = {article: self._cautious(share) for article, share in order}
        if order and not asked.leans and order[0][0] == next(iter(asked.alone.best_of_each()), None):
            # What stands on its own is not less sure because something else was answered before it.
            found[order[0][0]] = max(found[order[0][0]], asked.alone.confidence)
        return found

    def _cautious(self, share: float) -> float:
        odds = logit(share)
        return 1 / (1 + math.exp(-self.above * odds)) if odds > 0 else share


def values(asked: GoingOn) -> tuple[list[str], Floats]:
    """The articles that come into question, and a row for each and a last one for "none": (articles + 1, values)."""
    alone, joined = asked.alone.best_of_each(), asked.joined.best_of_each()
    quoted = [asked.quoted] if asked.quoted in alone or asked.quoted in joined else []
    articles = list(dict.fromkeys([*list(alone)[:EACH], *list(joined)[:EACH], *filter(None, quoted)]))
    length = min(len(fold(asked.question).split()), LONG) / LONG
    rows = np.zeros((len(articles) + 1, len(OF_PAGE) + len(OF_NONE)))
    for row, article in enumerate(articles):
        rows[row, : len(OF_PAGE)] = _of_page(asked, article, alone, joined, length)
    sure = [logit(_within(look.confidence)) for look in (asked.alone, asked.joined)]
    rows[-1, len(OF_PAGE) :] = [1.0, *sure, length, asked.leans, "?" in asked.question]
    return articles, rows


def standard(rows: Floats, means: Sequence[float] | Floats, scales: Sequence[float] | Floats) -> Floats:
    """The values standardised; zero is what a row says nothing of: a page of OF_NONE, and "none" of OF_PAGE."""
    made = (rows - np.asarray(means)) / np.asarray(scales)
    made[:-1, len(OF_PAGE) :] = 0.0
    made[-1, : len(OF_PAGE)] = 0.0
    return np.asarray(made)


def _of_page(
    asked: GoingOn, article: str, alone: Mapping[str, Hit], joined: Mapping[str, Hit], length: float
) -> list[float]:
    views = alone[article].views if article in alone else {}
    quoted = float(article == asked.quoted)
    return [
        _lead(article, alone),
        _sure(article, alone, asked.alone),
        _lead(article, joined),
        _sure(article, joined, asked.joined),
        quoted,
        quoted * asked.leans,
        quoted * length,
        *(views.get(name, 0.0) for name in ("al_entry", "al_low", "e_part", "cov", "u_part")),
        joined[article].views.get("al_low", 0.0) if article in joined else 0.0,
    ]


def _lead(article: str, found: Mapping[str, Hit]) -> float:
    """How far the article is before the best other one; negative when it is behind."""
    others = [hit.score for each, hit in found.items() if each != article]
    if article not in found:
        return -FURTHEST
    return max(-FURTHEST, min(FURTHEST, found[article].score - max(others, default=found[article].score)))


def _sure(article: str, found: Mapping[str, Hit], look: Look) -> float:
    return logit(_within(look.confidence)) / 2 if next(iter(found), None) == article else UNSURE


def _within(confidence: float) -> float:
    return min(max(confidence, 1e-4), 1 - 1e-4)


@cache
def models() -> Mapping[str, Model]:
    """With the deep encoder ("deep") and without it ("fast")."""
    return {depth: Model(**parameters) for depth, parameters in stored()["models"].items()}


@cache
def stored() -> Any:
    """The file of parameters. Raises ValueError when it was made for other values."""
    found = json.loads(PARAMETERS.read_text(encoding="utf-8"))
    if (tuple(found["of_page"]), tuple(found["of_none"])) != (OF_PAGE, OF_NONE):
        raise ValueError(f"{PARAMETERS.name} was made for other values; run bench/fit_going_on.py")
    return found
