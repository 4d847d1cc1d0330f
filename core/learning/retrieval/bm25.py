"""Okapi BM25 over words, or over characters where the texts are Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer

K1, B = 1.5, 0.75


class BM25:
    """Scores of texts for queries (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework").

    `fine` counts pieces of words (characters 3 to 5) instead of words, or pairs of characters beside single ones in
    Chinese: more forgiving of typing errors and endings.
    """

    def __init__(self, texts: Sequence[str], chinese: bool, fine: bool = False) -> None:
        self.vectoriser = CountVectorizer(**_pieces(chinese, fine))
        self.size = len(texts)
        try:
            counts = self.vectoriser.fit_transform(texts).astype(np.float32).tocsc()
        except ValueError:
            counts = None
        self.weights = _weighed(counts).T.tocsr() if counts is not None else None

    def scores(self, queries: Sequence[str]) -> np.ndarray:
        """float32 [queries, texts], 0 where nothing is shared."""
        if self.weights is None:
            return np.zeros((len(queries), self.size), dtype=np.float32)
        asked = self.vectoriser.transform(queries).astype(np.float32)
        asked.data[:] = 1.0
        return (asked @ self.weights).toarray()


def _pieces(chinese: bool, fine: bool) -> dict[str, Any]:
    if chinese:
        return {"analyzer": "char", "ngram_range": (1, 2 if fine else 1)}
    if fine:
        return {"analyzer": "char_wb", "ngram_range": (3, 5)}
    return {"token_pattern": r"(?u)\b\w+\b"}


def _weighed(counts: sp.csc_matrix) -> sp.csc_matrix:
    rows = counts.shape[0]
    length = np.asarray(counts.sum(1)).ravel()
    seen = np.diff(counts.indptr)
    rarity = np.log1p((rows - seen + 0.5) / (seen + 0.5)).astype(np.float32)
    damping = K1 * (1 - B + B * length / max(length.mean(), 1e-9))
    out = counts.copy()
    out.data = (out.data * (K1 + 1) / (out.data + damping[out.indices])).astype(np.float32)
    return out.multiply(rarity[None, :]).tocsc()
