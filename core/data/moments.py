"""Dates and times as people write them: Chinese or western, the day or the month first, with or without a clock."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from core.data.table import clean

EARLIEST, LATEST = pd.Timestamp("1800-01-01"), pd.Timestamp("2262-01-01")
_TWO_FIRST = r"^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)"
_CLOCK_WITH_DOTS = re.compile(r"(?<= )(\d{1,2})\.(\d{2})$")


def moments(values: pd.Series) -> pd.Series:
    """Moments without a time zone (UTC where one is written), NaT where none can be read or lies outside 1800 to 2261.

    Where two figures come before the year, the day is first if any of those written alike has a first figure above 12 and
    none a second one; with dots it is first unless a figure forbids it. Otherwise the month is.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.dt.tz_localize(None) if values.dt.tz is None else values.dt.tz_convert(None)
    codes, distinct = pd.factorize(values)
    said = pd.Series([_western(clean(value)) for value in distinct], dtype="str")
    parsed = pd.Series(pd.NaT, index=said.index, dtype="datetime64[us]")
    for rows, day_first in _orders(said):
        parsed[rows] = _parsed(said[rows], day_first)
    parsed = parsed.where((parsed >= EARLIEST) & (parsed < LATEST))
    found = parsed.reindex(codes) if len(parsed) else pd.Series(pd.NaT, index=range(len(codes)), dtype="datetime64[us]")
    return found.set_axis(values.index)


def _western(text: str) -> str:
    if "年" in text or "月" in text:
        text = re.sub(r"[年月]\s*", "-", re.sub("[日号]", " ", text)).strip().rstrip("-")
    return _CLOCK_WITH_DOTS.sub(r"\1:\2", text)


def _orders(said: pd.Series) -> list[tuple[np.ndarray, bool]]:
    """Rows written alike, and whether the day comes first in them."""
    parts = said.str.extract(_TWO_FIRST)
    alike = (parts[1] + parts[3].str.len().astype("str")).fillna("")
    found = [(np.flatnonzero(alike == ""), False)]
    for kind in alike[alike != ""].unique():
        rows = np.flatnonzero(alike == kind)
        first, second = (int(parts[column].iloc[rows].astype(int).max()) for column in (0, 2))
        found.append((rows, second <= 12 and (first > 12 or kind.startswith("."))))
    return found


def _parsed(said: pd.Series, day_first: bool) -> pd.Series:
    if said.empty:
        return pd.Series(dtype="datetime64[us]")
    read = pd.to_datetime(said.mask(said == "", None), format="mixed", dayfirst=day_first, errors="coerce", utc=True)
    return read.dt.tz_convert(None).astype("datetime64[us]")
