"""How the bot is trained: intents, embeddings, search weights, and when to trust an answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.data.conversations import Pairs, is_out_of_scope
from core.data.near import near_duplicates
from core.data.profile import detect_language
from core.learning import encoders
from core.learning.cleaning import clean_all, mostly_chinese
from core.learning.decided import same_encoder
from core.learning.engine import Run
from core.learning.folds import Folds
from core.learning.hardware import describe
from core.learning.linear import Linear, fit_linear
from core.learning.retrieval.bot import OUT, STRANGE, Bot, kinds_of, trust_features
from core.learning.retrieval.index import CANDIDATES, CHUNK, HIDDEN, Index
from core.learning.retrieval.sentences import Sentences
from core.learning.text import Mode, TextClassifier, fit_text_classifier
from core.progress import Report
from core.words import Text

JUDGES = 2000
"""Rows on which weights and trust are chosen, at most."""
SAMPLE = 300
ASIDE = 8
LEAST_TO_TUNE = 300
TRUST_PENALTY = 1.0

TITLES = {
    "tune": Text("Teaching the language model which answer goes with which question", "让语言模型学习问题与答案的对应"),
    "index": Text("Reading the past questions and answers", "通读以往的问题和答案"),
    "writing": Text("Teaching a small language model to say answers again", "让小型语言模型学习换个说法"),
    "match": Text("Learning when a past answer can be trusted", "学习何时可以信任以往的答案"),
}
NO_ENCODER = Text(
    "No pretrained model that reads this language was found on this machine, so questions are matched by their words alone.",
    "本机没有找到能读懂该语言的预训练模型，因此只按字词匹配问题。",
)
TOO_FEW = Text(
    "There are too few pairs to fine-tune the language model, so it was used as it is.",
    "问答对太少，不足以微调语言模型，因此直接使用原模型。",
)
FEW_INTENTS = Text(
    "The same answer counts as right only if it is nearly the one that was recorded: the data names no intents.",
    "数据中没有意图，因此只有与当时的回答几乎一致才算答对。",
)


@dataclass
class _Work:
    """What one training is given, and what is gathered on the way."""

    pairs: Pairs
    mode: Mode
    language: str
    run: Run
    folds: Folds
    notes: list[Text] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def chinese(self) -> bool:
        return mostly_chinese(clean_all(self.pairs.questions[:SAMPLE]))


def fit_bot(pairs: Pairs, *, mode: Mode, seed: int, report: Report) -> Bot:
    """Train on pairs. "quick" uses the encoder as it is, "standard" and "best" fine-tune it. Raises Cancelled."""
    pairs = with_one_out(pairs)
    language = detect_language(pairs.questions[:SAMPLE])
    folds = Folds(np.zeros(len(pairs), dtype=int), near_duplicates(pairs.questions), seed)
    work = _Work(pairs, mode, language, Run(seed, report), folds)
    classifier = _intents(work)
    sentences, judges = _sentences(work, classifier)
    report.stage("index")
    index = Index.build(pairs, work.chinese, sentences, report.progress)
    report.stage("match")
    kinds = (
        kinds_of(pairs)
        if classifier is None
        else np.unique(np.array(pairs.intents, dtype=object), return_inverse=True)[1]
    )
    index.choose_match(judges, folds.groups, kinds, report.progress)
    if pairs.has_answers:
        own = judges[np.array([bool(pairs.answers[row]) for row in judges], dtype=bool)]
        index.choose_rank(own[:CANDIDATES], folds.groups)
    bot = Bot(classifier, index, None, 0.0, {}, language, work.notes, work.facts)
    _judge(bot, work, judges)
    report.progress(1.0)
    work.facts |= {
        "encoder": sentences.name if sentences else None, "pairs": len(pairs), "match_weights": list(index.match),
        "rank_weights": [round(weight, 3) for weight in index.rank], "stranger_below": round(bot.stranger, 3),
        "intents": classifier.facts if classifier else None,
    }  # fmt: skip
    return bot


def with_one_out(pairs: Pairs) -> Pairs:
    """The pairs with every spelling of "out of scope" as one intent."""
    named = [OUT if is_out_of_scope(intent) else intent for intent in pairs.intents]
    return Pairs(pairs.questions, pairs.answers, named, follows=pairs.follows)


def _intents(work: _Work) -> TextClassifier | None:
    if not work.pairs.has_intents:
        work.notes.append(FEW_INTENTS)
        return None
    known = [row for row, intent in enumerate(work.pairs.intents) if intent]
    classifier = fit_text_classifier(
        [work.pairs.questions[row] for row in known], [work.pairs.intents[row] for row in known], mode=work.mode,
        language=work.language, seed=work.run.seed, report=work.run.report, groups=work.folds.groups[known].tolist(),
    )  # fmt: skip
    work.notes += classifier.notes
    return classifier


def _sentences(work: _Work, classifier: TextClassifier | None) -> tuple[Sentences | None, np.ndarray]:
    """The embedder, and the rows by which weights are chosen: rows that it was neither tuned on nor stopped by."""
    order = np.random.default_rng(work.run.seed).permutation(len(work.pairs))
    wants = work.mode != "quick" and work.pairs.has_answers
    if not wants or len(work.pairs) < LEAST_TO_TUNE:
        if wants:
            work.notes.append(TOO_FEW)
        return _as_it_is(work, classifier), order[:JUDGES]
    encoder = _encoder(work)
    if encoder is None:
        work.notes.append(NO_ENCODER)
        return None, order[:JUDGES]
    from core.learning.retrieval.contrastive import tune

    work.run.report.stage("tune")
    part_of = work.folds.parts(ASIDE)
    aside, rows = np.flatnonzero(part_of == 0), work.folds.stopping(np.flatnonzero(part_of != 0), JUDGES)
    sentences, facts = tune(encoder, work.pairs, rows, work.mode, work.run)
    work.facts["contrastive"] = facts
    return sentences, aside[:JUDGES]


def _as_it_is(work: _Work, classifier: TextClassifier | None) -> Sentences | None:
    if classifier is not None and (own := classifier.sentences()) is not None:
        return own
    encoder = _encoder(work)
    if encoder is None:
        if classifier is None:
            work.notes.append(NO_ENCODER)
        return None
    return Sentences(encoder.name, encoder.model(), encoder.tokenizer, work.run.hardware)


def _encoder(work: _Work) -> encoders.Encoder | None:
    checkpoints = work.run.report.checkpoints
    return same_encoder(checkpoints, "encoder_of_pairs", lambda: pick_encoder(work.pairs, work.language))


def pick_encoder(pairs: Pairs, language: str) -> encoders.Encoder | None:
    plain = clean_all(pairs.questions[:SAMPLE])
    return encoders.choose("zh" if mostly_chinese(plain) else language, describe(), plain)


def _judge(bot: Bot, work: _Work, judges: np.ndarray) -> None:
    """Sets the bot's validation rows, its trust and what it takes for a stranger, each row's own group hidden."""
    index, kinds, groups = bot.index, bot.kinds, work.folds.groups
    features, right, alike = [], [], []
    for start in range(0, len(judges), CHUNK):
        part = judges[start : start + CHUNK]
        questions = [index.pairs.questions[row] for row in part]
        vectors = index.asked[part] if index.asked is not None else None
        scores = np.where(groups[part][:, None] == groups[None, :], HIDDEN, index.scores(questions, vectors))
        near = index.similarity(vectors, questions, scores.argmax(1))
        places, others = bot._places(scores)
        features.append(trust_features(scores, near, places, others))
        right.append(kinds[np.maximum(places, 0)] == kinds[part])
        alike.append(index.closest(vectors, questions, scores))
    inside = np.array([index.pairs.intents[row] != OUT for row in judges], dtype=bool)
    bot.stranger = float(np.quantile(np.concatenate(alike)[inside], STRANGE)) if inside.any() else 0.0
    if bot.classifier is not None:
        bot.validation = _seen(bot.classifier)
        return
    given, correct = np.concatenate(features), np.concatenate(right)
    bot.trust, confidence = _trust(given, replace(work.folds.take(judges), y=correct.astype(int)))
    bot.validation = {"confidence": confidence, "correct": correct}
    if work.pairs.follows:
        follows = np.array([work.pairs.follows[row] for row in judges], dtype=bool)
        bot.validation |= {"joined_confidence": confidence[follows], "joined_correct": correct[follows]}


def _trust(given: np.ndarray, folds: Folds) -> tuple[Linear, np.ndarray]:
    """What turns features into the probability that an answer is right (`folds.y`), and that of each row from the other
    folds."""
    correct = folds.y
    if not correct.any() or correct.all():
        share = (correct.sum() + 0.5) / (len(correct) + 1)
        bias = np.log([1 - share, share]).astype(np.float32)
        constant = Linear(np.zeros((2, given.shape[1]), dtype=np.float32), bias)
        return constant, np.exp(constant.log_probabilities(given))[:, 1].astype(float)
    fold_of, confidence = folds.parts(5), np.zeros(len(correct))
    for fold in np.unique(fold_of):
        kept = fold_of != fold
        tried = fit_linear(given[kept], correct[kept], 2, TRUST_PENALTY)
        confidence[~kept] = np.exp(tried.log_probabilities(given[~kept]))[:, 1]
    return fit_linear(given, correct, 2, TRUST_PENALTY), confidence


def _seen(classifier: TextClassifier) -> dict[str, np.ndarray]:
    """Confidence and correctness on rows that the classifier did not learn from, but for those taken as out of scope,
    which always go to a person."""
    seen = classifier.validation
    out = classifier.classes.index(OUT) if OUT in classifier.classes else -1
    asked = seen["predicted"] != out
    return {"confidence": seen["confidence"][asked].astype(float), "correct": seen["correct"][asked].astype(bool)}
