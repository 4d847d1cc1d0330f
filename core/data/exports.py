"""A table as a file that a spreadsheet opens safely."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, time
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"^\s*[+-]?[\d.,]*\d\s*%?\s*$")


def write_table(frame: pd.DataFrame, path: Path, format: Literal["csv", "xlsx"]) -> None:
    """Writes CSV (UTF-8 with a mark, for Excel) or XLSX. Text that a spreadsheet would run as a formula gets a
    leading apostrophe (OWASP, CSV injection); numbers, and text that is one, stay as they are."""
    if format == "xlsx":
        write_workbook(map(str, frame.columns), [frame], path)
        return
    safe = frame.rename(columns=lambda name: _harmless(str(name)))
    for position in range(safe.shape[1]):
        column = safe.iloc[:, position]
        if not (pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype)):
            safe.isetitem(position, column.map(_harmless, na_action="ignore").to_numpy(dtype=object))
    safe.to_csv(path, index=False, encoding="utf-8-sig")


def write_workbook(names: Iterable[str], pieces: Iterable[pd.DataFrame], path: Path) -> None:
    """The rows of all pieces as XLSX, row by row: what is written is not held in memory."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append([_excel_cell(name) for name in names])
    for piece in pieces:
        for row in piece.itertuples(index=False, name=None):
            sheet.append([_excel_cell(value) for value in row])
    book.save(path)


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.match(value):
        return "'" + value
    return value


def _excel_cell(value: Any) -> Any:
    """Excel knows no control characters, no cell above 32,767 characters, no infinity and no time zones."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str):
        return _harmless(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value)[:32_767])
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    known = isinstance(value, bool | int | float | date | time) and getattr(value, "tzinfo", None) is None
    return value if known else _harmless(str(value))
