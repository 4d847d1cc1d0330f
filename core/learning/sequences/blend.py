"""Several recommenders as one: standardised scores, weighted as ranks held-out items best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.learning.sequences.events import History
from core.learning.sequences.ranking import exclude_seen, ndcg, rank_of_target

STEPS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
SWEEPS = 3


def standardised(scores: np.ndarray) -> np.ndarray:
    """Every row with mean 0 and deviation 1; a row without any difference is all 0."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    deviation = centred.std(axis=1, keepdims=True)
    return np.divide(centred, deviation, out=np.zeros_like(centred), where=deviation > 1e-12)


def fit_weights(
    parts: Mapping[str, np.ndarray], target: np.ndarray, histories: Sequence[History], *, only_new: bool
) -> dict[str, float]:
    """The weight of each part's standardised scores [rows, items] with which NDCG@10 of the targets is best, found
    coordinate by coordinate from the best single part. Without rows the first part counts alone."""
    names = list(parts)
    if not len(target):
        return {name: float(name == names[0]) for name in names}

    def quality(weights: Mapping[str, float]) -> float:
        whole = sum(weight * parts[name] for name, weight in weights.items() if weight)
        scores = exclude_seen(np.array(whole), histories) if only_new else np.asarray(whole)
        return float(ndcg(rank_of_target(scores, target)).mean())

    alone = {name: quality({name: 1.0}) for name in names}
    weights = {name: float(name == max(alone, key=alone.__getitem__)) for name in names}
    best = max(alone.values())
    for _ in range(SWEEPS):
        before = best
        for name in names:
            for step in STEPS:
                tried = {**weights, name: step}
                if step != weights[name] and any(tried.values()) and (found := quality(tried)) > best + 1e-6:
                    best, weights = found, tried
        if best == before:
            break
    return weights
