"""Files that hold named values: JSON lines, a JSON list of objects, Parquet."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.data import limits
from core.data.as_text import as_text
from core.data.cells import column_names
from core.data.how import How
from core.data.raw import Raw
from core.data.refusals import damaged, too_large


def read_json(data: bytes, name: str) -> Raw | None:
    """One JSON object a line, or one list of objects; None where the beginning is neither."""
    rows, odd, places = _list_of_objects(data) if data.lstrip()[:1] == b"[" else _lines(data)
    if not rows:
        return None
    if len(rows) > limits.MAX_ROWS:
        raise too_large(name)
    frame = pd.DataFrame(rows, dtype="str")
    if frame.shape[1] > limits.MAX_COLUMNS:
        raise too_large(name)
    frame.columns = column_names(list(frame.columns))
    return Raw(frame, How(), odd=odd[: limits.MAX_SET_ASIDE], odd_rows=len(odd), lines=places[: limits.MAX_SET_ASIDE])


def _lines(data: bytes) -> tuple[list[dict[str, str]], list[str], list[int | None]]:
    """The rows, the lines that are none, and their numbers."""
    rows: list[dict[str, str]] = []
    odd: list[str] = []
    places: list[int | None] = []
    for number, line in enumerate(data.splitlines(), start=1):
        if line.strip():
            try:
                rows.append(_row(json.loads(line)))
            except (ValueError, AttributeError, RecursionError):
                odd.append(line.decode("utf-8", "replace"))
                places.append(number)
                if not rows:
                    return [], [], []
    return rows, odd, places


def _list_of_objects(data: bytes) -> tuple[list[dict[str, str]], list[str], list[int | None]]:
    try:
        return [_row(item) for item in json.loads(data)], [], []
    except (ValueError, AttributeError, TypeError, RecursionError):
        return [], [], []


def _row(item: dict[str, Any]) -> dict[str, str]:
    return {str(key): as_text(value) for key, value in item.items()}


def read_parquet(data: bytes, name: str) -> Raw:
    """The columns with their types; moments and what is nested become text. Raises UserError where it is damaged or
    larger unpacked than the limits."""
    try:
        source = pq.ParquetFile(pa.BufferReader(data))
        about = source.metadata
        unpacked = sum(about.row_group(place).total_byte_size for place in range(about.num_row_groups))
        if about.num_rows > limits.MAX_ROWS or unpacked > limits.MAX_BYTES or about.num_columns > limits.MAX_COLUMNS:
            raise too_large(name)
        table = source.read()
    except (pa.ArrowException, OSError, ValueError):
        raise damaged(name) from None
    names = column_names(table.column_names)
    columns = [_plain_column(column) for column in table.columns]
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)), columns=names)
    return Raw(frame, How())


def _plain_column(column: pa.ChunkedArray) -> pd.Series:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain_column(column.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pd.Series(column.cast(pa.large_string()).combine_chunks(), dtype="str")
    if pa.types.is_boolean(kind) and not column.null_count:
        return column.to_pandas()
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        whole = pa.types.is_integer(kind) and not column.null_count
        return column.to_pandas() if whole else column.cast(pa.float64(), safe=False).to_pandas()
    if pa.types.is_timestamp(kind) and kind.tz is None:
        return _moments(column)
    return pd.Series([None if value is None else as_text(value) for value in column.to_pylist()], dtype="str")


def _moments(column: pa.ChunkedArray) -> pd.Series:
    moments = pc.cast(column, pa.timestamp("us")).to_pandas()
    days = bool((moments.dropna() == moments.dropna().dt.normalize()).all())
    return moments.dt.strftime("%Y-%m-%d" if days else "%Y-%m-%d %H:%M:%S").astype("str")
