"""Rows to read and to change by hand: found by a word or a value, with their places in the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

from core.data.exploring_source import Source, source
from core.data.profile import Profile
from core.data.recipe import Step
from core.data.table import clean
from core.views import Filter


@dataclass(frozen=True)
class Wanted:
    """Rows that hold `word` in any column and `value` ("" for empty) in `column`; what is None does not count."""

    word: str = ""
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Found:
    """Some of the rows that fit, their places in the whole table (from 0) as index, and how many fit in all."""

    frame: pd.DataFrame
    total: int


def find(path: Path, profile: Profile, wanted: Wanted, first: int = 0, most: int = 100) -> Found:
    """At most so many of the rows that fit, from the `first` of them on."""
    place, fitting = _fitting(path, profile, wanted)
    if wanted.value is None and not wanted.word.strip():
        total = profile.rows
        some = source(path, profile).frame.slice(first, most).with_row_index(place, offset=first)
        frame = some.collect().to_pandas()
    else:
        total = int(fitting.select(pl.len()).collect(engine="streaming").item())
        frame = fitting.slice(first, most).collect(engine="streaming").to_pandas()
    return Found(frame.set_index(place), total)


def places(path: Path, profile: Profile, wanted: Wanted, most: int) -> list[int]:
    """The places of the rows that fit, at most so many."""
    place, fitting = _fitting(path, profile, wanted)
    return fitting.select(place).head(most).collect()[place].to_list()


def _fitting(path: Path, profile: Profile, wanted: Wanted) -> tuple[str, pl.LazyFrame]:
    """The name of the column of places, unlike any of the table's, and the rows."""
    table = source(path, profile)
    place = "place"
    while place in table.schema:
        place += " "
    frame = table.frame.with_row_index(place)
    if wanted.column in table.kinds and wanted.value is not None:
        one = Source(frame, table.kinds, table.schema, [Filter(str(wanted.column), values=(wanted.value,))])
        frame = one.filtered()
    if word := wanted.word.strip().lower():
        cells = (pl.col(name).cast(pl.String).str.to_lowercase() for name in table.schema)
        frame = frame.filter(
            pl.any_horizontal(cell.str.contains(word, literal=True).fill_null(False) for cell in cells)
        )
    return place, frame


def steps_of(
    shown: Sequence[int], cells: Mapping[int, Mapping[str, Any]], removed: Sequence[int], names: Sequence[str]
) -> list[Step]:
    """Changes made in a table on the page as steps: `cells` and `removed` count the rows that were shown, whose places
    in the whole table are `shown`. A changed cell of a removed row does not count."""
    gone = {shown[row] for row in removed}
    changed: dict[str, dict[str, str]] = {}
    for row, values in cells.items():
        for name, value in values.items():
            if shown[row] not in gone and name in names:
                changed.setdefault(name, {})[str(shown[row])] = clean(value)
    steps = [Step("set_cells", (name,), values) for name, values in changed.items()]
    return steps + ([Step("drop_rows", (), dict.fromkeys(map(str, sorted(gone)), ""))] if gone else [])
