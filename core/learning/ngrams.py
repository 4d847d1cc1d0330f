"""Word and character n-grams with logistic regression: the model that needs no pretrained encoder.

Spaced scripts use TF-IDF of words 1-2 and of characters 2-5 within words. Chinese uses characters 1-3 and segmented words
1-2, plain and scaled by naive-Bayes log-count ratios (NBSVM, Wang and Manning 2012, "Baselines and Bigrams"), pooled.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from safetensors.numpy import load_file, save_file
from sklearn.feature_extraction.text import TfidfVectorizer

from core.learning.calibration import fit_blend
from core.learning.linear import UNSEEN, Fit, Linear, fit_chosen, fit_linear
from core.learning.segment import chinese_words
from core.progress import Progress, Tick, silent

MAX_FEATURES = 150_000
SMOOTHING = 0.3
RATIO_CLASSES = 10
_WORDS: dict[str, Any] = {
    "analyzer": "word", "ngram_range": [1, 2], "token_pattern": r"(?u)\b\w+\b|[!?]+|[:;]-?[()DPp]",
}  # fmt: skip
_CHARACTERS_IN_WORDS: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": [2, 5]}
_CHARACTERS: dict[str, Any] = {"analyzer": "char", "ngram_range": [1, 3]}
_SEGMENTED: dict[str, Any] = {"analyzer": "word", "ngram_range": [1, 2], "segmented": True}


@dataclass(frozen=True)
class Kind:
    """What n-grams are counted, the inverse penalties to try, and whether a model on columns scaled by their
    log-count ratios is pooled with the plain one."""

    blocks: tuple[dict[str, Any], ...]
    penalties: tuple[float, ...]
    log_count_ratios: bool = False


SPACED = Kind((_WORDS, _CHARACTERS_IN_WORDS), penalties=(2.0, 8.0))
CHINESE = Kind((_CHARACTERS, _SEGMENTED), penalties=(10.0,), log_count_ratios=True)


class Vectoriser:
    """TF-IDF over several kinds of n-grams side by side, float32, saved as JSON and tensors."""

    def __init__(self, blocks: Sequence[dict[str, Any]]) -> None:
        self.blocks = [dict(block) for block in blocks]
        self._parts: list[TfidfVectorizer] = []

    def fit_transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Learn the vocabulary and return the matrix [texts, n-grams]. n-grams of one text alone are left out of
        larger data."""
        rare = 1 if len(texts) < 1000 else 2
        self._parts = [_tfidf(block, min_df=rare, max_features=MAX_FEATURES) for block in self.blocks]
        matrices = []
        for part in self._parts:
            try:
                matrices.append(part.fit_transform(texts))
            except ValueError:
                part.set_params(vocabulary={"\0": 0}, min_df=1, max_features=None)
                part.fit(texts)
                matrices.append(part.transform(texts))
        return sp.hstack(matrices).tocsr()

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        return sp.hstack([part.transform(texts) for part in self._parts]).tocsr()

    def to_saved(self) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
        """The settings and vocabularies for JSON, and the inverse document frequencies as tensors."""
        settings = []
        for block, part in zip(self.blocks, self._parts, strict=True):
            terms = sorted(part.vocabulary_, key=part.vocabulary_.__getitem__)
            settings.append(block | {"terms": terms})
        return settings, {f"idf.{i}": part.idf_.astype(np.float32) for i, part in enumerate(self._parts)}

    @staticmethod
    def from_saved(settings: list[dict[str, Any]], tensors: dict[str, np.ndarray]) -> Vectoriser:
        blocks = [{key: value for key, value in saved.items() if key != "terms"} for saved in settings]
        vectoriser = Vectoriser(blocks)
        for i, saved in enumerate(settings):
            part = _tfidf(blocks[i], vocabulary={term: n for n, term in enumerate(saved["terms"])})
            part.idf_ = tensors[f"idf.{i}"]
            vectoriser._parts.append(part)
        return vectoriser


