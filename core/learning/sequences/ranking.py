"""Where the right item stands in a full ranking, and what follows from it. No sampled metrics (Krichene and Rendle 2020)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.learning.sequences.events import History

CUTS = (5, 10, 20)


def exclude_seen(scores: np.ndarray, histories: Sequence[History]) -> np.ndarray:
    """The scores with -inf for what each history already holds, in place."""
    rows = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    if len(rows):
        scores[rows, np.concatenate(histories)] = -np.inf
    return scores


def rank_of_target(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Items ranked before the target, 0 for the first; equal scores count half. float64 [rows].

    `scores` is [rows, items], `target` the item of each row.
    """
    own = scores[np.arange(len(target)), target][:, None]
    return (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2


def ndcg(ranks: np.ndarray, cut: int = 10) -> np.ndarray:
    """Discounted gain of one right item per row, 0 beyond `cut` (Järvelin and Kekäläinen 2002)."""
    return np.where(ranks < cut, 1 / np.log2(ranks + 2), 0.0)


def hits(ranks: np.ndarray, cut: int = 10) -> np.ndarray:
    return (ranks < cut).astype(float)


def reciprocal(ranks: np.ndarray, cut: int | None = None) -> np.ndarray:
    """1 / place of the right item, 0 beyond `cut` where one is given."""
    gains = 1 / (ranks + 1)
    return gains if cut is None else np.where(ranks < cut, gains, 0.0)
