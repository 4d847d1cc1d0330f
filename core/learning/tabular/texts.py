"""Free text in a table: what an encoder reads in it (its words, where none reads the language) becomes one score."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save_file
from scipy.special import logit
from threadpoolctl import threadpool_limits

from core.data.profile import detect_language
from core.learning.cleaning import clean_all
from core.learning.folds import Folds
from core.learning.tabular.columns import Encoded, texts
from core.progress import Progress, silent

if TYPE_CHECKING:
    from core.learning.ngrams import Vectoriser
    from core.learning.retrieval.sentences import Sentences
    from core.learning.tabular.model import Member

AXES = 64
"""Directions of meaning that are kept: those in which the training rows' texts differ most."""
MOST_KEPT = 20_000
"""Texts whose vectors are remembered, so that shuffled or repeated rows are not read again."""
SAMPLE = 200
FOLDS = 5
PENALTIES = (0.1, 1.0, 10.0)
WORD_BLOCKS: dict[str, dict[str, Any]] = {
    "zh": {"analyzer": "char", "ngram_range": [1, 2]},
    "other": {"analyzer": "word", "ngram_range": [1, 2], "token_pattern": r"(?u)\b\w+\b"},
}
MOST_READ = {"quick": 10_000, "standard": 200_000, "best": 200_000}
"""Different texts that an encoder reads on a processor; for more, words are counted."""
Mode = Literal["quick", "standard", "best"]


@dataclass
class Reader:
    """Turns the texts of one column into vectors: `source` reads them, `centre` and `axes` [width, AXES] keep what differs
    most among the training rows (Halko, Martinsson and Tropp 2011). No outcome is looked at."""

    source: Sentences | Vectoriser
    centre: np.ndarray
    axes: np.ndarray
    seen: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def encoder(self) -> str:
        """The encoder's name; "" where words are counted."""
        return str(getattr(self.source, "name", ""))

    def __call__(self, said: Sequence[str], progress: Progress = silent) -> np.ndarray:
        """float32 [rows, AXES]; NaN where there is no text. Equal texts are read once."""
        cleaned = clean_all(said)
        new = [text for text in dict.fromkeys(cleaned) if text and text not in self.seen]
        if new:
            found = _project(_read(self.source, new, progress), self.centre, self.axes)
            own = dict(zip(new, found, strict=True))
            vectors = {**self.seen, **own}
            if len(vectors) > MOST_KEPT:
                self.seen.clear()
            self.seen.update(list(own.items())[:MOST_KEPT])
        else:
            vectors = self.seen
        nothing = np.full(self.axes.shape[1], np.nan, dtype=np.float32)
        return np.stack([vectors.get(text, nothing) for text in cleaned]) if cleaned else np.zeros((0, len(nothing)))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        tensors: dict[str, np.ndarray] = {"centre": self.centre, "axes": self.axes}
        about: dict[str, Any] = {"encoder": self.encoder}
        if self.encoder:
            self.source.save(folder / "encoder")  # type: ignore[union-attr]
        else:
            settings, more = self.source.to_saved()  # type: ignore[union-attr]
            about, tensors = {**about, "words": settings}, {**tensors, **more}
        save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, folder / "axes.safetensors")
        (folder / "reader.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> Reader:
        about = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "axes.safetensors")
        source: Sentences | Vectoriser
        if about["encoder"]:
            from core.learning.retrieval.sentences import Sentences

            source = Sentences.load(folder / "encoder", about["encoder"])
        else:
            from core.learning.ngrams import Vectoriser

            source = Vectoriser.from_saved(about["words"], tensors)
        return Reader(source, tensors["centre"], tensors["axes"])


def by_words(values: pd.Series) -> Reader:
    """A reader that weighs words and pairs of words (characters in Chinese) by TF-IDF: latent semantic analysis
    (Deerwester et al. 1990)."""
    from core.learning.ngrams import Vectoriser

    said = different(values)
    language = "zh" if detect_language(said[:SAMPLE]) == "zh" else "other"
    vectoriser = Vectoriser([WORD_BLOCKS[language]])
    vectoriser.fit_transform(said)
    return _fitted(vectoriser, said)


