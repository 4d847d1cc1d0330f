"""Dates as people write them, told apart by the whole column: 03/04/2024 is in March or in April."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Order = Literal["", "day", "month"]
NAMES_OF_DATES = re.compile(
    r"date|datum|fecha|日期|时间|生日|birth|dob|(^|_)(day|time|created|updated)($|_)", re.IGNORECASE
)
NAMES_OF_BIRTHS = re.compile(r"birth|(^|[_\s])(dob|born)($|[_\s])|geburt|naissance|nacimiento|生日|出生", re.IGNORECASE)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_TIME = (
    r"(?:(?:[ T]|,\s*|\s+)(?P<h>\d{1,2})[:.时](?P<mi>\d{2})(?:[:.分](?P<s>\d{2}))?秒?\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_YEAR_FIRST = rf"^(?P<y>\d{{4}})\s*[-/.年]\s*(?P<m>\d{{1,2}})\s*[-/.月]\s*(?P<d>\d{{1,2}})日?{_TIME}$"
_YEAR_LAST = rf"^(?P<a>\d{{1,2}})(?P<sep>[-/.])(?P<b>\d{{1,2}})(?P<sep2>[-/.])(?P<y>\d{{4}}|\d{{2}}){_TIME}$"
_NAMED_MONTH = (
    rf"^(?:[A-Za-z]{{3,9}},?\s+)?(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[-\s.]+(?P<m>[A-Za-z]{{3,9}})|"
    rf"(?P<m2>[A-Za-z]{{3,9}})\.?[-\s]+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?)[-,\s.]+(?P<y>\d{{4}}|\d{{2}}){_TIME}$"
)
_ISO = r"^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*(?:Z|[+-]\d{2}:?\d{2}))?)?$"
ENOUGH = 0.95
LATEST_TWO_DIGITS = 69
"""Years of two digits up to this one are of this century, as POSIX has it."""


@dataclass(frozen=True)
class Dates:
    """`iso` holds the cells as text, those that are dates as 2024-03-31 or 2024-03-31 09:30:00, the others as they were
    (`unread` of them). `order` is what came first where only the column could tell; `unsure` counts the cells that
    would be another date in the other order."""

    iso: pd.Series
    order: Literal["", "day", "month", "mixed"]
    unsure: int
    unread: int


def read_dates(cells: pd.Series, counts: np.ndarray, order: Order = "", *, name: str = "") -> Dates | None:
    """Different cells of text (none missing), each with the number of its rows; None where they are no dates, or ISO
    dates already. `order` overrules what the column tells. Where the column's `name` speaks of births, no year of two
    digits lies ahead."""
    some = cells.iloc[:: max(len(cells) // 200, 1)]
    if _is_iso(some).mean() >= 1.0 and bool(_is_iso(cells).all()):
        return None
    if _looks_like(some).mean() < ENOUGH:
        return None
    said = cells.str.normalize("NFKC").str.strip()
    moments = _parsed(said, _YEAR_FIRST, "y", "m", "d").fillna(_named_months(said))
    slashed, found_order, either = _slashed(said, counts, order)
    moments = moments.fillna(slashed)
    if NAMES_OF_BIRTHS.search(name):
        ahead = (moments > pd.Timestamp.now()) & ~said.str.contains(r"\d{4}")
        moments = moments.mask(ahead, moments - pd.DateOffset(years=100))
    read = moments.notna() | _is_iso(said)
    if not len(cells) or counts[read.to_numpy()].sum() < ENOUGH * counts.sum():
        return None
    iso = said.mask(moments.notna(), _written(moments)).where(read, cells)
    return Dates(iso, found_order, int(counts[either].sum()), int(counts[~read.to_numpy()].sum()))


def from_day_numbers(numbers: pd.Series) -> pd.Series:
    """A spreadsheet's day numbers (days since 1899-12-30, a fraction for the time) as ISO text, missing as NaN."""
    moments = pd.Timestamp("1899-12-30") + pd.to_timedelta(numbers.round(6), unit="D")
    return _written(moments.dt.round("s"))


def from_eight_digits(cells: pd.Series) -> pd.Series | None:
    """Whole numbers such as 20240331 as ISO text; None where one of them is no date."""
    moments = pd.to_datetime(cells.astype("str"), format="%Y%m%d", errors="coerce")
    fits = moments.notna().all() and moments.dt.year.between(1900, 2100).all()
    return _written(moments) if len(cells) and bool(fits) else None


def _is_iso(cells: pd.Series) -> pd.Series:
    return cells.str.match(_ISO)


def _looks_like(cells: pd.Series) -> pd.Series:
    said = cells.str.normalize("NFKC").str.strip()
    return said.str.match(f"{_plain(_YEAR_FIRST)}|{_plain(_YEAR_LAST)}|{_plain(_NAMED_MONTH)}|{_ISO}")


def _plain(pattern: str) -> str:
    return re.sub(r"\?P<\w+>", "?:", pattern)


