"""How much one column alone tells of a label with two values: shown, but no proof of a leak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.leaks import buckets
from core.data.profile import codes_of

MOST_ROWS = 50_000
SMOOTHING = 5.0
"""Rows of the average share added to each value."""


@dataclass(frozen=True)
class Power:
    """The area under the ROC curve of a column alone, 0.5 (tells nothing) to 1."""

    column: str
    area: float


def powers(frame: pd.DataFrame, positive: np.ndarray) -> list[Power]:
    """Of every column, the strongest first. Each row is scored by the share of positives among the other half's rows of
    the same value (numbers in bins of equal mass), so that a column of many values does not tell by remembering."""
    rng = np.random.default_rng(0)
    rows = rng.permutation(len(frame))[:MOST_ROWS]
    some, truth = frame.iloc[rows].reset_index(drop=True), positive[rows]
    half = rng.random(len(rows)) < 0.5
    found = []
    for place, name in enumerate(some.columns):
        values = some.iloc[:, place]
        codes = codes_of(values.astype("str") if values.dtype == object else values)[0]
        of_row = buckets(values, codes)
        areas = [_area(_shares(of_row, truth, seen)[~seen], truth[~seen]) for seen in (half, ~half)]
        found.append(Power(str(name), max(0.5, float(np.mean(areas)))))
    return sorted(found, key=lambda one: -one.area)


def _shares(of_row: np.ndarray, truth: np.ndarray, seen: np.ndarray) -> np.ndarray:
    width, base = int(of_row.max(initial=0)) + 1, float(truth[seen].mean())
    rows = np.bincount(of_row[seen], minlength=width)
    hits = np.bincount(of_row[seen], weights=truth[seen], minlength=width)
    return ((hits + SMOOTHING * base) / (rows + SMOOTHING))[of_row]


def _area(scores: np.ndarray, truth: np.ndarray) -> float:
    """By ranks (Mann and Whitney 1947); 0.5 where there is one kind only."""
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return 0.5
    ranks = pd.Series(scores).rank().to_numpy()
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / positives / negatives)
