"""Numbers and categories as vectors that a network can mix: scaled, cut into pieces, looked up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.special import ndtri
from torch import nn

KNOTS = 1000
FURTHEST = 1e-3


class QuantileScaler:
    """Each number as the normal score of its rank among the training rows, so that an outlier is merely the largest.

    `knots[i]` are values of column i, rising, and `scores[i]` what they become; between knots it is linear, beyond
    them constant. Equal values share the middle of their ranks; a column without any becomes zero.
    """

    def __init__(self, knots: list[np.ndarray], scores: list[np.ndarray]) -> None:
        self.knots, self.scores = knots, scores

    @staticmethod
    def fit(numbers: np.ndarray) -> QuantileScaler:
        """From the training rows' numbers [rows, n], NaN passed over."""
        pairs = [_knots(column[np.isfinite(column)]) for column in numbers.T]
        return QuantileScaler([knots for knots, _ in pairs], [scores for _, scores in pairs])

    def __call__(self, numbers: np.ndarray) -> np.ndarray:
        """Scores, float32 [rows, n], about -3 to 3; NaN stays."""
        out = np.full(numbers.shape, np.nan, dtype=np.float32)
        for i, (knots, scores) in enumerate(zip(self.knots, self.scores, strict=True)):
            known = ~np.isnan(numbers[:, i])
            out[known, i] = np.interp(numbers[known, i], knots, scores)
        return out


def _knots(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(values):
        return np.zeros(1), np.zeros(1)
    shares = np.linspace(0, 1, min(KNOTS, max(2, len(values))))
    quantiles = np.quantile(values.astype(np.float64), shares)
    knots, place, count = np.unique(quantiles, return_inverse=True, return_counts=True)
    ranks = np.bincount(place, weights=shares) / count
    return knots, ndtri(np.clip(ranks, FURTHEST, 1 - FURTHEST))


def bin_edges(scaled: np.ndarray, bins: int) -> np.ndarray:
    """Where each column is cut, [n, bins + 1] rising and padded with infinity: quantiles of the training rows, and where
    a frequent value takes several of them, quantiles of the other rows in their place."""
    edges = np.full((scaled.shape[1], bins + 1), np.inf, dtype=np.float32)
    for i, column in enumerate(scaled.T):
        known = column[~np.isnan(column)]
        found = _quantiles(known, bins + 1)
        while bins + 1 > len(found) and not np.isin(known, found).all():
            rest = known[~np.isin(known, found)]
            found = np.union1d(found, _quantiles(rest, bins + 1 - len(found)))
        edges[i, : len(found)] = found
    return edges


def _quantiles(values: np.ndarray, count: int) -> np.ndarray:
    return np.unique(np.quantile(values, np.linspace(0, 1, count), method="nearest")) if len(values) else np.zeros(1)


class Embeddings(nn.Module):
    """Every column of a row as a vector: [rows, numbers + categories, width].

    A number is a linear function of its scaled value plus a piecewise-linear one, whose slopes start at zero
    (Gorishniy et al. 2022, "On embeddings for numerical features in tabular deep learning"); a missing one has a vector
    of its own in place of both. A category's code is looked up. `edges` [numbers, bins + 1] as from `bin_edges`.
    """

    edges: torch.Tensor
    starts: torch.Tensor

    def __init__(self, edges: torch.Tensor, sizes: Sequence[int], width: int) -> None:
        super().__init__()
        count, bins = edges.shape[0], edges.shape[1] - 1
        self.sizes = list(sizes)
        self.register_buffer("edges", edges)
        counts = torch.tensor(self.sizes, dtype=torch.long)
        self.register_buffer("starts", counts.cumsum(0) - counts)
        self.slopes = nn.Parameter(torch.cat([torch.randn(count, 1, width), torch.zeros(count, bins, width)], 1))
        self.missing = nn.Parameter(torch.randn(count, width))
        self.offset = nn.Parameter(torch.randn(count, width) * 0.1)
        self.codes = nn.Parameter(torch.randn(sum(sizes), width))

    def forward(self, scaled: torch.Tensor, categories: torch.Tensor) -> torch.Tensor:
        """`scaled` numbers [rows, n] with NaN for missing, `categories` codes [rows, m]."""
        return torch.cat([self.numbers(scaled), self.codes[categories + self.starts]], 1)

    def numbers(self, scaled: torch.Tensor) -> torch.Tensor:
        """The numbers' vectors alone, [rows, n, width]."""
        gone = torch.isnan(scaled)
        value = scaled.nan_to_num()[..., None]
        low, high = self.edges[:, :-1], self.edges[:, 1:]
        real = torch.isfinite(high)
        width = torch.where(real, high - low, 1.0)
        pieces = ((value - torch.where(real, low, torch.inf)) / width).clamp(0, 1)
        out = torch.einsum("rnf,nfw->rnw", torch.cat([value, pieces], -1), self.slopes) + self.offset
        return torch.where(gone[..., None], self.missing, out)
