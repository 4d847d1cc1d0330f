"""Labels that are likely wrong: confident learning (Northcutt, Jiang and Chuang 2021) with cleanlab."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core.second_look import Doubt, Doubts
from core.words import Text

MOST_LISTED = 300
LONGEST_CELL = 2000
LEAST_OF_A_CLASS = 10


def doubtful(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Rows whose label is likely wrong, int, the least plausible first.

    `labels` are class numbers, `probabilities` [rows, classes] come from parts that had not learned from the row. A row
    is doubtful where another class is as probable as that class is on average for rows that carry its label, and is
    the likeliest one (the confident joint's off-diagonal, `filter_by="confident_learning"`); ordered by the
    probability of the given label.
    """
    from cleanlab.filter import find_label_issues

    used, codes = np.unique(labels, return_inverse=True)
    if len(used) < 2 or np.bincount(codes).min() < LEAST_OF_A_CLASS:
        return np.zeros(0, dtype=np.int64)
    shares = probabilities[:, used].astype(np.float64)
    shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
    found = find_label_issues(
        codes, shares, filter_by="confident_learning", return_indices_ranked_by="self_confidence", n_jobs=1
    )
    return np.asarray(found, dtype=np.int64)


def as_doubts(
    answers: tuple[np.ndarray, np.ndarray],
    rows: np.ndarray,
    labels: Sequence[tuple[str, Text]],
    cells: Callable[[int], Mapping[str, str]],
    *,
    facts: bool = False,
) -> Doubts:
    """The doubtful ones as the user reads them. `answers` are class numbers [n] and probabilities [n, classes]; `rows`
    are the places [n] in the training table; `labels` the file's value and the title of each class; `cells` gives what
    to read of the row at a place."""
    given, shares = answers
    found = doubtful(given, shares)
    listed = []
    for one in found[:MOST_LISTED]:
        own, best = int(given[one]), int(shares[one].argmax())
        read = {name: value[:LONGEST_CELL] for name, value in cells(int(rows[one])).items()}
        pair = float(shares[one, own]), float(shares[one, best])
        listed.append(Doubt(int(rows[one]), labels[own][0], labels[best][0], *pair, read))
    return Doubts(tuple(listed), len(found), len(given), tuple(labels), facts)
