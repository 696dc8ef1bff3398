"""Is a message like one of these examples? By meaning: the vectors of both encoders, each on the scale of the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from warmline.agent.models.vectors import DEEP, DIMENSIONS, FAST, Floats, restore

ALIKE = 2.1
ALIKE_FAST = 2.0
"""From this likeness on a message is meant: by both encoders, and by the fast one alone.

Where 1 in 200 of other messages is taken (`python -m bench.alike`, five examples a rule, 20 rules): CLINC150 2.07 and
1.98, HINT3 1.98 and 1.63; 62 and 43 % of the messages that are meant are caught by both, 57 and 37 % by one."""
AGAIN = 0.6
"""From this likeness on a question is the refused one again: to miss an offer costs less than to press one on somebody.

In 148 dialogues that four others wrote (not in the repository) 14 of 20 questions put again after a refusal are that
near, and 1 of 14 new ones that had no answer either."""
_SCALES = {DEEP: (0.80, 0.04), FAST: (0.30, 0.15)}
"""(zero, unit) of a cosine, as in the score of passages."""


def likeness(question: Mapping[str, bytes], examples: Mapping[str, Sequence[bytes]]) -> float:
    """How near the question is to the nearest example: the mean over the encoders that saw both, 0 when none did."""
    seen = [model for model in question if examples.get(model)]
    if not seen:
        return 0.0
    rows = [_scaled(model, question[model], examples[model]) for model in seen]
    return float(np.mean(rows, axis=0).max())


def boundary(models: Sequence[str]) -> float:
    """From this likeness on the message is meant, by which encoders could say."""
    return ALIKE if DEEP in models else ALIKE_FAST


def _scaled(model: str, question: bytes, examples: Sequence[bytes]) -> Floats:
    vectors = restore([question, *examples], DIMENSIONS[model])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    zero, unit = _SCALES[model]
    near: Floats = (vectors[1:] @ vectors[0] - zero) / unit
    return near
