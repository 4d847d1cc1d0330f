"""How right a classifier is, and how honest its probabilities are. Every figure is finite, never NaN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

Labels = Sequence[str] | np.ndarray


@dataclass(frozen=True)
class ClassScore:
    """One class: shares from 0 to 1, `support` its rows."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


def classes_of(*labels: Labels) -> tuple[str, ...]:
    """All classes that occur, sorted."""
    return tuple(sorted({str(value) for part in labels for value in pd.unique(np.asarray(part, dtype=object))}))


def confusion(actual: Labels, predicted: Labels, classes: Sequence[str]) -> np.ndarray:
    """Counts, int64 [class, class]: `[i, j]` rows of actual class i were given class j. ValueError for a label
    that is not among the classes."""
    rows, columns = codes(actual, classes), codes(predicted, classes)
    size = len(classes)
    return np.bincount(rows * size + columns, minlength=size * size).reshape(size, size)


def codes(labels: Labels, classes: Sequence[str]) -> np.ndarray:
    """Each label's position among the classes. Raises ValueError for one that is not there."""
    found = pd.Index(list(classes), dtype=object).get_indexer(pd.Index([str(value) for value in labels], dtype=object))
    if (found < 0).any():
        raise ValueError(f"unknown label {labels[int(np.argmax(found < 0))]!r}, known: {list(classes)}")
    return found


def accuracy(actual: Labels, predicted: Labels) -> float:
    """Share of rows with the right class; 0 without rows."""
    right = np.asarray(actual, dtype=object) == np.asarray(predicted, dtype=object)
    return float(right.mean()) if len(right) else 0.0


def macro_f1(actual: Labels, predicted: Labels) -> float:
    """Mean of the classes' F1, over the classes that occur on either side (scikit-learn with zero_division=0)."""
    names = classes_of(actual, predicted)
    return float(macro_f1_of(confusion(actual, predicted, names)[None])[0]) if names else 0.0


def accuracy_of(counts: np.ndarray) -> np.ndarray:
    """Accuracy of confusion counts [..., class, class]."""
    return _ratio(np.trace(counts, axis1=-2, axis2=-1), counts.sum(axis=(-2, -1)))


def macro_f1_of(counts: np.ndarray) -> np.ndarray:
    """Macro-F1 of confusion counts [..., class, class], over the classes that occur in each."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    both = counts.sum(axis=-1) + counts.sum(axis=-2)
    return _ratio(_ratio(2 * hits, both).sum(axis=-1), (both > 0).sum(axis=-1))


def per_class(actual: Labels, predicted: Labels, classes: Sequence[str] | None = None) -> tuple[ClassScore, ...]:
    """Precision, recall, F1 and support of each class, 0 where undefined."""
    names = tuple(classes) if classes is not None else classes_of(actual, predicted)
    counts = confusion(actual, predicted, names)
    hits, support, given = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    scores = zip(
        names, _ratio(hits, given), _ratio(hits, support), _ratio(2 * hits, support + given), support, strict=True
    )
    return tuple(ClassScore(name, float(p), float(r), float(f), int(n)) for name, p, r, f, n in scores)


def roc_auc(actual: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve of `actual` (bool or 0/1) by `score`; 0.5 where only one class occurs."""
    actual = np.asarray(actual).astype(bool)
    if not len(actual) or actual.all() or not actual.any():
        return 0.5
    return float(roc_auc_score(actual, np.nan_to_num(np.asarray(score, dtype=float))))


def log_loss(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean negative log-likelihood (nats) of `actual` class positions under probabilities [row, class], clipped at
    1e-7; 0 without rows."""
    if not len(actual):
        return 0.0
    given = np.asarray(probabilities, dtype=float)[np.arange(len(actual)), np.asarray(actual, dtype=int)]
    return float(-np.log(np.clip(np.nan_to_num(given), 1e-7, 1.0)).mean())


def brier(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean squared distance, 0 to 2, of probabilities [row, class] from the actual class positions (Brier 1950, the
    sum over all classes). For two classes it is twice the one-class form of scikit-learn."""
    if not len(actual):
        return 0.0
    truth = np.zeros_like(np.asarray(probabilities, dtype=float))
    truth[np.arange(len(actual)), np.asarray(actual, dtype=int)] = 1.0
    return float(((np.nan_to_num(probabilities) - truth) ** 2).sum(axis=1).mean())


def expected_calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over equal-mass bins (Nguyen and O'Connor 2015; Naeini et al. 2015): the mean
    distance between confidence and share right, weighted by rows. 0 without rows."""
    parts = equal_mass(confidence, bins)
    confidence, correct = np.asarray(confidence, dtype=float), np.asarray(correct, dtype=float)
    gaps = [len(part) * abs(confidence[part].mean() - correct[part].mean()) for part in parts]
    return float(sum(gaps) / len(confidence)) if len(confidence) else 0.0


def equal_mass(confidence: np.ndarray, bins: int) -> list[np.ndarray]:
    """Positions of the rows in ascending confidence, cut into at most `bins` parts of nearly equal size."""
    order = np.argsort(np.asarray(confidence, dtype=float), kind="stable")
    return [part for part in np.array_split(order, bins) if len(part)]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0 where the whole is 0."""
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)
