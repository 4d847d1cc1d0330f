"""What a model must beat: the majority class, and TF-IDF with logistic regression at standard settings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from core.learning.cleaning import mostly_chinese

_SAMPLE = 500


class MajorityBaseline:
    """Answers every row with the class shares of the training rows."""

    classes: list[str]

    def fit(self, texts: Sequence[object], labels: Sequence[str], seed: int = 0) -> MajorityBaseline:
        names, counts = np.unique([str(label) for label in labels], return_counts=True)
        self.classes = [str(name) for name in names]
        self._shares = counts / counts.sum()
        return self

    def probabilities(self, texts: Sequence[object]) -> np.ndarray:
        """Class shares [texts, classes], the same in every row."""
        return np.tile(self._shares, (len(texts), 1))


class TextBaseline:
    """TF-IDF (words 1-2; characters 1-3 for Chinese) and logistic regression, with scikit-learn's defaults."""

    classes: list[str]

    def fit(self, texts: Sequence[object], labels: Sequence[str], seed: int = 0) -> TextBaseline:
        """Learn from the same rows as the model. One class alone, or no words at all, becomes the majority answer."""
        plain = _plain(texts)
        self.classes = sorted({str(label) for label in labels})
        chinese = mostly_chinese(plain[:_SAMPLE])
        self._vectoriser = TfidfVectorizer(
            analyzer="char" if chinese else "word",
            ngram_range=(1, 3) if chinese else (1, 2),
            sublinear_tf=True,
        )
        self._majority = MajorityBaseline().fit(texts, labels)
        self._model = None
        if len(self.classes) < 2:
            return self
        try:
            matrix = self._vectoriser.fit_transform(plain)
        except ValueError:
            return self
        self._model = LogisticRegression(C=10, max_iter=300, random_state=seed)
        with threadpool_limits(1, user_api="blas"):
            self._model.fit(matrix, [str(label) for label in labels])
        return self

    def probabilities(self, texts: Sequence[object]) -> np.ndarray:
        """Class probabilities [texts, classes] in the order of `classes`."""
        if self._model is None:
            return self._majority.probabilities(texts)
        return self._model.predict_proba(self._vectoriser.transform(_plain(texts)))

    def predict(self, texts: Sequence[object]) -> list[str]:
        """The likeliest class of each text."""
        return [self.classes[column] for column in self.probabilities(texts).argmax(axis=1)]

    @property
    def majority(self) -> str:
        """The commonest class of the training rows."""
        return self._majority.classes[int(self._majority.probabilities([""])[0].argmax())]


def _plain(texts: Sequence[object]) -> list[str]:
    return [text if isinstance(text, str) else "" for text in texts]
