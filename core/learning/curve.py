"""What more rows would bring: a learning curve from a few cheap fits and the power law through it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from core.learning.folds import Folds
from core.second_look import Curve
from core.words import Text

SHARES = (0.25, 0.4, 0.63, 1.0)
"""Parts of the rows to fit on: not so small that answers are near chance, where no power law holds."""
FOLDS = 5
RESAMPLES = 200
EXPONENTS = np.linspace(0.05, 1.5, 30)
LEAST_ROWS = 200
BUDGET_SECONDS = 30.0
"""By the clock or of this process's own processor time, whichever is less: on a busy machine the clock runs ahead, on one of
many cores the processor time of all threads does, and neither may cost a curve."""
LEVEL = (5, 95)
Z90 = 1.6449
WIDER = 2.0
"""By how much the interval of redrawn points is widened, since the law itself is only nearly right (benchmarks/labels.py)."""
AHEAD_POINTS = 9

Law = tuple[float, float, float]
"""(a, b, c) of error = a + b n^-c."""
Answer = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Learns from the rows at the first places and answers those at the second: float [rows, …]."""
Measure = Callable[[Sequence[np.ndarray], np.ndarray], tuple[np.ndarray, np.ndarray]]
"""The metric of several answers [k] against the same labels, a share of which more is better, and the covariance [k, k]
of these figures over the rows."""


@dataclass(frozen=True)
class Task:
    """`folds` hold the rows' class numbers and how they are cut; `tick` is told the share that is done and may raise to
    stop."""

    folds: Folds
    answer: Answer
    measure: Measure
    tick: Callable[[float], None]

    @property
    def labels(self) -> np.ndarray:
        return self.folds.y


def learning_curve(task: Task, method: Text) -> Curve | None:
    """Cross-validated: at each size every row is answered by a fit on part of the other folds' rows, so that one size is
    compared with the next on the same rows. None where there are too few rows, a class is too rare, or the fits take
    longer than BUDGET_SECONDS before the largest size is reached."""
    rows = len(task.labels)
    if rows < LEAST_ROWS or np.bincount(task.labels).min() < 2 * FOLDS:
        return None
    answers, sizes = _answers(task)
    if len(answers) < len(SHARES):
        return None
    values, covariance = task.measure(answers, task.labels)
    covariance = covariance * (1 + FOLDS / (FOLDS - 1))
    spread = np.sqrt(np.maximum(np.diag(covariance), 1e-8))
    draws = np.random.default_rng(task.folds.seed).multivariate_normal(
        values, covariance, RESAMPLES, check_valid="ignore"
    )
    more = rounded(rows)
    laws = power_laws(sizes, 1 - values, spread)
    gains = [_gain(law, rows, more) for one in draws for law in power_laws(sizes, 1 - one, spread)]
    gain = float(np.mean([_gain(law, rows, more) for law in laws]))
    ends = gain + WIDER * (np.percentile(gains, LEVEL) - gain)
    return Curve(
        tuple(int(size) for size in sizes),
        tuple(values.tolist()),
        tuple((values - Z90 * spread).tolist()),
        tuple((values + Z90 * spread).tolist()),
        ahead=tuple(
            (int(n), 1 - float(np.mean([_error(law, n) for law in laws])))
            for n in np.linspace(sizes[-1], rows + more, AHEAD_POINTS)
        ),
        rows=rows,
        more=more,
        gain=gain,
        gain_low=float(min(ends[0], gain)),
        gain_high=float(max(ends[1], gain)),
        method=method,
    )


def rounded(rows: int) -> int:
    """How many more rows to speak of: a round number, about half of those there are and at most as many."""
    power = 10 ** (len(str(max(rows // 2, 1))) - 1)
    return max(power, (rows // 2) // power * power)


def _answers(task: Task) -> tuple[list[np.ndarray], np.ndarray]:
    """Answers of every row at each size, the smallest first, and the rows learned from at each size."""
    folds = task.folds.parts(FOLDS)
    rng = np.random.default_rng(task.folds.seed)
    pools = [rng.permutation(np.flatnonzero(folds != fold)) for fold in range(FOLDS)]
    spent = _stopwatch()
    found: list[np.ndarray] = []
    sizes: list[int] = []
    for step, share in enumerate(SHARES):
        parts: list[tuple[np.ndarray, np.ndarray]] = []
        for fold, pool in enumerate(pools):
            if spent() > BUDGET_SECONDS:
                return found, np.array(sizes)
            kept, asked = _first(pool, task.labels, share), np.flatnonzero(folds == fold)
            parts.append((asked, task.answer(kept, asked)))
            task.tick((step + (fold + 1) / FOLDS) / len(SHARES))
        answers = np.zeros((len(task.labels), *parts[0][1].shape[1:]))
        for asked, said in parts:
            answers[asked] = said
        found.append(answers)
        sizes.append(int(np.mean([len(_first(pool, task.labels, share)) for pool in pools])))
    return found, np.array(sizes)


def _stopwatch() -> Callable[[], float]:
    """Tells the seconds since now by which BUDGET_SECONDS are counted."""
    clock, worked = time.perf_counter(), time.process_time()
    return lambda: min(time.perf_counter() - clock, time.process_time() - worked)


def _first(pool: np.ndarray, labels: np.ndarray, share: float) -> np.ndarray:
    """The first `share` of each class's rows in the pool, so that small parts hold every class and lie within larger."""
    parts = [pool[labels[pool] == kind] for kind in np.unique(labels[pool])]
    return np.sort(np.concatenate([part[: max(2, round(len(part) * share))] for part in parts]))


def _gain(law: Law, rows: int, more: int) -> float:
    return _error(law, rows) - _error(law, rows + more)


def _error(law: Law, rows: float) -> float:
    level, scale, exponent = law
    return float(level + scale * rows**-exponent)


def power_laws(sizes: np.ndarray, errors: np.ndarray, spread: np.ndarray) -> tuple[Law, Law]:
    """Two readings of the points, error = a + b n^-c and error = b n^-c, by weighted least squares with a, b >= 0 for each
    c on a grid: the usual form of learning curves (Hestness et al. 2017; Viering and Loog 2023). The first may see a
    floor too early and the second none, so that the truth tends to lie between."""
    shapes = np.asarray(sizes, dtype=float) ** -EXPONENTS[:, None]
    floored = [_fit(np.column_stack([np.ones(len(sizes)), shape]), errors, spread) for shape in shapes]
    plain = [_fit(np.column_stack([np.zeros(len(sizes)), shape]), errors, spread) for shape in shapes]
    return _best(floored), _best(plain)


def _fit(design: np.ndarray, errors: np.ndarray, spread: np.ndarray) -> tuple[float, np.ndarray]:
    """Squared residuals in spreads, and the non-negative (a, b)."""
    found, residual = nnls(design / spread[:, None], errors / spread)
    return residual**2, found


def _best(fits: Sequence[tuple[float, np.ndarray]]) -> Law:
    place = int(np.argmin([loss for loss, _ in fits]))
    level, scale = fits[place][1]
    return float(level), float(scale), float(EXPONENTS[place])


def right_shares(answers: Sequence[np.ndarray], labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A `Measure`: the share of rows whose likeliest class is theirs; answers are [rows, classes]."""
    right = np.stack([one.argmax(axis=1) == labels for one in answers]).astype(float)
    return right.mean(axis=1), np.atleast_2d(np.cov(right)) / right.shape[1]
