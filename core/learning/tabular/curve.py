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
from core.learning.tabular.texts import Scores
from core.second_look import Curve
from core.words import Text

STOPPING_PARTS = 5
METHOD = Text("one set of boosted trees", "单个梯度提升树模型")


def area_curve(
    frame: pd.DataFrame, bad: np.ndarray, groups: np.ndarray | None, seed: int, tick: Callable[[float], None]
) -> Curve | None:
    """How the area under the ROC curve grows with rows. A fifth of the rows of each fit stops its trees. Equal rows, and rows
    of one of `groups`, stay together."""
    columns = Columns.fit(frame)
    folds = Folds.of_table(frame, bad.astype(int), seed, together=groups, texts=columns.free_texts)
    encoded = columns.encode(frame)
    kind = LightTrees if light_trees_work() else OrderedTrees

    def answer(kept: np.ndarray, asked: np.ndarray) -> np.ndarray:
        part = folds.take(kept).parts(STOPPING_PARTS)
        learn, stop = kept[part != 0], kept[part == 0]
        scores, learned = Scores.fit(encoded.take(learn), folds.take(learn))
        trees = kind.fit(learned, bad[learn], scores(encoded.take(stop)), bad[stop], seed)
        return trees.log_odds(scores(encoded.take(asked)))

    def measure(answers: Sequence[np.ndarray], labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return areas(labels.astype(bool), *answers)

    return learning_curve(Task(folds, answer, measure, tick), METHOD)
