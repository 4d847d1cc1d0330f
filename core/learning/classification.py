"""What a classifier did on rows it never saw: one evaluation for every scenario that answers with a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.learning import metrics, uncertainty
from core.paired import share_interval

DECIDED = ("accuracy", "macro_f1")


@dataclass(frozen=True)
class Predictions:
    """Held-out rows of n: their classes, the model's probabilities [n, classes], and what rivals answered."""

    actual: Sequence[str]
    probabilities: np.ndarray
    classes: Sequence[str]
    rivals: Mapping[str, Sequence[str]]
    threshold: float | None


@dataclass(frozen=True)
class Scores:
    """Figures of one evaluation; arrays have one entry per held-out row. `details` is JSON-safe."""

    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    baseline: dict[str, float]
    rival: str
    gain: tuple[float, float, float]
    details: dict[str, Any]
    given: np.ndarray
    confidence: np.ndarray
    right: np.ndarray
    sure: np.ndarray


def evaluate_classifier(predictions: Predictions, seed: int) -> Scores:
    """Compares a classifier with its rivals on the same rows.

    The verdict's rival is the better of `predictions.rivals` on these rows, which can only favour the rival. `gain`
    is the paired difference in accuracy to it, with its 95% interval. Classes that only the held-out rows know count
    as mistakes.
    """
    classes = list(predictions.classes)
    actual = np.asarray(predictions.actual, dtype=object)
    shares = predictions.probabilities
    seen = [*classes, *sorted(set(predictions.actual) - set(classes))]
    given = np.asarray(classes, dtype=object)[shares.argmax(1)]
    confidence, right = shares.max(1), given == actual
    sure = (
        confidence >= predictions.threshold if predictions.threshold is not None else np.zeros(len(actual), dtype=bool)
    )
    rivals = {name: np.asarray(answers, dtype=object) for name, answers in predictions.rivals.items()}
    rival = max(rivals, key=lambda name: metrics.accuracy(actual, rivals[name]))
    paired = {
        metric: uncertainty.paired_difference(actual, given, rivals[rival], metric=metric, seed=seed)
        for metric in DECIDED
    }
    wrong_and_sure = int((sure & ~right).sum())
    return Scores(
        metrics={
            "accuracy": metrics.accuracy(actual, given),
            "macro_f1": metrics.macro_f1(actual, given),
            "coverage": float(sure.mean()),
            "coverage_error": wrong_and_sure / max(int(sure.sum()), 1),
            "expected_calibration_error": metrics.expected_calibration_error(confidence, right),
            "log_loss": metrics.log_loss(metrics.codes(actual, seen), _widened(shares, len(seen))),
        },
        intervals={
            **uncertainty.bootstrap_intervals(actual, given, metrics=DECIDED, seed=seed),
            "coverage": share_interval(int(sure.sum()), len(sure)),
            "coverage_error": share_interval(wrong_and_sure, int(sure.sum())),
        },
        baseline=_baseline_figures(actual, rivals),
        rival=rival,
        gain=paired["accuracy"],
        details={
            "classes": classes,
            "confusion_classes": seen,
            "confusion": metrics.confusion(actual, given, seen).tolist(),
            "per_class": [
                _class_score(score, int((given == score.name).sum()))
                for score in metrics.per_class(actual, given, seen)
            ],
            "reliability": [asdict(part) for part in uncertainty.reliability_bins(confidence, right)],
            "calibration_noise": uncertainty.calibration_noise(confidence, seed),
            "coverage_curve": {k: v.tolist() for k, v in asdict(uncertainty.coverage_curve(confidence, right)).items()},
            "threshold": predictions.threshold,
            "paired": {name: list(value) for name, value in paired.items()},
            "rival": rival,
            "baseline_intervals": {
                name: {
                    metric: list(interval)
                    for metric, interval in uncertainty.bootstrap_intervals(
                        actual, answers, metrics=DECIDED, seed=seed
                    ).items()
                }
                for name, answers in rivals.items()
            },
        },
        given=given,
        confidence=confidence,
        right=right,
        sure=sure,
    )


def _baseline_figures(actual: np.ndarray, rivals: dict[str, np.ndarray]) -> dict[str, float]:
    """The first rival's figures under their own names, further rivals' with the rival's name in front."""
    found = {}
    for place, (name, answers) in enumerate(rivals.items()):
        prefix = "" if place == 0 else f"{name}_"
        found[f"{prefix}accuracy"] = metrics.accuracy(actual, answers)
        found[f"{prefix}macro_f1"] = metrics.macro_f1(actual, answers)
    return found


def _class_score(score: metrics.ClassScore, given: int) -> dict[str, Any]:
    hits = round(score.recall * score.support)
    return {
        "name": score.name,
        "precision": score.precision,
        "recall": score.recall,
        "f1": score.f1,
        "support": score.support,
        "given": given,
        "precision_interval": list(share_interval(hits, given)),
        "recall_interval": list(share_interval(hits, score.support)),
    }


def _widened(probabilities: np.ndarray, width: int) -> np.ndarray:
    """Probability 0 for classes that only the held-out rows know."""
    return np.pad(probabilities, ((0, 0), (0, width - probabilities.shape[1])))
