"""What would change a decision: the smallest plausible change of columns that a person can change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from core.data.amounts import as_numbers, share_of_numbers
from core.learning.tabular.columns import texts

STEPS = 12
MOST_VALUES = 8
MOST_PAIRED = 4
MOST = 3


@dataclass(frozen=True)
class Change:
    """New values for one or two columns, the probability that follows, and how far they are from the old: the share of
    people passed over on the way for numbers, of people who are different for categories."""

    values: dict[str, Any]
    probability: float
    distance: float


def ranges_of(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What is plausible in each column, JSON-safe: {"values": candidates, "share" or "grid"}, from training rows."""
    found: dict[str, dict[str, Any]] = {}
    for name in frame.columns:
        if share_of_numbers(frame[name]) >= 0.9 and as_numbers(frame[name]).nunique() > 2:
            numbers = as_numbers(frame[name]).dropna()
            grid = np.quantile(numbers, np.linspace(0, 1, 101), method="nearest")
            candidates = np.unique(grid[np.linspace(2, 98, STEPS).astype(int)])
            found[str(name)] = {"kind": "number", "values": candidates.tolist(), "grid": grid.tolist()}
            continue
        shares = texts(frame[name]).value_counts(normalize=True)
        shares = shares[shares.index != ""].head(MOST_VALUES)
        found[str(name)] = {
            "kind": "category",
            "values": [str(value) for value in shares.index],
            "share": [float(share) for share in shares],
        }
    return found


def changes(
    answers: Callable[[pd.DataFrame], np.ndarray],
    row: Mapping[str, Any],
    below: float,
    changeable: Sequence[str],
    ranges: Mapping[str, Mapping[str, Any]],
) -> list[Change]:
    """At most three changes after which the probability is under `below`, the smallest first; none where nothing helps.

    Single columns are tried first, then pairs of those that help most; candidates are values seen in training (in the
    spirit of Wachter, Mittelstadt and Russell 2017, searched over a grid). Asks `answers` twice, in batches.
    """
    singles = [
        ({name: value}, distance)
        for name in changeable
        if name in ranges
        for value, distance in _distances(row.get(name), ranges[name])
        if not _same(row.get(name), value)
    ]
    if not singles:
        return []
    tried = _asked(answers, row, singles)
    enough = _kept([change for change in tried if change.probability < below])
    if enough:
        return enough
    best: dict[str, list[Change]] = {}
    for change in sorted(tried, key=lambda one: one.probability):
        best.setdefault(next(iter(change.values)), []).append(change)
    pairs = [
        ({**a.values, **b.values}, a.distance + b.distance)
        for one, other in combinations(list(best)[:MOST_PAIRED], 2)
        for a in best[one][:3]
        for b in best[other][:3]
    ]
    return _kept([change for change in _asked(answers, row, pairs) if change.probability < below]) if pairs else []


def _asked(
    answers: Callable[[pd.DataFrame], np.ndarray],
    row: Mapping[str, Any],
    tried: Sequence[tuple[dict[str, Any], float]],
) -> list[Change]:
    frame = pd.DataFrame([{**row, **values} for values, _ in tried])
    found = answers(frame)
    return [Change(values, float(share), distance) for (values, distance), share in zip(tried, found, strict=True)]


def _kept(found: list[Change]) -> list[Change]:
    """The nearest change of each set of columns, the nearest of all first."""
    nearest: dict[tuple[str, ...], Change] = {}
    for change in sorted(found, key=lambda one: one.distance):
        nearest.setdefault(tuple(sorted(change.values)), change)
    return list(nearest.values())[:MOST]


def _distances(old: Any, about: Mapping[str, Any]) -> list[tuple[Any, float]]:
    """The candidates of a column, and how far each is from the old value."""
    if about["kind"] != "number":
        return [(value, 1.0 - float(share)) for value, share in zip(about["values"], about["share"], strict=True)]
    grid = np.asarray(about["grid"])
    number = as_numbers(pd.Series([old])).iloc[0]
    before = 0.5 if np.isnan(number) else np.searchsorted(grid, number) / len(grid)
    return [(new, abs(float(np.searchsorted(grid, new) / len(grid) - before))) for new in about["values"]]


def _same(old: Any, new: Any) -> bool:
    if isinstance(new, float) and isinstance(old, int | float):
        return float(old) == new
    return str(old) == str(new)
