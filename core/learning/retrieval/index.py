"""The stored pairs, searched: which past question a new one is most like, and which of some answers fits it best.

Several signals are summed: embeddings, BM25 over words and over pieces of words, and what was answered to similar
questions. Their weights are chosen on rows whose own pair, and pairs nearly the same, are hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from scipy.special import log_softmax

from core.data.conversations import Pairs
from core.data.near import contained
from core.learning.calibration import fit_blend
from core.learning.cleaning import clean_all
from core.learning.retrieval.bm25 import BM25
from core.learning.retrieval.sentences import Sentences
from core.learning.sequences.ranking import rank_of_target
from core.progress import Progress, silent

CLOSENESS = 0.05
"""Scale of cosines beside BM25 scores: a temperature, as in contrastive learning."""
BM25_SCALE = 2.0
NEIGHBOURS = 10
CHUNK = 256
STEPS = (0.0, 0.5, 1.0)
USUAL: tuple[float, ...] = (1.0, 0.5, 0.5)
NOISE = 0.005
"""Weights whose share of right rows differs by less are equally good; of these the nearest to the usual are taken."""
CANDIDATES = 600
HIDDEN = -1e9


@dataclass
class Index:
    """Past questions and answers with their embeddings (float32 [pairs, width], None without an encoder).

    `match` weighs the signals that find a similar past question, `rank` those that rank answers for a question.
    """

    pairs: Pairs
    chinese: bool
    sentences: Sentences | None
    asked: np.ndarray | None
    said: np.ndarray | None
    match: tuple[float, ...] = USUAL
    rank: tuple[float, ...] = ()
    by_word: BM25 = field(init=False)
    by_piece: BM25 = field(init=False)

    def __post_init__(self) -> None:
        questions = clean_all(self.pairs.questions)
        self.by_word = BM25(questions, self.chinese)
        self.by_piece = BM25(questions, self.chinese, fine=True)

    @staticmethod
    def build(pairs: Pairs, chinese: bool, sentences: Sentences | None, progress: Progress = silent) -> Index:
        if sentences is None:
            return Index(pairs, chinese, None, None, None)
        asked = sentences.embed(clean_all(pairs.questions), lambda share: progress(share / 2))
        said = sentences.embed(clean_all(pairs.answers), lambda share: progress(0.5 + share / 2))
        return Index(pairs, chinese, sentences, asked, said if pairs.has_answers else None)

    def embed(self, questions: Sequence[str]) -> np.ndarray | None:
        return self.sentences.embed(clean_all(questions)) if self.sentences else None

    def signals(self, questions: Sequence[str], vectors: np.ndarray | None) -> list[np.ndarray]:
        """What speaks for each stored pair: [questions, pairs] of cosine and of BM25 by words and by pieces."""
        plain = clean_all(questions)
        words, pieces = self.by_word.scores(plain), self.by_piece.scores(plain)
        close = np.zeros_like(words) if vectors is None or self.asked is None else vectors @ self.asked.T / CLOSENESS
        return [close, words / BM25_SCALE, pieces / (2 * BM25_SCALE)]

    def scores(self, questions: Sequence[str], vectors: np.ndarray | None) -> np.ndarray:
        """How well each stored pair matches, float [questions, pairs]."""
        return summed(self.match, self.signals(questions, vectors))

    def similarity(self, vectors: np.ndarray | None, questions: Sequence[str], places: np.ndarray) -> np.ndarray:
        """Cosine of each question to the stored question at its place; without an encoder how much of the shorter the longer holds."""
        if vectors is not None and self.asked is not None:
            return np.clip((vectors * self.asked[places]).sum(1), 0.0, 1.0)
        return np.array(
            [contained(q, self.pairs.questions[int(p)]) for q, p in zip(questions, places, strict=True)], dtype=float
        )

    def closest(self, vectors: np.ndarray | None, questions: Sequence[str], scores: np.ndarray) -> np.ndarray:
        """How alike the most alike stored question is to each question, pairs with hidden `scores` left out: by cosine over
        all of them, since a shared word can make an unlike question the best match; without an encoder that of the best."""
        if vectors is None or self.asked is None:
            return self.similarity(vectors, questions, scores.argmax(1))
        return np.clip(np.where(scores <= HIDDEN / 2, 0.0, vectors @ self.asked.T).max(1), 0.0, 1.0)

    def choose_match(
        self, rows: np.ndarray, groups: np.ndarray, kinds: np.ndarray, progress: Progress = silent
    ) -> None:
        """The weights with which the best other pair of these rows is most often of the right kind.

        `groups` are hidden together with a row; `kinds` number what counts as the same answer.
        """
        trials = [weights for weights in product(STEPS, repeat=3) if any(weights)]
        if self.asked is None:
            trials = [weights for weights in trials if weights[0] == 0]
        found = np.zeros(len(trials))
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            vectors = self.asked[part] if self.asked is not None else None
            signals = self.signals([self.pairs.questions[row] for row in part], vectors)
            own = groups[part][:, None] == groups[None, :]
            for number, weights in enumerate(trials):
                best = np.where(own, HIDDEN, summed(weights, signals)).argmax(1)
                found[number] += (kinds[best] == kinds[part]).sum()
            progress(min(1.0, (start + CHUNK) / len(rows)))
        good = [number for number in range(len(trials)) if found[number] >= found.max() - NOISE * len(rows)]
        self.match = min((trials[number] for number in good), key=_far_from_usual)

    def answer_signals(
        self, questions: Sequence[str], answers: Sequence[str], groups: tuple[np.ndarray, np.ndarray] | None = None
    ) -> Iterator[list[np.ndarray]]:
        """What speaks for each of some answers, [some questions, answers] of CHUNK questions after the other: BM25 by words
        and by pieces, and with an encoder the cosine, and the cosine to what was answered to similar questions. Pairs of
        a question's own group are not looked at, where `groups` of the questions and of the pairs are given."""
        plain, said = clean_all(questions), clean_all(answers)
        by_word, by_piece = BM25(said, self.chinese), BM25(said, self.chinese, fine=True)
        sentences, known = self.sentences, self.said
        reads = sentences is not None and known is not None
        vectors, offered = (sentences.embed(plain), sentences.embed(said)) if sentences and reads else (None, None)
        for start in range(0, len(plain), CHUNK):
            part = slice(start, start + CHUNK)
            signals = [by_word.scores(plain[part]) / BM25_SCALE, by_piece.scores(plain[part]) / (2 * BM25_SCALE)]
            if vectors is not None and offered is not None and known is not None:
                scores = self.scores(questions[part], vectors[part])
                if groups is not None:
                    scores = np.where(groups[0][part, None] == groups[1][None, :], HIDDEN, scores)
                near = np.argpartition(-scores, min(NEIGHBOURS, scores.shape[1] - 1), axis=1)[:, :NEIGHBOURS]
                weight = np.exp(log_softmax(np.take_along_axis(scores, near, 1), axis=1))
                similar = (weight[:, :, None] * known[near]).sum(1)
                signals += [vectors[part] @ offered.T / CLOSENESS, similar @ offered.T / CLOSENESS]
            yield signals

    def choose_rank(self, rows: np.ndarray, groups: np.ndarray) -> None:
        """The weights of least log loss in picking these rows' own answers among one another's (`fit_blend`)."""
        answers = [self.pairs.answers[row] for row in rows]
        offered = list(dict.fromkeys(answers))
        place = {answer: number for number, answer in enumerate(offered)}
        questions = [self.pairs.questions[row] for row in rows]
        signals = zip(*self.answer_signals(questions, offered, (groups[rows], groups)), strict=True)
        parts = [log_softmax(np.concatenate(signal).astype(np.float64), axis=1) for signal in signals]
        self.rank = fit_blend(parts, np.array([place[answer] for answer in answers])).weights

    def rank_answers(self, questions: Sequence[str], answers: Sequence[str], right: np.ndarray) -> np.ndarray:
        """The place of each question's `right` answer (int [questions]) among the answers by how well they fit it, from 1."""
        found = [np.zeros(0)]
        for signals in self.answer_signals(questions, answers):
            scores = summed(self.rank or (1.0,) * len(signals), signals)
            done = sum(map(len, found))
            found.append(ranks_of(scores, right[done : done + len(scores)]))
        return np.concatenate(found)


def summed(weights: Sequence[float], signals: Sequence[np.ndarray]) -> np.ndarray:
    return sum(
        (weight * signal for weight, signal in zip(weights, signals, strict=True)), np.zeros(1, dtype=np.float32)
    )


def ranks_of(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The place of the right column of each row, from 1; ties count as half before it."""
    return 1 + rank_of_target(scores, right)


def _far_from_usual(weights: tuple[float, ...]) -> float:
    return sum(abs(one - other) for one, other in zip(weights, USUAL, strict=True))
