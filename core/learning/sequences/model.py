"""A trained recommender: parts that score every item for a history, blended; and how to keep it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
from safetensors.numpy import load_file, save_file
from scipy import sparse

from core.learning.elsewhere import Elsewhere
from core.learning.order import top
from core.learning.sequences.blend import standardised
from core.learning.sequences.events import Events, History
from core.learning.sequences.linear import Bestsellers, Ease, Neighbours, Scorer, Transitions
from core.learning.sequences.newcomers import Newcomers
from core.learning.sequences.ranking import exclude_seen
from core.threads import usable
from core.words import Text

Repeat = Literal["new", "again"]
BATCH = 512
NEWCOMERS_FILE = "newcomers.safetensors"
CELLS = 4_000_000
"""Scores held at once: fewer customers a batch where there are many items."""
KINDS: Mapping[str, Any] = {
    "Bestsellers": Bestsellers,
    "Neighbours": Neighbours,
    "Ease": Ease,
    "Transitions": Transitions,
}


def kind_of(name: str) -> Any:
    """The class of a part; the transformer's brings torch and is loaded only where there is one."""
    if name == "SequenceModel":
        from core.learning.sequences.transformer import SequenceModel

        return SequenceModel
    return KINDS[name]


@dataclass
class Recommender:
    """Parts with their weights, and the history of every customer known from training.

    `items` are the items' names in the order of their codes, those of `newcomers` last; `histories` maps a customer's
    name to item codes.
    `repeat` "new" leaves out what the history already holds. `facts` and `notes` tell how it was made.
    """

    items: list[str]
    parts: dict[str, Scorer]
    weights: dict[str, float]
    histories: dict[str, History]
    repeat: Repeat = "new"
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)
    newcomers: Newcomers | None = None

    def __post_init__(self) -> None:
        self.known = len(self.items)
        if self.newcomers is not None:
            self.items = [*self.items, *self.newcomers.names]
        self.code = {name: code for code, name in enumerate(self.items)}

    def codes(self, names: Sequence[str]) -> History:
        """The codes of known items, in their order; unknown ones are left out."""
        return np.array([self.code[name] for name in names if name in self.code], dtype=np.int32)

    def scores(self, histories: Sequence[History]) -> np.ndarray:
        """The blended score of every item, float32 [histories, items]; higher is likelier."""
        histories = [self._known(history) for history in histories]
        whole = np.zeros((len(histories), self.known), dtype=np.float32)
        for name, weight in self.weights.items():
            if weight:
                whole += np.float32(weight) * standardised(self.parts[name].scores(histories))
        return self._widened(whole)

    def recommend(
        self,
        histories: Sequence[History],
        count: int,
        *,
        allowed: np.ndarray | None = None,
        repeat: Repeat | None = None,
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """For each history the codes of the best `count` items, the best first, and their scores; fewer where fewer
        may be recommended. `allowed` (bool [items]) restricts them."""
        size = max(1, min(BATCH, CELLS // max(len(self.items), 1)))
        batches = [histories[start : start + size] for start in range(0, len(histories), size)]

        def best_of(some: Sequence[History]) -> list[tuple[np.ndarray, np.ndarray]]:
            scores = self.scores(some)
            if (repeat or self.repeat) == "new":
                exclude_seen(scores, some)
            if allowed is not None:
                scores[:, ~allowed] = -np.inf
            found = []
            for row, best in zip(scores, top(scores, count), strict=True):
                open_ = best[np.isfinite(row[best])]
                found.append((open_, row[open_]))
            return found

        if len(batches) < 2 or usable() < 2:
            yield from chain.from_iterable(map(best_of, batches))
            return
        with ThreadPoolExecutor(usable()) as pool:
            try:
                yield from chain.from_iterable(pool.map(best_of, batches))
            finally:
                pool.shutdown(cancel_futures=True)

    def reasons(self, history: History, items: Sequence[int], most: int = 3) -> list[list[tuple[int, float]]]:
        """For each of the items, those of the history that speak most for it, with their share of what speaks for it."""
        history, items = self._known(history), [self._stand_in(item) for item in items]
        if not len(history):
            return [[] for _ in items]
        spreads = {
            name: float(self.parts[name].scores([history]).std()) for name, share in self.weights.items() if share
        }
        found = []
        for item in items:
            weight = np.zeros(len(history))
            for name, spread in spreads.items():
                if spread > 0:
                    weight += self.weights[name] * self.parts[name].reasons(history, item) / spread
            found.append(_strongest(history, np.maximum(weight, 0.0), most))
        return found

    def took_after(self, item: int, earlier: int, but: str | None = None) -> int:
        """How many known customers other than `but` took `item` at some time after `earlier` (both are codes)."""
        taken, owner = self._all
        last, first = np.flatnonzero(taken == item), np.flatnonzero(taken == earlier)
        last = last[np.append(owner[last][1:] != owner[last][:-1], True)] if len(last) else last
        first = first[np.append(True, owner[first][1:] != owner[first][:-1])] if len(first) else first
        _, later, sooner = np.intersect1d(owner[last], owner[first], assume_unique=True, return_indices=True)
        after = owner[last[later]][last[later] > first[sooner]]
        return int((after != self._place.get(but, -1)).sum()) if but is not None else len(after)

    @cached_property
    def _all(self) -> tuple[np.ndarray, np.ndarray]:
        """All histories end to end, and the place of each event's customer."""
        lengths = [len(one) for one in self.histories.values()]
        taken = np.concatenate([*self.histories.values(), np.zeros(0, dtype=np.int32)])
        return taken, np.repeat(np.arange(len(lengths)), lengths)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.histories)}

    def similar(self, item: int, count: int) -> list[tuple[int, float]]:
        """The items that go best with one item, bestsellers counting no more than others."""
        whole = np.zeros(self.known, dtype=np.float32)
        alone = self._known(np.array([item], dtype=np.int32))
        for part in self.parts.values():
            if not isinstance(part, Bestsellers):
                whole += standardised(part.scores([alone]))[0]
        if item >= self.known:
            whole[alone] = whole.max() + 1
        whole = self._widened(whole[None])[0]
        whole[item] = -np.inf
        return [(int(code), float(whole[code])) for code in top(whole[None], count)[0] if np.isfinite(whole[code])]

    def _known(self, history: History) -> History:
        """The history in codes that the parts know."""
        return history if self.newcomers is None else self.newcomers.stand_ins(history)

    def _stand_in(self, item: int) -> int:
        likest = self._known(np.array([item], dtype=np.int32))
        return int(likest[0]) if len(likest) else 0

    def _widened(self, whole: np.ndarray) -> np.ndarray:
        """Scores of the known items with those of the new ones beside them."""
        return whole if self.newcomers is None else np.hstack([whole, self.newcomers.scores(whole)])

    def run_elsewhere(self, networks: Mapping[str, Elsewhere]) -> None:
        """From now on the parts of these names that are networks answer from elsewhere."""
        for name, part in self.parts.items():
            if hasattr(part, "elsewhere"):
                part.elsewhere = networks.get(name)

    def save(self, folder: Path) -> None:
        """One safetensors file a part, the histories, and JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        kinds = {}
        for name, part in self.parts.items():
            kinds[name] = type(part).__name__
            arrays = {key: np.ascontiguousarray(value) for key, value in part.arrays().items()}
            save_file(arrays, folder / f"part-{name}.safetensors")
        lengths = np.array([len(history) for history in self.histories.values()], dtype=np.int64)
        flat = np.concatenate(list(self.histories.values())) if len(lengths) else np.zeros(0, dtype=np.int32)
        save_file({"item": flat.astype(np.int32), "lengths": lengths}, folder / "histories.safetensors")
        if self.newcomers is not None:
            save_file(_kept(self.newcomers), folder / NEWCOMERS_FILE)
        about = {
            "items": self.items[: self.known],
            "newcomers": self.newcomers and {"names": self.newcomers.names, "reader": self.newcomers.reader},
            "users": list(self.histories),
            "kinds": kinds,
            "weights": self.weights,
            "repeat": self.repeat,
            "facts": self.facts,
            "notes": [note.to_json() for note in self.notes],
        }
        (folder / "recommender.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> Recommender:
        about = json.loads((folder / "recommender.json").read_text(encoding="utf-8"))
        kept = load_file(folder / "histories.safetensors")
        histories = np.split(kept["item"], np.cumsum(kept["lengths"])[:-1]) if len(kept["lengths"]) else []
        parts = {
            name: kind_of(kind).of(load_file(folder / f"part-{name}.safetensors"))
            for name, kind in about["kinds"].items()
        }
        notes = [Text.from_json(note) for note in about["notes"]]
        by_user = dict(zip(about["users"], histories, strict=True))
        new = _found(about["newcomers"], load_file(folder / NEWCOMERS_FILE)) if about.get("newcomers") else None
        return Recommender(
            about["items"], parts, about["weights"], by_user, about["repeat"], about["facts"], notes, new
        )


def _kept(new: Newcomers) -> dict[str, np.ndarray]:
    found = new.weights.tocoo()
    return {
        "known": np.ascontiguousarray(found.row, dtype=np.int32),
        "new": np.ascontiguousarray(found.col, dtype=np.int32),
        "weight": np.ascontiguousarray(found.data, dtype=np.float32),
        "size": np.array(found.shape, dtype=np.int64),
    }


def _found(about: Mapping[str, Any], kept: Mapping[str, np.ndarray]) -> Newcomers:
    size = (int(kept["size"][0]), int(kept["size"][1]))
    weights = sparse.csr_matrix((kept["weight"], (kept["known"], kept["new"])), shape=size)
    return Newcomers(about["names"], weights, about["reader"])


def _strongest(history: History, weight: np.ndarray, most: int) -> list[tuple[int, float]]:
    found: dict[int, float] = {}
    for place in np.argsort(-weight, kind="stable"):
        if weight[place] > 0:
            found.setdefault(int(history[place]), float(weight[place] / weight.sum()))
    return list(found.items())[:most]


def histories_of(events: Events) -> dict[str, History]:
    return dict(zip(events.users, events.histories(), strict=True))
