"""Training the heads over tokens: one a fold, so that every row is also answered by a head that never saw it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from core.learning import engine
from core.learning.calibration import sharpness
from core.learning.engine import Run
from core.learning.features import TokenStates
from core.learning.folds import Folds
from core.learning.pooling import AttentionPool, Pools
from core.memory import within_memory
from core.progress import PartOf

AT_ONCE = 256
MOST_JUDGED = 1500
"""Rows that judge a head after each epoch, of those that it neither learns from nor answers."""
RECIPE = engine.Recipe(epochs=4, batch_size=64, learning_rate=1e-3, weight_decay=0.05, schedule="cosine", patience=4)


@dataclass(frozen=True)
class FittedPools:
    """The pools of all folds, and out-of-fold log probabilities [rows, classes]."""

    pools: Pools
    out_of_fold: np.ndarray


def fit_pools(
    states: TokenStates, row: np.ndarray, folds: Folds, classes: int, fold_of: np.ndarray, run: Run
) -> FittedPools:
    """One pool for each fold (`fold_of` [rows]), trained and stopped on the other folds' rows through the engine.

    `states` holds the distinct texts, normalised, and `row` [rows] the place of each row's text among them. Raises Cancelled.
    """
    labels, numbers = torch.from_numpy(folds.y), np.unique(fold_of)
    held_out = np.zeros((len(folds), classes), dtype=np.float32)
    members: list[AttentionPool] = []

    def collate(rows: list[int]) -> dict[str, torch.Tensor]:
        return states.batch(row[rows]) | {"labels": labels[rows]}

    for done, fold in enumerate(numbers):
        torch.manual_seed(run.seed + done)
        pool = AttentionPool(states.states.shape[1], classes)
        training, judged = folds.stopping(np.flatnonzero(fold_of != fold), MOST_JUDGED)
        rows = engine.Rows(training, judged, collate, states.lengths[row].tolist(), states.on_device)
        part = replace(run, report=PartOf(run.report, done / len(numbers), 1 / len(numbers)))
        engine.train(pool, rows, sharpness, RECIPE, part, name=f"pool_{done}")
        members.append(pool)
        aside = np.flatnonzero(fold_of == fold)
        order = aside[np.argsort(states.lengths[row[aside]], kind="stable")]
        held_out[order] = _answers(Pools([pool], run.hardware.kind), states, row[order])
    return FittedPools(Pools(members, run.hardware.kind), held_out)


def _answers(pools: Pools, states: TokenStates, row: np.ndarray) -> np.ndarray:
    """The pools' log probabilities [rows, classes] of the texts at these places, those of like length side by side."""
    found: list[np.ndarray] = []
    parts = [row[start : start + AT_ONCE] for start in range(0, len(row), AT_ONCE)]
    within_memory(parts, lambda some: found.append(pools.log_probabilities(**states.batch(some))))
    return np.concatenate(found)
