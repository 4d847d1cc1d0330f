"""Boosted trees that also see pairs of numbers: a tree cuts one column at a time, but a product or a ratio is one cut."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from core.learning.tabular.boosting import USUAL, LightTrees, OrderedTrees, Ways
from core.learning.tabular.columns import Encoded

MOST_NUMBERS = 10
"""Numbers up to which all pairs are made: ten give 135 columns."""
BYTES_A_PAIR = 3 * (8 + 8 + 4)
"""Its three numbers in 64 bits, once more side by side, and in 32 bits."""


@dataclass(frozen=True)
class CrossedTrees:
    """`LightTrees` over the columns and, of every two numbers, their difference, product and ratio. `pairs` hold the places
    of the two; `centre` and `scale` bring numbers to one scale before they are subtracted."""

    kind: ClassVar[Any] = LightTrees

    trees: Any
    pairs: tuple[tuple[int, int], ...]
    centre: np.ndarray
    scale: np.ndarray

    @staticmethod
    def suits(encoded: Encoded) -> bool:
        return 2 <= encoded.numbers.shape[1] <= MOST_NUMBERS

    @staticmethod
    def bytes_a_row(encoded: Encoded) -> int:
        """Memory that a row's pairs take while they are made."""
        return BYTES_A_PAIR * encoded.numbers.shape[1] * (encoded.numbers.shape[1] - 1) // 2

    @classmethod
    def fit(
        cls,
        training: Encoded,
        bad: np.ndarray,
        validation: Encoded,
        validation_bad: np.ndarray,
        seed: int,
        ways: Ways = USUAL,
    ) -> Self:
        """Stopped where the log loss on the validation rows is least. Labels are bool [rows]."""
        pairs = tuple(combinations(range(training.numbers.shape[1]), 2))
        centre, scale = _scaling(training.numbers)
        more = (pairs, centre, scale)
        trees = cls.kind.fit(_wider(training, *more), bad, _wider(validation, *more), validation_bad, seed, ways)
        return cls(trees, *more)

    def log_odds(self, encoded: Encoded) -> np.ndarray:
        return np.asarray(self.trees.log_odds(_wider(encoded, self.pairs, self.centre, self.scale)))

    def contributions(self, encoded: Encoded) -> np.ndarray:
        """Shapley values by the trees, then the base: float64 [rows, n + m + 1]; what a pair adds is shared in halves."""
        whole = self.trees.contributions(_wider(encoded, self.pairs, self.centre, self.scale))
        count, crossed = encoded.numbers.shape[1], 3 * len(self.pairs)
        own = np.hstack([whole[:, :count], whole[:, count + crossed :]])
        for place, pair in enumerate(self.pairs):
            half = whole[:, count + 3 * place : count + 3 * place + 3].sum(axis=1) / 2
            own[:, list(pair)] += half[:, None]
        return own

    def save(self, folder: Path) -> None:
        self.trees.save(folder)
        about = {"pairs": self.pairs, "centre": self.centre.tolist(), "scale": self.scale.tolist()}
        (folder / "crossed.json").write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        about = json.loads((folder / "crossed.json").read_text(encoding="utf-8"))
        pairs = tuple((first, second) for first, second in about["pairs"])
        return cls(cls.kind.load(folder), pairs, np.array(about["centre"]), np.array(about["scale"]))


class CrossedOrderedTrees(CrossedTrees):
    """The same with `OrderedTrees`."""

    kind = OrderedTrees


def _scaling(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median and distance between the quartiles of each column; 0 and 1 where there is none."""
    centre, scale = np.zeros(numbers.shape[1]), np.ones(numbers.shape[1])
    for place, column in enumerate(numbers.T):
        known = column[np.isfinite(column)].astype(float)
        if len(known):
            low, centre[place], high = np.quantile(known, [0.25, 0.5, 0.75])
            scale[place] = (high - low) or known.std() or 1.0
    return centre, scale


def _wider(encoded: Encoded, pairs: tuple[tuple[int, int], ...], centre: np.ndarray, scale: np.ndarray) -> Encoded:
    """The rows with three more numbers a pair. A ratio with zero below is missing."""
    numbers = encoded.numbers.astype(np.float64)
    even, found = (numbers - centre) / scale, [numbers]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for first, second in pairs:
            a, b = numbers[:, first], numbers[:, second]
            ratio = np.divide(a, b)
            ratio[~np.isfinite(ratio)] = np.nan
            found.append(np.column_stack([even[:, first] - even[:, second], a * b, ratio]))
    sources = (*encoded.sources[: numbers.shape[1]], *[""] * 3 * len(pairs), *encoded.sources[numbers.shape[1] :])
    return replace(encoded, numbers=np.hstack(found).astype(np.float32), sources=sources)
