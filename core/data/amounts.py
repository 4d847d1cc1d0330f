"""Numbers as people write them in a spreadsheet: with currencies, separators, percent signs, units."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Mark = Literal["", ".", ","]
"""The decimal sign; "" where it is not known."""

MISSING_WORDS = (
    "", "-", "--", "?", "na", "n/a", "n.a.", "#n/a", "nan", "none", "null", "nil", "missing", "unknown",
    "not available", "无", "空", "缺失", "未知", "不详",
)  # fmt: skip
SCALES = {"k": 1e3, "千": 1e3, "万": 1e4, "m": 1e6, "mn": 1e6, "bn": 1e9, "亿": 1e8}
_CURRENCY = (
    r"us\$|hk\$|nt\$|au?\$|ca?\$|r\$|usd|eur|gbp|cny|rmb|hkd|twd|jpy|chf|inr|aud|cad|sgd|krw|人民币|[$€£¥₹₩元円]"
)
_UNITS = (
    "yrs?|years?|yo|mos?|months?|wks?|weeks?|days?|hrs?|hours?|mins?|minutes?|secs?|seconds?|kg|lbs?|oz|cm|mm|km|ft|"
    "inch|mi|sqm|pcs?|pieces?|pts?|points?|items?|stars?|st|nd|rd|th|kb|mb|gb|tb|kwh?|rpm|nm|c|f"
)
_AMOUNT = re.compile(
    rf"""^(?P<open>\()?\s*(?P<sign>[+-])?\s*(?P<before>{_CURRENCY})?\s*(?P<inner>[+-])?\s*
    (?P<digits>(?:\d{{1,3}}(?:[ ']\d{{3}})+|\d[\d.,]*|[.,]\d+)(?:[.,]\d+)?)(?P<power>e[+-]?\d+)?
    \s*(?P<scale>{"|".join(SCALES)})?\s*(?P<after>{_CURRENCY})?\s*(?P<percent>%)?
    (?P<unit>\s+[a-z\u4e00-\u9fff]{{1,10}}\.?|(?:{_UNITS})\.?|[\u4e00-\u9fff]{{1,10}})?\s*(?P<close>\))?(?P<minus>-)?$""",
    re.VERBOSE,
)
_GROUPED = {mark: re.compile(rf"[1-9]\d{{0,2}}(?:\{mark}\d{{2,3}})*\{mark}\d{{3}}") for mark in ".,"}
"""Thousands set apart (in India also `12,34,567`)."""
_USUAL = r"^[$€£¥]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?$"
"""The most frequent way, read for all cells at once."""
LOOKED_AT = 5000
_TEN_TO_ONE = 10


@dataclass(frozen=True)
class Amount:
    """A number and how it was written. `dressed`: with a currency, a percent sign, thousands set apart, a comma for the
    decimal sign or a scale (`5.4k`); a unit is not among them, for `5 Oxford` is no amount. `shows` is the decimal sign
    that the cell shows without doubt."""

    number: float
    currency: str = ""
    percent: bool = False
    dressed: bool = False
    shows: Mark = ""


def as_numbers(values: pd.Series, mark: Mark = "") -> pd.Series:
    """The column as float64, NaN where a cell is empty or no number.

    Read are `$5,400.00`, `USD 5,400`, `5.4k`, `1.2万元`, `12%` (0.12), `1 234`, `(300)` and `300-` (-300) and a number
    with its unit (`45 yrs`). The decimal sign is `mark`, else the one that the column's cells tell (`1.234,56`); where
    none does, a comma before three digits separates thousands.
    """
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.astype("float64")
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        return pd.Series(np.where(np.isinf(numbers), np.nan, numbers), index=values.index, name=values.name)
    codes, distinct = pd.factorize(values.astype("str"))
    numbers = numbers_of(distinct, mark)
    return pd.Series(np.append(numbers, np.nan)[codes], index=values.index, name=values.name)


def numbers_of(cells: Iterable[str], mark: Mark = "") -> np.ndarray:
    """Cells of text (none missing) as float64, NaN where they are no number, see `as_numbers`."""
    said = pd.Series(cells, dtype="str")
    mark = mark or decimal_mark(said.iloc[:: max(len(said) // LOOKED_AT, 1)])
    if mark != ",":
        usual = said.str.match(_USUAL)
        said = said.mask(usual, said.str.replace(r"[$€£¥, ]", "", regex=True))
    plain = pd.to_numeric(said, errors="coerce").to_numpy(dtype=float, na_value=np.nan, copy=True)
    plain[~np.isfinite(plain)] = np.nan
    rest = np.isnan(plain) if mark != "," else np.ones(len(plain), dtype=bool)
    read = (amount(cell, mark) for cell in said[rest])
    plain[rest] = [np.nan if found is None else found.number for found in read]
    return plain


def amount(cell: str, mark: Mark = "") -> Amount | None:
    """The cell as a number; None where it is none or infinite."""
    said = (cell if cell.isascii() else unicodedata.normalize("NFKC", cell).replace("−", "-")).strip().lower()
    found = _AMOUNT.match(said)
    if not found or bool(found["open"]) != bool(found["close"]):
        return None
    digits, shows, set_apart = _digits(found["digits"], mark)
    if digits is None:
        return None
    negative = "-" in (found["sign"], found["inner"], found["minus"]) or found["open"]
    number = float(digits + (found["power"] or "")) * SCALES.get(found["scale"] or "", 1.0)
    number = (-number if negative else number) / (100 if found["percent"] else 1)
    if not np.isfinite(number):
        return None
    currency = (found["before"] or found["after"] or "").upper()
    dressed = bool(currency or found["percent"] or found["scale"] or found["open"] or found["minus"] or set_apart)
    return Amount(number, currency, bool(found["percent"]), dressed, shows)


def decimal_mark(cells: Iterable[str]) -> Mark:
    """The decimal sign that these cells show without doubt; "" where they show none, or both."""
    counts = Counter(found.shows for found in map(amount, cells) if found is not None)
    if counts[","] > _TEN_TO_ONE * counts["."]:
        return ","
    return "." if counts["."] > _TEN_TO_ONE * counts[","] else ""


def share_of_numbers(values: pd.Series) -> float:
    """The share of the filled cells (spellings of missing do not count as filled) that can be read as numbers."""
    filled = values.dropna()
    if pd.api.types.is_numeric_dtype(filled.dtype):
        return 1.0
    words = filled.astype("str").str.strip().str.lower()
    filled = filled[~words.isin(MISSING_WORDS)]
    return float(as_numbers(filled).notna().mean()) if len(filled) else 0.0


def _digits(said: str, mark: Mark) -> tuple[str | None, Mark, bool]:
    """The digits with a dot for the decimal sign, the sign that they show without doubt, and whether something else
    than a decimal dot stands between them. None where the groups are no thousands."""
    plain = said.replace(" ", "").replace("'", "")
    spaced = plain != said
    dots, commas = plain.count("."), plain.count(",")
    if not dots and not commas:
        return plain, "", spaced
    if dots and commas:
        last: Mark = "." if plain.rfind(".") > plain.rfind(",") else ","
        whole, _, rest = plain.rpartition(last)
        other = "," if last == "." else "."
        if last in whole or other in rest or not _GROUPED[other].fullmatch(whole):
            return None, "", False
        return f"{whole.replace(other, '')}.{rest}", last, True
    one: Mark = "." if dots else ","
    grouped = bool(_GROUPED[one].fullmatch(plain))
    if dots + commas > 1:
        return (plain.replace(one, ""), "," if one == "." else ".", True) if grouped else (None, "", False)
    shows: Mark = "" if grouped else one
    if grouped and mark != one and (mark or one == ","):
        return plain.replace(one, ""), shows, True
    return plain.replace(one, "."), shows, spaced or one == ","
