"""Texts into classes: a fine-tuned or frozen encoder blended with n-grams, calibrated on rows it did not learn from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import count, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from safetensors.numpy import load_file, save_file

from core.learning import explain as occlusion
from core.learning.calibration import Blend
from core.learning.cleaning import clean_all, mostly_chinese
from core.learning.elsewhere import Elsewhere
from core.learning.encoders import load_tokenizer, read_model
from core.learning.features import tokenise
from core.learning.hardware import Hardware, describe
from core.learning.heads import Head
from core.learning.learned import Learned
from core.learning.linear import Linear
from core.learning.network import Reader
from core.learning.ngrams import NgramModel
from core.learning.pooling import Pools
from core.progress import Progress, Report, silent
from core.words import Text, UserError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from core.learning.retrieval.sentences import Sentences

Mode = Literal["quick", "standard", "best"]
FORMAT = 1
ORIGINAL = "original"
"""The folder of the encoder as it was before it was tuned, where its opinion is asked too."""
MEMBER = "member_{number}"
"""The folder of each further tuning of the encoder, from 2 on."""
CLASS_WORDS_SECONDS = 10.0


class TextClassifier:
    """A trained text classifier.

    `classes`: labels in the order of the probability columns. `encoder_name`: the pretrained encoder, or None.
    `notes`: what the user should know of how it was made. `facts`: JSON-safe account of the training.
    `validation`: arrays `confidence` (float), `correct` (bool), `label` and `predicted` (class numbers) over rows
    that the parts did not learn from, to choose a confidence threshold by.
    `learned`: right after a fit, what a second look at its rows needs, and `read`, the last layer's mean states of the
    shorter texts that its encoder has read; never saved.
    """

    def __init__(  # noqa: PLR0913 - a value object's fields
        self, classes: Sequence[str], blend: Blend, *, ngrams: NgramModel | None, reader: Reader | None,
        tokenizer: Tokenizer | None, limit: int, encoder_name: str | None, notes: Sequence[Text],
        facts: dict[str, Any], validation: dict[str, np.ndarray], chinese: bool,
    ) -> None:  # fmt: skip
        self.classes = list(classes)
        self.encoder_name = encoder_name
        self.notes = list(notes)
        self.facts = facts
        self.validation = validation
        self.learned: Learned | None = None
        self.read: Mapping[str, np.ndarray] = {}
        self._blend = blend
        self._ngrams = ngrams
        self._reader = reader
        self._tokenizer = tokenizer
        self._limit = limit
        self._chinese = chinese

    @property
    def reader(self) -> Reader | None:
        """The encoder with its head, where there is one."""
        return self._reader

    @property
    def tokenizer(self) -> Tokenizer | None:
        return self._tokenizer

    @property
    def limit(self) -> int:
        """The most tokens of a text that its encoder reads."""
        return self._limit

    def run_elsewhere(self, network: Elsewhere | None) -> None:
        """From now on the encoder's opinions come from elsewhere."""
        if self._reader is not None:
            self._reader.elsewhere = network

    def sentences(self) -> Sentences | None:
        """The encoder as an embedder of sentences, without a copy of it."""
        from core.learning.retrieval.sentences import Sentences

        if self._reader is None or self._tokenizer is None:
            return None
        return Sentences(
            self.encoder_name or "", self._reader.encoder, self._tokenizer, self._reader.hardware, self.read
        )

    def probabilities(self, texts: Sequence[object], report: Report | None = None) -> np.ndarray:
        """Calibrated class probabilities, float32 [texts, classes]; rows sum to one. Anything may be passed as a text."""
        progress = report.progress if report is not None else silent
        return np.exp(self._log_probabilities(clean_all(texts), progress)).astype(np.float32)

    def predict(self, texts: Sequence[object], report: Report | None = None) -> list[str]:
        """The likeliest class of each text."""
        return [self.classes[column] for column in self.probabilities(texts, report).argmax(axis=1)]

    def meaning(self, texts: Sequence[object]) -> np.ndarray | None:
        """Where its language model places the texts, float32 [texts, width]; None where it reads with none."""
        if self._reader is None or self._tokenizer is None:
            return None
        return self._reader.means(tokenise(self._tokenizer, clean_all(texts), self._limit))

    def explain(self, text: str, label: str | None = None) -> list[tuple[str, float]]:
        """The words of the text, in its order, with how much each raised the log odds of `label` (by default the
        predicted class); a negative weight spoke against it. Of several tunings that answer together the first is asked."""
        if label is None:
            column = int(self._log_probabilities(clean_all([text]))[0].argmax())
        elif label in self.classes:
            column = self.classes.index(label)
        else:
            raise UserError(_UNKNOWN_CLASS.fill(label=label, known=", ".join(self.classes)))
        return self._explain(text, column)

    def class_words(
        self, texts: Sequence[object], probabilities: np.ndarray, *, top: int = 12, seed: int = 0,
        report: Report | None = None,
    ) -> dict[str, list[tuple[str, float]]]:  # fmt: skip
        """For each class the words that drove the model's own answers, strongest first, with their mean effect on the log
        odds, weighed down for rare words, over a sample that holds each answer about equally often. `probabilities` [texts, classes] are the model's.
        Bounded to about ten seconds."""
        answered = {str(text): int(column) for text, column in zip(texts, probabilities.argmax(axis=1), strict=True)}
        chosen = occlusion.balanced({text: column for text, column in answered.items() if text.strip()}, seed)
        in_time = occlusion.within(CLASS_WORDS_SECONDS)
        explained = []
        for done, text in enumerate(chosen):
            if not in_time():
                break
            explained.append((answered[text], self._explain(text, answered[text])))
            if report is not None:
                report.progress((done + 1) / len(chosen))
        words = occlusion.class_words(explained, len(self.classes), top)
        return dict(zip(self.classes, words, strict=True))

    def save(self, folder: Path) -> None:
        """Write the model into `folder`: JSON, safetensors and the tokenizer's own JSON, nothing that can run code."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if self._ngrams is not None:
            self._ngrams.save(folder)
        if self._reader is not None and self._tokenizer is not None:
            _save_reader(self._reader, self._tokenizer, folder)
        save_file({name: np.ascontiguousarray(array) for name, array in self.validation.items()},
                  folder / "validation.safetensors")  # fmt: skip
        about = {
            "format": FORMAT,
            "classes": self.classes,
            "encoder": self.encoder_name,
            "blend": list(self._blend.weights),
            "limit": self._limit,
            "chinese": self._chinese,
            "ngrams": self._ngrams is not None,
            "notes": [note.to_json() for note in self.notes],
            "facts": self.facts,
        }
        (folder / "classifier.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")

    @staticmethod
    def load(folder: Path, device: str | None = None) -> TextClassifier:
        """Read a saved model; `device` "cpu" keeps it off a graphics card."""
        folder = Path(folder)
        about = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
        hardware = describe(device)
        has_encoder = (folder / "encoder").is_dir()
        return TextClassifier(
            about["classes"],
            Blend(tuple(about["blend"])),
            ngrams=NgramModel.load(folder) if about["ngrams"] else None,
            reader=_load_reader(folder, hardware) if has_encoder else None,
            tokenizer=load_tokenizer(folder / "encoder") if has_encoder else None,
            limit=about["limit"],
            encoder_name=about["encoder"],
            notes=[Text.from_json(note) for note in about["notes"]],
            facts=about["facts"],
            validation=load_file(folder / "validation.safetensors"),
            chinese=about["chinese"],
        )

    def _explain(self, text: str, column: int) -> list[tuple[str, float]]:
        chinese = self._chinese or mostly_chinese([text])
        return occlusion.explain(
            text, column, lambda texts: self._log_probabilities(clean_all(texts), alone=True), chinese
        )

    def _log_probabilities(
        self, cleaned: Sequence[str], progress: Progress = silent, *, alone: bool = False
    ) -> np.ndarray:
        unique = list(dict.fromkeys(cleaned))
        if not unique:
            return np.zeros((0, len(self.classes)))
        parts = []
        if self._reader is not None and self._tokenizer is not None:
            ids = tokenise(self._tokenizer, unique, self._limit)
            parts += self._reader.opinions(ids, progress, alone=alone)
        if self._ngrams is not None:
            parts.append(self._ngrams.log_probabilities(unique))
        row_of = {text: row for row, text in enumerate(unique)}
        progress(1.0)
        return self._blend.log_probabilities(parts)[[row_of[text] for text in cleaned]]


_UNKNOWN_CLASS = Text(
    'The model does not know the class "{label}". It knows: {known}.',
    "模型没有“{label}”这个类别。已有类别：{known}。",
)


def _save_reader(reader: Reader, tokenizer: Tokenizer, folder: Path) -> None:
    reader.encoder.save_pretrained(folder / "encoder")
    tokenizer.save(str(folder / "encoder" / "tokenizer.json"))
    head = reader.head
    arrays = {"centre": head.centre, "scale": head.scale, "weights": head.linear.weights, "bias": head.linear.bias}
    save_file({name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()},
              folder / "head.safetensors")  # fmt: skip
    if reader.pools is not None:
        save_file(reader.pools.tensors(), folder / "pools.safetensors")
    if reader.original is not None:
        _save_reader(reader.original, tokenizer, folder / ORIGINAL)
    for number, member in enumerate(reader.ensemble, start=2):
        _save_reader(member, tokenizer, folder / MEMBER.format(number=number))


def _load_reader(folder: Path, hardware: Hardware) -> Reader:
    encoder = read_model(folder / "encoder")
    arrays = load_file(folder / "head.safetensors")
    head = Head(arrays["centre"], arrays["scale"], Linear(arrays["weights"], arrays["bias"]))
    kept = folder / "pools.safetensors"
    pools = Pools.of(load_file(kept), hardware.kind) if kept.is_file() else None
    original = _load_reader(folder / ORIGINAL, hardware) if (folder / ORIGINAL).is_dir() else None
    members = takewhile(Path.is_dir, (folder / MEMBER.format(number=number) for number in count(2)))
    return Reader(encoder, head, hardware, pools, original, [_load_reader(member, hardware) for member in members])


def fit_text_classifier(  # noqa: PLR0913 - the interface that scenarios call
    texts: Sequence[object],
    labels: Sequence[str],
    *,
    mode: Mode,
    language: str,
    seed: int,
    report: Report,
    groups: Sequence[object] | None = None,
) -> TextClassifier:
    """Train a classifier on texts with one label each.

    `mode`: "quick" keeps the encoder as it is, "standard" tunes its upper layers, "best" all of them. `language` of
    the texts ("en", "zh" or another) chooses the encoder. Texts that overlap or nearly repeat each other,
    and rows of one of `groups`, stay on one side of every internal split. Raises Cancelled, and UserError when fewer than two classes are given.
    """
    from core.learning.engine import Run
    from core.learning.fitting import Ask, fit, prepare

    return fit(prepare(texts, labels, groups, seed), Ask(mode, language, Run(seed, report)))
