"""Recommenders with a closed form: bestsellers, item-item, EASE and transitions. Each scores all items for a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import sparse

from core.learning.order import top
from core.learning.sequences.events import Events, History, seen_matrix

MOST_FOR_EASE = 6000
"""Items up to which EASE is solved: its matrix has items x items cells (6,000 take 290 MB while solving)."""
NEIGHBOURS = 200
LAGS, LAG_FADING = 10, 0.8
LEAST_FADED = 0.03
SPREAD = 0.2


class Scorer(Protocol):
    """What every part of a recommender can do."""

    def scores(self, histories: Sequence[History]) -> np.ndarray:
        """Higher is likelier, float32 [histories, items]."""

    def reasons(self, history: History, item: int) -> np.ndarray:
        """How much each event of the history speaks for the item, float32 [events]."""

    def arrays(self) -> dict[str, np.ndarray]:
        """All that `of` of the class needs to stand up again."""


@dataclass(frozen=True)
class Bestsellers:
    """The items bought most, the same for everyone. `share` [items] sums to one."""

    share: np.ndarray

    @staticmethod
    def fit(events: Events) -> Bestsellers:
        """Share of the customers who took the item."""
        counts = np.asarray(seen_matrix(events.histories(), len(events.items)).sum(axis=0)).ravel()
        return Bestsellers((counts / max(counts.sum(), 1)).astype(np.float32))

    def scores(self, histories: Sequence[History]) -> np.ndarray:
        return np.tile(np.log(self.share + 1e-6), (len(histories), 1)).astype(np.float32)

    def reasons(self, history: History, item: int) -> np.ndarray:
        return np.zeros(len(history), dtype=np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        return {"share": self.share}

    @staticmethod
    def of(arrays: dict[str, np.ndarray]) -> Bestsellers:
        return Bestsellers(arrays["share"])


@dataclass(frozen=True)
class Neighbours:
    """Items that go with items: a history's score is the sum over its items of their `weights` [items, items]."""

    weights: sparse.csr_matrix

    @staticmethod
    def fit(events: Events) -> Neighbours:
        """Cosine between the items' customers, the nearest `NEIGHBOURS` of each item kept (Sarwar et al. 2001)."""
        seen = seen_matrix(events.histories(), len(events.items))
        norms = np.sqrt(np.asarray(seen.sum(axis=0)).ravel())
        scaled = (seen @ sparse.diags((1 / np.maximum(norms, 1)).astype(np.float32))).tocsc()
        blocks = []
        for start in range(0, seen.shape[1], 2000):
            block = (scaled.T[start : start + 2000] @ scaled).tocsr()
            block.setdiag(0, k=start)
            blocks.append(_strongest(block, NEIGHBOURS))
        return Neighbours(sparse.vstack(blocks, format="csr", dtype=np.float32))

    def scores(self, histories: Sequence[History]) -> np.ndarray:
        return (seen_matrix(histories, self.weights.shape[0]) @ self.weights).toarray()

    def reasons(self, history: History, item: int) -> np.ndarray:
        return self.weights[history, item].toarray().ravel() if len(history) else np.zeros(0, dtype=np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        return _sparse_arrays(self.weights)

    @staticmethod
    def of(arrays: dict[str, np.ndarray]) -> Neighbours:
        return Neighbours(_sparse_of(arrays))


@dataclass(frozen=True)
class Ease:
    """EASE (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data"): a ridge regression of every item on
    all others, in closed form. `weights` float32 [items, items], zero on the diagonal."""

    weights: np.ndarray

    @staticmethod
    def fit(events: Events, penalty: float) -> Ease:
        """Raises ValueError above MOST_FOR_EASE items."""
        items = len(events.items)
        if items > MOST_FOR_EASE:
            raise ValueError(f"EASE is solved for at most {MOST_FOR_EASE} items, not {items}")
        seen = seen_matrix(events.histories(), items)
        gram = (seen.T @ seen).toarray().astype(np.float64)
        gram[np.diag_indices(items)] += penalty
        inverse = np.linalg.inv(gram)
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        return Ease(weights.astype(np.float32))

    def scores(self, histories: Sequence[History]) -> np.ndarray:
        return np.asarray(seen_matrix(histories, len(self.weights)) @ self.weights, dtype=np.float32)

    def reasons(self, history: History, item: int) -> np.ndarray:
        return self.weights[history, item] if len(history) else np.zeros(0, dtype=np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        return {"weights": self.weights}

    @staticmethod
    def of(arrays: dict[str, np.ndarray]) -> Ease:
        return Ease(arrays["weights"])


@dataclass(frozen=True)
class Transitions:
    """What follows what: a Markov chain over the last few events (in the line of FPMC, Rendle et al. 2010, with counts
    in place of factors).

    `weights` [items, items] is the smoothed share of moves from a row's item to a column's within `LAGS` steps, near
    ones counting more; a history's score sums them over its events, each step back counting `fading` of the one after.
    """

    weights: sparse.csr_matrix
    fading: float = 0.7

    @staticmethod
    def fit(events: Events, fading: float = 0.7, smoothing: float = 20.0) -> Transitions:
        """`smoothing` pseudo-moves keep items with few moves from saying much; well-known items are held back a little
        (their count to the power of `SPREAD`), since bestsellers follow everything."""
        size, rows, columns, amounts = len(events.items), [], [], []
        for lag in range(1, min(LAGS, max(len(events) - 1, 1)) + 1):
            same = events.user[:-lag] == events.user[lag:]
            before, after = events.item[:-lag][same], events.item[lag:][same]
            moved = before != after
            rows.append(before[moved])
            columns.append(after[moved])
            amounts.append(np.full(int(moved.sum()), LAG_FADING ** (lag - 1), dtype=np.float32))
        places = (np.concatenate(rows), np.concatenate(columns))
        counts = sparse.csr_matrix((np.concatenate(amounts), places), shape=(size, size))
        out, into = (np.asarray(counts.sum(axis=axis)).ravel() for axis in (1, 0))
        scaled = sparse.diags(1 / (out + smoothing)) @ counts @ sparse.diags((into + 10.0) ** -SPREAD)
        return Transitions(scaled.tocsr().astype(np.float32), fading)

    def scores(self, histories: Sequence[History]) -> np.ndarray:
        return (_recent(histories, self.weights.shape[0], self.fading) @ self.weights).toarray()

    def reasons(self, history: History, item: int) -> np.ndarray:
        fading = self.fading ** np.arange(len(history))[::-1].astype(np.float32)
        return fading * self.weights[history, item].toarray().ravel() if len(history) else fading

    def arrays(self) -> dict[str, np.ndarray]:
        return {**_sparse_arrays(self.weights), "fading": np.array([self.fading])}

    @staticmethod
    def of(arrays: dict[str, np.ndarray]) -> Transitions:
        return Transitions(_sparse_of(arrays), float(arrays["fading"][0]))


def _recent(histories: Sequence[History], items: int, fading: float) -> sparse.csr_matrix:
    """Events with weights 1, fading, fading² …, the last first, down to LEAST_FADED; float32 [histories, items]."""
    most = 1 + int(np.log(LEAST_FADED) / np.log(fading))
    tails = [history[-most:] for history in histories]
    pointers = np.concatenate([[0], np.cumsum([len(tail) for tail in tails])]).astype(np.int64)
    columns = np.concatenate(tails) if tails else np.zeros(0, dtype=np.int32)
    steps = np.repeat(pointers[1:], np.diff(pointers)) - np.arange(len(columns)) - 1
    data = (fading**steps).astype(np.float32)
    return sparse.csr_matrix((data, columns, pointers), shape=(len(histories), items))


def _strongest(matrix: sparse.csr_matrix, most: int) -> sparse.csr_matrix:
    """The `most` largest entries of every row."""
    matrix.eliminate_zeros()
    kept = np.zeros(matrix.nnz, dtype=bool)
    for row in range(matrix.shape[0]):
        start, end = matrix.indptr[row], matrix.indptr[row + 1]
        if end - start <= most:
            kept[start:end] = True
        else:
            kept[start + top(matrix.data[None, start:end], most)[0]] = True
    matrix.data[~kept] = 0
    matrix.eliminate_zeros()
    return matrix


def _sparse_arrays(matrix: sparse.csr_matrix) -> dict[str, np.ndarray]:
    return {
        "data": matrix.data,
        "indices": matrix.indices.astype(np.int32),
        "indptr": matrix.indptr.astype(np.int64),
        "size": np.array([matrix.shape[0]], dtype=np.int64),
    }


def _sparse_of(arrays: dict[str, np.ndarray]) -> sparse.csr_matrix:
    size = int(arrays["size"][0])
    return sparse.csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=(size, size))
