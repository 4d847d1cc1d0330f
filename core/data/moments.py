"""Dates and times as people write them: Chinese or western, the day or the month first, with or without a clock."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.data.dates import Order, orders_of
from core.data.table import clean

EARLIEST, LATEST = pd.Timestamp("1800-01-01"), pd.Timestamp("2262-01-01")
_TWO_FIRST = r"^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)"
_HALF = r"\d\s*[AaPp]\.?[Mm]"
_CLOCK_WITH_DOTS = re.compile(r"(?<= )(\d{1,2})\.(\d{2})$")


def moments(values: pd.Series, orders: Mapping[str, Order] | None = None) -> pd.Series:
    """Moments without a time zone (UTC where one is written), NaT where none can be read or lies outside 1800 to 2261.

    Where two figures come before the year, the column tells their order as it does when a file is read (dates.orders_of),
    unless `orders` of an earlier column (`orders_in`) do.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.dt.tz_localize(None) if values.dt.tz is None else values.dt.tz_convert(None)
    codes, said, counts = _distinct(values)
    parsed = pd.Series(pd.NaT, index=said.index, dtype="datetime64[us]")
    ways, found_here = _orders(said, counts)
    for way, order in [("", "month"), *_agreed(found_here, orders or {}).items()]:
        rows = np.flatnonzero(ways == way)
        parsed[rows] = _parsed(said[rows], order == "day")
    parsed = parsed.where((parsed >= EARLIEST) & (parsed < LATEST))
    found = parsed.reindex(codes) if len(parsed) else pd.Series(pd.NaT, index=range(len(codes)), dtype="datetime64[us]")
    return found.set_axis(values.index)


def orders_in(values: pd.Series) -> dict[str, Order]:
    """For each way in which two figures are written before the year here, whether the day or the month comes first."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return {}
    _, said, counts = _distinct(values)
    return _orders(said, counts)[1]


def _agreed(found: Mapping[str, Order], before: Mapping[str, Order]) -> dict[str, Order]:
    """What was told before holds; a way of writing that is new follows the others where these agree."""
    usual = set(before.values())
    return {way: before.get(way) or (min(usual) if len(usual) == 1 else order) for way, order in found.items()}


def _distinct(values: pd.Series) -> tuple[np.ndarray, pd.Series, np.ndarray]:
    """The number of each cell's text (-1: none), the different texts, and how often each is there."""
    codes, distinct = pd.factorize(values)
    said = pd.Series([_western(clean(value)) for value in distinct], dtype="str")
    return codes, said, np.bincount(codes[codes >= 0], minlength=len(distinct))


def _western(text: str) -> str:
    if "年" in text or "月" in text:
        text = re.sub(r"[年月]\s*", "-", re.sub("[日号]", " ", text)).strip().rstrip("-")
    return _CLOCK_WITH_DOTS.sub(r"\1:\2", text)


def _orders(said: pd.Series, counts: np.ndarray) -> tuple[pd.Series, dict[str, Order]]:
    """How each is written ("": not with two figures before the year), and what comes first in each of these ways."""
    parts = said.str.extract(_TWO_FIRST)
    way = parts[1] + parts[3].str.len().astype("str") + said.str.contains(":", regex=False).astype("str")
    first, second = pd.to_numeric(parts[0]), pd.to_numeric(parts[2])
    orders = orders_of(first, second, way, counts, bool(said.str.contains(_HALF).any()))
    return way.fillna(""), orders


def _parsed(said: pd.Series, day_first: bool) -> pd.Series:
    if said.empty:
        return pd.Series(dtype="datetime64[us]")
    read = pd.to_datetime(said.mask(said == "", None), format="mixed", dayfirst=day_first, errors="coerce", utc=True)
    return read.dt.tz_convert(None).astype("datetime64[us]")
