"""How a text classifier is trained in each mode: the steps, what is chosen on which rows, and the stages reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from core.learning import encoders, metrics, tuning
from core.learning.calibration import Blend, fit_blend
from core.learning.cleaning import clean_all, mostly_chinese
from core.learning.decided import decided, same_encoder
from core.learning.engine import Run
from core.learning.features import Ids, TokenStates, layer_means, max_tokens, ready_for_inference, tokenise
from core.learning.folds import Folds
from core.learning.hardware import Hardware
from core.learning.heads import fit_head
from core.learning.learned import BY_MEANING, BY_WORDS, Learned, upper_layers
from core.learning.network import Reader
from core.learning.ngrams import CHINESE, SPACED, FittedNgrams, NgramModel, fit_ngrams
from core.learning.pool_fitting import fit_pools
from core.learning.pooling import LAYERS, both_layers
from core.learning.retrieval.sentences import LONGEST as LONGEST_SENTENCE
from core.learning.text import Mode, TextClassifier
from core.progress import PartOf
from core.words import Text, UserError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

FOLDS = 3
FOLDS_OF_FEW = 5
FEW_ROWS = 1000
LEAST_TO_TUNE = 200
LEAST_OF_A_CLASS = 4
LEAST_TO_POOL = 600
MOST_CLASSES_TO_POOL = 20
SAMPLE = 200
LEAST_GAIN = 0.01
"""Of the validation log loss, what the encoder as it came must take off for its second pass over every text."""

STAGE_TITLES = {
    "encode": Text("Reading every text once", "通读所有文本"),
    "ngrams": Text("Counting words and phrases", "统计词语和短语"),
    "head": Text("Learning which meanings go with which answer", "学习语义与答案的对应关系"),
    "fine_tune": Text("Teaching the language model your texts", "让语言模型学习您的文本"),
    "blend": Text("Combining the parts and checking their confidence", "组合各部分并校准置信度"),
}
NO_ENCODER = Text(
    "No pretrained model that reads this language was found on this machine, so a model of words and characters was "
    "trained instead. It is dependable, but knows nothing beyond your own rows.",
    "本机没有找到能读懂该语言的预训练模型，因此改用字词统计模型。它结果可靠，但只了解您提供的数据。",
)
NO_CHINESE_ENCODER = Text(
    "No Chinese encoder was found on this machine, so the character n-gram model was used. It works well on Chinese "
    "reviews, but knows nothing beyond your own rows.",
    "本机没有找到中文预训练模型，因此使用了字符 n-gram 模型。它在中文评论上表现良好，但只了解您提供的数据。",
)
TOO_FEW_TO_TUNE = Text(
    "There are too few rows to fine-tune the language model ({rows} rows, {least} in the smallest class), so it was used as it is.",
    "数据太少，不足以微调语言模型（共 {rows} 行，最小类别 {least} 行），因此直接使用原模型。",
)
NOT_TUNED = Text(
    "Quick mode uses the language model as it is, without fine-tuning it on your texts.",
    "快速模式直接使用预训练语言模型，不对您的文本做微调。",
)
_ONE_CLASS = Text(
    "All rows have the same label, so there is nothing to tell apart. Give at least two different labels.",
    "所有行的标签都相同，无法学习区分。请至少提供两种不同的标签。",
)


@dataclass
class Data:
    """The training rows: cleaned `texts` and, with their class numbers, how every split of them is made."""

    texts: list[str]
    classes: list[str]
    folds: Folds
    chinese: bool

    @property
    def y(self) -> np.ndarray:
        return self.folds.y


@dataclass
class Read:
    """The encoder that was picked, on its device, and the rows as token ids of at most `limit` tokens."""

    encoder: encoders.Encoder
    model: PreTrainedModel
    ids: Ids
    limit: int


@dataclass
class Ask:
    """What the user asked for."""

    mode: Mode
    language: str
    run: Run


def stage_keys(mode: Mode, has_encoder: bool) -> tuple[str, ...]:
    """The stages that `fit` reports in this mode, in order."""
    if not has_encoder:
        return ("ngrams", "blend")
    if mode == "quick":
        return ("ngrams", "encode", "head", "blend")
    return ("ngrams", "encode", "head", "fine_tune", "blend")


def fit(data: Data, ask: Ask) -> TextClassifier:
    """See `core.learning.text.fit_text_classifier`."""
    run = ask.run
    encoder = same_encoder(run.report.checkpoints, "encoder", lambda: pick_encoder(data, ask.language, run.hardware))
    if encoder is None:
        return _fit_without_encoder(data, ask)
    if ask.mode == "quick" or not can_tune(data):
        return _fit_frozen(data, ask, encoder)
    return _fit_tuned(data, ask, encoder)


def prepare(
    texts: Sequence[object], labels: Sequence[str], groups: Sequence[object] | None = None, seed: int = 0
) -> Data:
    """Clean the texts and number the classes, in sorted order. Raises UserError for fewer than two classes."""
    cleaned = clean_all(texts)
    named = [str(label) for label in labels]
    classes = sorted(set(named))
    if len(classes) < 2:
        raise UserError(_ONE_CLASS)
    number = {name: i for i, name in enumerate(classes)}
    folds = Folds.of_texts(cleaned, np.array([number[name] for name in named]), seed, groups)
    return Data(cleaned, classes, folds, mostly_chinese(cleaned[:SAMPLE]))


def pick_encoder(data: Data, language: str, hardware: Hardware) -> encoders.Encoder | None:
    """The encoder for the texts: their script decides where it contradicts the language given."""
    spoken = "zh" if data.chinese else language
    return encoders.choose(spoken, hardware, data.texts[:SAMPLE])


def kind_of(data: Data) -> Any:
    """The n-grams to count for this script."""
    return CHINESE if data.chinese else SPACED


def can_tune(data: Data) -> bool:
    """Whether there are rows enough to fine-tune and still keep some for validation."""
    return len(data.y) >= LEAST_TO_TUNE and int(np.bincount(data.y).min()) >= LEAST_OF_A_CLASS


def fold_of(data: Data) -> np.ndarray:
    """The fold of each row for out-of-fold answers: more folds where rows are few."""
    return data.folds.parts(FOLDS_OF_FEW if len(data.y) < FEW_ROWS else FOLDS)


def _read(encoder: encoders.Encoder, data: Data, run: Run) -> Read:
    model = ready_for_inference(encoder.model(), run.hardware)
    limit = decided(run.report.checkpoints, "limit", lambda: max_tokens(model.config, run.hardware))
    return Read(encoder, model, tokenise(encoder.tokenizer, data.texts, limit), limit)


def _ngrams(data: Data, ask: Ask) -> FittedNgrams:
    ask.run.report.stage("ngrams")
    folds = fold_of(data)
    return fit_ngrams(data.texts, data.y, len(data.classes), folds, kind_of(data), ask.run.report.progress)


@dataclass
class Kept:
    """What is kept of every token while the encoder reads: `of` the layers' states, from the embeddings up, these [rows,
    tokens, width]."""

    of: Callable[[Sequence[torch.Tensor]], torch.Tensor]
    width: int


@dataclass
class Frozen:
    """What the encoder as it came says of the rows: `means` of each layer [rows, layers + 1, width] and, where they were to be
    kept, the states of the `tokens` of the distinct texts; `row` is the place of each row's text among these."""

    read: Read
    means: np.ndarray
    tokens: TokenStates | None
    row: np.ndarray


