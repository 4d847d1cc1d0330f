"""Dates and times as people write them: Chinese or western, the day or the month first, with or without a clock."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from core.data.dates import orders_of
from core.data.table import clean

EARLIEST, LATEST = pd.Timestamp("1800-01-01"), pd.Timestamp("2262-01-01")
_TWO_FIRST = r"^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)"
_HALF = r"\d\s*[AaPp]\.?[Mm]"
_CLOCK_WITH_DOTS = re.compile(r"(?<= )(\d{1,2})\.(\d{2})$")


def moments(values: pd.Series) -> pd.Series:
    """Moments without a time zone (UTC where one is written), NaT where none can be read or lies outside 1800 to 2261.

    Where two figures come before the year, the column tells their order as it does when a file is read (dates.orders_of).
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.dt.tz_localize(None) if values.dt.tz is None else values.dt.tz_convert(None)
    codes, distinct = pd.factorize(values)
    said = pd.Series([_western(clean(value)) for value in distinct], dtype="str")
    parsed = pd.Series(pd.NaT, index=said.index, dtype="datetime64[us]")
    for rows, day_first in _orders(said, np.bincount(codes[codes >= 0], minlength=len(distinct))):
        parsed[rows] = _parsed(said[rows], day_first)
    parsed = parsed.where((parsed >= EARLIEST) & (parsed < LATEST))
    found = parsed.reindex(codes) if len(parsed) else pd.Series(pd.NaT, index=range(len(codes)), dtype="datetime64[us]")
    return found.set_axis(values.index)


def _western(text: str) -> str:
    if "年" in text or "月" in text:
        text = re.sub(r"[年月]\s*", "-", re.sub("[日号]", " ", text)).strip().rstrip("-")
    return _CLOCK_WITH_DOTS.sub(r"\1:\2", text)


def _orders(said: pd.Series, counts: np.ndarray) -> list[tuple[np.ndarray, bool]]:
    """Rows written alike, and whether the day comes first in them. `counts`: how often each is there."""
    parts = said.str.extract(_TWO_FIRST)
    way = parts[1] + parts[3].str.len().astype("str") + said.str.contains(":", regex=False).astype("str")
    first, second = pd.to_numeric(parts[0]), pd.to_numeric(parts[2])
    orders = orders_of(first, second, way, counts, bool(said.str.contains(_HALF).any()))
    found = [(np.flatnonzero(way == one), order == "day") for one, order in orders.items()]
    return [(np.flatnonzero(way.isna()), False), *found]


def _parsed(said: pd.Series, day_first: bool) -> pd.Series:
    if said.empty:
        return pd.Series(dtype="datetime64[us]")
    read = pd.to_datetime(said.mask(said == "", None), format="mixed", dayfirst=day_first, errors="coerce", utc=True)
    return read.dt.tz_convert(None).astype("datetime64[us]")
