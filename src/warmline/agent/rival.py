"""Two pages that say different things about one matter: which of them is quoted.

A contradiction is seen where the two best passages, of two pages in one language, speak of the same with different
numbers. The one that holds more of the question's words is more specific and wins; then the newer one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from warmline.agent.index import Hit
from warmline.agent.split import heading_path
from warmline.agent.text import fold, sentences

NEAR = 1.5
"""Scores nearer than this do not tell which passage is meant."""
SEEN = 6.0
"""One that is further behind is about something else."""
NEWER_BY = timedelta(days=1)
"""Pages of one visit to the shop are equally old."""
STEM, LEAST = 5, 4
ALIKE = 0.5
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Settled:
    """What is quoted, over what, and why: "newer", "more specific", or "nearer" when neither tells."""

    kept: Hit
    over: Hit
    why: str


def settled(question: str, hits: Sequence[Hit]) -> Settled | None:
    """What becomes of the best passage and the first that contradicts it; None when none does."""
    if not hits:
        return None
    best = hits[0]
    rival = next((hit for hit in hits[1:] if _contradict(best, hit)), None)
    if rival is None:
        return None
    if best.exact != rival.exact or best.score - rival.score > NEAR:
        return Settled(best, rival, "more specific")
    asked = _stems(question)
    mine, theirs = (len(asked & _stems(f"{heading_path(hit.chunk)} {hit.chunk.text}")) for hit in (best, rival))
    if mine != theirs:
        kept, over = (best, rival) if mine > theirs else (rival, best)
        return Settled(kept, over, "more specific")
    if _newer(rival, best):
        return Settled(rival, best, "newer")
    return Settled(best, rival, "newer" if _newer(best, rival) else "nearer")


def _contradict(one: Hit, other: Hit) -> bool:
    if one.chunk.article == other.chunk.article or one.chunk.lang != other.chunk.lang:
        return False
    if one.score - other.score > SEEN:
        return False
    return any(_clash(mine, theirs) for mine in _sentences(one) for theirs in _sentences(other))


def _sentences(hit: Hit) -> Sequence[str]:
    """The sentence that fits the question best; all of them where a phrasing led here."""
    found = sentences(hit.chunk.text)
    return found if hit.chunk.phrasings else found[hit.part : hit.part + 1]


def _clash(one: str, other: str) -> bool:
    """The same matter, and each has a number that the other lacks."""
    mine, theirs = set(_NUMBER.findall(one)), set(_NUMBER.findall(other))
    if not (mine - theirs and theirs - mine):
        return False
    first, second = _stems(one), _stems(other)
    shared = len(first & second)
    return shared >= 2 and shared >= ALIKE * min(len(first), len(second))


def _newer(one: Hit, other: Hit) -> bool:
    mine, theirs = one.chunk.learned_at, other.chunk.learned_at
    return mine is not None and theirs is not None and mine - theirs >= NEWER_BY


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in fold(text).split() if len(word) >= LEAST and not word.isdigit()}
