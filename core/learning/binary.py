"""How good a yes/no model's probabilities are on rows it never saw, against rivals on the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_curve

from core.learning import metrics
from core.learning.delong import Z, auc_difference, auc_interval
from core.learning.uncertainty import calibration_noise, reliability_bins
from core.paired import share_interval
from core.words import Text, UserError

RESAMPLES = 200
MOST_RESAMPLED = 20_000
POINTS = 150
SHADES = 40

ONE_KIND = Text(
    "The rows held out have only one outcome, so nothing can be measured on them. Bring more rows of the rarer outcome.",
    "留作检验的数据只有一种结果，无法衡量效果。请补充较少那种结果的数据。",
)


@dataclass(frozen=True)
class BinaryScores:
    """`metrics` and `baseline` (the first rival's under their own names, further rivals' with the name in front) are
    shares; `gain` is the paired difference in AUC to the better rival with its 95% interval; `details` is JSON-safe."""

    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    baseline: dict[str, float]
    rival: str
    gain: tuple[float, float, float]
    details: dict[str, Any]


def evaluate_binary(
    bad: np.ndarray, probability: np.ndarray, rivals: Mapping[str, np.ndarray], seed: int
) -> BinaryScores:
    """`bad` is bool [rows], the probabilities of bad float [rows]. The verdict's rival is the better of `rivals` by AUC on
    these rows, which can only favour the rival. Raises UserError where the rows hold one outcome only."""
    bad = np.asarray(bad, dtype=bool)
    if bad.all() or not bad.any():
        raise UserError(ONE_KIND)
    areas = {name: auc_interval(bad, answer) for name, answer in rivals.items()}
    rival = max(areas, key=lambda name: areas[name][0])
    _, low, high = auc_interval(bad, probability)
    own = _figures(bad, probability)
    draws = _draws(len(bad), seed)
    intervals = {
        name: _interval(measure, bad, probability, draws)
        for name, measure in MEASURES.items()
        if name not in WITHOUT_RANGE
    }
    baseline: dict[str, float] = {}
    for place, (name, answer) in enumerate(rivals.items()):
        baseline |= {key if place == 0 else f"{name}_{key}": value for key, value in _figures(bad, answer).items()}
    gain = auc_difference(bad, probability, rivals[rival])
    return BinaryScores(
        own,
        {"roc_auc": (low, high), "gini": (2 * low - 1, 2 * high - 1), **intervals},
        baseline,
        rival,
        gain,
        {
            "bad_share": float(bad.mean()),
            "calibration_noise": calibration_noise(probability, seed),
            "paired": list(gain),
            "rival": rival,
            "rival_intervals": {name: list(found[1:]) for name, found in areas.items()},
            "roc": {"model": _roc(bad, probability), **{name: _roc(bad, answer) for name, answer in rivals.items()}},
            "precision_recall": {
                "model": _precision_recall(bad, probability),
                **{name: _precision_recall(bad, answer) for name, answer in rivals.items()},
            },
            "reliability": [asdict(part) for part in reliability_bins(probability, bad)],
            "distribution": distribution(bad, probability),
            "deciles": deciles(bad, probability),
            "captured": {name: captured(bad, answer) for name, answer in {"model": probability, **rivals}.items()},
        },
    )


def ks(bad: np.ndarray, probability: np.ndarray) -> float:
    """The largest distance between the two outcomes' cumulative distributions (Kolmogorov and Smirnov)."""
    false, true, _ = roc_curve(bad, probability)
    return float(np.max(true - false))


def pr_auc(bad: np.ndarray, probability: np.ndarray) -> float:
    """Average precision, the area under the precision-recall curve without interpolation."""
    return float(average_precision_score(bad, probability))


def brier(bad: np.ndarray, probability: np.ndarray) -> float:
    """Mean squared distance of the probability from what happened, 0 to 1 (Brier 1950, the one-class form)."""
    return float(np.mean((probability - bad) ** 2))


Measure = Callable[[np.ndarray, np.ndarray], float]
MEASURES: Mapping[str, Measure] = {"ks": ks, "pr_auc": pr_auc, "brier": brier}
WITHOUT_RANGE = {"ks"}
"""A largest distance: resampling makes it larger still, and no bootstrap of it held the truth 95 times in 100 (percentiles 64 to
72, bias-corrected 82 to 84, on the log-odds scale less its bias 86 to 91, of 100 to 400 rows)."""


