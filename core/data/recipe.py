"""The preparation recipe: what was done to a dataset, kept as data so that it can be shown, undone and done again.

A recipe belongs to a dataset version. The same steps prepare the files given for prediction, except that no step
may drop a row there: every row that a user hands in gets an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from core.data.amounts import as_numbers
from core.data.table import clean
from core.words import Text, same


@dataclass(frozen=True)
class Step:
    """One change: `do` names an entry of STEPS, `columns` what it works on, `values` old -> new cell values."""

    do: str
    columns: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(value: dict[str, Any]) -> Step:
        return Step(value["do"], tuple(value.get("columns", ())), dict(value.get("values", {})))


def apply(frame: pd.DataFrame, recipe: Sequence[Step], *, keep_rows: bool = False) -> pd.DataFrame:
    """The frame after every step, renumbered from 0. `keep_rows` skips the steps that drop rows (prediction)."""
    for step in recipe:
        change, drops_rows = STEPS[step.do][:2]
        if not (keep_rows and drops_rows):
            frame = change(frame, step)
    return frame.reset_index(drop=True)


def describe(step: Step) -> Text:
    return STEPS[step.do][2].fill(
        columns=same(", ".join(step.columns)), values=same(", ".join(f"{a} → {b}" for a, b in step.values.items()))
    )


def _known(frame: pd.DataFrame, step: Step) -> list[str]:
    return [name for name in step.columns if name in frame.columns]


def _drop_columns(frame: pd.DataFrame, step: Step) -> pd.DataFrame:
    return frame.drop(columns=_known(frame, step))


def _drop_empty(frame: pd.DataFrame, step: Step) -> pd.DataFrame:
    filled = pd.Series(True, index=frame.index)
    for name in _known(frame, step):
        filled &= frame[name].map(clean) != ""
    return frame[filled]


def _drop_duplicates(frame: pd.DataFrame, step: Step) -> pd.DataFrame:
    return frame.drop_duplicates(subset=_known(frame, step) or None)


def _drop_contradictions(frame: pd.DataFrame, step: Step) -> pd.DataFrame:
    text, label = step.columns[:2]
    kinds = frame[label].map(clean).groupby(frame[text].map(clean)).transform("nunique")
    return frame[kinds <= 1]


def _merge_values(frame: pd.DataFrame, step: Step) -> pd.DataFrame:
    changed = {name: frame[name].map(lambda v: step.values.get(clean(v), v)) for name in _known(frame, step)}
    return frame.assign(**changed)


def _keep_common(frame: pd.DataFrame, step: Step) -> pd.DataFrame:
    """Drops the rows whose value is named in `values` (classes too rare to learn)."""
    rare = pd.Series(False, index=frame.index)
    for name in _known(frame, step):
        rare |= frame[name].map(clean).isin(list(step.values))
    return frame[~rare]


def _to_numbers(frame: pd.DataFrame, step: Step) -> pd.DataFrame:
    return frame.assign(**{name: as_numbers(frame[name]) for name in _known(frame, step)})


def _keep_above(frame: pd.DataFrame, step: Step) -> pd.DataFrame:
    """Keeps the rows whose number is above `values["limit"]`, or missing."""
    kept = pd.Series(True, index=frame.index)
    for name in _known(frame, step):
        kept &= ~(as_numbers(frame[name]) <= float(step.values["limit"]))
    return frame[kept]


def _drop_starting(frame: pd.DataFrame, step: Step) -> pd.DataFrame:
    """Drops the rows whose text starts with one of `values`."""
    starting = pd.Series(False, index=frame.index)
    for name in _known(frame, step):
        starting |= frame[name].map(clean).str.startswith(tuple(step.values))
    return frame[~starting]


# name: (change, whether it can drop rows, words)
STEPS = {
    "drop_columns": (_drop_columns, False, Text("Left out {columns}", "去掉列 {columns}")),
    "drop_empty": (_drop_empty, True, Text("Removed rows where {columns} is empty", "删除 {columns} 为空的行")),
    "drop_duplicates": (_drop_duplicates, True, Text("Removed repeated rows", "删除重复行")),
    "drop_contradictions": (
        _drop_contradictions,
        True,
        Text("Removed equal texts with different labels", "删除文本相同但标签不同的行"),
    ),
    "merge_values": (_merge_values, False, Text("Merged {values} in {columns}", "在 {columns} 中合并 {values}")),
    "keep_above": (
        _keep_above,
        True,
        Text("Removed rows where {columns} is too small ({values})", "删除 {columns} 过小的行（{values}）"),
    ),
    "drop_starting": (
        _drop_starting,
        True,
        Text("Removed rows where {columns} starts with {values}", "删除 {columns} 以 {values} 开头的行"),
    ),
    "to_numbers": (_to_numbers, False, Text("Read {columns} as numbers", "将 {columns} 按数字读取")),
    "drop_values": (
        _keep_common,
        True,
        Text("Removed rows with rare values of {columns}", "删除 {columns} 取值过少的行"),
    ),
}
