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


U_MIDDLE, U_RANGE = 0.30, 0.15
E_MIDDLE, E_RANGE = 0.80, 0.04
GUESS_AT_0, GUESS_SLOPE = 1.2, 0.55
"""The deep encoder's view from the fast one's: the least squares line on the DEV shops."""


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
        u = (_known(getattr(fast, name), 0.0) - U_MIDDLE) / U_RANGE
        e = (getattr(deep, name) - E_MIDDLE) / E_RANGE
        found[f"u_{name}"] = u.astype(np.float32)
        found[f"e_{name}"] = np.where(np.isnan(e), _guess(u), e).astype(np.float32)
    return found


def fused(seen: Mapping[str, Floats]) -> Floats:
    """The weighted sum of views; one without a weight is only looked at by the judge."""
    weighted = [np.float32(WEIGHTS[name]) * values for name, values in seen.items() if name in WEIGHTS]
    return np.asarray(sum(weighted), dtype=np.float32)


def rough(fast: Cosines) -> Floats:
    """`fused(views(fast, deep))` of chunks that the deep encoder has not seen: there all is one straight line."""
    total = np.zeros(len(fast.full), dtype=np.float32)
    for name in ("full", "part", "title"):
        slope = WEIGHTS[f"u_{name}"] + GUESS_SLOPE * WEIGHTS[f"e_{name}"]
        stretched = _known(getattr(fast, name), 0.0) * np.float32(slope / U_RANGE)
        stretched += np.float32(GUESS_AT_0 * WEIGHTS[f"e_{name}"] - slope * U_MIDDLE / U_RANGE)
        total += stretched
    return total


def lex(bm25: Floats) -> Floats:
    return np.asarray(bm25 / (bm25 + 20), dtype=np.float32)


def _known(cosines: Floats, otherwise: float) -> Floats:
    return np.where(np.isnan(cosines), np.float32(otherwise), cosines)


def _guess(u: Floats) -> Floats:
    """What the deep encoder would say, from the fast one."""
    return np.asarray(GUESS_AT_0 + GUESS_SLOPE * u, dtype=np.float32)
