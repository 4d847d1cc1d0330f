"""Numbers as people write them in a spreadsheet: with currencies, separators, percent signs, units."""

from __future__ import annotations

import numpy as np
import pandas as pd

MISSING_WORDS = (
    "", "-", "--", "?", "na", "n/a", "n.a.", "nan", "none", "null", "nil", "missing", "unknown", "not available",
    "无", "空", "缺失", "未知", "不详",
)  # fmt: skip
CURRENCY = r"usd|eur|gbp|cny|rmb|hkd|[$€£¥￥元]"
THOUSAND, MILLION, TEN_THOUSAND = r"k$", r"m$|mn$", r"万$"


def as_numbers(values: pd.Series) -> pd.Series:
    """The column as float64, NaN where a cell is empty or no number.

    Read are `$5,400.00`, `USD 5,400`, `5.4k`, `1.2万`, `12%` (0.12), `1 234`, `(300)` (-300) and a number followed by a
    word (`45 yrs`). A comma counts as a thousands separator where three digits follow it, else as the decimal sign.
    """
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.astype("float64")
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.astype("float64").replace([np.inf, -np.inf], np.nan)
    plain = pd.to_numeric(values, errors="coerce")
    rest = plain.isna() & values.notna()
    if rest.any():
        plain = plain.astype("float64")
        plain[rest] = _read(values[rest].astype("str"))
    return plain.astype("float64").replace([np.inf, -np.inf], np.nan)


def _read(cells: pd.Series) -> pd.Series:
    said = cells.str.normalize("NFKC").str.strip().str.lower()
    said = said.mask(said.isin(MISSING_WORDS), "")
    negative = said.str.match(r"^\(.*\)$")
    said = said.str.strip("()").str.replace(CURRENCY, "", regex=True).str.replace("−", "-").str.strip()
    scale = pd.Series(1.0, index=said.index)
    for ending, factor in ((THOUSAND, 1e3), (MILLION, 1e6), (TEN_THOUSAND, 1e4), (r"%$", 0.01)):
        has = said.str.contains(r"\d\s*(?:" + ending + ")", regex=True)
        scale = scale.mask(has, factor)
        said = said.mask(has, said.str.replace(ending, "", regex=True))
    said = said.str.replace(r"(?<=\d)[\s'](?=\d{3}\b)", "", regex=True)
    said = said.str.replace(r",(?=\d{3}(?:\D|$))", "", regex=True).str.replace(",", ".")
    said = said.str.extract(r"^\s*([+-]?\d*\.?\d+(?:e[+-]?\d+)?)(?:\s*[a-z\u4e00-\u9fff]{1,10}\.?)?\s*$", expand=False)
    return pd.to_numeric(said, errors="coerce") * scale * np.where(negative, -1.0, 1.0)


def share_of_numbers(values: pd.Series) -> float:
    """The share of the filled cells (spellings of missing do not count as filled) that can be read as numbers."""
    filled = values.dropna()
    if pd.api.types.is_numeric_dtype(filled.dtype):
        return 1.0
    words = filled.astype("str").str.strip().str.lower()
    filled = filled[~words.isin(MISSING_WORDS)]
    return float(as_numbers(filled).notna().mean()) if len(filled) else 0.0
