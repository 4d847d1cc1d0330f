"""Several tables made one version: rows appended, or columns joined by a key. What it would do is told before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
import polars as pl
import pyarrow.parquet as pq

from core.data import combining, limits
from core.data.combining import Difference, Key, Match
from core.services import datasets, elsewhere, rereading
from core.store import files, frames
from core.store.db import session
from core.store.tables import Dataset
from core.words import Text, UserError

LEAST_ALONE = 0.01
TOO_MANY = Text(
    "Together that would be {n} rows; at most {most} can be kept. Take the first row of each key, or narrow the files.",
    "合并后会有 {n} 行，最多只能保存 {most} 行。请每个键只取第一行，或先缩小文件。",
)
NOT_ITSELF = Text("A table cannot be combined with itself.", "数据不能与自身合并。")
APPENDED = Text("{n} rows of “{name}” were put below.", "已追加“{name}”的 {n} 行。")
JOINED = Text(
    "{columns} columns of “{name}” were put beside, by “{left}” = “{right}”: {matched} of {rows} rows found theirs. "
    "Files given for prediction must have these columns themselves.",
    "已按“{left}”=“{right}”并入“{name}”的 {columns} 列：{rows} 行中有 {matched} 行找到对应。用于预测的文件需要自带这些列。",
)


def differences(id: str, others: Sequence[str]) -> list[Difference]:
    """How the columns of each of the others lie to this table's."""
    own = _schema(id)
    return [combining.difference(own, _schema(other)) for other in others]


def append(id: str, others: Sequence[str], *, source: str | None, all_columns: bool) -> datasets.DatasetView:
    """A version with the rows of the others below; `source` is the name of a column that says which table each row is
    from, None for none. Raises UserError where there would be too many rows."""
    views = [datasets.get(one) for one in (id, *others)]
    if id in others:
        raise UserError(NOT_ITSELF)
    _not_too_many(sum(view.rows for view in views))
    if elsewhere.is_better(sum(view.rows for view in views)):
        return datasets.get(elsewhere.run("append", id, list(others), source, all_columns))
    found = differences(id, others)
    table = combining.append([frames.read_frame(view.id) for view in views], found, all_columns=all_columns)
    if source:
        name = combining.free_name(source, "2", list(table.columns))
        table[name] = pd.Series([view.name for view in views for _ in range(view.rows)], dtype="str")
    meanings = {name: known for view in reversed(views) for name, known in _meanings(view.id).items()}
    lost = {name for one in found for name in one.as_text}
    notes = [APPENDED.fill(n=f"{view.rows:,}", name=view.name) for view in views[1:]]
    why = f"append {' '.join(map(_as_read, others))} {source} {all_columns}"
    kept = {name: known for name, known in meanings.items() if name in table.columns and name not in lost}
    return datasets.derive(id, table, views[0].name, why, {"meanings": kept, "notes": _notes(id, notes)})


def guess_key(id: str, other: str) -> tuple[str, str] | None:
    """The columns by which the rows of the two tables belong together, told by the first one's beginning; free text is
    no key, nor is what says hardly anything. 007 and 7 are taken for the same."""
    profile = datasets.profile(other)
    names = [
        column.name
        for column in profile.columns
        if column.kind != "text" and column.distinct > LEAST_ALONE * (profile.rows - column.missing)
    ]
    first = frames.read_head(datasets.get(id).id, combining.KEY_ROWS)
    ours = {str(name): combining.marks_of(values, loosely=True) for name, values in first.items()}
    return combining.guess_key(ours, ((name, _marks(other, name, True)) for name in names))


def match(id: str, other: str, key: Key) -> Match:
    """What `join` would do."""
    return combining.match(_marks(id, key.left, key.loosely), _marks(other, key.right, key.loosely))


def join(id: str, other: str, key: Key) -> datasets.DatasetView:
    """A version with the other's columns beside each row that finds its key there; the others keep gaps. Raises
    UserError where there would be too many rows."""
    view, side = datasets.get(id), datasets.get(other)
    if id == other:
        raise UserError(NOT_ITSELF)
    if elsewhere.is_better(view.rows + side.rows):
        return datasets.get(elsewhere.run("join", id, other, asdict(key)))
    found = match(id, other, key)
    _not_too_many(found.rows if key.first_only else found.result)
    table, names = combining.join(frames.read_frame(id), frames.read_frame(other), key, side.name)
    said = JOINED.fill(
        columns=len(names), name=side.name, left=key.left, right=key.right,
        matched=f"{found.matched:,}", rows=f"{found.rows:,}",
    )  # fmt: skip
    theirs = {names[name]: known for name, known in _meanings(other).items() if name in names}
    facts = {"meanings": {**_meanings(id), **theirs}, "notes": _notes(id, [said])}
    return datasets.derive(id, table, view.name, f"join {_as_read(other)} {key}", facts)


def _not_too_many(rows: int) -> None:
    if rows > limits.MAX_ROWS:
        raise UserError(TOO_MANY.fill(n=f"{rows:,}", most=f"{limits.MAX_ROWS:,}"))


def _schema(id: str) -> Any:
    return pq.read_schema(files.dataset(datasets.get(id).id).table)


def _marks(id: str, name: str, loosely: bool = False) -> pl.Series:
    return combining.marks(files.dataset(datasets.get(id).id).table, name, loosely=loosely)


def _meanings(id: str) -> dict[str, Any]:
    with session() as db:
        return dict((db.get_one(Dataset, id).reading or {}).get("meanings", {}))


def _notes(id: str, added: Sequence[Text]) -> list[dict[str, str]]:
    return [note.to_json() for note in (*datasets.get(id).notes, *added)]


def _as_read(id: str) -> str:
    """The dataset and how its file was read: read in another way it is another table."""
    how = rereading.told(id).how
    return f"{id} {json.dumps(how.to_json(), sort_keys=True) if how else ''}"
