"""Which rows stay together and how they are cut: decided once from the rows and the settings, and handed down to every learner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapreplace

import numpy as np
import pandas as pd

from core.data.groups import joined
from core.data.near import near_duplicates
from core.data.splitting import equal_rows
from core.learning.cleaning import clean_all
from core.learning.overlap import overlap_groups
from core.words import Text, UserError

STOPPING_PARTS, MOST_TO_STOP = 10, 5000
TOO_FEW_GROUPS = Text(
    "The rows belong to too few groups that are kept together to learn from some and check on others.",
    "保持不拆开的分组太少，无法用一部分学习、用另一部分检验。",
)


@dataclass(frozen=True)
class Folds:
    """Rows with their class numbers `y` and `groups`, both int [rows]: rows of one group lie on one side of every cut. Of a
    table, `alike` numbers the free texts of a column, int [rows], the same for those that nearly repeat each other (-1: none)."""

    y: np.ndarray
    groups: np.ndarray
    seed: int = 0
    alike: Mapping[str, np.ndarray] = field(default_factory=dict)

    @staticmethod
    def of_rows(y: np.ndarray, seed: int = 0) -> Folds:
        """Every row is a group of its own."""
        return Folds(y, np.arange(len(y)), seed)

    @staticmethod
    def of_texts(texts: Sequence[str], y: np.ndarray, seed: int = 0, together: Sequence[object] | None = None) -> Folds:
        """Of cleaned texts: those that overlap or nearly repeat each other are kept together, and so are rows of one of
        `together` [rows]."""
        own = [] if together is None else [pd.factorize(np.array([str(one) for one in together], dtype=object))[0]]
        return Folds(y, joined(overlap_groups(texts), near_duplicates(texts), *own), seed)

    @staticmethod
    def of_table(
        frame: pd.DataFrame,
        y: np.ndarray,
        seed: int = 0,
        *,
        together: np.ndarray | None = None,
        texts: Sequence[str] = (),
    ) -> Folds:
        """Of a table: equal rows are one case twice, also where the free `texts` (columns) only nearly repeat each other, and
        rows of one of `together` (int [rows]) belong together."""
        alike = {name: _alike(frame[name]) for name in texts}
        equal = equal_rows(frame.assign(**alike))
        return Folds(y, equal if together is None else joined(equal, together), seed, alike)

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: np.ndarray) -> Folds:
        alike = {name: numbers[rows] for name, numbers in self.alike.items()}
        return replace(self, y=self.y[rows], groups=self.groups[rows], alike=alike)

    def of_text(self, name: str) -> Folds:
        """For what learns from a column of free text alone, of rows that have one: there a text that nearly repeats another is
        known already."""
        return self.joined(self.alike[name]) if name in self.alike else self

    def joined(self, together: np.ndarray) -> Folds:
        """With rows of one of `together` (int [rows]) kept together too."""
        return replace(self, groups=joined(self.groups, together))

    def rarest(self) -> int:
        """How many groups have a row of the class that the fewest have."""
        return int(pd.Series(self.groups).groupby(self.y).nunique().min())

    def parts(self, count: int, turn: int = 0) -> np.ndarray:
        """The part of each row, int [rows] from 0 to `count` - 1, another for each `turn`. Every class is spread over the
        parts as evenly as its groups allow, and no part is empty: of few groups there are fewer parts. Raises UserError for
        a single group."""
        codes = pd.factorize(self.groups)[0]
        sizes = np.bincount(codes)
        if len(sizes) < 2:
            raise UserError(TOO_FEW_GROUPS)
        return _dealt(self._kinds(codes), sizes, min(count, len(sizes)), np.random.default_rng((self.seed, turn)))[
            codes
        ]

    def stopping(self, rows: np.ndarray, most: int = MOST_TO_STOP) -> tuple[np.ndarray, np.ndarray]:
        """Of these rows (int [some]) those to learn from, and those by which rounds or epochs are stopped: a tenth, of many
        rows about `most`. What is answered out of fold is in neither. The former have every class, where its rows are of
        several groups. Raises UserError for a single group."""
        own = self.take(rows)
        part_of = own.parts(max(STOPPING_PARTS, -(-len(rows) // most)))
        counts = np.zeros((part_of.max() + 1, own.y.max() + 1), dtype=np.int64)
        np.add.at(counts, (part_of, own.y), 1)
        gone = ((counts == counts.sum(axis=0)) & (counts > 0)).sum(axis=1)
        stop = part_of == gone.argmin()
        return rows[~stop], rows[stop]

    def _kinds(self, codes: np.ndarray) -> np.ndarray:
        """The class that each group counts for, the rarest of its rows' classes."""
        common_first = np.argsort(-np.bincount(self.y)[self.y], kind="stable")
        kinds = np.zeros(codes.max() + 1, dtype=np.int64)
        kinds[codes[common_first]] = self.y[common_first]
        return kinds


def _alike(values: pd.Series) -> np.ndarray:
    cleaned = clean_all(values)
    found = near_duplicates(cleaned)
    found[[not text for text in cleaned]] = -1
    return found


def _dealt(kinds: np.ndarray, sizes: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """The part of each group: class by class the largest first, at random among equals, to the part with the fewest rows
    of the class; each class begins where the one before it ended."""
    order = random.permutation(len(sizes))
    order = order[np.lexsort((-sizes[order], kinds[order]))]
    parts, start = np.zeros(len(sizes), dtype=np.int64), 0
    for own in np.split(order, np.flatnonzero(np.diff(kinds[order])) + 1):
        heap = [(0, place, (start + place) % count) for place in range(count)]
        for group, size in zip(own.tolist(), sizes[own].tolist(), strict=True):
            rows, place, parts[group] = heap[0]
            heapreplace(heap, (rows + size, place, int(parts[group])))
        start += len(own)
    return parts
