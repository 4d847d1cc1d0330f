"""From cells as text to typed columns with sound names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

MISSING = ("", "null", "nan", "n/a", "#n/a", "#n/a n/a", "<na>", "\\n", "#null!", "(null)", "[null]")
"""Spellings (lower case) that mean missing in every column."""
MISSING_AMONG_NUMBERS = (
    *MISSING,
    "na",
    "none",
    "nil",
    "-",
    "--",
    "—",
    "?",
    ".",
    "missing",
    "unknown",
    "无",
    "空",
    "缺失",
    "未知",
)
"""Further spellings that mean missing where everything else in the column is a number."""
LONGEST_NUMBER = 15
"""Digits that a float64 holds exactly; longer ones are identifiers and stay text."""
_IDENTIFIER = rf"^[+-]?0[0-9]|^[+-]?[0-9]{{{LONGEST_NUMBER + 1},}}$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_WHOLE = r"^[+-]?[0-9]+$"
_SPACE = " \t\r\n\u00a0\u3000\ufeff\u200b"


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame of text cells with trimmed cells, missing spellings as missing, and wholly numeric columns as int64
    (nothing missing) or float64. Numbers with leading zeros or more than 15 digits are identifiers: text."""
    return pd.DataFrame({name: typed_column(frame[name]) for name in frame.columns}, index=frame.index)


def typed_column(values: pd.Series) -> pd.Series:
    """One column of text, see `typed`."""
    cells = pc.utf8_trim(as_arrow(values), characters=_SPACE)
    present = cells.filter(_filled(cells, MISSING_AMONG_NUMBERS))
    if len(present) and _all_match(present, _NUMBER) and not _any_match(present, _IDENTIFIER):
        return _numbers(cells, present, values)
    cells = pc.if_else(_filled(cells, MISSING), cells, pa.scalar(None, cells.type))
    return pd.Series(cells, index=values.index, dtype="str", name=values.name)


def as_arrow(values: pd.Series) -> pa.Array:
    """The strings as one Arrow array (large_string), missing as null."""
    array = pa.array(values, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array.cast(pa.large_string())


def column_names(found: Sequence[str]) -> list[str]:
    """Trimmed, unique names; an empty one is called by its place in the language of the others ("column 3", "列3")."""
    trimmed = [re.sub(r"\s+", " ", name.strip(_SPACE)) for name in found]
    place = "列{}" if any(re.search(r"[\u4e00-\u9fff]", name) for name in trimmed) else "column {}"
    taken = {name for name in trimmed if name}
    names: list[str] = []
    for position, name in enumerate(trimmed, start=1):
        stem = name or place.format(position)
        candidate, number = stem, 1
        while candidate in names or (candidate in taken and candidate != name):
            number += 1
            candidate = f"{stem} {number}"
        names.append(candidate)
    return names


def _filled(cells: pa.Array, spellings: Sequence[str]) -> pa.Array:
    """Which cells are none of these spellings; only short cells are looked at closely."""
    short = pc.if_else(pc.less_equal(pc.binary_length(cells), 12), cells, pa.scalar("long", cells.type))
    missing = pc.is_in(pc.utf8_lower(short), value_set=pa.array(spellings, pa.large_string()))
    return pc.and_(pc.is_valid(cells), pc.invert(missing))


def _all_match(cells: pa.Array, pattern: str) -> bool:
    few = cells[:100]
    return bool(pc.all(pc.match_substring_regex(few, pattern)).as_py()) and bool(
        pc.all(pc.match_substring_regex(cells, pattern)).as_py()
    )


def _any_match(cells: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(cells, pattern)).as_py())


def _numbers(cells: pa.Array, present: pa.Array, values: pd.Series) -> pd.Series:
    plain = pc.replace_substring_regex(cells, r"^\+", "")
    if len(present) == len(cells) and _all_match(present, _WHOLE):
        return pd.Series(plain.cast(pa.int64()).to_numpy(zero_copy_only=False), index=values.index, name=values.name)
    plain = pc.if_else(_filled(plain, MISSING_AMONG_NUMBERS), plain, pa.scalar(None, plain.type))
    numbers = plain.cast(pa.float64()).to_numpy(zero_copy_only=False)
    if np.isinf(numbers).any():
        return pd.Series(cells, index=values.index, dtype="str", name=values.name)
    return pd.Series(numbers, index=values.index, name=values.name)
