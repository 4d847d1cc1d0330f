"""Two tables made one: rows put below rows with columns matched by name, or columns put beside rows by a key."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa

KEY_ROWS = 2_000
"""Rows of the first table whose values are looked for in the other when a key is guessed."""
LEAST_FOUND = 0.3


@dataclass(frozen=True)
class Difference:
    """How another table's columns lie to those of the first: `renamed` (its name -> the first's) where only case, spaces
    or signs differ, `lacking` those it does not have, `more` those only it has, `as_text` those that are numbers
    (or dates) in one and text in the other."""

    renamed: Mapping[str, str]
    lacking: tuple[str, ...]
    more: tuple[str, ...]
    as_text: tuple[str, ...]

    @property
    def none(self) -> bool:
        return not (self.renamed or self.lacking or self.more or self.as_text)


@dataclass(frozen=True)
class Match:
    """What a left join would do. Of the first table's `rows`, `matched` find their key in the other; `multiplied` of these
    find it more than once; `result` is the number of rows that all of these give. `unused` counts the other's rows
    that nothing asks for, `nameless` rows of the first that have no key at all."""

    rows: int
    matched: int
    multiplied: int
    result: int
    unused: int
    nameless: int

    @property
    def unmatched(self) -> int:
        return self.rows - self.matched


def difference(first: pa.Schema, other: pa.Schema) -> Difference:
    known = set(first.names)
    loose = _unique([name for name in first.names if name not in other.names])
    renamed = {
        name: loose[folded]
        for folded, name in _unique([name for name in other.names if name not in known]).items()
        if folded in loose
    }
    names = {renamed.get(name, name): name for name in other.names}
    return Difference(
        renamed,
        tuple(name for name in first.names if name not in names),
        tuple(name for name in other.names if name not in known and name not in renamed),
        tuple(
            name
            for name, own in names.items()
            if name in known and _sort(first.field(name).type) != _sort(other.field(own).type)
        ),
    )


def _unique(names: Sequence[str]) -> dict[str, str]:
    """Names by what is left without case, spaces and signs, where that is one's alone."""
    folded = [re.sub(r"[\W_]+", "", name).casefold() for name in names]
    return {fold: name for fold, name in zip(folded, names, strict=True) if fold and folded.count(fold) == 1}


def _sort(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind):
        return "number"
    return "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else str(kind)


def append(parts: Sequence[pd.DataFrame], differences: Sequence[Difference], *, all_columns: bool) -> pd.DataFrame:
    """The rows of all parts, the first part's columns first; `differences` are those of the parts after it to it. Columns
    that not all have are kept with gaps, or left out unless `all_columns`."""
    as_text = {name for one in differences for name in one.as_text}
    named = [parts[0], *(part.rename(columns=one.renamed) for part, one in zip(parts[1:], differences, strict=True))]
    lacking = {name for one in differences for name in (*one.lacking, *one.more)}
    alike = [part if all_columns else part[[name for name in part.columns if name not in lacking]] for part in named]
    sorts: dict[str, set[str]] = {}
    for part in alike:
        for name in part.columns:
            sorts.setdefault(name, set()).add(_frame_sort(part[name]))
    as_text |= {name for name, found in sorts.items() if len(found) > 1}
    ready = [part.assign(**{n: _as_text(part[n]) for n in part.columns if n in as_text}) for part in alike]
    return pd.concat(ready, ignore_index=True)


def _frame_sort(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values.dtype):
        return "bool"
    return "number" if pd.api.types.is_numeric_dtype(values.dtype) else str(values.dtype)


def _as_text(values: pd.Series) -> pd.Series:
    return pd.Series(keys(values).to_arrow(), index=values.index, dtype="str")


def key_of(name: str, kind: pl.DataType, *, loosely: bool = False) -> pl.Expr:
    """The column's cells as keys are compared: trimmed text, 7.0 as 7; missing as null, which matches nothing. `loosely`
    takes 007 and 7, and a7 and A7, for the same."""
    cells = pl.col(name)
    if kind.is_float():
        whole = (cells == cells.round()) & (cells.abs() < 2**53)
        text = (
            pl.when(whole)
            .then(pl.when(whole).then(cells).cast(pl.Int64).cast(pl.String))
            .otherwise(cells.cast(pl.String))
        )
    elif kind == pl.Boolean:
        text = pl.when(cells).then(pl.lit("True")).when(cells.is_not_null()).then(pl.lit("False"))
    else:
        text = cells.cast(pl.String)
    text = text.str.strip_chars()
    if loosely:
        text = text.str.to_lowercase().str.replace(r"^0+(\d+)$", "$1")
    return pl.when(text != "").then(text).alias("key")


