"""The scorecard as the simple method to beat, and what columns are worth: both fitted on training rows only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from core.data.splitting import equal_rows
from core.learning.calibration import stratified_folds
from core.learning.delong import areas, auc_difference
from core.learning.tabular.boosting import LightTrees, OrderedTrees, light_trees_work
from core.learning.tabular.columns import Columns, Encoded
from core.learning.tabular.model import Member
from core.learning.tabular.scorecard import Scorecard
from core.learning.tabular.texts import Scores

FOLDS = 5
MOST_ROWS = 5000
MOST_KNOWN = 8
_KNOWN: dict[tuple[int, int, tuple[str, ...], int], dict[str, Any] | None] = {}
"""What was measured: it is the same for every mode that is estimated."""


@dataclass(frozen=True)
class ScorecardBaseline:
    """A logistic scorecard over the user's columns."""

    columns: Columns
    card: Member

    @staticmethod
    def fit(frame: pd.DataFrame, bad: np.ndarray) -> ScorecardBaseline:
        columns = Columns.fit(frame)
        scores, learned = Scores.fit(columns.encode(frame), bad, 0)
        return ScorecardBaseline(columns, scores.around(Scorecard.fit(learned, bad)))

    def probabilities(self, frame: pd.DataFrame) -> np.ndarray:
        return expit(self.card.log_odds(self.columns.encode(frame)))


def cost_of_leaving_out(frame: pd.DataFrame, bad: np.ndarray, columns: list[str], seed: int) -> dict[str, Any] | None:
    """By how much the AUC is better with these columns than without, by cross-validated boosted trees on at most
    MOST_ROWS rows: {"columns", "with", "without", "gain", "low", "high", "rows"}; None where it cannot be measured."""
    names = [name for name in columns if name in frame.columns]
    rows = np.random.default_rng(seed).permutation(len(frame))[:MOST_ROWS]
    some, truth = frame.iloc[rows].reset_index(drop=True), bad[rows]
    rest = some.drop(columns=names)
    key = (int(pd.util.hash_pandas_object(some.astype(str)).sum()), int(truth.sum()), tuple(names), seed)
    if key not in _KNOWN:
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = _cost(some, rest, truth, seed)
    return _KNOWN[key]


def _cost(some: pd.DataFrame, rest: pd.DataFrame, truth: np.ndarray, seed: int) -> dict[str, Any] | None:
    names = [name for name in some.columns if name not in rest.columns]
    if not names or min(truth.sum(), (~truth).sum()) < 2 * FOLDS:
        return None
    both = [Columns.fit(part) for part in (some, rest)]
    if not both[1].used:
        return None
    together = equal_rows(some)
    answers = [
        _crossed(plan.encode(part), truth, together, seed) for plan, part in zip(both, (some, rest), strict=True)
    ]
    found, _ = areas(truth, *answers)
    gain, low, high = auc_difference(truth, *answers)
    return {
        "columns": names, "with": float(found[0]), "without": float(found[1]), "gain": gain, "low": low, "high": high,
        "rows": len(some),
    }  # fmt: skip


def _crossed(encoded: Encoded, bad: np.ndarray, together: np.ndarray, seed: int) -> np.ndarray:
    """Each row's log-odds by trees that had not learned from it."""
    kind = LightTrees if light_trees_work() else OrderedTrees
    fold_of = stratified_folds(bad.astype(int), together, FOLDS, seed)
    answers = np.zeros(len(bad))
    for fold in range(FOLDS):
        training, held = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        scores, learned = Scores.fit(encoded.take(training), bad[training], seed)
        asked = scores(encoded.take(held))
        answers[held] = kind.fit(learned, bad[training], asked, bad[held], seed).log_odds(asked)
    return answers
