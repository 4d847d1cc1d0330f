"""How good a ranking is, against bestsellers and item-item, on purchases that came after the training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from core.learning.sequences.events import History
from core.learning.sequences.linear import Scorer
from core.learning.sequences.model import CELLS, Recommender
from core.learning.sequences.ranking import CUTS, exclude_seen, hits, ndcg, rank_of_target, reciprocal, top
from core.learning.uncertainty import mean_interval
from core.progress import Report

LIST = 10
RESAMPLES = 1000
VARIED_LISTS = 500
KINDS = {"new": (0, 4), "occasional": (5, 19), "loyal": (20, 10**9)}
"""Customers by how many events of theirs the model knows."""
TAIL = 0.8
"""The long tail are the items after the best sellers that make up this share of all events."""


@dataclass(frozen=True)
class Ranked:
    """One recommender on the held-out rows: the right item's rank (0 is first) and the list given, [rows, LIST]."""

    ranks: np.ndarray
    lists: np.ndarray


@dataclass(frozen=True)
class Items:
    """What is known of the items: the `counts` of each one's events in training, and how much they are `alike` (cosine
    between their customers, [items, items])."""

    counts: np.ndarray
    alike: sparse.csr_matrix


@dataclass(frozen=True)
class RankingScores:
    """Metrics are shares, 0 to 1. `gain` is the paired difference in the hit rate at 10 to the better rival, with its 95%
    interval."""

    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    baseline: dict[str, float]
    rival: str
    gain: tuple[float, float, float]
    details: dict[str, Any]
    ranks: dict[str, np.ndarray]


def rank_all(
    model: Recommender, rivals: Mapping[str, Scorer], histories: Sequence[History], target: np.ndarray, report: Report
) -> dict[str, Ranked]:
    """The model ("model") and its rivals over the same rows, all items ranked, what was seen left out where the
    model leaves it out. A target of -1, an item that training never had, ranks after all others."""
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"model": [], **{name: [] for name in rivals}}
    for start, some in _batches(histories, len(model.items)):
        right = target[start : start + len(some)]
        for name, pieces in found.items():
            scores = model.scores(some) if name == "model" else _rival(rivals[name], some, len(model.items))
            if model.repeat == "new":
                exclude_seen(scores, some)
            ranks = np.where(right >= 0, rank_of_target(scores, np.maximum(right, 0)), float(len(model.items)))
            pieces.append((ranks, top(scores, LIST)))
        report.progress(min(1.0, (start + len(some)) / max(len(histories), 1)))
    return {
        name: Ranked(np.concatenate([ranks for ranks, _ in pieces]), np.concatenate([lists for _, lists in pieces]))
        for name, pieces in found.items()
    }


def _rival(rival: Scorer, histories: Sequence[History], items: int) -> np.ndarray:
    """A rival's scores of all items; items that nobody has taken yet are beyond it and come last."""
    scores = rival.scores(histories).astype(np.float32)
    return np.pad(scores, ((0, 0), (0, items - scores.shape[1])), constant_values=-np.inf)