def read_column(values: pd.Series, mode: Mode, progress: Progress = silent, checkpoints: Path | None = None) -> Reader:
    """What reads a column: the encoder of its language; its words where there is none, or more texts than it could read in
    reasonable time. An interrupted run goes on with the one that it began with, which its `checkpoints` keep."""
    source = encoder_for(values, mode, checkpoints)
    return by_words(values) if source is None else _fitted(source, different(values), progress)


def encoder_for(values: pd.Series, mode: Mode, checkpoints: Path | None = None) -> Sentences | None:
    """The encoder that reads these texts in a mode: the one that was chosen for the column first, as `checkpoints` keep."""
    from core.learning import encoders
    from core.learning.decided import same_encoder
    from core.learning.hardware import describe
    from core.learning.retrieval.sentences import Sentences

    said, hardware = different(values), describe()
    some = said[:SAMPLE]

    def choose() -> encoders.Encoder | None:
        too_many = hardware.kind == "cpu" and len(said) > MOST_READ[mode]
        return None if too_many else encoders.choose(detect_language(some), hardware, some)

    found = same_encoder(checkpoints, f"encoder_of_{values.name}", choose) if checkpoints else choose()
    return None if found is None else Sentences(found.name, found.model(), found.tokenizer, hardware)


def different(values: pd.Series) -> list[str]:
    """The different texts of a column, cleaned."""
    return [text for text in dict.fromkeys(clean_all(texts(values))) if text]


def _read(source: Sentences | Vectoriser, said: Sequence[str], progress: Progress) -> Any:
    return source.embed(said, progress) if hasattr(source, "embed") else source.transform(said)


def _fitted(source: Sentences | Vectoriser, said: list[str], progress: Progress = silent) -> Reader:
    """The reader with the axes of these texts, scaled so that they lie at a distance of about one from their centre."""
    from sklearn.decomposition import TruncatedSVD

    vectors = _read(source, said, progress)
    centre = np.asarray(vectors.mean(axis=0)).ravel().astype(np.float32)
    shifted = vectors - centre if isinstance(vectors, np.ndarray) else vectors
    count = max(1, min(AXES, *(size - 1 for size in vectors.shape)))
    axes = TruncatedSVD(count, random_state=0).fit(shifted).components_.T.astype(np.float32)
    found = _project(vectors, centre, axes)
    reader = Reader(source, centre, axes / (np.sqrt((found**2).sum(axis=1).mean()) or 1.0))
    reader.seen.update(list(zip(said, _project(vectors, centre, reader.axes), strict=True))[:MOST_KEPT])
    return reader


def _project(vectors: Any, centre: np.ndarray, axes: np.ndarray) -> np.ndarray:
    return np.asarray(vectors @ axes - centre @ axes, dtype=np.float32)


@dataclass(frozen=True)
class Head:
    """A logistic regression over one column's vectors: log-odds of the bad end. `unread` stands for no text; NaN where the
    training rows lacked some too, so that it is a value of its own."""

    weights: np.ndarray
    bias: float
    unread: float

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        known = ~np.isnan(vectors[:, 0])
        score = np.full(len(vectors), self.unread)
        score[known] = vectors[known] @ self.weights + self.bias
        return score


@dataclass(frozen=True)
class Scores:
    """One head for each column of free text, in the order of the encoded texts."""

    heads: tuple[Head, ...] = ()

    @staticmethod
    def fit(training: Encoded, folds: Folds) -> tuple[Scores, Encoded]:
        """The heads, and the rows that they were fitted on with the scores that heads without them gave: what is learned
        next sees scores as they will be on new rows (stacked generalisation, Wolpert 1992)."""
        with threadpool_limits(1, user_api="blas"):
            first = training.numbers.shape[1]
            names = training.sources[first : first + training.texts.shape[1]]
            found = [_head(training.texts[:, place], folds, name) for place, name in enumerate(names)]
        scores = Scores(tuple(head for head, _ in found))
        return scores, with_numbers(training, [own for _, own in found])

    def __call__(self, encoded: Encoded) -> Encoded:
        """The rows with one more number in place of each text."""
        return with_numbers(encoded, [head(encoded.texts[:, place]) for place, head in enumerate(self.heads)])

    def around(self, member: Member) -> Member:
        """A member over rows with scores as one over rows with texts."""
        return Reading(self, member) if self.heads else member


