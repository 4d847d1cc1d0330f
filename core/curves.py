"""Curves over held-out rows, drawn with plain numpy so that runs can be laid over each other on the rows they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.cards import Unit
from core.words import Text

POINTS = 120
BINS = 10
LEAST_ALONE = 0.05
"""Below this share of the rows the error of what is answered alone is noise."""

Drawn = tuple[np.ndarray, np.ndarray]
"""x and y of a curve's points, x ascending."""


@dataclass(frozen=True)
class Curve:
    """What a scenario draws of held-out rows. `points` and `figure` read the columns `needs` of a result's rows: the
    curve itself, and the one figure that stands for it, said after `says` ("Mistakes among the surest 70 of 100")."""

    key: str
    reading: Text
    says: Text
    needs: tuple[str, ...]
    points: Callable[[pd.DataFrame], Drawn]
    figure: Callable[[pd.DataFrame], float]
    x_axis: Text
    y_axis: Text
    unit: Unit = "share"
    higher_is_better: bool = True
    x_unit: Unit = "share"
    diagonal: Text | None = None
    """What the line of equal x and y stands for, where it means something."""


def roc(rows: pd.DataFrame, score: str, outcome: str) -> Drawn:
    """The receiver operating characteristic: share of the others above each cut-off, share of `outcome` above it."""
    order = np.argsort(-rows[score].to_numpy(dtype=float), kind="stable")
    hit, sure = rows[outcome].to_numpy(dtype=bool)[order], rows[score].to_numpy(dtype=float)[order]
    ends = np.append(np.flatnonzero(sure[1:] != sure[:-1]), len(sure) - 1)
    caught, wrongly = np.cumsum(hit)[ends], np.cumsum(~hit)[ends]
    y, x = caught / max(int(hit.sum()), 1), wrongly / max(int((~hit).sum()), 1)
    return _thinned(np.append(0.0, x), np.append(0.0, y))


def caught_at(rows: pd.DataFrame, score: str, outcome: str, wrongly: float) -> float:
    """The share of `outcome` above the cut-off above which this share of the others lies."""
    hit, sure = rows[outcome].to_numpy(dtype=bool), rows[score].to_numpy(dtype=float)
    if hit.all() or not hit.any():
        return 0.0
    return float((sure[hit] > np.quantile(sure[~hit], 1 - wrongly)).mean())


def alone(rows: pd.DataFrame, sure: str, right: str) -> Drawn:
    """The share answered alone, the surest first, and the mistakes among them."""
    order = np.argsort(-rows[sure].to_numpy(dtype=float), kind="stable")
    wrong = ~rows[right].to_numpy(dtype=bool)[order]
    answered = np.arange(1, len(wrong) + 1)
    share, error = answered / len(wrong), np.cumsum(wrong) / answered
    kept = share >= LEAST_ALONE
    return _thinned(share[kept], error[kept])


def mistakes_among(rows: pd.DataFrame, sure: str, right: str, share: float) -> float:
    """The mistakes among this share of the rows, the surest ones."""
    order = np.argsort(-rows[sure].to_numpy(dtype=float), kind="stable")[: max(1, round(len(rows) * share))]
    return float(1 - rows[right].to_numpy(dtype=bool)[order].mean())


def reliability(rows: pd.DataFrame, said: str, came: str) -> Drawn:
    """The mean of what was said and the share that came true, in ten parts of equal size by what was said."""
    order = np.argsort(rows[said].to_numpy(dtype=float), kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    values, true = rows[said].to_numpy(dtype=float), rows[came].to_numpy(dtype=bool)
    return np.array([values[part].mean() for part in parts]), np.array([true[part].mean() for part in parts])


def gap(rows: pd.DataFrame, said: str, came: str) -> float:
    """How far, on average, what was said is from what came true (expected calibration error, Naeini et al. 2015)."""
    x, y = reliability(rows, said, came)
    return float(np.abs(x - y).mean()) if len(x) else 0.0


def within(rows: pd.DataFrame, place: str, most: int) -> Drawn:
    """The share of rows whose right answer stands among the first 1, 2, … `most`; `place` counts from 1."""
    cuts = np.arange(1, most + 1)
    places = rows[place].to_numpy(dtype=float)
    return cuts.astype(float), np.array([(places <= cut).mean() for cut in cuts])


def _thinned(x: np.ndarray, y: np.ndarray) -> Drawn:
    """About POINTS of the points, evenly spread over x, the first and the last among them."""
    at = np.unique(np.clip(np.searchsorted(x, np.linspace(x[0], x[-1], POINTS)), 0, len(x) - 1))
    at = np.unique(np.concatenate([[0], at, [len(x) - 1]]))
    return x[at], y[at]
