"""All vectors of one encoder in memory: sign bits to screen every row, eight-bit numbers to decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warmline.agent.models.vectors import Floats, restore, unpack

Rows = NDArray[np.int64]

BATCH = 8_192
SCREENED = 256
"""So many dimensions' signs are looked at for every row: half of them cost half the time and lose no candidate."""


class Table:
    """Rows of unit vectors. Row -1 is a text without a vector."""

    def __init__(self, stored: Sequence[bytes], dimensions: int, screened: bool) -> None:
        self.dimensions = dimensions
        self._scales, self._rows = unpack(stored, dimensions)
        if screened:
            self._mean = self._middle()
            self._bits, self._lengths, self._offsets = self._screen()

    def __len__(self) -> int:
        return len(self._scales)

    def cosines(self, query: bytes, rows: Rows) -> Floats:
        """The cosine of the query with each of these rows; NaN where there is no vector."""
        wanted = restore([query], self.dimensions)[0]
        if not len(self):
            return np.full(len(rows), np.nan, dtype=np.float32)
        found = _products(self._rows[rows].astype(np.float32), wanted) * self._scales[rows]
        return np.where(rows < 0, np.float32(np.nan), found)

    def estimates(self, query: bytes) -> Floats:
        """About the cosine of the query with every row, from sign bits; one NaN more stands for row -1.

        Bits are taken around the mean, as texts of one shop are all close to one another.
        """
        apart = restore([query], self.dimensions)[0] - self._mean
        bits = np.packbits(apart[:SCREENED] > 0).view(np.uint64)
        angles = np.cos(np.arange(SCREENED + 1) * (np.pi / SCREENED)) * np.linalg.norm(apart)
        found = np.empty(len(self) + 1, dtype=np.float32)
        found[-1] = np.nan
        for start in range(0, len(self), BATCH):  # a batch at a time stays in the processor's cache
            part = slice(start, min(start + BATCH, len(self)))
            np.take(angles.astype(np.float32), self._differing_bits(bits, part), out=found[part], mode="clip")
            found[part] *= self._lengths[part]
            found[part] += self._offsets[part]
        found += np.float32(self._mean @ apart)
        return found

    def _differing_bits(self, bits: NDArray[np.uint64], part: slice) -> NDArray[np.uint16]:
        differing = np.zeros(part.stop - part.start, dtype=np.uint16)
        for column, word in zip(self._bits, bits, strict=True):
            differing += np.bitwise_count(column[part] ^ word)
        return differing

    def _middle(self) -> Floats:
        sample = slice(None, None, max(1, len(self) // BATCH))
        rows = self._rows[sample].astype(np.float32) * self._scales[sample, None]
        return np.asarray(rows.mean(axis=0) if len(rows) else np.zeros(self.dimensions), dtype=np.float32)

    def _screen(self) -> tuple[NDArray[np.uint64], Floats, Floats]:
        """Sign bits (a column for each 64 of them), distance from the mean, and product with the mean."""
        bits = np.empty((SCREENED // 64, len(self)), dtype=np.uint64)
        lengths, offsets = np.empty(len(self), dtype=np.float32), np.empty(len(self), dtype=np.float32)
        for start in range(0, len(self), BATCH):
            part = slice(start, start + BATCH)
            rows = self._rows[part].astype(np.float32) * self._scales[part, None]
            offsets[part] = _products(rows, self._mean)
            rows -= self._mean
            lengths[part] = np.linalg.norm(rows, axis=1)
            bits[:, part] = np.packbits(rows[:, :SCREENED] > 0, axis=1).view(np.uint64).T
        return bits, lengths, offsets


def _products(rows: Floats, vector: Floats) -> Floats:
    """`rows @ vector` without BLAS: its threads wait for one another by spinning: searches took four times as long."""
    return np.asarray(np.einsum("ij,j->i", rows, vector), dtype=np.float32)
