"""Data frames on disk, and the table that a run learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.data.table import Roles, Table, clean
from core.store import files

ROW_GROUP = 50_000
"""Rows written together: whoever wants the first rows decodes no more than these."""


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """As Parquet, whole or not at all. Columns that mix kinds of values are kept as text."""
    with files.atomic(path) as part:
        try:
            frame.to_parquet(part, index=False, row_group_size=ROW_GROUP)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            mixed = {name: frame[name].map(_text_or_none) for name in frame.columns if frame[name].dtype == object}
            frame.assign(**mixed).to_parquet(part, index=False, row_group_size=ROW_GROUP)


def _text_or_none(value: object) -> str | None:
    return clean(value) or None


def read_frame(id: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The rows of a dataset version, renumbered from 0."""
    return pd.read_parquet(files.dataset(id).table, columns=list(columns) if columns is not None else None)


def read_head(id: str, rows: int) -> pd.DataFrame:
    """The first rows of a dataset version, without reading the others."""
    source = pq.ParquetFile(files.dataset(id).table)
    batch = next(source.iter_batches(batch_size=max(1, rows)), None)
    return (pa.Table.from_batches([batch]) if batch is not None else source.schema_arrow.empty_table()).to_pandas()


def column_names(id: str) -> list[str]:
    return list(pq.read_schema(files.dataset(id).table).names)


def read_table(id: str, roles: Roles, extras: Mapping[str, str] | None = None) -> Table:
    """A dataset version with its roles, and further tables (key -> dataset id)."""
    extra = {key: read_frame(other) for key, other in (extras or {}).items()}
    return Table(read_frame(id), {key: tuple(names) for key, names in roles.items()}, extra)
