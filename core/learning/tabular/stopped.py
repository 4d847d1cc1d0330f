"""Boosted trees that learn from most of the rows given and are stopped by the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.learning.folds import Folds
from core.learning.tabular.boosting import USUAL, Ways
from core.learning.tabular.columns import Encoded
from core.learning.tabular.texts import Scores

if TYPE_CHECKING:
    from core.learning.tabular.model import Member


def fit_stopped(kind: Any, encoded: Encoded, folds: Folds, ways: Ways = USUAL) -> Member:
    """Trees of a kind on all of these rows; free texts are scored by heads that did not learn from the rows that stop."""
    training, stopping = folds.stopping(np.arange(len(folds)))
    scores, learned = Scores.fit(encoded.take(training), folds.take(training))
    bad, asked = folds.y.astype(bool), scores(encoded.take(stopping))
    return scores.around(kind.fit(learned, bad[training], asked, bad[stopping], folds.seed, ways))