def _see(data: Data, ask: Ask, encoder: encoders.Encoder, keep: Callable[[Read], Kept | None]) -> Frozen:
    """One pass over the distinct texts."""
    report, hardware = ask.run.report, ask.run.hardware
    report.stage("encode")
    read = _read(encoder, data, ask.run)
    _, first, row = np.unique(np.array(data.texts, dtype=object), return_index=True, return_inverse=True)
    ids, kept = [read.ids[i] for i in first], keep(read)
    tokens = TokenStates([len(one) for one in ids], kept.width, hardware) if kept else None

    def look(rows: list[int], states: Sequence[torch.Tensor], mask: torch.Tensor) -> None:
        if tokens is not None and kept is not None:
            tokens.put(rows, kept.of(states))

    means = layer_means(read.model, ids, hardware, report.progress, look=look)
    return Frozen(read, means[row], tokens, row)


def _fit_frozen(data: Data, ask: Ask, encoder: encoders.Encoder) -> TextClassifier:
    ngrams = _ngrams(data, ask)
    frozen = _see(data, ask, encoder, lambda read: _for_pools(data, read, ask.run))
    report, folds, classes = ask.run.report, fold_of(data), len(data.classes)
    report.stage("head")
    part = PartOf(report, 0.0, 0.5 if frozen.tokens else 1.0).progress
    head = fit_head(frozen.means, data.y, classes, folds, part, each_layer=frozen.tokens is None)
    pools, answers = None, {"encoder": head.out_of_fold}
    if frozen.tokens is not None:
        rest = replace(ask.run, report=PartOf(report, 0.5, 0.5))
        fitted = fit_pools(frozen.tokens, frozen.row, data.folds, classes, folds, rest)
        pools, answers = fitted.pools, answers | {"tokens": fitted.out_of_fold}
    report.stage("blend")
    fewest = int(np.bincount(data.y).min())
    note = NOT_TUNED if ask.mode == "quick" else TOO_FEW_TO_TUNE.fill(rows=len(data.y), least=fewest)
    details = {"fine_tuned": False, "head_penalty": head.penalty, "ngram_penalties": list(ngrams.penalties)}
    judged = Answers(answers | {"ngrams": ngrams.out_of_fold}, data.y)
    reader = Reader(frozen.read.model, head.head, ask.run.hardware, pools)
    classifier = _classifier(data, ask, judged, Parts(ngrams.model, reader, frozen.read), details, [note])
    seen = upper_layers(frozen.means)
    classifier.learned = Learned(data.folds, np.exp(judged.blended), seen, head.penalty, BY_MEANING)
    ids, last = frozen.read.ids, frozen.means[:, -1].copy()
    classifier.read = {text: last[i] for i, text in enumerate(data.texts) if len(ids[i]) <= LONGEST_SENTENCE}
    return classifier


