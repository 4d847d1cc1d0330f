"""What a model looks at: how much worse it ranks when columns are shuffled, and how its answer moves with a column."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from core.data.amounts import as_numbers
from core.learning.delong import auc_interval
from core.learning.tabular.columns import texts

ROWS, REPEATS = 3000, 4
CURVE_ROWS, POINTS, MOST_VALUES = 1000, 12, 8
MOST_CURVES = 6
TOGETHER = 0.8


def rows_asked(rows: int, columns: int) -> int:
    """How many answers `importance` and `effects` ask for at most, of so many rows and columns."""
    return (1 + REPEATS * columns) * min(rows, ROWS) + min(columns, MOST_CURVES) * POINTS * min(rows, CURVE_ROWS)


class Answering(Protocol):
    """What is asked of a model here."""

    @property
    def features(self) -> list[str]: ...
    def probabilities(self, frame: pd.DataFrame) -> np.ndarray: ...


def importance(model: Answering, frame: pd.DataFrame, bad: np.ndarray, seed: int) -> list[dict[str, Any]]:
    """Permutation importance (Breiman 2001; Fisher, Rudin and Dominici 2019) on held-out rows, the most telling first:
    {"columns", "drop", "low", "high"}, by how much the AUC falls when these columns are shuffled among the rows.

    Columns that move together (|Spearman| of 0.8 and more between their values or codes) are shuffled together, since
    each alone would seem useless. The interval covers the repeats.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(frame))[:ROWS]
    some, truth = frame.iloc[rows].reset_index(drop=True), bad[rows]
    if truth.all() or not truth.any():
        return []
    whole = auc_interval(truth, model.probabilities(some))[0]
    found = []
    for group in alike(some[[name for name in model.features if name in some.columns]]):
        falls = []
        for _ in range(REPEATS):
            shuffled = some.copy()
            order = rng.permutation(len(some))
            for name in group:
                shuffled[name] = some[name].iloc[order].to_numpy()
            falls.append(whole - auc_interval(truth, model.probabilities(shuffled))[0])
        mean, deviation = float(np.mean(falls)), float(np.std(falls, ddof=1) / np.sqrt(REPEATS))
        found.append({"columns": group, "drop": mean, "low": mean - 2 * deviation, "high": mean + 2 * deviation})
    return sorted(found, key=lambda row: -row["drop"])


def alike(frame: pd.DataFrame) -> list[list[str]]:
    """The columns in groups that move together (average linkage on 1 - |Spearman|)."""
    names = [str(name) for name in frame.columns]
    if len(names) < 2:
        return [names] if names else []
    codes = pd.DataFrame({name: _ranked(frame[name]) for name in names})
    together = codes.rank().corr().abs().fillna(0.0).to_numpy(copy=True)
    np.fill_diagonal(together, 1.0)
    distance = squareform(np.clip(1 - together, 0, 1), checks=False)
    labels = fcluster(linkage(distance, "average"), 1 - TOGETHER, "distance")
    groups: dict[int, list[str]] = {}
    for name, label in zip(names, labels, strict=True):
        groups.setdefault(int(label), []).append(name)
    return list(groups.values())


def _ranked(values: pd.Series) -> np.ndarray:
    numbers = as_numbers(values)
    if numbers.notna().mean() > 0.5:
        return numbers.fillna(numbers.median()).to_numpy(dtype=float)
    return pd.factorize(texts(values), sort=True)[0].astype(float)


def effects(model: Answering, frame: pd.DataFrame, columns: list[str]) -> dict[str, dict[str, Any]]:
    """How the mean probability moves as one column takes each of its usual values, all else as it is (partial
    dependence, Friedman 2001): {"kind", "x", "y", "low", "high", "share"} per column, `low` to `high` holding half of the rows'
    own curves and `share` the rows with about that value."""
    some = frame.iloc[np.random.default_rng(0).permutation(len(frame))[:CURVE_ROWS]].reset_index(drop=True)
    found = {}
    for name in columns:
        if name in some.columns and (curve := _curve(model, some, name)) is not None:
            found[name] = curve
    return found


def _curve(model: Answering, frame: pd.DataFrame, name: str) -> dict[str, Any] | None:
    numbers = as_numbers(frame[name])
    is_number = numbers.notna().sum() > 0.5 * frame[name].notna().sum() and numbers.nunique() > 2
    if is_number:
        points: list[Any] = np.unique(np.quantile(numbers.dropna(), np.linspace(0.02, 0.98, POINTS))).tolist()
        shares = np.histogram(numbers.dropna(), [-np.inf, *np.convolve(points, [0.5, 0.5], "valid"), np.inf])[0]
    else:
        counts = texts(frame[name]).value_counts()
        counts = counts[counts.index != ""].head(MOST_VALUES)
        points, shares = [str(value) for value in counts.index], counts.to_numpy()
    if len(points) < 2:
        return None
    repeated = pd.concat([frame.assign(**{name: point}) for point in points], ignore_index=True)
    answers = model.probabilities(repeated).reshape(len(points), len(frame))
    low, high = np.percentile(answers, [25, 75], axis=1)
    return {
        "kind": "number" if is_number else "category",
        "x": points,
        "y": answers.mean(axis=1).tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
        "share": (shares / max(shares.sum(), 1)).tolist(),
    }
