"""The scorecard as the simple method to beat, and what columns are worth: both fitted on training rows only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from core.learning.delong import areas, auc_difference
from core.learning.folds import Folds
from core.learning.tabular.boosting import LightTrees, OrderedTrees, light_trees_work
from core.learning.tabular.columns import Columns, Encoded
from core.learning.tabular.model import Member
from core.learning.tabular.scorecard import Scorecard
from core.learning.tabular.stopped import fit_stopped
from core.learning.tabular.texts import Scores

FOLDS = 5
MOST_ROWS = 5000
MOST_KNOWN = 8
_KNOWN: dict[tuple[Any, ...], dict[str, Any] | None] = {}
"""What was measured: it is the same for every mode that is estimated."""


@dataclass(frozen=True)
class ScorecardBaseline:
    """A logistic scorecard over the user's columns."""

    columns: Columns
    card: Member

    @staticmethod
    def fit(frame: pd.DataFrame, bad: np.ndarray, groups: np.ndarray | None = None) -> ScorecardBaseline:
        columns = Columns.fit(frame)
        folds = Folds.of_table(frame, bad.astype(int), together=groups, texts=columns.free_texts)
        scores, learned = Scores.fit(columns.encode(frame), folds)
        return ScorecardBaseline(columns, scores.around(Scorecard.fit(learned, bad)))

    def probabilities(self, frame: pd.DataFrame) -> np.ndarray:
        return expit(self.card.log_odds(self.columns.encode(frame)))


def cost_of_leaving_out(
    frame: pd.DataFrame, bad: np.ndarray, columns: list[str], seed: int, groups: np.ndarray | None = None
) -> dict[str, Any] | None:
    """By how much the AUC is better with these columns than without, by cross-validated boosted trees on at most
    MOST_ROWS rows: {"columns", "with", "without", "gain", "low", "high", "rows"}; None where it cannot be measured. Rows
    of one of `groups` (int [rows]) stay together."""
    names = [name for name in columns if name in frame.columns]
    rows = np.random.default_rng(seed).permutation(len(frame))[:MOST_ROWS]
    some, truth = frame.iloc[rows].reset_index(drop=True), bad[rows]
    rest = some.drop(columns=names)
    together = np.arange(len(some)) if groups is None else groups[rows]
    told = (int(pd.util.hash_pandas_object(one).sum()) for one in (some.astype(str), pd.Series(together)))
    key = (*told, int(truth.sum()), tuple(names), seed)
    if key not in _KNOWN:
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = _cost(some, rest, truth, together, seed)
    return _KNOWN[key]


def _cost(
    some: pd.DataFrame, rest: pd.DataFrame, truth: np.ndarray, together: np.ndarray, seed: int
) -> dict[str, Any] | None:
    names = [name for name in some.columns if name not in rest.columns]
    if not names or min(truth.sum(), (~truth).sum()) < 2 * FOLDS:
        return None
    both = [Columns.fit(part) for part in (some, rest)]
    if not both[1].used:
        return None
    folds = Folds.of_table(some, truth.astype(int), seed, together=together, texts=both[0].free_texts)
    if folds.rarest() < FOLDS:
        return None
    answers = [_crossed(plan.encode(part), folds) for plan, part in zip(both, (some, rest), strict=True)]
    found, _ = areas(truth, *answers)
    gain, low, high = auc_difference(truth, *answers)
    return {
        "columns": names, "with": float(found[0]), "without": float(found[1]), "gain": gain, "low": low, "high": high,
        "rows": len(some),
    }  # fmt: skip


def _crossed(encoded: Encoded, folds: Folds) -> np.ndarray:
    """Each row's log-odds by trees that neither learned from it nor were stopped by it."""
    kind = LightTrees if light_trees_work() else OrderedTrees
    fold_of, answers = folds.parts(FOLDS), np.zeros(len(folds))
    for fold in range(FOLDS):
        training, held = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        answers[held] = fit_stopped(kind, encoded.take(training), folds.take(training)).log_odds(encoded.take(held))
    return answers
