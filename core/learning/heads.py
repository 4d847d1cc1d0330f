"""A linear head over the mean-pooled hidden states of every layer of an encoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learning.calibration import fit_blend
from core.learning.linear import Chosen, Linear, fit_chosen
from core.progress import Progress, silent

PENALTIES = (1e-3, 3e-3, 1e-2)
LAYER_PENALTIES = (5e-3,)
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
    """The head on all rows, out-of-fold log probabilities [rows, classes], and the penalty over all layers."""

    head: Head
    out_of_fold: np.ndarray
    penalty: float


def fit_head(
    states: np.ndarray,
    y: np.ndarray,
    classes: int,
    folds: np.ndarray,
    progress: Progress = silent,
    each_layer: bool = True,
) -> FittedHead:
    """Fit on pooled `states` [rows, layers + 1, width] of the upper half of the layers.

    One logistic regression reads these layers together and, with `each_layer`, one reads each alone; their log-linear
    pool, with weights of least out-of-fold log loss, is again a linear head. The penalty of the first is chosen out of
    fold too.
    """
    rows, depth, width = states.shape
    lowest = depth // 2
    upper = states[:, lowest:].reshape(rows, -1)
    middle, spread = upper.mean(0), upper.std(0) + TINY
    standard = upper - middle
    standard /= spread
    views = [slice(0, standard.shape[1])]
    if each_layer and depth - lowest > 1:
        views += [slice(layer * width, (layer + 1) * width) for layer in range(depth - lowest)]
    costs = np.array([view.stop - view.start for view in views], dtype=float)
    ends = np.cumsum(costs) / costs.sum()
    fitted: list[Chosen] = []
    for view, cost, end in zip(views, costs, ends, strict=True):
        penalties = LAYER_PENALTIES if fitted else PENALTIES
        told = _part(progress, end - cost / costs.sum(), end)
        fitted.append(fit_chosen(standard[:, view], y, classes, folds, penalties, progress=told))
    pool = fit_blend([one.out_of_fold for one in fitted], y)
    weights = np.zeros((classes, standard.shape[1]), dtype=np.float32)
    bias = np.zeros(classes, dtype=np.float32)
    for share, view, one in zip(pool.weights, views, fitted, strict=True):
        weights[:, view] += share * one.linear.weights
        bias += share * one.linear.bias
    held_out = pool.log_probabilities([one.out_of_fold for one in fitted]).astype(np.float32)
    progress(1.0)
    unread = lowest * width
    centre, scale = np.pad(middle, (unread, 0)), np.pad(spread, (unread, 0), constant_values=1.0)
    linear = Linear(np.pad(weights, ((0, 0), (unread, 0))), bias)
    return FittedHead(Head(centre, scale, linear), held_out, fitted[0].penalty)


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda share: progress(start + share * (end - start))
