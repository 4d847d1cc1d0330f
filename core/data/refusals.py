"""Why a file is refused, in words for its owner."""

from __future__ import annotations

from core.data import limits
from core.words import Text, UserError


class MixedEncodings(UserError):
    """Its owner can say how the file is to be read."""


def not_text(name: str) -> UserError:
    return UserError(
        Text(
            "“{name}” is not a table that can be read. Expected a CSV, TSV, Excel (.xlsx), JSON Lines or Parquet file: open it in the program it "
            "came from and save it as CSV or .xlsx.",
            "“{name}”不是可以读取的表格。请使用 CSV、TSV、Excel（.xlsx）、JSON Lines 或 Parquet 文件：在原来的软件里打开，另存为 CSV 或 .xlsx 后再上传。",
        ).fill(name=name)
    )


def no_rows(name: str) -> UserError:
    return UserError(
        Text(
            "“{name}” holds no rows of data: there is nothing below its header line.",
            "“{name}”没有数据行：表头下面是空的。",
        ).fill(name=name)
    )


def damaged(name: str) -> UserError:
    return UserError(
        Text(
            "“{name}” is damaged or cut short and cannot be opened. Save or download it again, then upload it.",
            "“{name}”已损坏或不完整，无法打开。请重新保存或下载后再上传。",
        ).fill(name=name)
    )


def too_large(name: str) -> UserError:
    return UserError(
        Text(
            "“{name}” is too large: at most {rows} rows, {columns} columns and {size} GB unpacked can be read. "
            "Split it, or keep only the rows and columns that matter.",
            "“{name}”太大：最多可读取 {rows} 行、{columns} 列，解压后不超过 {size} GB。请拆分文件，或只保留需要的行和列。",
        ).fill(
            name=name,
            rows=f"{limits.MAX_ROWS:,}",
            columns=f"{limits.MAX_COLUMNS:,}",
            size=f"{limits.MAX_BYTES / 2**30:.0f}",
        )
    )
