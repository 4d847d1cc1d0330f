"""A linear head over the mean-pooled hidden states of every layer of an encoder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from core.learning.calibration import fit_blend
from core.learning.features import Progress, silent
from core.learning.linear import Linear, fit_linear

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
    flat = states.reshape(rows, -1)
    centre, scale = flat.mean(0), flat.std(0) + TINY
    standard = (flat - centre) / scale
    lowest = depth // 2
    views = [slice(lowest * width, depth * width)]
    if each_layer and depth - lowest > 1:
        views += [slice(layer * width, (layer + 1) * width) for layer in range(lowest, depth)]
    costs = np.array([view.stop - view.start for view in views], dtype=float)
    ends = np.cumsum(costs) / costs.sum()
    fitted: list[_FittedView] = []
    for view, cost, end in zip(views, costs, ends, strict=True):
        trial = _Trial(classes, LAYER_PENALTIES if fitted else PENALTIES, folds)
        fitted.append(_fit_view(standard[:, view], y, trial, _part(progress, end - cost / costs.sum(), end)))
    pool = fit_blend([one.out_of_fold for one in fitted], y)
    weights = np.zeros((classes, depth * width), dtype=np.float32)
    bias = np.zeros(classes, dtype=np.float32)
    for share, view, one in zip(pool.weights, views, fitted, strict=True):
        weights[:, view] += share * one.linear.weights
        bias += share * one.linear.bias
    held_out = pool.log_probabilities([one.out_of_fold for one in fitted]).astype(np.float32)
    progress(1.0)
    return FittedHead(Head(centre, scale, Linear(weights, bias)), held_out, fitted[0].penalty)


@dataclass(frozen=True)
class _FittedView:
    linear: Linear
    out_of_fold: np.ndarray
    penalty: float


@dataclass(frozen=True)
class _Trial:
    classes: int
    penalties: tuple[float, ...]
    folds: np.ndarray


def _fit_view(features: np.ndarray, y: np.ndarray, trial: _Trial, progress: Progress) -> _FittedView:
    numbers, penalties = np.unique(trial.folds), trial.penalties
    held_out = {penalty: np.zeros((len(y), trial.classes), dtype=np.float32) for penalty in penalties}
    start = None
    for done, fold in enumerate(numbers):
        kept, left = trial.folds != fold, trial.folds == fold
        start, inside, outside = None, features[kept], features[left]
        for step, penalty in enumerate(penalties):
            tick = partial(progress, (done + step / len(penalties)) / (len(numbers) + 1))
            start = fit_linear(inside, y[kept], trial.classes, penalty, start=start, tick=tick)
            held_out[penalty][left] = start.log_probabilities(outside)
    losses = {penalty: -logs[np.arange(len(y)), y].mean() for penalty, logs in held_out.items()}
    best = min(losses, key=losses.__getitem__)
    last = partial(progress, len(numbers) / (len(numbers) + 1))
    return _FittedView(fit_linear(features, y, trial.classes, best, start=start, tick=last), held_out[best], best)


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda share: progress(start + share * (end - start))
