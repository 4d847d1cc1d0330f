"""Several models' log-odds as one calibrated probability: a weighted sum, so that explanations add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

PULL_TO_EQUAL = 5.0
FURTHEST = 15.0


@dataclass(frozen=True)
class Stack:
    """log-odds = bias + sum of weight x part. No weight is negative. `covariance` [parts + 1, parts + 1] is the
    uncertainty of (weights, bias) from the rows that they were fitted on."""

    weights: np.ndarray
    bias: float
    covariance: np.ndarray

    def log_odds(self, parts: np.ndarray) -> np.ndarray:
        """From the parts' log-odds [rows, parts]."""
        return np.clip(parts, -FURTHEST, FURTHEST) @ self.weights + self.bias

    def deviation(self, parts: np.ndarray) -> np.ndarray:
        """Standard deviation of the log-odds [rows] that comes from fitting the stack."""
        design = np.column_stack([np.clip(parts, -FURTHEST, FURTHEST), np.ones(len(parts))])
        return np.sqrt(np.maximum(np.einsum("ri,ij,rj->r", design, self.covariance, design), 0.0))


def fit_stack(parts: np.ndarray, bad: np.ndarray) -> Stack:
    """Stacked generalisation (Wolpert 1992) with Platt's scaling (1999): a logistic regression with non-negative weights
    on out-of-fold log-odds [rows, parts], pulled towards equal weights that sum to one where rows are few."""
    count = parts.shape[1]
    design = np.column_stack([np.clip(parts, -FURTHEST, FURTHEST), np.ones(len(parts))])
    truth = bad.astype(float)
    start = np.append(np.full(count, 1 / count), 0.0)
    pull = np.append(np.full(count, PULL_TO_EQUAL), 0.1)

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        z = design @ values
        away = values - start
        value = np.logaddexp(0, z).sum() - truth @ z + 0.5 * float(pull @ away**2)
        return value / len(truth), (design.T @ (expit(z) - truth) + pull * away) / len(truth)

    bounds = [(0.0, 3.0)] * count + [(-5.0, 5.0)]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    share = expit(design @ found)
    hessian = (design * (share * (1 - share))[:, None]).T @ design + np.diag(pull)
    return Stack(found[:-1], float(found[-1]), np.linalg.inv(hessian))
