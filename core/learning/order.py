"""The largest of many scores, in an order that every processor agrees on."""

from __future__ import annotations

import numpy as np


def top(scores: np.ndarray, count: int) -> np.ndarray:
    """The places of the `count` largest scores of each row, the largest first and of equal ones the first; int [rows, count].

    `scores` is [rows, places]. numpy's own partition leaves equal scores in an order of the processor's kernels.
    """
    count = min(count, scores.shape[1])
    if not count:
        return np.zeros((len(scores), 0), dtype=np.intp)
    some = np.sort(np.argpartition(-scores, count - 1, axis=1)[:, :count], axis=1)
    least = np.take_along_axis(scores, some, axis=1).min(axis=1, keepdims=True)
    tied = (scores >= least).sum(axis=1) > count
    some[tied] = np.sort(np.argsort(-scores[tied], axis=1, kind="stable")[:, :count], axis=1)
    order = np.argsort(-np.take_along_axis(scores, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)