def _for_pools(data: Data, read: Read, run: Run) -> Kept | None:
    width = read.model.config.hidden_size
    pools = decided(run.report.checkpoints, "pools", lambda: can_pool(data, sum(map(len, read.ids)), width))
    return Kept(both_layers, LAYERS * width) if pools else None


def can_pool(data: Data, tokens: int, width: int) -> bool:
    """Whether there are rows enough for a head over tokens, classes few enough, and memory for the tokens' states."""
    fits = tuning.fits_memory(tokens, LAYERS * width)
    return len(data.y) >= LEAST_TO_POOL and len(data.classes) <= MOST_CLASSES_TO_POOL and fits


def _fit_tuned(data: Data, ask: Ask, encoder: encoders.Encoder) -> TextClassifier:
    report = ask.run.report
    ngrams = _ngrams(data, ask)
    frozen = _see(data, ask, encoder, lambda read: _for_tuning(read, ask))
    report.stage("head")
    head = fit_head(frozen.means, data.y, len(data.classes), fold_of(data), report.progress)
    tuned = tuning.tune(data, frozen, head.out_of_fold, ask.mode, ask.run)
    report.stage("blend")
    rows, said = tuned.validation_rows, tuned.out_of_fold
    words, y = {"ngrams": ngrams.out_of_fold[rows]}, data.y[rows]
    answers = Answers({"encoder": said} | words, y)
    asked_too = Answers({"encoder": said, "original": head.out_of_fold[rows]} | words, y)
    if asked_too.log_loss < (1 - LEAST_GAIN) * answers.log_loss:
        answers, tuned.reader.original = asked_too, Reader(frozen.read.model, head.head, ask.run.hardware)
    details = {"fine_tuned": True, "ngram_penalties": list(ngrams.penalties)} | tuned.facts
    classifier = _classifier(data, ask, answers, Parts(ngrams.model, tuned.reader, frozen.read), details, [])
    untuned = Answers({"original": head.out_of_fold, "ngrams": ngrams.out_of_fold}, data.y)
    seen = upper_layers(frozen.means)
    classifier.learned = Learned(data.folds, np.exp(untuned.blended), seen, head.penalty, BY_MEANING)
    return classifier


def _for_tuning(read: Read, ask: Ask) -> Kept | None:
    frozen, width = tuning.frozen_layers(read, ask.mode, ask.run), read.model.config.hidden_size
    keeps = frozen > 0 and tuning.fits_memory(sum(map(len, read.ids)), width)
    return Kept(lambda states: states[frozen], width) if keeps else None


