"""Workbooks: the sheet that holds a table, what stands above it, the line of totals below it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, replace
from typing import IO, Any

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from core.data import limits
from core.data.as_text import as_text
from core.data.cells import column_names
from core.data.how import How
from core.data.raw import Raw
from core.data.reading_text import LOOKED_AT, has_header, joined_names
from core.data.refusals import damaged, no_rows, too_large
from core.words import Text, UserError

MAX_CELLS = 60_000_000
"""Of the rectangle around a sheet's cells, which the reader lays out in memory."""
_OLE = b"\xd0\xcf\x11\xe0"
_CELL = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_TOTAL = ("total", "sum", "grand total", "合计", "总计", "小计", "总和")


def is_workbook(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", _OLE))


def read_workbook(data: bytes, name: str, how: How) -> Raw:
    """The sheet said, else the first that holds a table, else the first that holds anything."""
    if data.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        raise UserError(
            Text(
                "“{name}” is protected by a password. Open it in Excel, remove the password, save it and upload it again.",
                "“{name}”设有打开密码。请在 Excel 中取消密码并保存，然后重新上传。",
            ).fill(name=name)
        )
    _refuse_far_cells(data, name)
    filled = _filled_sheets(data, name, how.sheet)
    if not filled:
        raise no_rows(name)
    one = next((one for one in filled if sum(sum(c != "" for c in row) > 1 for row in one.rows) > 1), filled[0])
    raw = _read_rows([[as_text(value) for value in row] for row in one.rows], replace(how, sheet=one.name), name)
    lines = [None if place is None else place + one.above for place in raw.lines]
    return replace(raw, lines=lines, sheets=tuple(sheet.name for sheet in filled))


@dataclass(frozen=True)
class _Sheet:
    """`rows` from the first that holds anything; `above` counts the empty ones over it."""

    name: str
    above: int
    rows: list[list[Any]]


def _filled_sheets(data: bytes, name: str, wanted: str | None) -> list[_Sheet]:
    """The sheets that hold anything (the rows of the one wanted, where there is one)."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        opened = [workbook.get_sheet_by_name(sheet) for sheet in workbook.sheet_names]
        sheets = [_Sheet(sheet.name, (sheet.start or (0, 0))[0], sheet.to_python()) for sheet in opened]
    except (CalamineError, OSError, ValueError):
        raise damaged(name) from None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # how the reader's own faults come out of Rust
            raise damaged(name) from None
        raise
    filled = [sheet for sheet in sheets if any(cell != "" for row in sheet.rows for cell in row)]
    return sorted(filled, key=lambda sheet: sheet.name != wanted) if wanted else filled


def _refuse_far_cells(data: bytes, name: str) -> None:
    """Raises UserError where a cell lies so far out that the rectangle around all of them would not fit in memory: an
    allocation that fails there would end the whole process."""
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.namelist():
                if entry.startswith("xl/worksheets/") and entry.endswith(".xml"):
                    with archive.open(entry) as opened:
                        _measure(opened, name)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError):
        raise damaged(name) from None


def _measure(opened: IO[bytes], name: str) -> None:
    right, bottom, rest = 0, 0, b""
    while chunk := opened.read(1 << 20):
        found = _CELL.findall(rest + chunk)
        rest = chunk[-40:]
        if found:
            right = max(right, *(_column(letters) for letters in {letters for letters, _ in found}))
            bottom = max(bottom, *(int(row) for row in {row for _, row in found}))
        if right * bottom > MAX_CELLS:
            raise UserError(
                Text(
                    "In “{name}” a cell lies far away from the others (column {column}, row {row}). Delete the empty "
                    "columns and rows around your table, save it and upload it again.",
                    "“{name}”中有单元格离表格很远（第 {column} 列、第 {row} 行）。请删除表格周围的空列和空行，保存后重新上传。",
                ).fill(name=name, column=f"{right:,}", row=f"{bottom:,}")
            )


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place


def _read_rows(rows: list[list[str]], how: How, name: str) -> Raw:
    """A sheet's rows: what stands above the first well-filled row, and a line of totals at the end, is set aside."""
    width = max(len(row) for row in rows)
    if width > limits.MAX_COLUMNS or len(rows) > limits.MAX_ROWS:
        raise too_large(name)
    rows = [row + [""] * (width - len(row)) for row in rows]
    filled = [sum(cell != "" for cell in row) for row in rows]
    usual = sorted(count for count in filled if count)[sum(1 for count in filled if count) // 2]
    found = next((place for place, count in enumerate(filled[:30]) if count >= 0.8 * usual), 0)
    top = (
        min(how.skip, len(rows) - 1)
        if how.skip
        else found
        if how.header is None
        else max(found + 1 - max(how.header, 1), 0)
    )
    odd = [place for place in range(top) if filled[place]]
    places = [place for place in range(top, len(rows)) if filled[place]]
    ends = len(places)
    while ends > 2 and _is_total(rows[places[ends - 1]], usual):
        ends -= 1
    odd += places[ends:]
    body = [rows[place] for place in places[:ends]]
    header = has_header(body[:LOOKED_AT], width) if how.header is None else min(how.header, len(body))
    frame = pd.DataFrame(body[header:], columns=range(width), dtype="str")
    names = joined_names(body[:header])
    frame.columns = column_names(names or [""] * width)
    kept = odd[: limits.MAX_SET_ASIDE]
    set_aside, lines = ["\t".join(rows[place]).rstrip("\t") for place in kept], [place + 1 for place in kept]
    used = replace(how, header=header)
    return Raw(frame, used, named=tuple(names), odd=set_aside, odd_rows=len(odd), lines=list(lines))


def _is_total(row: list[str], usual: int) -> bool:
    said = next((cell for cell in row if cell), "").strip().casefold()
    return said.startswith(_TOTAL) and sum(cell != "" for cell in row) <= usual / 2
