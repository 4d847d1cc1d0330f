"""Runs compared on the rows that all of them were measured on and none was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from core.jobs import results as run_results
from core.paired import difference, luck_of_best
from core.scenarios.base import scenario
from core.services import runs
from core.store import files
from core.store.db import session
from core.store.tables import Fact, Run, looks_key

LEAST_ROWS = 20
"""Rows in common below which nothing is said of a difference."""
Z95 = 1.96

Kind = Literal["better", "equal", "worse", "unknown"]


@dataclass(frozen=True)
class Comparison:
    """The first run against the second in the task's first metric, in favour of the first where `gain` is above zero
    (also for a metric of which less is better). `low` and `high` bound it with 95% certainty. `kind` is "unknown" where
    the two have fewer than `LEAST_ROWS` test rows in common; the figures are zero then."""

    kind: Kind
    metric: str
    rows: int
    first: float = 0.0
    second: float = 0.0
    gain: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def compare(first_id: int, second_id: int) -> Comparison:
    """Whether the first run is better than the second beyond noise, on the rows held out from both."""
    one, other = runs.get(first_id), runs.get(second_id)
    return _compare(first_id, str(one.finished_at), second_id, str(other.finished_at))


@lru_cache(maxsize=64)
def _compare(first_id: int, _finished: str, second_id: int, _ended: str) -> Comparison:
    kind = scenario(runs.get(first_id).scenario)
    name, metric = next(iter(kind.metrics.items()))
    if runs.get(second_id).scenario != kind.key:
        return Comparison("unknown", name, 0)
    one, other = same_rows((first_id, second_id))
    if len(one) < LEAST_ROWS:
        return Comparison("unknown", name, len(one))
    sign = 1 if metric.higher_is_better else -1
    gain, low, high = difference(one, other, lambda rows: sign * kind.measure(rows))
    found: Kind = "better" if low > 0 else "worse" if high < 0 else "equal"
    return Comparison(found, name, len(one), kind.measure(one), kind.measure(other), gain, low, high)


def same_rows(run_ids: Sequence[int]) -> list[pd.DataFrame]:
    """Each run's held-out rows that all of them have, in one order; none where a run kept no keys for its rows."""
    places = [run_results.row_places(files.run(runs.get(id).id)) for id in run_ids]
    known = [place for place in places if place is not None]
    if len(known) < len(places):
        return [runs.results(id).rows.iloc[:0] for id in run_ids]
    shared = known[0].index
    for place in known[1:]:
        shared = shared[shared.isin(place.index)]
    return [
        runs.results(id).rows.iloc[place.loc[shared].to_numpy(dtype=np.intp)].reset_index(drop=True)
        for id, place in zip(run_ids, known, strict=True)
    ]


@dataclass(frozen=True)
class Flattery:
    """What choosing among runs on the same test rows does: `looks` models have been measured on them, and were all equally
    good, the best would look better than it is by about `luck`, in the first metric."""

    looks: int
    luck: float


def flattery(run_ids: Sequence[int]) -> Flattery | None:
    """None where the runs were not measured on the very same rows.

    How much figures of equally good models part by chance is taken from the paired differences to the first run, whose
    spread is the root of two times that of each.
    """
    if len({_test_rows(id) for id in run_ids}) > 1 or _test_rows(run_ids[0]) is None:
        return None
    if any(len(rows) < len(runs.results(id).rows) for id, rows in zip(run_ids, same_rows(run_ids), strict=True)):
        return None
    found = [compare(id, run_ids[0]) for id in run_ids[1:]]
    spreads = [(one.high - one.low) / (2 * Z95) for one in found if one.kind != "unknown"]
    spread = float(np.sqrt(np.mean(np.square(spreads)) / 2)) if spreads else 0.0
    times = max(looks(run_ids[0]), len(run_ids))
    return Flattery(times, luck_of_best(spread, times))


def _test_rows(run_id: int) -> str | None:
    with session() as db:
        return db.scalar(select(Run.test_rows).where(Run.id == run_id))


def looks(run_id: int) -> int:
    """How many runs were measured on this run's very test rows, itself counted, and those deleted since."""
    rows = _test_rows(run_id)
    if rows is None:
        return 1
    with session() as db:
        gone = db.get(Fact, looks_key(rows))
        counted = db.scalar(select(func.count()).where(Run.test_rows == rows)) or 0
    return counted + (gone.value["gone"] if gone else 0)
