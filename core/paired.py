"""Two models on the same rows: the paired difference of any figure, with plain numpy so that pages may ask for it."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pandas as pd

RESAMPLES = 400
Z95 = NormalDist().inv_cdf(0.975)
MOST_ROWS = 20_000

Measure = Callable[[pd.DataFrame], float]


def right_share(rows: pd.DataFrame) -> float:
    """The share of rows whose column `right` holds."""
    return float(rows["right"].mean())


def area(rows: pd.DataFrame, score: str, outcome: str) -> float:
    """The area under the ROC curve of a score for a yes-or-no outcome, by ranks (Mann and Whitney); 0.5 where the rows
    have one outcome only."""
    bad = rows[outcome].to_numpy(dtype=bool)
    positives, negatives = int(bad.sum()), int((~bad).sum())
    if not positives or not negatives:
        return 0.5
    ranks = rows[score].rank().to_numpy()
    return float((ranks[bad].sum() - positives * (positives + 1) / 2) / positives / negatives)


def difference(
    first: pd.DataFrame, second: pd.DataFrame, measure: Measure, seed: int = 0
) -> tuple[float, float, float]:
    """(gain of the first over the second, low, high): percentile 95% interval of the paired bootstrap (Efron 1979).

    The frames hold the same rows in the same order. Of very many rows a resample takes a part, and the interval is
    narrowed by the root of the rows (m out of n, Bickel, Götze and van Zwet 1997).
    """
    gain = measure(first) - measure(second)
    size = min(len(first), MOST_ROWS)
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(0, len(first), size) for _ in range(RESAMPLES))
    found = [measure(first.iloc[rows]) - measure(second.iloc[rows]) for rows in drawn]
    narrower = np.sqrt(size / len(first))
    low, high = gain + narrower * (np.percentile(found, [2.5, 97.5]) - gain)
    return gain, float(min(low, gain)), float(max(high, gain))


def luck_of_best(spread: float, tries: int) -> float:
    """By how much the best of several equally good models looks better than it is: the expected maximum of `tries`
    independent normal figures of standard deviation `spread` (Blom 1958)."""
    return spread * NormalDist().inv_cdf((tries - 0.375) / (tries + 0.25)) if tries > 1 else 0.0


def share_interval(hits: float, rows: float) -> tuple[float, float]:
    """Wilson's 95% interval (1927) of a share; (0, 1) without rows."""
    low, high = share_intervals(np.array([hits], dtype=float), np.array([rows], dtype=float))
    return float(low[0]), float(high[0])


def share_intervals(hits: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`share_interval` of several shares [k] at once."""
    some = np.maximum(rows, 1e-9)
    share, scale = hits / some, 1 + Z95**2 / some
    middle = (share + Z95**2 / (2 * some)) / scale
    half = Z95 / scale * np.sqrt(share * (1 - share) / some + Z95**2 / (4 * some**2))
    low = np.where((rows <= 0) | (hits <= 0), 0.0, np.clip(middle - half, 0, 1))
    return low, np.where((rows <= 0) | (hits >= rows), 1.0, np.clip(middle + half, 0, 1))