def keys(values: pd.Series, *, loosely: bool = False) -> pl.Series:
    """A column's cells as `key_of` says."""
    column = pl.from_pandas(values).alias("key")
    return column.to_frame().select(key_of("key", column.dtype, loosely=loosely))["key"]


def marks_of(values: pd.Series, *, loosely: bool = False) -> pl.Series:
    """Each key by 64 bits that stand for it: eight bytes a row, however long it is."""
    own = keys(values, loosely=loosely)
    return own.hash(0).set(own.is_null(), None)


def marks(path: Path, name: str, *, loosely: bool = False) -> pl.Series:
    """As `marks_of`, for a column of a Parquet file that is never whole in memory."""
    column = pl.scan_parquet(path).select(name)
    key = key_of(name, column.collect_schema()[name], loosely=loosely)
    mark = pl.when(key.is_not_null()).then(key.hash(0)).alias("key")
    return column.select(mark).collect(engine="streaming")["key"]


def match(ours: pl.Series, theirs: pl.Series) -> Match:
    """What a left join on these two columns of keys (as `keys` or as `marks` give them) would do."""
    found = ours.to_frame().join(theirs.drop_nulls().value_counts(name="n"), on="key", how="left")["n"].fill_null(0)
    asked = theirs.to_frame().join(ours.unique().to_frame(), on="key", how="semi").height
    return Match(
        rows=len(ours),
        matched=int((found > 0).sum()),
        multiplied=int((found > 1).sum()),
        result=int(found.clip(lower_bound=1).sum()),
        unused=len(theirs) - asked,
        nameless=ours.null_count(),
    )


def guess_key(first: Mapping[str, pl.Series], other: Iterable[tuple[str, pl.Series]]) -> tuple[str, str] | None:
    """The pair of columns (the first's, the other's) by which most rows would find one row of the other; columns of one
    name are preferred. Columns of keys by their names; the other's are taken one by one. None where nothing fits."""
    ours_by = {name: filled for name, keys in first.items() if (filled := keys.drop_nulls()).n_unique() > 1}
    best: tuple[float, str, str] | None = None
    for right, column in other:
        filled = column.drop_nulls()
        values = filled.unique().to_frame()
        alone = len(values) / max(len(filled), 1)
        for left, ours in ours_by.items():
            same = re.sub(r"[\W_]+", "", left).casefold() == re.sub(r"[\W_]+", "", right).casefold()
            found = ours.to_frame().join(values, on="key", how="semi").height / len(ours)
            score = found * alone * (1.0 if same else 0.6)
            if found >= LEAST_FOUND and alone > 0.01 and (best is None or score > best[0]):
                best = score, left, right
    return best[1:] if best else None


@dataclass(frozen=True)
class Key:
    """The columns by which rows belong together, the first's and the other's, and how they are compared. `first_only` takes the
    first row of a key that the other has several times; else rows of the first multiply."""

    left: str
    right: str
    loosely: bool = False
    first_only: bool = True


def join(first: pd.DataFrame, other: pd.DataFrame, on: Key, called: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Every row of `first` with the other's columns by the key, in the first's order, and the other's columns by the name
    that they have now: one that both have is told apart by `called`."""
    names: dict[str, str] = {}
    for name in other.columns:
        if name != on.right:
            names[name] = free_name(name, called, {*first.columns, *names.values()})
    side = other.drop(columns=[on.right]).rename(columns=names).reset_index(drop=True)
    ours = keys(first[on.left], loosely=on.loosely).to_frame().with_row_index("row")
    theirs = keys(other[on.right], loosely=on.loosely).to_frame().with_row_index("place").drop_nulls("key")
    if on.first_only:
        theirs = theirs.unique("key", keep="first")
    pairs = ours.join(theirs, on="key", how="left", maintain_order="left_right").select("row", "place")
    rows, places = pairs["row"].to_numpy(), pairs["place"].cast(pl.Int64).fill_null(-1).to_numpy()
    own = first if on.first_only else first.iloc[rows]
    return pd.concat([own.reset_index(drop=True), side.reindex(places).reset_index(drop=True)], axis=1), names


def free_name(name: str, called: str, taken: Collection[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        candidate = f"{name} ({called})" if number == 1 else f"{name} ({called} {number})"
        number += 1
    return candidate
