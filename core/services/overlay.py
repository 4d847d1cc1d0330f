"""Runs laid over each other: the curves that their task declares, on the test rows that all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from core.curves import Curve
from core.paired import difference
from core.scenarios.base import scenario
from core.services import comparison, runs

MOST_RESAMPLED = 4000
"""Rows from which it is judged whether two curves differ beyond chance."""

Points = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True)
class Overlaid:
    """One curve of several runs on the same `rows`: each run's `points` (x and y) and `figures`, the best first. `ahead`
    is whether the best figure is better than the next beyond chance (paired, 95%)."""

    curve: Curve
    rows: int
    points: Mapping[int, Points]
    figures: Mapping[int, float]
    ahead: bool


def curves(run_ids: Sequence[int]) -> list[Overlaid]:
    """Of runs of one task; empty where they have fewer than `comparison.LEAST_ROWS` test rows in common."""
    return _curves(tuple((id, str(runs.get(id).finished_at)) for id in run_ids))


@lru_cache(maxsize=32)
def _curves(asked: tuple[tuple[int, str], ...]) -> list[Overlaid]:
    ids = [id for id, _ in asked]
    rows = dict(zip(ids, comparison.same_rows(ids), strict=True))
    if len(rows[ids[0]]) < comparison.LEAST_ROWS:
        return []
    declared = scenario(runs.get(ids[0]).scenario).curves
    return [_overlaid(one, rows) for one in declared if all(set(one.needs) <= set(part) for part in rows.values())]


def _overlaid(curve: Curve, rows: Mapping[int, pd.DataFrame]) -> Overlaid:
    sign = 1 if curve.higher_is_better else -1
    values = {id: curve.figure(part) for id, part in rows.items()}
    figures = dict(sorted(values.items(), key=lambda pair: -sign * pair[1]))
    first, second = list(figures)[:2]
    count = len(rows[first])
    some = np.sort(np.random.default_rng(0).permutation(count)[:MOST_RESAMPLED])
    _, low, high = difference(rows[first].iloc[some], rows[second].iloc[some], curve.figure)
    drawn = {id: curve.points(part) for id, part in rows.items()}
    points = {id: (tuple(x.tolist()), tuple(y.tolist())) for id, (x, y) in drawn.items()}
    return Overlaid(curve, count, points, figures, low > 0 or high < 0)


def learning(run_ids: Sequence[int]) -> dict[str, dict[int, Points]]:
    """The curves that at least two of the runs drew while they learned: name -> run -> x and y."""
    found: dict[str, dict[int, Points]] = {}
    for id in run_ids:
        for name, points in runs.progress(id).curves.items():
            if len(points) > 1:
                x, y = zip(*points, strict=True)
                found.setdefault(name, {})[id] = (tuple(x), tuple(y))
    return {name: drawn for name, drawn in found.items() if len(drawn) > 1}
