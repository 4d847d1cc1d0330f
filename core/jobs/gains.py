"""What a run gained over the one whose test rows it is measured on."""

from __future__ import annotations

from typing import Any

from core import paired
from core.data.table import Table
from core.jobs import results
from core.jobs.inputs import Inputs
from core.jobs.sides import by_key, keys_of
from core.scenarios.base import Results
from core.store import files
from core.store.db import session
from core.store.frames import read_frame
from core.store.tables import Dataset, Run

TRUTHS = ("actual", "bad")
"""Columns of a result's rows that say what is true of the row, not what a model said."""


def against_before(run: Run, inputs: Inputs, found: Results) -> dict[str, Any] | None:
    """The first metric `before` and `after` on the same rows with the paired gain and its 95% interval, how many labels
    were changed to learn from, and how many test labels: where some were, both runs are judged by the new ones. None
    where there is no earlier run or its rows are others."""
    if run.same_test_as is None or not files.is_complete(files.run(run.same_test_as)):
        return None
    old = results.read(files.run(run.same_test_as)).rows
    new = found.rows.reset_index(drop=True)
    if len(old) != len(new) or "given" not in new:
        return None
    truths = [name for name in TRUTHS if name in old and name in new]
    changed = int((old["actual"].astype("str") != new["actual"].astype("str")).sum()) if "actual" in truths else 0
    before = old.assign(**{name: new[name] for name in truths})
    if "actual" in truths:
        before["right"] = (before["given"].astype("str") == before["actual"].astype("str")).to_numpy()
    measure = inputs.scenario.measure
    gain, low, high = paired.difference(new, before, measure, seed=int(run.settings.get("seed", 0)))
    return {
        "run": run.same_test_as, "metric": next(iter(inputs.scenario.metrics)), "rows": len(new),
        "before": measure(before), "after": measure(new), "gain": gain, "low": low, "high": high,
        "labels_changed": _labels_changed(run, inputs), "test_labels_changed": changed,
    }  # fmt: skip


def _labels_changed(run: Run, inputs: Inputs) -> int:
    """How many labels to learn from differ from those of the earlier run's data, told by their rows' keys."""
    with session() as db:
        before = db.get(Run, run.same_test_as)
        data = db.get(Dataset, before.dataset_id) if before else None
    label = inputs.scenario.label
    if data is None or label is None or not files.dataset(data.id).table.exists():
        return 0
    old = Table(read_frame(data.id), inputs.table.roles)
    was = by_key(old.texts(label), old, label)
    now = by_key(inputs.table.texts(label), inputs.table, label)
    now = now[now.index.isin(keys_of(inputs.table, label)[inputs.rows])]
    both = was.reindex(now.index)
    return int((both.notna() & (both != now)).sum())
