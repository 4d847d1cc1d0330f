"""The lender's classic: a logistic scorecard. Bins, weights of evidence, a logistic regression."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from core.learning.tabular.columns import Encoded

BINS = 10
SMOOTHING = 5.0
"""Rows of the average default rate added to each bin."""
STRENGTH = 0.5


@dataclass(frozen=True)
class Scorecard:
    """`edges[i]` cut number i into bins (the last bin is missing); `evidence` holds each column's log-odds by bin or code,
    numbers first; `weights` and `bias` join them."""

    edges: list[np.ndarray]
    evidence: list[np.ndarray]
    weights: np.ndarray
    bias: float

    @staticmethod
    def fit(encoded: Encoded, bad: np.ndarray) -> Scorecard:
        """Weight of evidence by bin (Siddiqi 2006, "Credit Risk Scorecards"), smoothed, then an L2-penalised logistic
        regression. `bad` is bool [rows] with both kinds."""
        edges = [_edges(column) for column in encoded.numbers.T]
        bins = _bins(encoded, edges)
        base = _log_odds(bad.mean())
        evidence = []
        for place, column in enumerate(bins.T):
            size = len(edges[place]) + 2 if place < len(edges) else encoded.sizes[place - len(edges)]
            rows, bads = np.bincount(column, minlength=size), np.bincount(column, weights=bad, minlength=size)
            evidence.append(_log_odds((bads + SMOOTHING * bad.mean()) / (rows + SMOOTHING)) - base)
        features = _looked_up(bins, evidence)
        model = LogisticRegression(C=STRENGTH, max_iter=500).fit(features, bad)
        return Scorecard(edges, evidence, model.coef_[0].astype(float), float(model.intercept_[0]))

    def log_odds(self, encoded: Encoded) -> np.ndarray:
        return self.contributions(encoded).sum(axis=1)

    def contributions(self, encoded: Encoded) -> np.ndarray:
        """What each column adds to the log-odds, then the bias: float64 [rows, n + m + 1]."""
        parts = _looked_up(_bins(encoded, self.edges), self.evidence) * self.weights
        return np.hstack([parts, np.full((len(parts), 1), self.bias)])

    def save(self, folder: Path) -> None:
        about = {
            "edges": [column.tolist() for column in self.edges],
            "evidence": [column.tolist() for column in self.evidence],
            "weights": self.weights.tolist(),
            "bias": self.bias,
        }
        (folder / "scorecard.json").write_text(json.dumps(about), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> Scorecard:
        value = json.loads((folder / "scorecard.json").read_text(encoding="utf-8"))
        return Scorecard(
            [np.array(column, dtype=float) for column in value["edges"]],
            [np.array(column, dtype=float) for column in value["evidence"]],
            np.array(value["weights"], dtype=float),
            value["bias"],
        )


def _edges(column: np.ndarray) -> np.ndarray:
    known = column[~np.isnan(column)].astype(float)
    if not len(known):
        return np.zeros(0)
    return np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))


def _bins(encoded: Encoded, edges: list[np.ndarray]) -> np.ndarray:
    """Bin numbers [rows, n + m]: numbers by their edges, missing in the last bin; categories by their code."""
    parts = []
    for column, cuts in zip(encoded.numbers.T, edges, strict=True):
        bins = np.searchsorted(cuts, np.nan_to_num(column.astype(float)), side="left")
        parts.append(np.where(np.isnan(column), len(cuts) + 1, bins))
    return (
        np.column_stack([*parts, *encoded.categories.T]).astype(int)
        if encoded.sources
        else np.zeros((len(encoded), 0), dtype=int)
    )


def _looked_up(bins: np.ndarray, evidence: list[np.ndarray]) -> np.ndarray:
    if not evidence:
        return np.zeros((len(bins), 1))
    return np.column_stack([values[column] for column, values in zip(bins.T, evidence, strict=True)])


def _log_odds(share: Any) -> Any:
    clipped = np.clip(share, 1e-6, 1 - 1e-6)
    return np.log(clipped / (1 - clipped))