def _figures(bad: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    area = auc_interval(bad, probability)[0]
    clipped = np.clip(probability, 1e-7, 1 - 1e-7)
    return {
        "roc_auc": area,
        "gini": 2 * area - 1,
        **{name: measure(bad, probability) for name, measure in MEASURES.items()},
        "expected_calibration_error": metrics.expected_calibration_error(probability, bad),
        "log_loss": float(-np.mean(np.where(bad, np.log(clipped), np.log(1 - clipped)))),
    }


def _draws(rows: int, seed: int) -> list[np.ndarray]:
    """Resamples of the rows; of very many rows a part, whose interval is scaled back by `_interval`."""
    rng = np.random.default_rng(seed)
    size = min(rows, MOST_RESAMPLED)
    return [rng.integers(0, rows, size) for _ in range(RESAMPLES)]


def _interval(
    measure: Measure, bad: np.ndarray, probability: np.ndarray, draws: list[np.ndarray]
) -> tuple[float, float]:
    """95% interval by the spread over resampled rows (Efron 1979) on the log-odds scale, which keeps it within 0 and 1; the
    spread is narrowed by the root of the rows where a resample was smaller than the data (m out of n, Bickel, Götze and van
    Zwet 1997)."""
    value = measure(bad, probability)
    found = [measure(bad[rows], probability[rows]) for rows in draws if bad[rows].any() and not bad[rows].all()]
    if not found:
        return 0.0, 1.0
    spread = Z * float(np.std(_log_odds(np.array(found)))) * np.sqrt(len(draws[0]) / len(bad))
    centre = float(_log_odds(np.array(value)))
    low, high = 1 / (1 + np.exp(-np.array([centre - spread, centre + spread])))
    return float(min(low, value)), float(max(high, value))


def _log_odds(shares: np.ndarray) -> np.ndarray:
    inside = np.clip(shares, 1e-6, 1 - 1e-6)
    return np.log(inside / (1 - inside))


def _thinned(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, POINTS)).astype(int))


def _roc(bad: np.ndarray, probability: np.ndarray) -> dict[str, list[float]]:
    false, true, _ = roc_curve(bad, probability)
    kept = _thinned(len(false))
    return {"x": false[kept].tolist(), "y": true[kept].tolist()}


def _precision_recall(bad: np.ndarray, probability: np.ndarray) -> dict[str, list[float]]:
    precision, recall, _ = precision_recall_curve(bad, probability)
    kept = _thinned(len(precision))[::-1]
    return {"x": recall[kept].tolist(), "y": precision[kept].tolist()}


def distribution(bad: np.ndarray, probability: np.ndarray) -> dict[str, Any]:
    """How many goods and bads get which probability: the shares of each in bins up to the largest usual probability, the
    last of which holds the rows beyond it too, where there are any: then `last` is where it begins."""
    top = float(np.clip(np.quantile(probability, 0.995), 0.02, 1.0))
    edges = np.linspace(0, top, min(SHADES, max(8, int(np.sqrt(len(bad))))) + 1)
    clipped = np.clip(probability, 0, top)
    goods, bads = (np.histogram(clipped[rows], edges)[0] / max(rows.sum(), 1) for rows in (~bad, bad))
    last = float(edges[-2]) if (probability > top).any() else None
    return {"x": ((edges[1:] + edges[:-1]) / 2).tolist(), "good": goods.tolist(), "bad": bads.tolist(), "last": last}


def deciles(bad: np.ndarray, probability: np.ndarray, parts: int = 10) -> list[dict[str, float]]:
    """Rows in ten equal parts from the riskiest down: their probability, how many were bad with the interval, and which
    share of all bads are in this part and those above."""
    order = np.argsort(-probability, kind="stable")
    found, caught = [], 0
    for place, rows in enumerate(part for part in np.array_split(order, min(parts, len(order))) if len(part)):
        bads = int(bad[rows].sum())
        caught += bads
        low, high = share_interval(bads, len(rows))
        found.append(
            {
                "part": place + 1,
                "from": float(probability[rows].min()),
                "to": float(probability[rows].max()),
                "rows": len(rows),
                "bad": bads,
                "rate": bads / len(rows),
                "low": low,
                "high": high,
                "caught": caught / max(int(bad.sum()), 1),
                "lift": bads / len(rows) / max(float(bad.mean()), 1e-9),
            }
        )
    return found


def captured(bad: np.ndarray, probability: np.ndarray, share: float = 0.2) -> float:
    """Which share of the bads are among the riskiest `share` of the rows."""
    most = max(1, round(share * len(bad)))
    return float(bad[np.argsort(-probability, kind="stable")[:most]].sum() / max(int(bad.sum()), 1))
