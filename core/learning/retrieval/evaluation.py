"""What a bot did on questions it never saw: ranks, intents, and how much it could have answered at which error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.data.conversations import Pairs
from core.learning import metrics, uncertainty
from core.learning.baselines import TextBaseline
from core.learning.cleaning import clean_all
from core.learning.retrieval.bm25 import BM25
from core.learning.retrieval.bot import OUT, Bot, Replies, same_answer
from core.learning.retrieval.index import CHUNK, ranks_of
from core.paired import share_interval
from core.progress import Progress, silent

FIRST = ("recall_at_1", "recall_at_3")


@dataclass(frozen=True)
class Scores:
    """Figures of one evaluation; `rows` has one value a test question under each name. `details` is JSON-safe."""

    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    baseline: dict[str, float]
    gain: tuple[float, float, float]
    rows: dict[str, Any]
    details: dict[str, Any]


@dataclass(frozen=True)
class Simple:
    """The simple methods: BM25 over the past questions, and word counts with logistic regression for intents."""

    by_word: BM25
    intents: Sequence[str]
    ngrams: TextBaseline | None

    @staticmethod
    def fit(pairs: Pairs, chinese: bool, seed: int) -> Simple:
        ngrams = None
        if pairs.has_intents:
            known = [row for row, intent in enumerate(pairs.intents) if intent]
            ngrams = TextBaseline().fit(
                clean_all([pairs.questions[row] for row in known]), [pairs.intents[row] for row in known], seed=seed
            )
        return Simple(BM25(clean_all(pairs.questions), chinese), pairs.intents, ngrams)


def evaluate(
    bot: Bot, simple: Simple, test: Pairs, tolerated: float, seed: int, progress: Progress = silent
) -> tuple[Replies, Scores]:
    """Every test question is ranked, read and answered by the bot and by the simple methods.

    With answers, the right one is looked for among all distinct answers of the test rows, by the bot and by BM25 over
    their words; without, the right intent among all intents. Automatic answers are judged as `right_of` says.
    """
    replies = bot.reply(test.questions, lambda share: progress(share / 2))
    ranks = _ranks(bot, simple, test, replies, lambda share: progress(0.5 + share / 2))
    right = right_of(bot, test, replies)
    threshold = bot.threshold(tolerated)
    auto = ~replies.out & (replies.confidence >= threshold if threshold is not None else False)
    wrong = int((auto & ~right).sum())
    figures: dict[str, float] = {}
    intervals: dict[str, tuple[float, float]] = {}
    baseline: dict[str, float] = {}
    rivals = [name for name in ranks if name != "model"]
    for name in (*FIRST, "mrr"):
        figures[name], intervals[name] = _of_ranks(ranks["model"], name, seed)
    rival = max(rivals, key=lambda one: float((ranks[one] <= 1).mean()))
    baseline |= {name: _of_ranks(ranks["bm25"], name, seed)[0] for name in (*FIRST, "mrr")}
    details: dict[str, Any] = {
        "figures": {
            who: {name: _with_interval(found, name, seed) for name in (*FIRST, "mrr")} for who, found in ranks.items()
        },
        "rival": rival,
        "by_answer": test.has_answers,
    }
    if bot.classifier is not None and any(test.intents):
        part, extra = _intent_figures(simple, test, replies, seed)
        figures |= part["figures"]
        intervals |= part["intervals"]
        baseline |= part["baseline"]
        details |= extra
    figures |= {"coverage_at_risk": float(auto.mean()), "risk": wrong / max(int(auto.sum()), 1)}
    intervals |= {
        "coverage_at_risk": share_interval(int(auto.sum()), len(auto)),
        "risk": share_interval(wrong, int(auto.sum())),
    }
    reachable = ~replies.out
    curve = uncertainty.coverage_curve(replies.confidence[reachable], right[reachable])
    share = float(reachable.mean())
    details |= {
        "threshold": threshold,
        "tolerated_error": tolerated,
        "coverage_curve": {
            name: (values * share if name == "coverage" else values).tolist() for name, values in asdict(curve).items()
        },
        "wrong_automatic": wrong,
        "automatic": int(auto.sum()),
        "out_of_scope": int(replies.out.sum()),
        "right_share": float(right.mean()),
        "questions": len(test),
        "measure": "intent" if bot.classifier is not None else "answer",
    }
    gain = _gain(ranks["model"], ranks[rival], seed)
    return replies, Scores(
        figures, intervals, baseline, gain, {**_row_values(replies, right, auto), "first": ranks["model"] <= 1}, details
    )


def right_of(bot: Bot, test: Pairs, replies: Replies) -> np.ndarray:
    """Whether each answer is right, bool [questions]: of the same intent where the bot knows intents (and the row has
    one), else nearly the answer that was recorded. A question out of scope has no right answer."""
    stored, pairs = bot.index.pairs.answers, zip(replies.places, test.answers, strict=True)
    if bot.classifier is None or replies.intents is None:
        return np.array([place >= 0 and same_answer(stored[place], answer) for place, answer in pairs], dtype=bool)
    actual = np.array(test.intents, dtype=object)
    right = (replies.intents == actual) & (actual != OUT)
    for row, (place, answer) in enumerate(pairs):
        if not actual[row] and answer:
            right[row] = place >= 0 and same_answer(stored[place], answer)
    return right


def _ranks(bot: Bot, simple: Simple, test: Pairs, replies: Replies, progress: Progress) -> dict[str, np.ndarray]:
    """The place of the right answer (or intent) for the bot and each simple method, [questions]."""
    if not test.has_answers:
        return _intent_ranks(bot, simple, test, replies)
    offered = list(dict.fromkeys(answer for answer in test.answers if answer))
    place = {answer: number for number, answer in enumerate(offered)}
    right = np.array([place.get(answer, 0) for answer in test.answers])
    plain = BM25(clean_all(offered), bot.index.chinese)
    by_words = []
    for start in range(0, len(test), CHUNK):
        part = slice(start, start + CHUNK)
        by_words.append(ranks_of(plain.scores(clean_all(test.questions[part])), right[part]))
        progress(min(1.0, (start + CHUNK) / len(test)) / 2)
    ranks = {"model": bot.index.rank_answers(test.questions, offered, right), "bm25": np.concatenate(by_words)}
    unanswered = np.array([not answer for answer in test.answers], dtype=bool)
    return {name: np.where(unanswered, np.inf, own) for name, own in ranks.items()}


def _intent_ranks(bot: Bot, simple: Simple, test: Pairs, replies: Replies) -> dict[str, np.ndarray]:
    assert bot.classifier is not None and replies.shares is not None  # noqa: PT018 - a table has answers or intents
    ranks = {"model": _places(replies.shares, bot.classifier.classes, test.intents)}
    plain = clean_all(test.questions)
    names, codes = np.unique(np.array(simple.intents, dtype=object), return_inverse=True)
    best = np.full((len(plain), len(names)), 0.0, dtype=np.float32)
    for start in range(0, len(plain), CHUNK):
        scores = simple.by_word.scores(plain[start : start + CHUNK])
        for number in range(len(names)):
            best[start : start + CHUNK, number] = scores[:, codes == number].max(1, initial=0.0)
    ranks["bm25"] = _places(best, names.tolist(), test.intents)
    if simple.ngrams is not None:
        ranks["ngrams"] = _places(simple.ngrams.probabilities(plain), simple.ngrams.classes, test.intents)
    return ranks


def _places(scores: np.ndarray, classes: Sequence[str], actual: Sequence[str]) -> np.ndarray:
    """The place of each row's class, infinite for a class that was never learned."""
    place = {name: number for number, name in enumerate(classes)}
    known = np.array([name in place for name in actual], dtype=bool)
    right = np.array([place.get(name, 0) for name in actual])
    return np.where(known, ranks_of(scores, right), np.inf)