def _batches(histories: Sequence[History], items: int) -> Iterator[tuple[int, Sequence[History]]]:
    size = max(1, min(512, CELLS // max(items, 1)))
    for start in range(0, len(histories), size):
        yield start, histories[start : start + size]


def evaluate_ranking(
    ranked: Mapping[str, Ranked], histories: Sequence[History], items: Items, seed: int
) -> RankingScores:
    """`ranked` as `rank_all` gives it. The verdict's rival is the better of the others by hit rate at 10."""
    own, counts = ranked["model"], items.counts
    names = [name for name in ranked if name != "model"]
    quality = {name: float(hits(ranked[name].ranks).mean()) for name in ranked}
    rival = max(names, key=quality.__getitem__)
    metrics, intervals = {}, {}
    for name, values in _per_row(own.ranks).items():
        metrics[name] = float(values.mean())
        intervals[name] = mean_interval(values, n=RESAMPLES, seed=seed)
    coverage = _coverage(own.lists, len(counts))
    metrics["coverage_at_10"] = coverage
    difference = hits(own.ranks) - hits(ranked[rival].ranks)
    baseline: dict[str, float] = {}
    for place, name in enumerate(names):
        prefix = "" if place == 0 else f"{name}_"
        baseline |= {f"{prefix}{key}": float(values.mean()) for key, values in _per_row(ranked[name].ranks).items()}
        baseline[f"{prefix}coverage_at_10"] = _coverage(ranked[name].lists, len(counts))
    return RankingScores(
        metrics,
        intervals,
        baseline,
        rival,
        (float(difference.mean()), *mean_interval(difference, n=RESAMPLES, seed=seed)),
        {
            "rivals": names,
            "rival": rival,
            "figures": {
                name: {
                    key: [float(values.mean()), *mean_interval(values, n=RESAMPLES, seed=seed)]
                    for key, values in _per_row(ranked[name].ranks).items()
                }
                for name in ranked
            },
            "lists": {name: _lists(one.lists, items) for name, one in ranked.items()},
            "by_customer": _by_customer(ranked, histories, seed),
            "popularity": {name: _popularity(one.lists, counts) for name, one in ranked.items()},
            "rows": len(own.ranks),
        },
        {name: one.ranks for name, one in ranked.items()},
    )


def _per_row(ranks: np.ndarray) -> dict[str, np.ndarray]:
    """With one right item a row, recall is the hit rate."""
    found: dict[str, np.ndarray] = {}
    for cut in CUTS:
        found[f"hit_rate_at_{cut}"] = hits(ranks, cut)
        found[f"recall_at_{cut}"] = hits(ranks, cut)
        found[f"ndcg_at_{cut}"] = ndcg(ranks, cut)
        found[f"mrr_at_{cut}"] = reciprocal(ranks, cut)
    return {**found, "mrr": reciprocal(ranks)}


def _coverage(lists: np.ndarray, items: int) -> float:
    return float(len(np.unique(lists)) / max(items, 1))


def tail_of(counts: np.ndarray) -> np.ndarray:
    """Which items are the long tail: those after the best sellers that make up the first 80% of all events."""
    order = np.argsort(-counts, kind="stable")
    before = np.cumsum(counts[order]) - counts[order]
    tail = np.zeros(len(counts), dtype=bool)
    tail[order[before >= TAIL * counts.sum()]] = True
    return tail


def _lists(lists: np.ndarray, items: Items) -> dict[str, float]:
    """What the lists are like: how much of the catalogue they show, how surprising and how varied they are.

    Variety within a list is one minus the mean likeness of its pairs (Ziegler et al. 2005); novelty is the mean -log2 of the items' share of events (Vargas and Castells 2011); variety the share of
    different items two customers' lists have, over pairs of rows.
    """
    counts = items.counts
    share = (counts + 1) / (counts.sum() + len(counts))
    half = len(lists) // 2
    both = [len(set(a) & set(b)) for a, b in zip(lists[:half].tolist(), lists[half : 2 * half].tolist(), strict=True)]
    return {
        "coverage": _coverage(lists, len(counts)),
        "novelty": float(-np.log2(share[lists]).mean()),
        "long_tail": float(tail_of(counts)[lists].mean()),
        "varied": _varied(lists, items.alike),
        "personal": float(1 - np.mean(both) / lists.shape[1]) if both else 0.0,
    }


def _varied(lists: np.ndarray, alike: sparse.csr_matrix) -> float:
    """One minus the mean likeness of two items of a list, over some lists."""
    some = lists[:VARIED_LISTS]
    first, second = np.triu_indices(lists.shape[1], 1)
    a, b = some[:, first].ravel(), some[:, second].ravel()
    known = (a < alike.shape[0]) & (b < alike.shape[0])
    if not known.any():
        return 1.0
    return float(1 - np.minimum(np.asarray(alike[a[known], b[known]]), 1.0).sum() / len(a))


def _by_customer(ranked: Mapping[str, Ranked], histories: Sequence[History], seed: int) -> list[dict[str, Any]]:
    sizes = np.array([len(history) for history in histories])
    found = []
    for kind, (low, high) in KINDS.items():
        rows = np.flatnonzero((sizes >= low) & (sizes <= high))
        if not len(rows):
            continue
        scores = {}
        for name, one in ranked.items():
            values = hits(one.ranks[rows])
            interval = mean_interval(values, n=RESAMPLES, seed=seed)
            scores[name] = {"hit_rate_at_10": float(values.mean()), "interval": list(interval)}
        found.append({"kind": kind, "low": low, "high": high, "rows": len(rows), "scores": scores})
    return found


def _popularity(lists: np.ndarray, counts: np.ndarray, points: int = 50) -> dict[str, list[float]]:
    """Which share of all places in the lists the best-selling x share of the items take."""
    order = np.argsort(-counts, kind="stable")
    shown = np.bincount(lists.ravel(), minlength=len(counts))[order]
    running = np.concatenate([[0], np.cumsum(shown)]) / max(shown.sum(), 1)
    at = np.unique(np.linspace(0, len(counts), points).astype(int))
    return {"items": (at / len(counts)).tolist(), "places": running[at].tolist()}
