"""Whether groups of people are treated alike by the decisions that a cut-off makes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from core.data.amounts import as_numbers, share_of_numbers
from core.learning.tabular.columns import texts
from core.paired import share_interval

ENOUGH = 30
MOST_GROUPS = 8
AGES = (25, 35, 50, 65)
FOUR_FIFTHS = 0.8
Z = 1.959964


def bands(values: pd.Series) -> np.ndarray:
    """A group's name for every row, "" where unknown: numbers are cut into ages where they look like ages, else into
    quarters; of words the most frequent keep their names."""
    if share_of_numbers(values) >= 0.9:
        return _cut(as_numbers(values).to_numpy(dtype=float))
    said = texts(values)
    frequent = said[said != ""].value_counts().index[:MOST_GROUPS]
    return said.where(said.isin(frequent) | (said == ""), "…").to_numpy(dtype=object)


def _cut(numbers: np.ndarray) -> np.ndarray:
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return np.full(len(numbers), "", dtype=object)
    distinct = np.unique(known)
    if len(distinct) <= MOST_GROUPS:
        return np.array([f"{value:g}" if np.isfinite(value) else "" for value in numbers], dtype=object)
    like_ages = distinct.min() >= 0 and np.quantile(known, 0.05) >= 14 and distinct.max() <= 120
    cuts = np.array(AGES, dtype=float) if like_ages else np.unique(np.quantile(known, [0.25, 0.5, 0.75]))
    names = [
        f"<{cuts[0]:g}",
        *(f"{low:g}–{high:g}" for low, high in pairwise(cuts)),
        f"≥{cuts[-1]:g}",
    ]
    places = np.searchsorted(cuts, np.nan_to_num(numbers), side="right")
    return np.where(np.isfinite(numbers), np.array(names, dtype=object)[places], "")


def fairness(groups: np.ndarray, declined: np.ndarray, bad: np.ndarray) -> list[dict[str, Any]]:
    """One entry a group with a name, the most approved first, JSON-safe.

    `approved` with its Wilson interval; `caught`, the share of its bads that are declined (true positive rate); `refused`,
    the share of its goods that are declined (false positive rate); `impact`, its approval rate over that of the most
    approved group that is large enough, with Katz's log interval (1978). `flag` compares with the four-fifths rule (US
    Uniform Guidelines 1978): "below" where the whole interval is, "maybe" where part of it is, "fine", or "few".
    """
    found: list[dict[str, Any]] = []
    for name in pd.unique(groups[groups != ""]):
        own = groups == name
        rows, approved = int(own.sum()), int((~declined[own]).sum())
        found.append(
            {
                "group": str(name),
                "rows": rows,
                "approved": approved / rows,
                "interval": list(share_interval(approved, rows)),
                "caught": _rate(declined, own & bad),
                "refused": _rate(declined, own & ~bad),
                "bad_rate": float(bad[own].mean()),
                "count": approved,
            }
        )
    found.sort(key=lambda row: -row["approved"])
    best = next((row for row in found if row["rows"] >= ENOUGH and row["count"]), None)
    impacts = [_impact(row, best) for row in found]
    return [
        {**{key: value for key, value in row.items() if key != "count"}, **impact}
        for row, impact in zip(found, impacts, strict=True)
    ]


def _rate(declined: np.ndarray, rows: np.ndarray) -> float | None:
    return float(declined[rows].mean()) if rows.any() else None


def _impact(row: dict[str, Any], best: dict[str, Any] | None) -> dict[str, Any]:
    if best is None or row["rows"] < ENOUGH:
        return {"impact": None, "impact_interval": None, "flag": "few"}
    if row is best:
        return {"impact": 1.0, "impact_interval": None, "flag": "fine"}
    ratio = row["approved"] / best["approved"]
    half = 0.0 if row["count"] else 0.5
    count, rows, best_count, best_rows = (
        value + half for value in (row["count"], row["rows"], best["count"], best["rows"])
    )
    middle = (count / rows) / (best_count / best_rows)
    spread = Z * np.sqrt(1 / count - 1 / rows + 1 / best_count - 1 / best_rows)
    low, high = float(middle * np.exp(-spread)) if row["count"] else 0.0, float(middle * np.exp(spread))
    flag = "below" if high < FOUR_FIFTHS else "maybe" if low < FOUR_FIFTHS else "fine"
    return {"impact": float(ratio), "impact_interval": [low, high], "flag": flag}
