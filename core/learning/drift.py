"""Whether later rows look like those that were learned from: the population stability index of every column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from core.data.amounts import as_numbers, share_of_numbers
from core.learning.tabular.columns import texts

BINS = 10
MOST_VALUES = 30
MOVED, SHIFTED = 0.1, 0.25
"""The trade's thresholds (Siddiqi 2006)."""

Reference = Mapping[str, Mapping[str, Any]]


def reference_of(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Each column's distribution, JSON-safe and without any row: numbers cut at their deciles, categories as they are,
    missing as a bin of its own."""
    found: dict[str, dict[str, Any]] = {}
    for name in frame.columns:
        column: dict[str, Any]
        if share_of_numbers(frame[name]) >= 0.9:
            known = as_numbers(frame[name]).dropna()
            cuts = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.zeros(0)
            column = {"cuts": cuts.tolist()}
        else:
            said = texts(frame[name])
            column = {"values": [str(value) for value in said.value_counts().index[:MOST_VALUES]]}
        found[str(name)] = {**column, "counts": counts(column, frame[name]).tolist()}
    return found


def counts(column: Mapping[str, Any], values: pd.Series) -> np.ndarray:
    """Rows in each bin of a reference's column: float64 [bins]."""
    if "cuts" in column:
        cuts = np.asarray(column["cuts"], dtype=float)
        numbers = as_numbers(values).to_numpy(dtype=float)
        places = np.where(
            np.isfinite(numbers), np.searchsorted(cuts, np.nan_to_num(numbers), side="left"), len(cuts) + 1
        )
        return np.bincount(places.astype(int), minlength=len(cuts) + 2).astype(float)
    place = {value: i for i, value in enumerate(column["values"])}
    codes = texts(values).map(lambda value: place.get(value, len(place))).to_numpy(dtype=int)
    return np.bincount(codes, minlength=len(place) + 1).astype(float)


def drift(reference: Reference, after: pd.DataFrame) -> list[dict[str, Any]]:
    """The PSI of each column of the reference, the largest first: {"column", "psi", "noise", "level"}.

    `noise` is what sampling alone exceeds once in 100 times; a level other than "stable" needs more than that.
    """
    found = []
    for name, column in reference.items():
        if name in after.columns:
            value, noise = stability(np.asarray(column["counts"]), counts(column, after[name]))
            level = "stable" if value < max(MOVED, noise) else "moved" if value < SHIFTED else "shifted"
            found.append({"column": name, "psi": value, "noise": noise, "level": level})
    return sorted(found, key=lambda row: -row["psi"])


def stability(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """(PSI, what it exceeds once in 100 times if nothing changed) of rows by bin, half a row added to each bin. Under no
    change PSI is about chi-square with bins - 1 degrees of freedom, times (1/n + 1/m) (Yurdakul 2018)."""
    filled = (before + after) > 0
    a, b = ((part[filled] + 0.5) / (part[filled] + 0.5).sum() for part in (before, after))
    value = float(((a - b) * np.log(a / b)).sum())
    spread = 1 / max(before.sum(), 1) + 1 / max(after.sum(), 1)
    return value, float(chi2.ppf(0.99, max(int(filled.sum()) - 1, 1)) * spread)
