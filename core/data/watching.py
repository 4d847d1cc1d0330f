"""What a live model is watched by: how its inputs and answers were spread when it was trained, without any row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from core.data.drift import Reference, places, reference_of
from core.data.profile import profile
from core.data.table import Roles, Table, clean

GROUPS = 16
ROUNDS = 20
LENGTH = " (length)"
"""Added to a column's name where the length of its texts is watched instead of what they say."""
MOST_KINDS = 200


@dataclass(frozen=True)
class Watched:
    """`inputs` and `answers` ("label" and "score") as `drift` keeps distributions; `fields` leads from the live form to
    the columns, `roles` are the run's own. `centres` [groups, width] are places of meaning and `meanings` the training
    rows near each; None where the model reads no texts. `handed` is the share that was handed to a person."""

    fields: Mapping[str, str]
    roles: Roles
    inputs: Reference
    answers: Reference
    handed: float
    rows: int
    centres: np.ndarray | None = None
    meanings: Sequence[int] = field(default=())

    def to_json(self) -> dict[str, Any]:
        centres = None if self.centres is None else np.round(self.centres, 4).tolist()
        return {**vars(self), "roles": {k: list(v) for k, v in self.roles.items()}, "centres": centres}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Watched:
        centres = None if value["centres"] is None else np.asarray(value["centres"], dtype=np.float32)
        roles = {key: tuple(names) for key, names in value["roles"].items()}
        return Watched(**{**value, "centres": centres, "roles": roles})

    def frame_of(self, table: Table) -> pd.DataFrame:
        """The watched columns of a file, under the names that they had in the training, also where roles were chosen."""
        now = {
            old: new
            for key, names in self.roles.items()
            for old, new in zip(names, table.roles.get(key, ()), strict=False)
        }
        columns = {name: now.get(name, name) for name in self.columns}
        return pd.DataFrame({name: table.frame[at] for name, at in columns.items() if at in table.frame.columns})

    def frame_of_form(self, inputs: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
        """The same of what live forms asked."""
        return pd.DataFrame([{column: one.get(key) for key, column in self.fields.items()} for one in inputs])

    @property
    def columns(self) -> list[str]:
        """The columns whose rows make a key: those that the live form asks for, in the order of their names."""
        return sorted(set(self.fields.values())) or sorted({name.removesuffix(LENGTH) for name in self.inputs})

    def places(self, frame: pd.DataFrame) -> np.ndarray:
        """The bin of each row in each of `inputs`: int [rows, inputs], -1 where the frame lacks the column."""
        shaped = shape(frame, list(self.inputs))
        found = [
            places(column, shaped[name]) if name in shaped else np.full(len(frame), -1)
            for name, column in self.inputs.items()
        ]
        return np.stack(found, axis=1) if found else np.zeros((len(frame), 0), dtype=int)

    def groups(self, meaning: np.ndarray) -> np.ndarray:
        """The nearest centre of each row: int [rows]."""
        assert self.centres is not None
        return _nearest(meaning, self.centres)


def watched(
    train: Table, fields: Mapping[str, str], given: pd.DataFrame, meaning: np.ndarray | None, seed: int
) -> Watched:
    """`train` are rows that were learned from, `given` answers to rows that were not (label, score, handed), `meaning`
    where a language model places those. Columns that only tell rows apart are left out."""
    columns = list(dict.fromkeys(fields.values())) or [name for names in train.roles.values() for name in names]
    frame = train.frame[[name for name in columns if name in train.frame.columns]]
    shaped = shape(frame, _worth_watching(frame))
    answers = given.assign(label=given["label"].map(clean))[["label", "score"]].dropna(axis=1, how="all")
    centres = meanings = None
    if meaning is not None and len(meaning) >= 4 * GROUPS:
        centres = _centres(meaning, seed)
        meanings = np.bincount(_nearest(meaning, centres), minlength=GROUPS).tolist()
    return Watched(
        dict(fields), dict(train.roles), reference_of(shaped), reference_of(answers), float(given["handed"].mean()),
        len(given), centres, meanings or (),
    )  # fmt: skip


def shape(frame: pd.DataFrame, wanted: Sequence[str]) -> pd.DataFrame:
    """The wanted columns, lengths in place of the texts where it is lengths that are wanted."""
    found = {}
    for name in wanted:
        column = name.removesuffix(LENGTH)
        if name in frame.columns:
            found[name] = frame[name]
        elif column in frame.columns:
            found[name] = frame[column].map(lambda value: float(len(clean(value))))
    return pd.DataFrame(found, index=frame.index)


def _worth_watching(frame: pd.DataFrame) -> list[str]:
    found = []
    for column in profile(frame).columns if frame.shape[1] else ():
        if column.kind == "text":
            found.append(column.name + LENGTH)
        elif column.kind in ("number", "boolean") or (column.kind == "category" and column.distinct <= MOST_KINDS):
            found.append(column.name)
    return found


def _centres(points: np.ndarray, seed: int) -> np.ndarray:
    """Centres of k-means (Lloyd 1982), begun from random points."""
    rng = np.random.default_rng(seed)
    centres = points[rng.choice(len(points), GROUPS, replace=False)].astype(np.float32)
    for _ in range(ROUNDS):
        near = _nearest(points, centres)
        for group in range(GROUPS):
            if (near == group).any():
                centres[group] = points[near == group].mean(axis=0)
    return centres


def _nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    distance = (centres**2).sum(axis=1) - 2 * points @ centres.T
    return distance.argmin(axis=1).astype(int)
