"""Who did what with which item, in which order: the form in which every recommender reads a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

History = np.ndarray
"""Item codes of one customer, the oldest first (int32)."""


@dataclass(frozen=True)
class Events:
    """Events sorted by customer, then time; among equal times the file's order holds.

    `users` and `items` are the names behind the codes. `item` (int32) and `time` (float64, seconds or any sortable number)
    have one entry an event; customer u's events are those from `starts[u]` up to `starts[u + 1]`.
    """

    users: tuple[str, ...]
    items: tuple[str, ...]
    item: np.ndarray
    time: np.ndarray
    starts: np.ndarray

    @staticmethod
    def build(users: Sequence[str], items: Sequence[str], times: np.ndarray | None = None) -> Events:
        """Rows without a customer or an item are left out, as are those whose time cannot be read (NaN); without
        `times` the rows' order is the time."""
        rows = pd.DataFrame({"user": pd.Series(users, dtype="str"), "item": pd.Series(items, dtype="str")})
        rows["time"] = np.arange(len(rows), dtype=float) if times is None else np.asarray(times, dtype=float)
        usable = rows["user"].ne("") & rows["item"].ne("") & rows[["user", "item"]].notna().all(axis=1)
        rows = rows[usable & np.isfinite(rows["time"])]
        user, names = pd.factorize(rows["user"])
        item, titles = pd.factorize(rows["item"])
        order = np.lexsort((rows["time"].to_numpy(), user))
        return Events(
            tuple(map(str, names)),
            tuple(map(str, titles)),
            item[order].astype(np.int32),
            rows["time"].to_numpy()[order],
            np.searchsorted(user[order], np.arange(len(names) + 1)),
        )

    def __len__(self) -> int:
        return len(self.item)

    @cached_property
    def user(self) -> np.ndarray:
        """The customer of each event."""
        return np.repeat(np.arange(len(self.users), dtype=np.int32), np.diff(self.starts))

    def history(self, user: int) -> History:
        return self.item[self.starts[user] : self.starts[user + 1]]

    def histories(self) -> list[History]:
        return np.split(self.item, self.starts[1:-1]) if len(self.users) else []

    def counts(self) -> np.ndarray:
        """Events of each item."""
        return np.bincount(self.item, minlength=len(self.items))

    def keep(self, wanted: np.ndarray) -> Events:
        """The events for which `wanted` (bool) holds, every name and code as it was; a customer may be left without."""
        starts = np.concatenate([[0], np.cumsum(np.bincount(self.user[wanted], minlength=len(self.users)))])
        return Events(self.users, self.items, self.item[wanted], self.time[wanted], starts)

    def without_last(self) -> tuple[Events, np.ndarray, np.ndarray]:
        """Leave-last-out: the events before the last of every customer who has at least two, those customers, and
        the items held out."""
        several = np.flatnonzero(np.diff(self.starts) > 1)
        last = self.starts[several + 1] - 1
        kept = np.ones(len(self), dtype=bool)
        kept[last] = False
        return self.keep(kept), several, self.item[last]


def seen_matrix(histories: Sequence[History], items: int) -> sparse.csr_matrix:
    """1 where a history holds an item, float32 [histories, items]."""
    lengths = np.fromiter((len(one) for one in histories), dtype=np.int64, count=len(histories))
    columns = np.concatenate(histories) if len(histories) else np.zeros(0, dtype=np.int32)
    pointers = np.concatenate([[0], np.cumsum(lengths)])
    matrix = sparse.csr_matrix(
        (np.ones(len(columns), dtype=np.float32), columns, pointers), shape=(len(histories), items)
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix
