"""How sure a measured figure is, and how sure a model must be before it may answer alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from core.learning.metrics import (
    Labels,
    accuracy_of,
    classes_of,
    codes,
    equal_mass,
    expected_calibration_error,
    macro_f1_of,
)
from core.paired import share_interval, share_intervals

ON_COUNTS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {"accuracy": accuracy_of, "macro_f1": macro_f1_of}
RESAMPLES = 1000
THRESHOLDS = 50
CHUNK_CELLS = 4_000_000
STARTS = (0.9, 0.7, 0.5, 0.3, 0.15)


@dataclass(frozen=True)
class Coverage:
    """If the model answers only from `threshold` up: the share of rows it answers, and its error on them with
    95% Wilson bounds. Arrays of equal length, coverage ascending."""

    coverage: np.ndarray
    error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    threshold: np.ndarray


@dataclass(frozen=True)
class ReliabilityBin:
    """Rows of similar confidence: their mean confidence, the share right with 95% Wilson bounds."""

    confidence: float
    right: float
    low: float
    high: float
    rows: int


def bootstrap_intervals(
    actual: Labels,
    predicted: Labels,
    *,
    metrics: Sequence[str] = ("accuracy", "macro_f1"),
    n: int = RESAMPLES,
    seed: int,
) -> dict[str, tuple[float, float]]:
    """Percentile 95% intervals (Efron 1979) of metrics of `ON_COUNTS` over `n` resamples of the rows.

    A resample of rows is, for such metrics, a multinomial draw of the confusion counts: exact and fast. Where all rows are
    right, or all wrong, every resample says the same: the interval is then Wilson's of the share of right answers.
    """
    names = classes_of(actual, predicted)
    if not names:
        return dict.fromkeys(metrics, (0.0, 0.0))
    size = len(names)
    cells, shares = _cells(codes(actual, names) * size + codes(predicted, names))
    found: dict[str, list[np.ndarray]] = {metric: [] for metric in metrics}
    for draws in _draws(len(actual), shares, n, size * size, seed):
        counts = _scatter(draws, cells, size)
        for metric in metrics:
            found[metric].append(ON_COUNTS[metric](counts))
    intervals = {metric: _percentiles(np.concatenate(values)) for metric, values in found.items()}
    hits = round(float(shares[cells // size == cells % size].sum()) * len(actual))
    certain = share_interval(hits, len(actual)) if hits in (0, len(actual)) else None
    return {metric: certain or interval for metric, interval in intervals.items()}


def paired_difference(
    actual: Labels, predicted_a: Labels, predicted_b: Labels, *, metric: str, n: int = RESAMPLES, seed: int
) -> tuple[float, float, float]:
    """(gain, low, high): how much a is better than b in the metric, with its percentile 95% interval, both measured
    on the same resampled rows (paired bootstrap)."""
    names = classes_of(actual, predicted_a, predicted_b)
    if not names:
        return 0.0, 0.0, 0.0
    size = len(names)
    truth, a, b = (codes(part, names) for part in (actual, predicted_a, predicted_b))
    cells, shares = _cells((truth * size + a) * size + b)
    rows, cells_a, cells_b = cells // size // size, cells // size % size, cells % size
    measure = ON_COUNTS[metric]

    def gains(draws: np.ndarray) -> np.ndarray:
        return measure(_scatter(draws, rows * size + cells_a, size)) - measure(
            _scatter(draws, rows * size + cells_b, size)
        )

    found = np.concatenate([gains(draws) for draws in _draws(len(truth), shares, n, size * size, seed)])
    gain = float(gains(np.round(shares * len(truth))[None])[0])
    return gain, *_percentiles(found)


def mean_interval(values: np.ndarray, *, n: int = RESAMPLES, seed: int) -> tuple[float, float]:
    """Percentile 95% interval of the mean of values [rows] over `n` resamples of the rows, which for a mean are multinomial
    draws of its distinct values: exact, and of rows that have few of them at once."""
    if not len(values):
        return 0.0, 0.0
    distinct, counts = np.unique(values, return_counts=True)
    means = [
        draws @ distinct / len(values) for draws in _draws(len(values), counts / len(values), n, len(distinct), seed)
    ]
    return _percentiles(np.concatenate(means))


def calibration_noise(probability: np.ndarray, seed: int, times: int = 30) -> float:
    """The mean expected calibration error that perfectly calibrated probabilities would show on so many rows."""
    rng = np.random.default_rng(seed)
    drawn = rng.random((times, len(probability))) < probability
    return float(np.mean([expected_calibration_error(probability, one) for one in drawn]))


def threshold_for_error(
    confidence: np.ndarray, correct: np.ndarray, error_rate: float, certainty: float = 0.95
) -> float | None:
    """The smallest confidence from which answers err at most at `error_rate`, with probability `certainty`; None
    where no threshold can be shown to do so.

    Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei 2021): each threshold's error has a one-sided
    Clopper-Pearson upper bound, and thresholds are tested by fixed-sequence testing from several starts, the chance
    of a false one shared among the starts. Give it rows that neither trained nor calibrated the model.
    """
    order = np.argsort(-np.asarray(confidence, dtype=float), kind="stable")
    sure, right = np.asarray(confidence, dtype=float)[order], np.asarray(correct, dtype=float)[order]
    if not len(sure):
        return None
    ends = _grid(sure, THRESHOLDS)
    accepted, errors = ends + 1, np.cumsum(1 - right)[ends]
    passes = _upper(errors, accepted, (1 - certainty) / len(STARTS)) <= error_rate
    starts = [int(np.argmax(accepted >= share * len(sure))) for share in STARTS]
    last = -1
    for start in starts:
        failures = np.flatnonzero(~passes[start:])
        last = max(last, start + int(failures[0]) - 1 if len(failures) else len(ends) - 1) if passes[start] else last
    return float(sure[ends[last]]) if last >= 0 else None


def coverage_curve(confidence: np.ndarray, correct: np.ndarray, points: int = 100) -> Coverage:
    """Confidence against coverage at about `points` thresholds: how much can be answered at which error."""
    order = np.argsort(-np.asarray(confidence, dtype=float), kind="stable")
    sure, right = np.asarray(confidence, dtype=float)[order], np.asarray(correct, dtype=float)[order]
    if not len(sure):
        return Coverage(*(np.zeros(0) for _ in range(5)))
    ends = _grid(sure, points)
    accepted, errors = (ends + 1).astype(float), np.cumsum(1 - right)[ends]
    low, high = share_intervals(errors, accepted)
    return Coverage(accepted / len(sure), errors / accepted, low, high, sure[ends])


def reliability_bins(confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> tuple[ReliabilityBin, ...]:
    """Equal-mass bins in ascending confidence, for a calibration chart."""
    sure, right = np.asarray(confidence, dtype=float), np.asarray(correct, dtype=float)
    found = []
    for part in equal_mass(sure, bins):
        low, high = share_interval(right[part].sum(), len(part))
        found.append(ReliabilityBin(float(sure[part].mean()), float(right[part].mean()), low, high, len(part)))
    return tuple(found)


def _grid(sure: np.ndarray, points: int) -> np.ndarray:
    """Last rows of about `points` thresholds, evenly spread over the coverage; equal confidences are not parted."""
    ends = np.flatnonzero(np.append(sure[1:] != sure[:-1], True))
    wanted = np.linspace(len(sure) / points, len(sure), points)
    return ends[np.unique(np.clip(np.searchsorted(ends + 1, wanted), 0, len(ends) - 1))]


def _cells(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    cells, counts = np.unique(keys, return_counts=True)
    return cells, counts / counts.sum()


def _draws(rows: int, shares: np.ndarray, n: int, width: int, seed: int) -> Iterator[np.ndarray]:
    """Multinomial resamples [some, cell], in parts that keep memory small."""
    rng = np.random.default_rng(seed)
    step = max(1, CHUNK_CELLS // max(width, len(shares)))
    for start in range(0, n, step):
        yield rng.multinomial(rows, shares, size=min(step, n - start))


def _scatter(draws: np.ndarray, cells: np.ndarray, size: int) -> np.ndarray:
    """Draws [resample, cell] as confusion counts [resample, class, class]; cells of one key are added up."""
    counts = np.zeros((size * size, len(draws)))
    np.add.at(counts, cells, draws.T)
    return counts.T.reshape(len(draws), size, size)


def _percentiles(values: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _upper(errors: np.ndarray, rows: np.ndarray, delta: float) -> np.ndarray:
    """Clopper-Pearson's one-sided upper bound (1934) of an error rate at level 1 - delta."""
    return np.where(errors >= rows, 1.0, beta.ppf(1 - delta, errors + 1, np.maximum(rows - errors, 1e-9)))
