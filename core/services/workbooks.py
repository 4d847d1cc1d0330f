"""Tables as XLSX, written by a process of their own: a workbook takes minutes and much memory where a table is large, and the
pages wait for nobody.

Run as `python -m core.services.workbooks TABLE WORKBOOK`, the first of them Parquet.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

import pandas as pd

from core.data.exports import write_table, write_workbook
from core.store import children, files, frames
from core.words import Text, UserError

AT_ONCE = 2000
"""Rows that are held in memory."""
BROKE = Text(
    "The Excel file could not be written; perhaps the machine has too little memory or disk for it. Download it as CSV.",
    "无法生成 Excel 文件，可能是内存或磁盘不足。请下载 CSV 格式。",
)


def write(table: Path, workbook: Path) -> None:
    """Raises UserError where the process ended before it was done."""
    ended, _ = children.run(["core.services.workbooks", str(table), str(workbook)], "", quiet=False)
    if ended:
        raise UserError(BROKE)


def table_bytes(frame: pd.DataFrame, format: Literal["csv", "xlsx"]) -> bytes:
    """The table as a file that spreadsheets open without running anything in it."""
    with files.incoming() as target:
        if format == "csv":
            write_table(frame, target, "csv")
        else:
            with files.incoming() as table:
                frames.write_frame(table, frame)
                write(table, target)
        return target.read_bytes()


def dataset_bytes(id: str, format: Literal["csv", "xlsx"]) -> bytes:
    """A version of the data likewise."""
    if format == "csv":
        return table_bytes(frames.read_frame(id), "csv")
    with files.incoming() as target:
        write(files.dataset(id).table, target)
        return target.read_bytes()


def main(table: Path, workbook: Path) -> int:
    import pyarrow.parquet as pq

    children.die_with_parent(os.getppid())
    source = pq.ParquetFile(table)
    pieces = (batch.to_pandas() for batch in source.iter_batches(AT_ONCE))
    write_workbook(source.schema_arrow.names, pieces, workbook)
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:3])))