def _fit_without_encoder(data: Data, ask: Ask) -> TextClassifier:
    ngrams = _ngrams(data, ask)
    ask.run.report.stage("blend")
    answers = Answers({"ngrams": ngrams.out_of_fold}, data.y)
    note = NO_CHINESE_ENCODER if data.chinese or ask.language == "zh" else NO_ENCODER
    details = {"fine_tuned": False, "ngram_penalties": list(ngrams.penalties)}
    classifier = _classifier(data, ask, answers, Parts(ngrams.model, None, None), details, [note])
    classifier.learned = _learned_by_words(data, ngrams)
    return classifier


def _learned_by_words(data: Data, ngrams: FittedNgrams) -> Learned:
    own = np.exp(Answers({"ngrams": ngrams.out_of_fold}, data.y).blended)
    matrix = ngrams.model.vectoriser.transform(data.texts)
    return Learned(data.folds, own, matrix, ngrams.penalties[0], BY_WORDS)


@dataclass
class Answers:
    """Log probabilities [rows, classes] of every part on rows that it did not learn from, and their classes `y`."""

    parts: dict[str, np.ndarray]
    y: np.ndarray

    @cached_property
    def blend(self) -> Blend:
        return fit_blend(list(self.parts.values()), self.y)

    @cached_property
    def blended(self) -> np.ndarray:
        return self.blend.log_probabilities(list(self.parts.values()))

    @property
    def log_loss(self) -> float:
        """Of the blend, a row."""
        return float(-self.blended[np.arange(len(self.y)), self.y].mean())


@dataclass
class Parts:
    """The fitted parts of a classifier."""

    ngrams: NgramModel
    reader: Reader | None
    read: Read | None


def _classifier(
    data: Data, ask: Ask, answers: Answers, parts: Parts, details: dict[str, Any], notes: list[Text]
) -> TextClassifier:
    read = parts.read
    name = read.encoder.name if read else None
    return TextClassifier(
        data.classes,
        answers.blend,
        ngrams=parts.ngrams,
        reader=parts.reader,
        tokenizer=read.encoder.tokenizer if read else None,
        limit=read.limit if read else 0,
        encoder_name=name,
        notes=notes,
        facts=facts_of(data, ask, answers, details | {"encoder": name}),
        validation=validation_of(answers),
        chinese=data.chinese,
    )


def validation_of(answers: Answers) -> dict[str, np.ndarray]:
    """Confidence and correctness of the blended answers."""
    shares = np.exp(answers.blended)
    predicted = shares.argmax(axis=1)
    return {
        "confidence": shares.max(axis=1).astype(np.float32),
        "correct": predicted == answers.y,
        "label": answers.y.astype(np.int64),
        "predicted": predicted.astype(np.int64),
    }


def facts_of(data: Data, ask: Ask, answers: Answers, details: dict[str, Any]) -> dict[str, Any]:
    """JSON-safe account of a training, with every part's figures on the validation rows."""
    held = validation_of(answers)
    everything = answers.parts | {"blend": answers.blended}
    return details | {
        "mode": ask.mode,
        "seed": ask.run.seed,
        "rows": len(data.y),
        "validation_rows": len(answers.y),
        "validation_accuracy": round(float(held["correct"].mean()), 4),
        "validation_calibration_error": round(
            metrics.expected_calibration_error(held["confidence"], held["correct"]), 4
        ),
        "blend_weights": {
            name: round(share, 3) for name, share in zip(answers.parts, answers.blend.shares, strict=True)
        },
        "temperature": round(answers.blend.temperature, 3),
        "leaderboard": [scores(name, part, answers.y) for name, part in everything.items()],
    }


def scores(name: str, log_probabilities: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Accuracy, macro-F1 and log loss of one part."""
    predicted = log_probabilities.argmax(axis=1)
    return {
        "component": name,
        "accuracy": round(metrics.accuracy(y, predicted), 4),
        "macro_f1": round(metrics.macro_f1(y, predicted), 4),
        "log_loss": round(float(-log_probabilities[np.arange(len(y)), y].mean()), 4),
    }