def with_numbers(encoded: Encoded, scores: Sequence[np.ndarray]) -> Encoded:
    if not len(scores):
        return encoded
    numbers = np.column_stack([encoded.numbers, *scores]).astype(np.float32)
    return replace(encoded, numbers=numbers, texts=encoded.texts[:, :0])


def _head(vectors: np.ndarray, folds: Folds, name: str) -> tuple[Head, np.ndarray]:
    """The head whose penalty does best on rows held out from it, and those rows' scores [rows]. Where the texts of one
    outcome belong to too few groups to hold some out, it says the same of each."""
    from sklearn.linear_model import LogisticRegression

    bad = folds.y.astype(bool)
    base = float(logit(np.clip(bad.mean(), 1e-3, 1 - 1e-3)))
    known = np.flatnonzero(~np.isnan(vectors[:, 0]))
    some, truth = vectors[known].astype(float), bad[known]
    apart = folds.take(known).of_text(name)
    if not len(known) or truth.all() or not truth.any() or apart.rarest() < FOLDS:
        flat = Head(np.zeros(vectors.shape[1]), base, base)
        return flat, flat(vectors)
    fold_of = apart.parts(FOLDS)
    tried = []
    for penalty in PENALTIES:
        own = np.zeros(len(known))
        for fold in range(FOLDS):
            model = LogisticRegression(C=penalty, max_iter=300).fit(some[fold_of != fold], truth[fold_of != fold])
            own[fold_of == fold] = model.decision_function(some[fold_of == fold])
        tried.append((float(np.logaddexp(0, np.where(truth, -own, own)).mean()), penalty, own))
    _, penalty, own = min(tried, key=lambda one: one[0])
    model = LogisticRegression(C=penalty, max_iter=300).fit(some, truth)
    unread = float(np.mean(own)) if len(known) == len(vectors) else np.nan
    scores = np.full(len(vectors), unread)
    scores[known] = own
    return Head(model.coef_[0].astype(float), float(model.intercept_[0]), unread), scores


@dataclass(frozen=True)
class Reading:
    """A member that was fitted on rows with a score in place of each text."""

    scores: Scores
    member: Member

    def log_odds(self, encoded: Encoded) -> np.ndarray:
        return self.member.log_odds(self.scores(encoded))

    def contributions(self, encoded: Encoded) -> np.ndarray:
        """float64 [rows, n + t + m + 1]: a text counts as one column."""
        return self.member.contributions(self.scores(encoded))

    def save(self, folder: Path) -> None:
        heads = self.scores.heads
        tensors = {f"weights.{place}": np.ascontiguousarray(head.weights) for place, head in enumerate(heads)}
        save_file(tensors, folder / "heads.safetensors")
        about = {
            "kind": type(self.member).__name__,
            "heads": [[head.bias, None if np.isnan(head.unread) else head.unread] for head in heads],
        }
        (folder / "heads.json").write_text(json.dumps(about), encoding="utf-8")
        self.member.save(folder)

    @staticmethod
    def load(folder: Path) -> Reading:
        from core.learning.tabular.model import kind_of

        about, tensors = json.loads((folder / "heads.json").read_text("utf-8")), load_file(folder / "heads.safetensors")
        heads = tuple(
            Head(tensors[f"weights.{place}"], bias, np.nan if unread is None else unread)
            for place, (bias, unread) in enumerate(about["heads"])
        )
        return Reading(Scores(heads), kind_of(about["kind"]).load(folder))
