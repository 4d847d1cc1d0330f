"""What decisions are worth: profits and losses over a cut-off. Plain arithmetic on counts, quick enough to follow a slider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

BINS = 400
RESAMPLES = 300
Z = 1.959964
PER = 1000
"""Figures are given per this many cases."""

Per = Literal["case", "amount"]


@dataclass(frozen=True)
class Stakes:
    """What a good case earns and a bad one costs, both positive: each, or as a share of its amount."""

    profit: float
    loss: float
    per: Per = "case"


@dataclass(frozen=True)
class Summary:
    """Scored cases in bins of rising probability: in each the goods and bads, and their amounts. JSON-safe through
    `to_json`; enough to reckon the profit of any cut-off under any stakes."""

    upto: np.ndarray
    goods: np.ndarray
    bads: np.ndarray
    good_amount: np.ndarray
    bad_amount: np.ndarray
    good_square: np.ndarray
    bad_square: np.ndarray

    @staticmethod
    def of(probability: np.ndarray, bad: np.ndarray, amount: np.ndarray | None = None) -> Summary:
        """From rows: probabilities, bool outcomes, amounts (1 each without them; a missing one counts as the median)."""
        amounts = np.ones(len(bad)) if amount is None else _filled(amount)
        cuts = np.unique(np.quantile(probability, np.linspace(0, 1, BINS + 1)[1:-1])) if len(bad) else np.zeros(0)
        place = np.searchsorted(cuts, probability, side="right")
        upto = np.append(cuts, 1.0)

        def summed(weights: np.ndarray) -> np.ndarray:
            return np.bincount(place, weights=weights, minlength=len(upto))

        good, ill = (~bad).astype(float), bad.astype(float)
        return Summary(
            upto, summed(good), summed(ill), summed(good * amounts), summed(ill * amounts),
            summed(good * amounts**2), summed(ill * amounts**2),
        )  # fmt: skip

    @property
    def rows(self) -> float:
        return float(self.goods.sum() + self.bads.sum())

    def gains(self, stakes: Stakes) -> tuple[np.ndarray, np.ndarray]:
        """Sum and sum of squares of what approving the cases of each bin earns."""
        if stakes.per == "case":
            return (
                stakes.profit * self.goods - stakes.loss * self.bads,
                stakes.profit**2 * self.goods + stakes.loss**2 * self.bads,
            )
        return (
            stakes.profit * self.good_amount - stakes.loss * self.bad_amount,
            stakes.profit**2 * self.good_square + stakes.loss**2 * self.bad_square,
        )

    def to_json(self) -> dict[str, list[float]]:
        return {name: np.round(value, 6).tolist() for name, value in vars(self).items()}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Summary:
        return Summary(**{name: np.asarray(numbers, dtype=float) for name, numbers in value.items()})


def said(value: float) -> str:
    """Three digits that count, without a currency: 842, 12,400, −269,000."""
    return f"{float(f'{value:.3g}'):,.10g}".replace("-", "−")


def _filled(amount: np.ndarray) -> np.ndarray:
    known = amount[np.isfinite(amount)]
    return np.where(np.isfinite(amount), amount, np.median(known) if len(known) else 1.0)


@dataclass(frozen=True)
class Curve:
    """Profit per 1,000 cases if those below each cut-off are approved, with 95% bounds, and the share approved."""

    cutoff: np.ndarray
    profit: np.ndarray
    low: np.ndarray
    high: np.ndarray
    approved: np.ndarray


def profit_curve(summary: Summary, stakes: Stakes) -> Curve:
    """Over every bin's end, from approving nobody to approving all."""
    sums, squares = (np.concatenate([[0.0], np.cumsum(part)]) for part in summary.gains(stakes))
    rows = max(summary.rows, 1.0)
    deviation = np.sqrt(np.maximum(squares / rows - (sums / rows) ** 2, 0.0) / rows)
    approved = np.concatenate([[0.0], np.cumsum(summary.goods + summary.bads)]) / rows
    profit = sums / rows
    cutoff = np.concatenate([[0.0], summary.upto])
    low, high = profit - Z * deviation, profit + Z * deviation
    return Curve(cutoff, profit * PER, low * PER, high * PER, approved)


def best_cutoff(summary: Summary, stakes: Stakes, seed: int = 0) -> tuple[float, float, float]:
    """(cut-off, low, high): where the profit is largest, with the 95% range in which it lies over resampled cases
    (each bin's total drawn from its normal approximation)."""
    sums, squares = summary.gains(stakes)
    ends = np.concatenate([[0.0], summary.upto])
    best = float(ends[int(np.argmax(np.concatenate([[0.0], np.cumsum(sums)])))])
    draws = np.random.default_rng(seed).normal(sums, np.sqrt(np.maximum(squares, 0.0)), (RESAMPLES, len(sums)))
    totals = np.concatenate([np.zeros((RESAMPLES, 1)), np.cumsum(draws, axis=1)], axis=1)
    low, high = np.percentile(ends[totals.argmax(axis=1)], [2.5, 97.5])
    return best, float(min(low, best)), float(max(high, best))


@dataclass(frozen=True)
class Worth:
    """Profit per 1,000 cases with its 95% bounds, and the share of cases approved."""

    profit: float
    low: float
    high: float
    approved: float


def gains_of(bad: np.ndarray, amount: np.ndarray | None, stakes: Stakes) -> np.ndarray:
    """What approving each case earns: float [rows], negative for bads."""
    amounts = np.ones(len(bad)) if amount is None or stakes.per == "case" else _filled(amount)
    return np.where(bad, -stakes.loss, stakes.profit) * amounts


def worth(gains: np.ndarray, approved: np.ndarray) -> Worth:
    """Of approving these cases (bool [rows]) and no others."""
    earned = np.where(approved, gains, 0.0)
    mean, spread = _mean(earned)
    return Worth(
        mean * PER, (mean - spread) * PER, (mean + spread) * PER, float(approved.mean()) if len(gains) else 0.0
    )


def difference(gains: np.ndarray, approved: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """(gain per 1,000 cases, low, high) of one decision over another on the same cases, paired."""
    mean, spread = _mean(np.where(approved, gains, 0.0) - np.where(other, gains, 0.0))
    return mean * PER, (mean - spread) * PER, (mean + spread) * PER


def _mean(values: np.ndarray) -> tuple[float, float]:
    if not len(values):
        return 0.0, 0.0
    return float(values.mean()), float(Z * values.std() / np.sqrt(len(values)))