class NgramModel:
    """A linear model over n-grams."""

    def __init__(self, vectoriser: Vectoriser, linear: Linear) -> None:
        self.vectoriser = vectoriser
        self.linear = linear

    def log_probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """Natural logarithms of class probabilities, float32 [texts, classes]."""
        return self.linear.log_probabilities(self.vectoriser.transform(texts))

    def save(self, folder: Path) -> None:
        """Write ngrams.json (settings and vocabulary) and ngrams.safetensors."""
        settings, tensors = self.vectoriser.to_saved()
        tensors |= {"weights": self.linear.weights, "bias": self.linear.bias}
        (folder / "ngrams.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
        save_file(tensors, folder / "ngrams.safetensors")

    @staticmethod
    def load(folder: Path) -> NgramModel:
        settings = json.loads((folder / "ngrams.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "ngrams.safetensors")
        return NgramModel(Vectoriser.from_saved(settings, tensors), Linear(tensors["weights"], tensors["bias"]))


@dataclass(frozen=True)
class FittedNgrams:
    """The model on all rows, out-of-fold log probabilities [rows, classes], and the penalties chosen."""

    model: NgramModel
    out_of_fold: np.ndarray
    penalties: tuple[float, ...]


def fit_ngrams(
    texts: Sequence[str], y: np.ndarray, classes: int, folds: np.ndarray, kind: Kind, progress: Progress = silent
) -> FittedNgrams:
    """Fit with the penalty whose out-of-fold log loss is least. `folds` gives each row's fold, from 0.

    Two models, where the kind asks for them, become one: their log-linear pool is linear too.
    """
    vectoriser = Vectoriser(kind.blocks)
    matrix = vectoriser.fit_transform(texts)
    ways: list[Fit] = [fit_linear]
    if kind.log_count_ratios and classes <= RATIO_CLASSES:
        ways.append(_fit_ratios)
    fitted = []
    for done, way in enumerate(ways):
        share = 0.8 / len(ways)
        told = partial(_within, progress, 0.2 + done * share, share)
        fitted.append(fit_chosen(matrix, y, classes, folds, kind.penalties, fit=way, progress=told))
    pool = fit_blend([one.out_of_fold for one in fitted], y)
    weights = np.zeros_like(fitted[0].linear.weights)
    bias = np.zeros(classes, dtype=np.float32)
    for part, one in zip(pool.weights, fitted, strict=True):
        weights += part * one.linear.weights
        bias += part * one.linear.bias
    linear = Linear(weights, bias)
    held_out = pool.log_probabilities([one.out_of_fold for one in fitted]).astype(np.float32)
    progress(1.0)
    return FittedNgrams(NgramModel(vectoriser, linear), held_out, tuple(one.penalty for one in fitted))


def _within(progress: Progress, start: float, size: float, share: float) -> None:
    progress(start + size * share)


def _fit_ratios(
    matrix: sp.csr_matrix, y: np.ndarray, classes: int, penalty: float, *, start: Linear | None, tick: Tick
) -> Linear:
    """One class against the others each, on columns scaled by log-count ratios; it always starts from nothing."""
    if classes == 2:
        return _fit_scaled(matrix, y, penalty, tick)
    weights = np.zeros((classes, matrix.shape[1]), dtype=np.float32)
    bias = np.full(classes, UNSEEN, dtype=np.float32)
    for label in np.unique(y):
        one = _fit_scaled(matrix, (y == label).astype(int), penalty, tick)
        weights[label], bias[label] = one.weights[1], one.bias[1]
    return Linear(weights, bias)


def _fit_scaled(matrix: sp.csr_matrix, positive: np.ndarray, penalty: float, tick: Tick) -> Linear:
    """Binary logistic regression on columns scaled by their log-count ratios, the scaling folded into the weights."""
    if len(np.unique(positive)) < 2:
        return fit_linear(matrix, positive, 2, penalty)
    ratio = log_count_ratio(matrix, positive.astype(bool))
    model = fit_linear((matrix @ sp.diags(ratio)).tocsr(), positive, 2, penalty, tick=tick)
    return Linear(model.weights * ratio, model.bias)


def log_count_ratio(matrix: sp.csr_matrix, positive: np.ndarray) -> np.ndarray:
    """Smoothed log ratio of each n-gram's share among positive and among other rows (Wang and Manning 2012)."""
    inside = np.asarray(matrix[positive].sum(0)).ravel() + SMOOTHING
    outside = np.asarray(matrix[~positive].sum(0)).ravel() + SMOOTHING
    return np.log((inside / inside.sum()) / (outside / outside.sum())).astype(np.float32)


def _tfidf(block: dict[str, Any], **settings: Any) -> TfidfVectorizer:
    given = block | {"ngram_range": tuple(block["ngram_range"])}
    if given.pop("segmented", False):
        given |= {"tokenizer": chinese_words, "token_pattern": None}
    return TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **given, **settings)
