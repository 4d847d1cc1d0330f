"""What more rows would bring to a yes-or-no table: boosted trees on growing parts of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.learning.curve import Task, learning_curve
from core.learning.delong import areas
from core.learning.folds import Folds
from core.learning.tabular.boosting import LightTrees, OrderedTrees, light_trees_work
from core.learning.tabular.columns import Columns
from core.learning.tabular.stopped import fit_stopped
from core.second_look import Curve
from core.words import Text

METHOD = Text("one set of boosted trees", "单个梯度提升树模型")


def area_curve(
    frame: pd.DataFrame, bad: np.ndarray, groups: np.ndarray | None, seed: int, tick: Callable[[float], None]
) -> Curve | None:
    """How the area under the ROC curve grows with rows. Some rows of each fit stop its trees. Equal rows, and rows
    of one of `groups`, stay together."""
    columns = Columns.fit(frame)
    folds = Folds.of_table(frame, bad.astype(int), seed, together=groups, texts=columns.free_texts)
    encoded = columns.encode(frame)
    kind = LightTrees if light_trees_work() else OrderedTrees

    def answer(kept: np.ndarray, asked: np.ndarray) -> np.ndarray:
        return fit_stopped(kind, encoded.take(kept), folds.take(kept)).log_odds(encoded.take(asked))

    def measure(answers: Sequence[np.ndarray], labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return areas(labels.astype(bool), *answers)

    return learning_curve(Task(folds, answer, measure, tick), METHOD)