def _of_ranks(ranks: np.ndarray, name: str, seed: int) -> tuple[float, tuple[float, float]]:
    if name == "mrr":
        value = 1 / ranks
        return float(value.mean()), uncertainty.mean_interval(value, seed=seed)
    hits = ranks <= (1 if name == "recall_at_1" else 3)
    return float(hits.mean()), share_interval(int(hits.sum()), len(hits))


def _with_interval(ranks: np.ndarray, name: str, seed: int) -> list[float]:
    value, (low, high) = _of_ranks(ranks, name, seed)
    return [value, low, high]


def _gain(own: np.ndarray, rival: np.ndarray, seed: int) -> tuple[float, float, float]:
    """(gain, low, high) in how often the right one comes first, on the same resampled questions."""
    better = (own <= 1).astype(float) - (rival <= 1)
    return float(better.mean()), *uncertainty.mean_interval(better, seed=seed)


def _intent_figures(simple: Simple, test: Pairs, replies: Replies, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    known = np.array([bool(intent) for intent in test.intents], dtype=bool)
    actual = np.array(test.intents, dtype=object)[known]
    assert replies.intents is not None
    given = replies.intents[known]
    rival = np.array(
        simple.ngrams.predict(clean_all(test.questions)) if simple.ngrams else test.intents, dtype=object
    )[known]  # fmt: skip
    seen = sorted({*actual, *given})
    boot = uncertainty.bootstrap_intervals(actual, given, seed=seed)
    rival_boot = uncertainty.bootstrap_intervals(actual, rival, seed=seed)
    gain = uncertainty.paired_difference(actual, given, rival, metric="accuracy", seed=seed)
    names = {"accuracy": "intent_accuracy", "macro_f1": "intent_macro_f1"}
    measure: Mapping[str, Any] = {"accuracy": metrics.accuracy, "macro_f1": metrics.macro_f1}
    part = {
        "figures": {names[key]: of(actual, given) for key, of in measure.items()},
        "intervals": {names[key]: boot[key] for key in measure},
        "baseline": {names[key]: of(actual, rival) for key, of in measure.items()},
    }
    extra = {
        "confusion_classes": seen,
        "confusion": metrics.confusion(actual, given, seen).tolist(),
        "intent_gain": list(gain),
        "intent_baseline_intervals": {names[key]: list(rival_boot[key]) for key in measure},
        "intent_rows": int(known.sum()),
        "per_class": [asdict(score) for score in metrics.per_class(actual, given, seen)],
    }
    return part, extra


def _row_values(replies: Replies, right: np.ndarray, auto: np.ndarray) -> dict[str, Any]:
    return {
        "confidence": replies.confidence.astype(float),
        "similarity": replies.similarity.astype(float),
        "right": right,
        "automatic": auto,
        "out_of_scope": replies.out,
    }
