"""Blending several models' answers and making their confidence honest, on rows that none of them learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from core.learning import metrics

PULL_TO_EQUAL = 2.0
FLOOR = -12.0


@dataclass(frozen=True)
class Blend:
    """A weighted sum of log probabilities, renormalised (logarithmic opinion pool, Genest and Zidek 1986).

    The sum of `weights` is one over the temperature of temperature scaling (Guo et al. 2017,
    "On Calibration of Modern Neural Networks").
    """

    weights: tuple[float, ...]

    @property
    def temperature(self) -> float:
        return 1.0 / max(1e-6, sum(self.weights))

    @property
    def shares(self) -> tuple[float, ...]:
        total = max(1e-6, sum(self.weights))
        return tuple(weight / total for weight in self.weights)

    def log_probabilities(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Log probabilities [rows, classes] of the pool; each part is [rows, classes] of log probabilities."""
        pooled = sum(weight * np.maximum(part, FLOOR) for weight, part in zip(self.weights, parts, strict=True))
        return log_softmax(np.asarray(pooled, dtype=np.float64), axis=1)


def fit_blend(parts: Sequence[np.ndarray], y: np.ndarray) -> Blend:
    """The weights of least log loss on rows held out of the parts' training, none negative.

    With few rows they are pulled towards equal weights that sum to one.
    """
    clipped = np.stack([np.maximum(part, FLOOR) for part in parts]).astype(np.float64)
    equal = np.full(len(parts), 1.0 / len(parts))
    if len(y) == 0:
        return Blend(tuple(equal))
    rows = np.arange(len(y))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        pooled = log_softmax(np.tensordot(weights, clipped, axes=1), axis=1)
        share = np.exp(pooled)
        gradient = np.array([((share * part).sum(1) - part[rows, y]).mean() for part in clipped])
        pull = PULL_TO_EQUAL / len(y)
        return (
            -pooled[rows, y].mean() + pull * float(((weights - equal) ** 2).sum()),
            gradient + 2 * pull * (weights - equal),
        )

    found = minimize(loss, equal, jac=True, bounds=[(0.0, 5.0)] * len(parts), method="L-BFGS-B")
    weights = found.x if found.x.sum() > 0.05 else equal
    return Blend(tuple(float(weight) for weight in weights))


def sharpness(logits: np.ndarray, labels: np.ndarray) -> float:
    """Minus the log loss after temperature scaling: how well the answers separate, over- or underconfident or not."""
    logs = log_softmax(logits.astype(np.float64), axis=1)
    scaled = fit_blend([logs], labels).log_probabilities([logs])
    return float(scaled[np.arange(len(labels)), labels].mean())


def accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Share of the rows whose highest logit is that of their label."""
    return metrics.accuracy(labels, logits.argmax(axis=1))
