"""Rows of like length in one batch, so that little is padded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

POOL_BATCHES = 50


class LengthBatches:
    """Batches of row numbers with like lengths, in an order that depends on seed and epoch alone."""

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self.lengths = np.asarray(lengths)
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        random = np.random.default_rng((self.seed, self.epoch))
        order = random.permutation(len(self.lengths))
        pool = self.batch_size * POOL_BATCHES
        out: list[list[int]] = []
        for start in range(0, len(order), pool):
            part = order[start : start + pool]
            part = part[np.argsort(self.lengths[part], kind="stable")]
            out += [part[i : i + self.batch_size].tolist() for i in range(0, len(part), self.batch_size)]
        return iter([out[i] for i in random.permutation(len(out))])