def _parsed(said: pd.Series, pattern: str, *names: str) -> pd.Series:
    parts = said.str.extract(pattern)
    return _moments([parts[name] for name in names], parts)


def _named_months(said: pd.Series) -> pd.Series:
    parts = said.str.extract(_NAMED_MONTH)
    names = parts["m"].fillna(parts["m2"]).str.lower().str[:3]
    months = names.map({month: str(place) for place, month in enumerate(MONTHS, start=1)})
    return _moments([_century(parts["y"]), months, parts["d"].fillna(parts["d2"])], parts)


def _slashed(
    said: pd.Series, counts: np.ndarray, order: Order
) -> tuple[pd.Series, Literal["", "day", "month", "mixed"], np.ndarray]:
    """Dates that end with the year. Each way of writing them (sign, digits of the year, time or none) has one order."""
    parts = said.str.extract(_YEAR_LAST)
    first, second = pd.to_numeric(parts["a"]), pd.to_numeric(parts["b"])
    fits = parts["a"].notna() & (parts["sep"] == parts["sep2"])
    fits &= (parts["y"].str.len() == 4) | (parts["sep"] == "/") | (parts["a"].str.len() + parts["b"].str.len() == 4)
    way = (parts["sep"] + parts["y"].str.len().astype("str") + parts["h"].notna().astype("str")).where(fits)
    months, days = pd.Series(np.nan, index=said.index), pd.Series(np.nan, index=said.index)
    halves = bool(parts["half"].notna().any())
    orders = dict.fromkeys(way[fits].unique(), order) if order else orders_of(first, second, way, counts, halves)
    for one, found in orders.items():
        rows = (fits & (way == one)).to_numpy()
        days[rows] = (first if found == "day" else second)[rows]
        months[rows] = (second if found == "day" else first)[rows]
    untold = {one for one in orders if _order_is_open(first, second, fits & (way == one))}
    either = (fits & way.isin(untold) & (first <= 12) & (second <= 12) & (first != second)).to_numpy()
    moments = _moments([_century(parts["y"]), months, days], parts)
    used = set(orders.values())
    return moments, ("mixed" if len(used) > 1 else next(iter(used), "")), either


def orders_of(
    first: pd.Series, second: pd.Series, way: pd.Series, counts: np.ndarray, halves: bool
) -> dict[str, Order]:
    """For each way of writing (missing: no such date) whether the day or the month comes first: the order that fits more
    rows; where both do, that of the other ways, else the day first (the month first with AM and PM, `halves`)."""
    orders: dict[str, Order] = {}
    for one in way.dropna().unique():
        rows = (way == one).to_numpy()
        orders[str(one)] = _order(first[rows], second[rows], counts[rows])
    told = {found for found in orders.values() if found}
    usual: Order = "month" if told == {"month"} or (not told and halves) else "day"
    return {one: found or usual for one, found in orders.items()}


def _order(first: pd.Series, second: pd.Series, counts: np.ndarray) -> Order:
    day_first = int(counts[((first > 12) & (second <= 12)).to_numpy()].sum())
    month_first = int(counts[((second > 12) & (first <= 12)).to_numpy()].sum())
    return "" if day_first == month_first else "day" if day_first > month_first else "month"


def _order_is_open(first: pd.Series, second: pd.Series, rows: pd.Series) -> bool:
    """Whether nothing in these rows tells the order, or rows tell both."""
    day, month = bool((first[rows] > 12).any()), bool((second[rows] > 12).any())
    return day == month


def _century(years: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(years)
    short = numbers < 100
    return numbers.mask(short, numbers + np.where(numbers <= LATEST_TWO_DIGITS, 2000, 1900))


def _moments(date: Sequence[pd.Series], parts: pd.DataFrame) -> pd.Series:
    """Timestamps from year, month, day and the time in `parts`; NaT where there is no such moment."""
    year, month, day = (pd.to_numeric(part) for part in date)
    hour, minute, second = (pd.to_numeric(parts[name]).fillna(0) for name in ("h", "mi", "s"))
    half = parts["half"].str.lower().str[0]
    hour = hour.mask(half.eq("p") & (hour < 12), hour + 12).mask(half.eq("a") & (hour == 12), 0)
    known = year.notna() & month.notna() & day.notna() & (hour < 24) & (minute < 60) & (second < 60)
    found = pd.Series(pd.NaT, index=year.index, dtype="datetime64[s]")
    if known.any():
        given = {"year": year, "month": month, "day": day, "hour": hour, "minute": minute, "second": second}
        frame = pd.DataFrame({name: values[known].astype("int64") for name, values in given.items()})
        found[known] = pd.to_datetime(frame, errors="coerce").astype("datetime64[s]")
    return found


def _written(moments: pd.Series) -> pd.Series:
    """As ISO text; without the time where none of them has one."""
    filled = moments.dropna()
    plain = bool((filled == filled.dt.normalize()).all())
    return moments.dt.strftime("%Y-%m-%d" if plain else "%Y-%m-%d %H:%M:%S").astype("str")
