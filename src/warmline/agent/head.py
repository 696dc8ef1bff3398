"""A small classifier for each shop: which entry is asked about, or something else? Learnt from phrasings.

Softmax regression over the shop's entries and "other", on the question's vectors and letters. Questions that no shop
like this one answers (the background), and those of this shop that were judged unanswerable, are the class "other".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warmline.agent.models.vectors import DEEP, DIMENSIONS, FAST, restore
from warmline.agent.text import fold

Floats = NDArray[np.float32]

OTHER = ""
HASHED = 1024
WIDTHS = (2, 3, 4)
STRENGTH = 20.0
STEPS = 120
MOST_EACH = 40
MOST_ROWS = 2_500
"""Phrasings that are learnt from, of one entry and in all; more cost time and teach little."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and what it is about: an article's id, or OTHER. `vectors` as the encoders made them."""

    text: str
    vectors: Mapping[str, bytes]
    about: str


class Head:
    """Fitted once, then only read."""

    def __init__(self, examples: Sequence[Example], background: Sequence[Example], models: Sequence[str]) -> None:
        self.models = [model for model in (FAST, DEEP) if model in models]
        self.entries = sorted({each.about for each in examples} - {OTHER})
        rows = [*examples, *background]
        self._middle = {model: self._mean(background or rows, model) for model in self.models}
        grams = _hashed([each.text for each in rows])
        self._idf = np.log((len(rows) + 1) / (1 + (grams > 0).sum(axis=0))).astype(np.float32) + 1
        features = self._features([each.text for each in rows], [each.vectors for each in rows], grams)
        place = {about: at for at, about in enumerate([*self.entries, OTHER])}
        labels = np.array([place[each.about] for each in rows])
        weights = np.ones(len(rows), dtype=np.float32)
        weights[len(examples) :] = len(examples) / max(len(background), 1)
        self._weights = _fit(features, labels, weights, len(place))

    def probabilities(self, text: str, vectors: Mapping[str, bytes]) -> dict[str, float]:
        """Of each entry, and of OTHER."""
        logits = self._features([text], [vectors], _hashed([text])) @ self._weights
        found = _softmax(logits)[0]
        return dict(zip([*self.entries, OTHER], found.tolist(), strict=True))

    def _mean(self, rows: Sequence[Example], model: str) -> Floats:
        vectors = restore([each.vectors[model] for each in rows], DIMENSIONS[model])
        return np.asarray(_unit(vectors).mean(axis=0), dtype=np.float32)

    def _features(self, texts: Sequence[str], vectors: Sequence[Mapping[str, bytes]], grams: Floats) -> Floats:
        parts = [np.ones((len(texts), 1), dtype=np.float32), _unit(grams * self._idf)]
        for model in self.models:
            rows = _unit(restore([each[model] for each in vectors], DIMENSIONS[model]))
            parts.append(_unit(rows - self._middle[model]))
        return np.hstack(parts)


def _fit(features: Floats, labels: NDArray[np.int64], weights: Floats, classes: int) -> Floats:
    """Softmax regression by accelerated gradient steps, L2 penalty 1 / (2 STRENGTH) on the summed loss."""
    count, size = features.shape
    solution = np.zeros((size, classes), dtype=np.float32)
    ahead, momentum = solution.copy(), 1.0
    target = np.zeros((count, classes), dtype=np.float32)
    target[np.arange(count), labels] = 1
    penalty = np.float32(1 / STRENGTH)
    step = 1 / (0.5 * _largest(features, weights) + float(penalty))
    for _ in range(STEPS):
        error = (_softmax(features @ ahead) - target) * weights[:, None]
        fresh = ahead - np.float32(step) * (features.T @ error + penalty * ahead)
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = fresh + np.float32((momentum - 1) / following) * (fresh - solution)
        solution, momentum = fresh, following
    return solution


def _largest(features: Floats, weights: Floats) -> float:
    """The largest eigenvalue of the weighted Gram matrix, by power iteration."""
    vector = np.ones(features.shape[1], dtype=np.float32)
    value = 1.0
    for _ in range(12):
        vector = features.T @ (weights * (features @ vector))
        value = float(np.linalg.norm(vector))
        vector /= max(value, 1e-9)
    return value * 1.05


def _hashed(texts: Sequence[str]) -> Floats:
    found = np.zeros((len(texts), HASHED), dtype=np.float32)
    for row, text in enumerate(texts):
        folded = f" {fold(text)[:400]} "
        for width in WIDTHS:
            for at in range(len(folded) - width + 1):
                found[row, _hash(folded[at : at + width])] += 1
    return np.asarray(np.log1p(found), dtype=np.float32)


def _hash(gram: str) -> int:
    value = 0
    for letter in gram:
        value = (value * 1_000_003 + ord(letter)) & 0xFFFFFFFF
    return (value ^ (value >> 15)) % HASHED


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)
