"""The area under the ROC curve with its variance: DeLong, DeLong and Clarke-Pearson (1988), in the fast form by ranks
of Sun and Xu (2014)."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, rankdata

from core.paired import share_interval

Z = float(norm.ppf(0.975))


def areas(bad: np.ndarray, *scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """AUC of each score [k] and their covariance [k, k]. `bad` is bool [rows] with both kinds."""
    bad = np.asarray(bad, dtype=bool)
    positives, negatives = int(bad.sum()), int((~bad).sum())
    stacked = np.stack([np.asarray(score, dtype=float) for score in scores])
    own_positive = np.stack([rankdata(score[bad]) for score in stacked])
    own_negative = np.stack([rankdata(score[~bad]) for score in stacked])
    whole = np.stack([rankdata(score) for score in stacked])
    found = whole[:, bad].sum(axis=1) / positives / negatives - (positives + 1) / 2 / negatives
    above = (whole[:, bad] - own_positive) / negatives
    below = 1 - (whole[:, ~bad] - own_negative) / positives
    return found, _covariance(above) / positives + _covariance(below) / negatives


def _covariance(values: np.ndarray) -> np.ndarray:
    """Covariance of the rows of values [k, n]; for a single case the widest that an area can have, 1/4."""
    if values.shape[1] < 2:
        return np.eye(len(values)) * 0.25
    return np.atleast_2d(np.cov(values))


def auc_interval(bad: np.ndarray, score: np.ndarray) -> tuple[float, float, float]:
    """(AUC, low, high) with a 95% interval on the log-odds scale, which keeps it within 0 and 1. Where every pair is in the
    right order, or in the wrong one, no spread can be seen: then it is that of a share of so many cases as the rarer kind
    has."""
    found, covariance = areas(bad, score)
    area, deviation = float(found[0]), float(np.sqrt(max(covariance[0, 0], 0.0)))
    if area in (0.0, 1.0):
        rarer = int(min(bad.sum(), (~bad).sum()))
        return area, *share_interval(area * rarer, rarer)
    inside = float(np.clip(area, 1e-6, 1 - 1e-6))
    centre, spread = np.log(inside / (1 - inside)), Z * deviation / (inside * (1 - inside))
    low, high = 1 / (1 + np.exp(-np.clip(np.array([centre - spread, centre + spread]), -500, 500)))
    return area, min(float(low), area), max(float(high), area)


def auc_difference(bad: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """(gain of the first over the second, low, high), paired, with a 95% interval."""
    found, covariance = areas(bad, first, second)
    gain = float(found[0] - found[1])
    deviation = float(np.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1], 0.0)))
    return gain, gain - Z * deviation, gain + Z * deviation
