"""The preparation recipe: what was done to a dataset, kept as data so that it can be shown, undone and done again.

A recipe belongs to a dataset version. The same steps prepare the files given for prediction, except for those that
are about this file's own rows (STEPS says which): every row that a user hands in gets an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from core.data import changes
from core.data.table import clean
from core.words import Text, same

SHOWN = 6


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


@dataclass(frozen=True)
class Change:
    """How a step is done (`work` gets the frame, those of the step's columns that it has, and its values) and said.
    `own_rows`: it drops rows, or is about rows of this file, and so is not done to files given for prediction."""

    work: Callable[[pd.DataFrame, list[str], dict[str, str]], pd.DataFrame]
    said: Text
    own_rows: bool = False


def apply(frame: pd.DataFrame, recipe: Sequence[Step], *, keep_rows: bool = False) -> pd.DataFrame:
    """The frame after every step, renumbered from 0. `keep_rows` skips the steps about this file's own rows
    (prediction)."""
    for step in recipe:
        change = STEPS[step.do]
        if not (keep_rows and change.own_rows):
            known = [name for name in step.columns if name in frame.columns]
            frame = change.work(frame, known, step.values)
    return frame.reset_index(drop=True)


def touched(frame: pd.DataFrame, step: Step) -> float:
    """The share of the frame's rows that the step would drop or change; 0 to 1."""
    if not len(frame):
        return 0.0
    frame = frame.reset_index(drop=True)
    known = [name for name in step.columns if name in frame.columns]
    after = STEPS[step.do].work(frame, known, step.values)
    dropped = len(frame) - len(after)
    changed = pd.Series(False, index=after.index)
    for name in known:
        if name not in after:
            return 1.0
        changed |= frame[name].loc[after.index].map(clean) != after[name].map(clean)
    return float(dropped + changed.sum()) / len(frame)


def describe(step: Step) -> Text:
    """The step as a sentence."""
    columns = [f"“{name}”" for name in step.columns[:SHOWN]]
    more = len(step.columns) - SHOWN
    pairs = [f"“{old}” → “{new}”" if new else f"“{old}”" for old, new in step.values.items()]
    rest = len(pairs) - SHOWN
    values = {
        "en": ", ".join(pairs[:SHOWN]) + (f" and {rest} more" if rest > 0 else ""),
        "zh": "、".join(pairs[:SHOWN]) + (f" 等 {len(pairs)} 项" if rest > 0 else ""),
    }
    return STEPS[step.do].said.fill(
        columns=Text(
            ", ".join(columns) + (f" and {more} more" if more > 0 else ""),
            "、".join(columns) + (f" 等 {len(step.columns)} 列" if more > 0 else ""),
        ),
        values=Text(values["en"], values["zh"]),
        n=f"{len(step.values):,}",
        first=same(next(iter(step.values), "")),
        to=same(next(iter(step.values.values()), "")),
        low=step.values.get("low", ""),
        high=step.values.get("high", ""),
        kinds=changes.mask_words(step.values),
    )


STEPS: dict[str, Change] = {
    "drop_columns": Change(changes.drop_columns, Text("Left out {columns}", "去掉列{columns}")),
    "drop_empty": Change(
        changes.drop_empty, Text("Removed rows where {columns} is empty", "删除{columns}为空的行"), own_rows=True
    ),
    "drop_duplicates": Change(changes.drop_duplicates, Text("Removed repeated rows", "删除重复行"), own_rows=True),
    "drop_repeats": Change(changes.drop_repeats, Text("Removed repeated rows", "删除重复行"), own_rows=True),
    "drop_contradictions": Change(
        changes.drop_contradictions,
        Text("Removed equal texts with different labels", "删除文本相同但标签不同的行"),
        own_rows=True,
    ),
    "take_majority": Change(
        changes.take_majority,
        Text(
            "Gave equal texts the label that most of them have, and removed ties",
            "文本相同时统一为多数标签，票数相同的行删除",
        ),
        own_rows=True,
    ),
    "merge_values": Change(
        changes.merge_values, Text("Merged in {columns}: {values}", "合并{columns}中的写法：{values}")
    ),
    "blank_values": Change(
        changes.blank_values, Text("Read {values} in {columns} as missing", "将{columns}中的{values}视为缺失")
    ),
    "fill_missing": Change(
        changes.fill_missing, Text("Filled gaps in {columns} with “{to}”", "用“{to}”填补{columns}的空缺")
    ),
    "flag_missing": Change(
        changes.flag_missing,
        Text("Added a column that marks where {columns} is empty", "新增一列，标记{columns}是否为空"),
    ),
    "tidy": Change(
        changes.tidy,
        Text("Trimmed spaces and invisible characters in {columns}", "清理{columns}中多余的空格和不可见字符"),
    ),
    "to_numbers": Change(changes.to_numbers, Text("Read {columns} as numbers", "将{columns}按数字读取")),
    "to_text": Change(
        changes.to_text, Text("Read {columns} as codes, not as amounts", "将{columns}视为代码，而不是数量")
    ),
    "clip": Change(
        changes.clip, Text("Limited {columns} to between {low} and {high}", "将{columns}限制在 {low} 到 {high} 之间")
    ),
    "mask": Change(changes.mask, Text("Masked {kinds} in {columns}", "遮盖{columns}中的{kinds}")),
    "keep_above": Change(
        changes.keep_above,
        Text("Removed rows where {columns} is at most {to}", "删除{columns}不大于 {to} 的行"),
        own_rows=True,
    ),
    "drop_starting": Change(
        changes.drop_starting,
        Text("Removed rows where {columns} starts with {values}", "删除{columns}以{values}开头的行"),
        own_rows=True,
    ),
    "drop_values": Change(
        changes.drop_values,
        Text("Removed rows where {columns} is {values}", "删除{columns}取值为{values}的行"),
        own_rows=True,
    ),
    "set_cells": Change(
        changes.set_cells,
        Text("Changed by hand in {columns}: {n} cells", "手工修改{columns}中的 {n} 个单元格"),
        own_rows=True,
    ),
    "drop_rows": Change(changes.drop_rows, Text("Removed {n} rows by hand", "手工删除 {n} 行"), own_rows=True),
}
