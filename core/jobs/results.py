"""What a run leaves behind: its results, its facts and the columns of its row."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

import core
from core.data.keys import key_of_all, numbered, row_keys
from core.data.leaks import find_leaks
from core.data.table import Table
from core.data.watching import Watched, watched
from core.jobs import devices
from core.jobs.inputs import Inputs
from core.progress import Silent
from core.scenarios.base import Results, Scenario
from core.scenarios.parts.columns import columns_behind
from core.store import files
from core.store.files import RunFiles
from core.store.frames import write_frame
from core.store.tables import Dataset, Run
from core.verdict import Verdict, doubted, explained_by

MOST_WATCHED, MOST_ANSWERS = 5000, 400
"""Rows from which the spread of inputs, and of answers, is taken."""
WITHOUT_REASONS = {"reasons": False}
PACKAGES = ("torch", "transformers", "scikit-learn", "numpy", "pandas")


ROW = "row_"
"""The column of the kept rows that tells them apart, whatever run they were held out in."""


def write(folder: RunFiles, found: Results, held_out: Table) -> None:
    """Raises ValueError for a metric that is not a finite number."""
    said = {
        "metrics": _finite(found.metrics),
        "intervals": {name: [float(low), float(high)] for name, (low, high) in found.intervals.items()},
        "baseline": _finite(found.baseline),
        "verdict": plain_json(found.verdict.to_json()),
        "details": plain_json(found.details),
    }
    write_frame(folder.rows, _identified(found.rows, held_out))
    files.write_json(folder.results, said)


def _identified(rows: pd.DataFrame, held_out: Table) -> pd.DataFrame:
    """The rows with their keys, where their index says which held-out rows they are."""
    if len(rows) < len(held_out) and isinstance(rows.index, pd.RangeIndex):
        return rows
    places = rows.index.to_numpy(dtype=int)
    return rows.assign(**{ROW: numbered(row_keys(held_out.frame)[places])})


def row_places(folder: RunFiles) -> pd.Series | None:
    """The position of each kept row by its key; None where a run of earlier code kept no keys."""
    if ROW not in pq.read_schema(folder.rows).names:
        return None
    keys = pd.read_parquet(folder.rows, columns=[ROW])[ROW]
    return pd.Series(np.arange(len(keys)), index=keys.to_numpy())


def read(folder: RunFiles) -> Results:
    said = files.read_json(folder.results)
    return Results(
        metrics=said["metrics"],
        intervals={name: (low, high) for name, (low, high) in said["intervals"].items()},
        baseline=said["baseline"],
        verdict=Verdict.from_json(said["verdict"]),
        details=said["details"],
        rows=pd.read_parquet(folder.rows).drop(columns=ROW, errors="ignore"),
    )


def columns(folder: RunFiles) -> dict[str, Any]:
    """What the run's row says of a complete run."""
    said, facts = files.read_json(folder.results), files.read_json(folder.facts)
    return {
        **{name: said[name] for name in ("metrics", "intervals", "baseline", "verdict")},
        "seconds_total": facts["seconds"]["total"],
        "seconds_train": facts["seconds"]["train"],
        "peak_memory_mb": facts["peak_memory_mb"],
        "test_rows": facts.get("test_rows"),
    }


def doubts(scenario: Scenario[Any], found: Results, train: Table) -> Results:
    """The results, their verdict doubted where one of the columns that the model asks for tells the label alone."""
    target = scenario.target
    if found.verdict.kind != "worth" or target is None or not train.has(target) or scenario.names_its_label:
        return found
    asked = columns_behind(scenario, found.details, train.roles, list(train.frame.columns))
    labels = pd.Series(train.texts(target))
    known = (labels != "").to_numpy()
    frame = train.frame.loc[known, list(dict.fromkeys(asked.values()))].reset_index(drop=True)
    leaks = find_leaks(frame, labels[known].reset_index(drop=True), train.roles[target][0])
    if not leaks:
        return found
    return replace(found, verdict=doubted(found.verdict, explained_by(leaks[0].rule)))


def test_rows(held_out: Table) -> str:
    """What tells one set of test rows from another: who is measured on the same has the same."""
    return key_of_all(row_keys(held_out.frame))


def watched_by(inputs: Inputs, model: Any, found: Results) -> Watched:
    """How inputs were spread in training, and answers on rows that were held out."""
    kind, train = inputs.scenario, inputs.train
    behind = columns_behind(kind, found.details, train.roles, list(train.frame.columns))
    some = inputs.held_out.take(_sample(len(inputs.held_out), MOST_ANSWERS))
    given = kind.given(model, kind.predict(model, some, WITHOUT_REASONS, Silent(Path())))
    learned = train.take(_sample(len(train), MOST_WATCHED))
    return watched(learned, behind, given, kind.meaning(model, some), inputs.settings.seed)


def _sample(rows: int, most: int) -> np.ndarray:
    return np.sort(np.random.default_rng(0).permutation(rows)[:most])


def request_of(run: Run) -> dict[str, Any]:
    """What was asked, as kept beside the model."""
    names = ("scenario", "dataset_id", "test_dataset_id", "same_test_as", "extras", "roles", "settings", "name")
    return {"run_id": run.id, **{name: getattr(run, name) for name in names}}


def facts(run: Run, inputs: Inputs, seconds: Mapping[str, float], peak_memory_mb: float) -> dict[str, Any]:
    """What was trained, on what, with what, how long: enough to do it again."""
    planned = sum(stage["seconds"] for stage in run.plan["stages"]) if run.plan else None
    return {
        "data": _data(inputs.dataset),
        "test_data": _data(inputs.test) if inputs.test else None,
        "rows": {"train": len(inputs.train), "test": len(inputs.held_out)},
        "test_rows": test_rows(inputs.held_out),
        "split": inputs.kind.to_json(),
        "roles": run.roles,
        "settings": run.settings,
        "seed": run.settings.get("seed"),
        "versions": versions(),
        "hardware": devices.hardware(run.device or "cpu"),
        "device": run.device,
        "seconds": {"estimated": planned, **seconds},
        "peak_memory_mb": peak_memory_mb,
        "attempts": run.attempt,
    }


def versions() -> dict[str, str]:
    found = {"modelwright": core.__version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def plain_json(value: Any) -> Any:
    """The value with only what JSON knows: numpy's numbers become Python's, NaN and infinity become null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain_json(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_json(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain_json(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _finite(numbers: Mapping[str, float]) -> dict[str, float]:
    found = {name: float(value) for name, value in numbers.items()}
    wrong = [name for name, value in found.items() if not math.isfinite(value)]
    if wrong:
        raise ValueError(f"not a finite number: {', '.join(wrong)}")
    return found


def _data(dataset: Dataset) -> dict[str, Any]:
    names = ("id", "name", "file_name", "sha256", "rows", "columns", "recipe")
    return {name: getattr(dataset, name) for name in names}
