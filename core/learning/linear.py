"""Logistic regression on dense or sparse features that can be stopped between iterations and started anywhere."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np
import scipy.sparse as sp
import torch
from scipy.special import log_softmax
from torch.nn import functional

from core.progress import Progress, Tick, no_tick, silent

MAX_ITERATIONS = 150
TOLERANCE = 6e-4
LEAST_CHANGE = 1e-7
UNSEEN = -20.0

Features: TypeAlias = Any
"""A dense array or a scipy sparse matrix [rows, columns]."""
Product = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Linear:
    """Scores are `features @ weights.T + bias`: `weights` [classes, columns], `bias` [classes], float32."""

    weights: np.ndarray
    bias: np.ndarray

    def log_probabilities(self, features: Features) -> np.ndarray:
        """Log softmax of the scores, float32 [rows, classes]."""
        return log_softmax(np.asarray(features @ self.weights.T) + self.bias, axis=1).astype(np.float32)


def fit_linear(
    features: Features,
    y: np.ndarray,
    classes: int,
    penalty: float,
    *,
    start: Linear | None = None,
    tick: Tick = no_tick,
) -> Linear:
    """Multinomial logistic regression with L2 penalty; `penalty` means scikit-learn's C (larger is looser).

    Classes absent from `y` get a very low score. `start`, say the fit of other rows, saves iterations. `tick` is called
    at every iteration and may raise to stop.
    """
    seen = np.unique(y)
    weights = np.zeros((classes, features.shape[1]), dtype=np.float32)
    bias = np.full(classes, UNSEEN, dtype=np.float32)
    bias[seen] = 0.0
    if len(seen) == 1:
        return Linear(weights, bias)
    fitted = seen[1:] if len(seen) == 2 else seen
    target = (y[:, None] == fitted[None, :]).astype(np.float32)
    first = np.zeros((len(fitted), features.shape[1] + 1), dtype=np.float32)
    if start is not None:
        known = start.bias[fitted] > UNSEEN
        first[known, :-1], first[known, -1] = start.weights[fitted][known], start.bias[fitted][known]
    solution = _least(_Objective(features, target, penalty, tick), first)
    weights[fitted], bias[fitted] = solution[:, :-1], solution[:, -1]
    return Linear(weights, bias)


class Fit(Protocol):
    """Learns from features [rows, columns] and class numbers [rows], as `fit_linear` does."""

    def __call__(
        self, features: Features, y: np.ndarray, classes: int, penalty: float, /, *, start: Linear | None, tick: Tick
    ) -> Linear: ...


@dataclass(frozen=True)
class Chosen:
    """A model of all rows, each row's log probabilities by a model that had not learned from it [rows, classes], and the
    penalty chosen."""

    linear: Linear
    out_of_fold: np.ndarray
    penalty: float


def fit_chosen(  # noqa: PLR0913 - what it chooses from, and by what
    features: Features,
    y: np.ndarray,
    classes: int,
    folds: np.ndarray,
    penalties: Sequence[float],
    *,
    fit: Fit = fit_linear,
    progress: Progress = silent,
) -> Chosen:
    """Fit with the penalty whose out-of-fold log loss is least. `folds` gives each row's fold, from 0.

    `penalties` go from tight to loose, and the first that does worse than the one before ends the search: the log loss has
    one valley along them, and the loosest fits take longest.
    """
    numbers, starts = np.unique(folds), dict[int, Linear]()
    steps, best = len(penalties) * len(numbers) + 1, None

    def answer(tried: int, place: int) -> np.ndarray:
        fold, tick = numbers[place], partial(progress, (tried * len(numbers) + place) / steps)
        kept, left = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        starts[place] = fit(features[kept], y[kept], classes, penalties[tried], start=starts.get(place), tick=tick)
        return starts[place].log_probabilities(features[left])

    for tried, penalty in enumerate(penalties):
        held_out = np.zeros((len(y), classes), dtype=np.float32)
        for fold, said in zip(numbers, _each(partial(answer, tried), len(numbers), features), strict=True):
            held_out[folds == fold] = said
        loss = float(-held_out[np.arange(len(y)), y].mean())
        if best is not None and loss >= best[0]:
            break
        best = loss, Chosen(starts[len(numbers) - 1], held_out, penalty)
    assert best is not None
    part, tick = best[1], partial(progress, (steps - 1) / steps)
    return replace(part, linear=fit(features, y, classes, part.penalty, start=part.linear, tick=tick))


def _each(answer: Callable[[int], np.ndarray], count: int, features: Features) -> list[np.ndarray]:
    """The answers to 0, 1, … Products with sparse features take one core each, so that several are worked on at once."""
    with ThreadPoolExecutor(os.cpu_count() if sp.issparse(features) else 1) as pool:
        return list(pool.map(answer, range(count)))


def objective_seconds(rows: int, columns: int, classes: int, sample: int = 2000) -> float:
    """Seconds that one iteration on dense features of this size takes on this machine, from a smaller sample."""
    size = min(rows, sample)
    features = np.random.default_rng(0).standard_normal((size, columns), dtype=np.float32)
    width = 1 if classes == 2 else classes
    objective = _Objective(features, np.zeros((size, width), dtype=np.float32), 1.0, no_tick)
    point = np.zeros((width, columns + 1), dtype=np.float32)
    objective(point)
    started = time.perf_counter()
    for _ in range(3):
        objective(point)
    return (time.perf_counter() - started) / 3 * rows / size


def _least(objective: _Objective, first: np.ndarray) -> np.ndarray:
    """Where the objective is least, from `first` on: limited-memory BFGS with a strong Wolfe line search (Nocedal and
    Wright 2006, "Numerical Optimization", chapters 3 and 7)."""
    point = torch.from_numpy(first)
    search = torch.optim.LBFGS(
        [point], max_iter=MAX_ITERATIONS, tolerance_grad=TOLERANCE, tolerance_change=LEAST_CHANGE, history_size=10,
        line_search_fn="strong_wolfe",
    )  # fmt: skip

    def look() -> float:
        loss, gradient = objective(point.numpy())
        point.grad = torch.from_numpy(gradient)
        return loss

    search.step(look)
    return point.numpy()


class _Objective:
    """Mean log loss plus penalty and its gradient; with one target column the other class has score zero."""

    def __init__(self, features: Features, target: np.ndarray, penalty: float, tick: Tick) -> None:
        self.target, self.tick = target, tick
        if sp.issparse(features):
            transposed = features.T.tocsr()
            self.score: Product = lambda weights: np.asarray(features @ weights.T)
            self.pull: Product = lambda error: np.asarray(transposed @ error).T
        else:
            dense = torch.from_numpy(np.ascontiguousarray(features, dtype=np.float32))
            self.score = lambda weights: functional.linear(dense, torch.from_numpy(weights)).numpy()
            self.pull = lambda error: (torch.from_numpy(np.ascontiguousarray(error.T)) @ dense).numpy()
        self.decay = 1.0 / (penalty * len(target))

    def __call__(self, matrix: np.ndarray) -> tuple[float, np.ndarray]:
        self.tick()
        rows, columns = self.target.shape
        scores = self.score(np.ascontiguousarray(matrix[:, :-1])) + matrix[:, -1]
        loss, error = _binary(scores, self.target) if columns == 1 else _softmax(scores, self.target)
        error = (error / rows).astype(np.float32)
        gradient = np.empty_like(matrix)
        gradient[:, :-1] = self.pull(error) + self.decay * matrix[:, :-1]
        gradient[:, -1] = error.sum(0)
        return loss / rows + 0.5 * self.decay * float((matrix[:, :-1] ** 2).sum()), gradient


def _softmax(scores: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    logs = log_softmax(scores, axis=1)
    return -float((logs * target).sum()), np.exp(logs) - target


def _binary(scores: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    loss = float((np.logaddexp(0, scores) - target * scores).sum())
    return loss, 1 / (1 + np.exp(-scores)) - target
