"""A short trial on this machine with the user's own rows: how long each part of a fit will take, and the memory."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from core.learning.tabular.columns import Columns, Encoded
from core.learning.tabular.fitting import NETWORK, TITLES, Folds, Mode, Task, folds_for, parts_for, repeats_of
from core.progress import Plan, Silent, Stage

SAMPLE = 3000
GROWTH = 0.8
"""Boosted trees on n times the rows take about n to this power as long: more rows a tree, but no more trees."""
TRIAL_FOLDS = 3
BASE_MB, NETWORK_MB = 450.0, 450.0
BYTES_A_CELL = 100
STEPS_TIMED = 4


def estimate(frame: pd.DataFrame, bad: np.ndarray, *, mode: Mode, seed: int = 0) -> Plan:
    """Stages as `fit_tabular` reports them. Fits one member of each part on at most SAMPLE rows; the network runs a few
    steps at its own batch size."""
    rows = len(bad)
    chosen = np.random.default_rng(seed).permutation(rows)[:SAMPLE]
    some, truth = frame.iloc[chosen].reset_index(drop=True), bad[chosen]
    folds = folds_for(bad, mode, seed)
    encoded = Columns.fit(some).encode(some)
    learned = rows * (folds.count - 1) / folds.count
    stages = []
    for name, fit in parts_for(mode, encoded, rows).items():
        members = repeats_of(name, mode, folds) * folds.count
        if name == NETWORK:
            each = _network_seconds(encoded, truth, int(learned))
        else:
            with tempfile.TemporaryDirectory() as folder:
                task = Task(encoded, truth, Folds(np.zeros((1, len(truth)), dtype=int), 1), seed, Silent(Path(folder)))
                part = np.arange(len(truth)) % TRIAL_FOLDS
                started = time.monotonic()
                fit(task, np.flatnonzero(part != 0), np.flatnonzero(part == 0), name)
                took = time.monotonic() - started
            each = took * max(1.0, learned / max((part != 0).sum(), 1)) ** GROWTH
        stages.append(Stage(name, TITLES[name], round(float(each) * members, 2)))
    memory = BASE_MB + (NETWORK_MB if mode != "quick" else 0.0) + rows * len(encoded.sources) * BYTES_A_CELL / 1e6
    return Plan(tuple(stages), memory)


def _network_seconds(encoded: Encoded, bad: np.ndarray, rows: int) -> float:
    """One training of the network on so many rows, from the time of a few steps."""
    from core.learning.tabular.network import recipe_for, seconds_per_step

    recipe = recipe_for(rows)
    steps = recipe.epochs * max(1, rows // recipe.batch_size)
    return seconds_per_step(encoded, bad, recipe.batch_size, STEPS_TIMED) * steps * 1.15
