"""What comes with the agent: questions that no shop like this answers, with their vectors, and word counts of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.agent.align import Word, words_of
from warmline.agent.head import OTHER, Example
from warmline.agent.models.vectors import DIMENSIONS

DATA = Path(__file__).parent / "data"
QUESTIONS = DATA / "background.txt"
VECTORS = DATA / "background-1.npz"


@dataclass(frozen=True, slots=True)
class Background:
    """`middle` is the mean of the words' vectors: what all words share says nothing about any."""

    examples: tuple[Example, ...]
    counts: Mapping[Word, int]
    middle: NDArray[np.float32]


def questions() -> list[str]:
    """The questions of background.txt, which were written for it."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "lang "))]


@cache
def load() -> Background:
    """Read once; a few hundred kilobytes."""
    texts = questions()
    with np.load(VECTORS) as stored:
        rows = {model: stored[model] for model in DIMENSIONS}
        middle = stored["words"].astype(np.float32)
    vectors = [{model: rows[model][at].tobytes() for model in rows} for at in range(len(texts))]
    examples = tuple(Example(text, vector, OTHER) for text, vector in zip(texts, vectors, strict=True))
    return Background(examples, Counter(word for text in texts for word in words_of(text)), middle)
