"""A table as a file that a spreadsheet opens safely."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"^\s*[+-]?[\d.,]*\d\s*%?\s*$")


def write_table(frame: pd.DataFrame, path: Path, format: Literal["csv", "xlsx"]) -> None:
    """Writes CSV (UTF-8 with a mark, for Excel) or XLSX. Text that a spreadsheet would run as a formula gets a
    leading apostrophe (OWASP, CSV injection); numbers, and text that is one, stay as they are."""
    safe = frame.rename(columns=lambda name: _harmless(str(name)))
    for position in range(safe.shape[1]):
        column = safe.iloc[:, position]
        if not (pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype)):
            safe.isetitem(position, column.map(_harmless, na_action="ignore").to_numpy(dtype=object))
    if format == "csv":
        safe.to_csv(path, index=False, encoding="utf-8-sig")
        return
    for position in range(safe.shape[1]):
        if pd.api.types.is_object_dtype(safe.dtypes.iloc[position]):
            safe.isetitem(position, safe.iloc[:, position].map(_excel_cell, na_action="ignore").to_numpy(dtype=object))
    safe.to_excel(path, index=False, engine="openpyxl")


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.match(value):
        return "'" + value
    return value


def _excel_cell(value: Any) -> Any:
    """Excel knows no control characters and no cell above 32,767 characters."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value)[:32_767] if isinstance(value, str) else value
