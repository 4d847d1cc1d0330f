"""What a fit on texts leaves, so that its own rows can be looked at again: in memory, and on disk until that was done."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from safetensors.numpy import load_file, save_file

from core.learning.curve import Task, learning_curve, right_shares
from core.learning.folds import Folds
from core.learning.heads import TINY
from core.learning.linear import Features, Linear, fit_linear
from core.second_look import Curve
from core.words import Text

ROWS_FILE, ABOUT_FILE = "rows.safetensors", "about.json"
CSR = ("data", "indices", "indptr")
MOST_CELLS = 40_000_000
"""Numbers to keep at once; beyond them the layers are averaged."""

BY_MEANING = Text("ready-made language model, not fine-tuned", "未经微调的预训练语言模型")
BY_WORDS = Text("words and characters alone", "仅用字词统计")


@dataclass(frozen=True)
class Learned:
    """The rows as `folds`, with their class numbers, each row's probabilities by parts that had not learned from it
    (`out_of_fold`, [rows, classes]), and features [rows, columns] for cheap fits with the penalty that suits them."""

    folds: Folds
    out_of_fold: np.ndarray
    features: Features
    penalty: float
    method: Text

    @property
    def y(self) -> np.ndarray:
        return self.folds.y

    def save(self, folder: Path) -> None:
        """As safetensors, the features dense or as the three arrays of a CSR matrix."""
        sparse = sp.issparse(self.features)
        features = self.features.tocsr() if sparse else self.features
        kept = {name: getattr(features, name) for name in CSR} if sparse else {"features": features}
        kept |= {"y": self.y, "groups": self.folds.groups, "out_of_fold": self.out_of_fold}
        save_file({name: np.ascontiguousarray(values) for name, values in kept.items()}, folder / ROWS_FILE)
        about = {
            "seed": self.folds.seed,
            "penalty": self.penalty,
            "method": self.method.to_json(),
            "shape": list(features.shape),
        }
        (folder / ABOUT_FILE).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> Learned | None:
        """What `save` wrote; None where it is not there."""
        if not (folder / ABOUT_FILE).is_file():
            return None
        kept = load_file(folder / ROWS_FILE)
        about = json.loads((folder / ABOUT_FILE).read_text(encoding="utf-8"))
        parts = tuple(kept[name] for name in CSR if name in kept)
        features = sp.csr_matrix(parts, shape=tuple(about["shape"])) if parts else kept["features"]
        method = Text.from_json(about["method"])
        folds = Folds(kept["y"], kept["groups"], about["seed"])
        return Learned(folds, kept["out_of_fold"], features, about["penalty"], method)

    def curve(self, tick: Callable[[float], None]) -> Curve | None:
        """How the share of right answers grows with rows, by a linear model on the features."""
        classes = self.out_of_fold.shape[1]
        smaller: dict[int, Linear] = {}

        def answer(kept: np.ndarray, asked: np.ndarray) -> np.ndarray:
            fold = int(asked[0])
            linear = fit_linear(self.features[kept], self.y[kept], classes, self.penalty, start=smaller.get(fold))
            smaller[fold] = linear
            return linear.log_probabilities(self.features[asked])

        return learning_curve(Task(self.folds, answer, right_shares, tick), self.method)


def upper_layers(states: np.ndarray) -> np.ndarray:
    """Features from an encoder's pooled states [rows, layers + 1, width]: the upper half side by side, standardised."""
    upper = states[:, states.shape[1] // 2 :]
    flat = upper.mean(axis=1) if upper.size > MOST_CELLS else upper.reshape(len(upper), -1)
    return ((flat - flat.mean(0)) / (flat.std(0) + TINY)).astype(np.float32)
