"""A bot that answers with what people have answered before, and knows when it should not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from core.data.conversations import Pairs, is_out_of_scope
from core.data.near import ALIKE, near_duplicates, similarity
from core.learning.linear import Linear
from core.learning.retrieval.index import CHUNK, HIDDEN, Index
from core.learning.retrieval.sentences import Sentences
from core.learning.text import TextClassifier
from core.learning.uncertainty import threshold_for_error
from core.progress import Progress, silent
from core.words import Text

OUT = "oos"
"""The intent of questions that are not the company's to answer, whatever the data calls it."""
OTHERS = 4
STRANGE = 0.005
"""Share of known questions that are less like any other than a stranger: below, a question is out of scope."""


@dataclass(frozen=True)
class Replies:
    """What the bot would do with each question of n. `places` [n] are stored pairs, -1 where there is none to give;
    `others` [n, k] the next best with a different answer (-1 for none). `confidence` is the probability that the answer is
    right, 0 for questions that `out` marks as out of scope."""

    places: np.ndarray
    others: np.ndarray
    similarity: np.ndarray
    confidence: np.ndarray
    out: np.ndarray
    intents: np.ndarray | None
    shares: np.ndarray | None


@dataclass
class Bot:
    """`classifier` reads the intent, where the data has intents; `index` holds the stored pairs.

    Without intents `trust` turns how well the best pair matches into the probability that its answer is right.
    `validation` holds `confidence` and `correct` over rows that neither learned from, and under `joined_confidence` and
    `joined_correct` the same of follow-ups read with the question before them, where the data has any. `stranger` is the similarity
    below which a question is like nothing seen before.
    """

    classifier: TextClassifier | None
    index: Index
    trust: Linear | None
    stranger: float
    validation: dict[str, np.ndarray]
    language: str
    notes: list[Text] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def threshold(self, error_rate: float, joined: bool = False) -> float | None:
        """The confidence from which at most this share of automatic answers is wrong, with 95% certainty; None where
        none can be shown to keep to it. Learn then Test (Angelopoulos et al. 2021), see `threshold_for_error`.

        `joined`: for a follow-up that is read together with the question before it, by real follow-ups of the data.
        """
        kind = "joined_" if joined else ""
        if f"{kind}confidence" not in self.validation:
            return None
        confidence, correct = self.validation[f"{kind}confidence"], self.validation[f"{kind}correct"].astype(bool)
        return threshold_for_error(confidence, correct, error_rate)

    @property
    def knows_follow_ups(self) -> bool:
        """Whether its data has follow-ups by which their reading was judged."""
        return len(self.validation.get("joined_correct", ())) > 0

    def reply(self, questions: Sequence[str], progress: Progress = silent) -> Replies:
        """The answers to these questions, each on its own."""
        shares = self.classifier.probabilities(list(questions)) if self.classifier else None
        parts = []
        for start in range(0, len(questions), CHUNK):
            part = slice(start, start + CHUNK)
            parts.append(self._reply(list(questions[part]), shares[part] if shares is not None else None))
            progress(min(1.0, (start + CHUNK) / max(len(questions), 1)))
        return _joined(parts) if parts else _nothing()

    def _reply(self, questions: list[str], shares: np.ndarray | None) -> Replies:
        vectors = self.index.embed(questions)
        scores = self.index.scores(questions, vectors)
        nearest = scores.argmax(1)
        alike = self.index.similarity(vectors, questions, nearest)
        strange = self.index.closest(vectors, questions, scores) < self.stranger
        if self.classifier is None or shares is None:
            places, others = self._places(scores)
            confidence = self._trusted(scores, alike, places, others)
            return Replies(places, others, alike, np.where(strange, 0.0, confidence), strange, None, None)
        best = shares.argmax(1)
        intents = np.array(self.classifier.classes, dtype=object)[best]
        stored = np.array(self.index.pairs.intents, dtype=object)
        own = (stored[None, :] == intents[:, None]) | (stored[None, :] == "")
        inside = np.where(own, scores, scores + HIDDEN)
        places, others = self._places(inside, scores)
        inside_alike = self.index.similarity(vectors, questions, np.maximum(places, 0))
        out = strange | (intents == OUT)
        confidence = np.where(out | (places < 0), 0.0, shares.max(1)).astype(float)
        return Replies(places, others, inside_alike, confidence, out, intents, shares)

    def _places(self, scores: np.ndarray, rest: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The best pair of each question, and the next ones with other answers."""
        said = self.kinds
        rest = scores if rest is None else rest
        places = scores.argmax(1)
        others = np.full((len(scores), OTHERS), -1, dtype=int)
        for row, place in enumerate(places):
            if scores[row, place] <= HIDDEN / 2:
                places[row] = -1
            order = np.argpartition(-rest[row], min(60, rest.shape[1] - 1))[:60]
            seen, found = {said[place]}, []
            for other in order[np.argsort(-rest[row, order])]:
                if said[other] not in seen and not is_out_of_scope(self.index.pairs.intents[other]):
                    seen.add(said[other])
                    found.append(other)
                if len(found) == OTHERS:
                    break
            others[row, : len(found)] = found
        return places, others

    @property
    def kinds(self) -> np.ndarray:
        """A number for each stored pair, the same for those whose answer says the same."""
        if self._kinds is None:
            self._kinds = kinds_of(self.index.pairs)
        return self._kinds

    _kinds: np.ndarray | None = field(default=None, repr=False)

    def _trusted(self, scores: np.ndarray, alike: np.ndarray, places: np.ndarray, others: np.ndarray) -> np.ndarray:
        if self.trust is None:
            return np.zeros(len(scores))
        features = trust_features(scores, alike, places, others)
        return np.exp(self.trust.log_probabilities(features))[:, 1].astype(float)

    def save(self, folder: Path) -> None:
        """JSON and safetensors."""
        folder.mkdir(parents=True, exist_ok=True)
        index = self.index
        if self.classifier is not None:
            self.classifier.save(folder / "intents")
        shared = self.shares_encoder
        if index.sentences is not None and not shared:
            index.sentences.save(folder / "sentences")
        tensors = {f"validation.{name}": np.ascontiguousarray(values) for name, values in self.validation.items()}
        if index.asked is not None:
            tensors["asked"] = index.asked.astype(np.float16)
        if index.said is not None:
            tensors["said"] = index.said.astype(np.float16)
        if self.trust is not None:
            tensors |= {"trust.weights": self.trust.weights, "trust.bias": self.trust.bias}
        save_file(tensors, folder / "bot.safetensors")
        pairs = {key: getattr(index.pairs, key) for key in ("questions", "answers", "intents")}
        about = {
            "pairs": pairs, "chinese": index.chinese, "match": list(index.match), "rank": list(index.rank),
            "encoder": index.sentences.name if index.sentences else None, "shared": shared, "stranger": self.stranger,
            "language": self.language, "notes": [note.to_json() for note in self.notes], "facts": self.facts,
            "intents": self.classifier is not None,
        }  # fmt: skip
        (folder / "bot.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @property
    def shares_encoder(self) -> bool:
        """Whether questions are embedded with the very encoder that reads intents."""
        own = self.classifier.reader.encoder if self.classifier and self.classifier.reader else None
        return own is not None and self.index.sentences is not None and self.index.sentences.encoder is own

    @staticmethod
    def load(folder: Path) -> Bot:
        about = json.loads((folder / "bot.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "bot.safetensors")
        classifier = TextClassifier.load(folder / "intents") if about["intents"] else None
        sentences = None
        if about["encoder"] and about["shared"] and classifier is not None:
            sentences = classifier.sentences()
        elif about["encoder"]:
            sentences = Sentences.load(folder / "sentences", about["encoder"])
        asked, said = (tensors[name].astype(np.float32) if name in tensors else None for name in ("asked", "said"))
        index = Index(
            Pairs(**about["pairs"]),
            about["chinese"],
            sentences,
            asked,
            said,
            tuple(about["match"]),
            tuple(about["rank"]),
        )
        trust = Linear(tensors["trust.weights"], tensors["trust.bias"]) if "trust.weights" in tensors else None
        validation = {name[11:]: value for name, value in tensors.items() if name.startswith("validation.")}
        notes = [Text.from_json(note) for note in about["notes"]]
        return Bot(classifier, index, trust, about["stranger"], validation, about["language"], notes, about["facts"])


def _joined(parts: Sequence[Replies]) -> Replies:
    def of(name: str) -> Any:
        found = [getattr(one, name) for one in parts]
        return None if found[0] is None else np.concatenate(found)

    return Replies(*(of(name) for name in Replies.__dataclass_fields__))


def _nothing() -> Replies:
    none = np.zeros(0)
    return Replies(none.astype(int), np.zeros((0, OTHERS), dtype=int), none, none, none.astype(bool), None, None)


def kinds_of(pairs: Pairs) -> np.ndarray:
    """A number for each pair, the same where the answer says the same: nearly equal answers, or equal intents where
    there are no answers."""
    if pairs.has_answers:
        return near_duplicates(pairs.answers)
    return np.unique(np.array(pairs.intents, dtype=object), return_inverse=True)[1]


def same_answer(given: str, recorded: str) -> bool:
    """Whether an answer is nearly the recorded one: four fifths or more of their pieces in common."""
    return bool(given) and similarity(given, recorded) >= ALIKE


def trust_features(scores: np.ndarray, alike: np.ndarray, places: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How well the best pair matches, how alike its question is, and how far it is ahead of another answer: [n, 3]."""
    rows = np.arange(len(scores))
    best = scores[rows, np.maximum(places, 0)]
    other = np.where(others[:, 0] >= 0, scores[rows, np.maximum(others[:, 0], 0)], best - 10)
    return np.column_stack([best / 10, alike * 5, np.clip(best - other, 0, 20) / 5]).astype(np.float32)
