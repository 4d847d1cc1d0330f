"""A linear head over the mean-pooled hidden states of every layer of an encoder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from core.learning.features import Progress, silent
from core.learning.linear import Linear, Tick, fit_linear, no_tick

PENALTIES = (3e-4, 1e-3, 3e-3, 1e-2)
TINY = 1e-3


@dataclass(frozen=True)
class Head:
    """Standardises pooled features [rows, columns] with `centre` and `scale` [columns], then scores them."""

    centre: np.ndarray
    scale: np.ndarray
    linear: Linear

    def log_probabilities(self, features: np.ndarray) -> np.ndarray:
        """Log probabilities, float32 [rows, classes]."""
        return self.linear.log_probabilities((features - self.centre) / self.scale)


@dataclass(frozen=True)
class FittedHead:
    """The head on all rows, and the out-of-fold log probabilities [rows, classes] of the chosen penalty."""

    head: Head
    out_of_fold: np.ndarray
    penalty: float


def fit_head(
    features: np.ndarray, y: np.ndarray, classes: int, folds: np.ndarray, progress: Progress = silent
) -> FittedHead:
    """Fit on `features` [rows, columns] with the penalty whose out-of-fold log loss is least."""
    centre, scale = features.mean(0), features.std(0) + TINY
    standard = (features - centre) / scale
    numbers = np.unique(folds)
    held_out = {penalty: np.zeros((len(y), classes), dtype=np.float32) for penalty in PENALTIES}
    for done, fold in enumerate(numbers):
        kept, left = folds != fold, folds == fold
        start, inside, outside = None, standard[kept], standard[left]
        for step, penalty in enumerate(PENALTIES):
            tick = partial(progress, (done + step / len(PENALTIES)) / (len(numbers) + 1))
            start = fit_linear(inside, y[kept], classes, penalty, start=start, tick=tick)
            held_out[penalty][left] = start.log_probabilities(outside)
    losses = {penalty: -logs[np.arange(len(y)), y].mean() for penalty, logs in held_out.items()}
    best = min(losses, key=losses.__getitem__)
    tick: Tick = partial(progress, len(numbers) / (len(numbers) + 1))
    linear = fit_linear(standard, y, classes, best, tick=tick)
    progress(1.0)
    return FittedHead(Head(centre, scale, linear), held_out[best], best)


def fit_head_once(features: np.ndarray, y: np.ndarray, classes: int, penalty: float, tick: Tick = no_tick) -> Head:
    """Fit with a given penalty, no cross-validation."""
    centre, scale = features.mean(0), features.std(0) + TINY
    return Head(centre, scale, fit_linear((features - centre) / scale, y, classes, penalty, tick=tick))
