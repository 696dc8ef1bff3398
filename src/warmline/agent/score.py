"""Six views, coverage and BM25 → one score. Nothing is fitted; the weights stand in docs of the measurement.

`e` and `u` stretch the cosines of the two encoders to the same range; where the deep encoder has no vector yet, a guess
from the fast one stands in, so that a shop is searched as soon as the fast encoder has seen it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

WEIGHTS: Mapping[str, float] = {
    "e_full": 0.5,
    "e_part": 0.5,
    "e_title": 0.4,
    "u_part": 0.5,
    "u_title": 0.3,
    "u_full": 0.2,
    "cov": 2.0,
    "lex": 0.7,
    "foreign": -0.5,
}
"""`foreign` is 1 for a passage in another language than the question: of two twin pages the shopper's own wins."""


@dataclass(frozen=True, slots=True)
class Cosines:
    """One encoder's cosines of the question with a chunk's whole text, title, and best part (NaN = no vector)."""

    full: Floats
    title: Floats
    part: Floats


def views(fast: Cosines, deep: Cosines) -> dict[str, Floats]:
    """The six views of some chunks."""
    found = {}
    for name in ("full", "part", "title"):
        u = (_known(getattr(fast, name), 0.0) - 0.30) / 0.15
        e = (getattr(deep, name) - 0.80) / 0.04
        found[f"u_{name}"] = u.astype(np.float32)
        found[f"e_{name}"] = np.where(np.isnan(e), _guess(u), e).astype(np.float32)
    return found


def fused(seen: Mapping[str, Floats]) -> Floats:
    """The weighted sum of views; one without a weight is only looked at by the judge."""
    weighted = [np.float32(WEIGHTS[name]) * values for name, values in seen.items() if name in WEIGHTS]
    return np.asarray(sum(weighted), dtype=np.float32)


def lex(bm25: Floats) -> Floats:
    return np.asarray(bm25 / (bm25 + 20), dtype=np.float32)


def _known(cosines: Floats, otherwise: float) -> Floats:
    return np.where(np.isnan(cosines), np.float32(otherwise), cosines)


def _guess(u: Floats) -> Floats:
    """What the deep encoder would say, from the fast one: the least squares line on the DEV shops."""
    return np.asarray(1.2 + 0.55 * u, dtype=np.float32)
