"""Whether later rows look like those that were learned from: the population stability index of every column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.data.amounts import as_numbers, share_of_numbers
from core.data.table import clean

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
            said = _texts(frame[name])
            column = {"values": [str(value) for value in said.value_counts().index[:MOST_VALUES]]}
        found[str(name)] = {**column, "counts": counts(column, frame[name]).tolist()}
    return found


def counts(column: Mapping[str, Any], values: pd.Series) -> np.ndarray:
    """Rows in each bin of a reference's column: float64 [bins]."""
    return np.bincount(places(column, values), minlength=bins_of(column)).astype(float)


def bins_of(column: Mapping[str, Any]) -> int:
    """How many bins a reference's column has, that for what is missing or else counted in."""
    return len(column["cuts"]) + 2 if "cuts" in column else len(column["values"]) + 1


def places(column: Mapping[str, Any], values: pd.Series) -> np.ndarray:
    """The bin of each value: int [rows]."""
    if "cuts" in column:
        cuts = np.asarray(column["cuts"], dtype=float)
        numbers = as_numbers(values).to_numpy(dtype=float)
        known = np.searchsorted(cuts, np.nan_to_num(numbers), side="left")
        return np.where(np.isfinite(numbers), known, len(cuts) + 1).astype(int)
    place = {value: i for i, value in enumerate(column["values"])}
    return _texts(values).map(lambda value: place.get(value, len(place))).to_numpy(dtype=int)


def drift(reference: Reference, after: pd.DataFrame) -> list[dict[str, Any]]:
    """The PSI of each column of the reference, the largest first: {"column", "psi", "noise", "level"}.

    `noise` is what sampling alone exceeds once in 100 times; a level other than "stable" needs more than that.
    """
    found = []
    for name, column in reference.items():
        if name in after.columns:
            value, noise = stability(np.asarray(column["counts"]), counts(column, after[name]))
            found.append({"column": name, "psi": value, "noise": noise, "level": level_of(value, noise)})
    return sorted(found, key=lambda row: -row["psi"])


def stability(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """(PSI, what it exceeds once in 100 times if nothing changed) of rows by bin, half a row added to each bin. Under no
    change PSI is about chi-square with bins - 1 degrees of freedom, times (1/n + 1/m) (Yurdakul 2018)."""
    filled = (before + after) > 0
    a, b = ((part[filled] + 0.5) / (part[filled] + 0.5).sum() for part in (before, after))
    value = float(((a - b) * np.log(a / b)).sum())
    spread = 1 / max(before.sum(), 1) + 1 / max(after.sum(), 1)
    return value, _chi_square_99(max(int(filled.sum()) - 1, 1)) * spread


def level_of(value: float, noise: float) -> Literal["stable", "moved", "shifted"]:
    """What a stability index means that sampling alone takes to `noise`."""
    return "stable" if value < max(MOVED, noise) else "moved" if value < SHIFTED else "shifted"


def divergence(before: np.ndarray, after: np.ndarray) -> float:
    """The Jensen-Shannon divergence of rows by bin in bits: 0 where the shares are equal, 1 where none is in common
    (Lin 1991)."""
    a, b = (part / max(part.sum(), 1) for part in (before, after))
    middle = (a + b) / 2
    return float(sum(_kullback(part, middle) for part in (a, b)) / 2)


def _kullback(part: np.ndarray, whole: np.ndarray) -> float:
    there = part > 0
    return float((part[there] * np.log2(part[there] / whole[there])).sum())


def _chi_square_99(freedom: int) -> float:
    """The 99th percentile of chi-square, by the cube of a normal (Wilson and Hilferty 1931): within 1%."""
    spread = 2 / (9 * freedom)
    return float(freedom * (1 - spread + 2.326348 * np.sqrt(spread)) ** 3)


def _texts(values: pd.Series) -> pd.Series:
    """Cells as trimmed text, missing as ""."""
    said = {value: clean(value) for value in pd.unique(values)}
    return values.map(said).fillna("").astype("str")
