"""A user's file as a table: CSV in the shapes that spreadsheets save it, JSON lines, and Excel.

What a file is, is told by its content, never by its name. Cells are read as text and then typed by `core.data.cells`.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from python_calamine import CalamineError, CalamineWorkbook

from core.data.cells import column_names, typed
from core.data.encodings import decode
from core.data.exports import write_table
from core.data.refusals import damaged, no_rows, not_text, too_large
from core.words import Text, UserError

__all__ = ["Reading", "read_file", "write_table"]

MAX_BYTES = 1 << 30
MAX_ROWS = 3_000_000
MAX_COLUMNS = 1_000
MAX_SET_ASIDE = 1_000
SEPARATORS = (",", ";", "\t", "|", "::")
UNIT = "\x1f"
"""Stands for a separator of several characters, and for none at all: no text holds it."""
LOOKED_AT = 300
csv.field_size_limit(1 << 27)
_MAGIC = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PAR1", b"7z\xbc\xaf", b"Rar!", b"SQLite format 3", b"{\\rtf")
_NUMBER = re.compile(r"^\s*[+-]?[\d.,]*\d\s*%?\s*$")
_TOTAL = ("total", "sum", "合计", "总计", "小计", "总和")


@dataclass(frozen=True)
class _Dialect:
    """How fields are told apart: the separator as a single character, quotes or not, an escape or none."""

    separator: str = ","
    quoted: bool = True
    escape: str | None = None


@dataclass(frozen=True)
class Reading:
    """A file as it was read. `frame` has unique trimmed names and a RangeIndex.

    `odd_rows` counts the rows that did not fit the columns; the first 1,000 of them are in `set_aside` as they were.
    `separator` is None where there is only one column or where the file is a workbook; `sheet` is its sheet's name.
    """

    frame: pd.DataFrame
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    notes: tuple[Text, ...] = ()
    odd_rows: int = 0
    set_aside: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Everything but the frame, ready for JSON."""
        notes = [note.to_json() for note in self.notes]
        return {
            "encoding": self.encoding, "separator": self.separator, "sheet": self.sheet, "notes": notes,
            "odd_rows": self.odd_rows, "set_aside": list(self.set_aside),
        }  # fmt: skip


def read_file(path: Path, name: str) -> Reading:
    """The table in the file. `name` is what the user calls it, for messages.

    Raises UserError where the file is empty, holds no rows, is no table, is locked or damaged, mixes encodings, or
    is larger than the limits of this module.
    """
    data = _unpacked(path, name)
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UserError(Text("“{name}” is empty.", "“{name}”是空文件。").fill(name=name))
    reading = _read_workbook(data, name) if _is_workbook(data) else _read_text(data, name)
    return _finished(reading, name)


def _unpacked(path: Path, name: str) -> bytes:
    """The file's bytes, out of gzip or of a zip that holds one file. Raises UserError above MAX_BYTES."""
    if path.stat().st_size > MAX_BYTES:
        raise too_large(name, MAX_ROWS, MAX_COLUMNS, MAX_BYTES)
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        return _gunzip(data, name)
    if data.startswith(b"PK\x03\x04"):
        return _unzip(data, name)
    if data.startswith(_MAGIC):
        raise not_text(name)
    return data


def _gunzip(data: bytes, name: str) -> bytes:
    parts, size = [], 0
    try:
        while data:
            unpacker = zlib.decompressobj(wbits=31)
            parts.append(unpacker.decompress(data, MAX_BYTES + 1 - size))
            size += len(parts[-1])
            if size > MAX_BYTES:
                raise too_large(name, MAX_ROWS, MAX_COLUMNS, MAX_BYTES)
            if not unpacker.eof:
                raise zlib.error("cut short")
            data = unpacker.unused_data.lstrip(b"\x00")
    except zlib.error:
        raise damaged(name) from None
    return b"".join(parts)


def _unzip(data: bytes, name: str) -> bytes:
    """A workbook as it is; else the only table in the archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                raise too_large(name, MAX_ROWS, MAX_COLUMNS, MAX_BYTES)
            names = archive.namelist()
            if "[Content_Types].xml" in names or "mimetype" in names:
                return data
            tables = [
                n for n in names if not n.endswith("/") and "__MACOSX" not in n and not Path(n).name.startswith(".")
            ]
            if len(tables) != 1:
                raise UserError(
                    Text(
                        "“{name}” holds {n} files. Upload one table at a time.",
                        "“{name}”里有 {n} 个文件。请一次上传一个表格。",
                    ).fill(name=name, n=len(tables))
                )
            inner = archive.read(tables[0])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error):
        raise damaged(name) from None
    return _gunzip(inner, name) if inner.startswith(b"\x1f\x8b") else inner


def _is_workbook(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def _read_text(data: bytes, name: str) -> Reading:
    text, encoding, notes = decode(data, name)
    start = text[:2000].lstrip().casefold()
    if start.startswith(("<!doctype", "<html", "<?xml", "<table")):
        raise not_text(name)
    if start.startswith("{") and (reading := _read_json_lines(text)):
        return replace(reading, encoding=encoding, notes=notes)
    escape = "\\" if _escapes_with_backslash(text[:500_000]) else None
    separator, quoted = _separator(text, escape)
    if separator == "::":
        text = text.replace("::", UNIT)
    dialect = _Dialect(separator if separator and len(separator) == 1 else UNIT, quoted, escape)
    records = _records(text, dialect)
    width = _usual_width(records) if separator else 1
    if width > MAX_COLUMNS:
        raise too_large(name, MAX_ROWS, MAX_COLUMNS, MAX_BYTES)
    header = _header(records, width)
    plain = (
        data
        if encoding == "utf-8" and not data.startswith(b"\xef\xbb\xbf") and separator != "::" and not notes
        else None
    )
    frame, odd = _parse(text.encode("utf-8") if plain is None else plain, dialect, width, name)
    frame, repeated = _without_header(frame, header)
    if header and len(records[0]) == width - 1 and header == [*records[0], ""]:
        odd = odd[1:]
    odd += [(separator or ",").join(header)] * repeated if header else []
    frame.columns = column_names(header or [""] * width)
    return Reading(frame, encoding, separator, None, notes, len(odd), tuple(odd[:MAX_SET_ASIDE]))


def _read_json_lines(text: str) -> Reading | None:
    """One JSON object a line, the cells as text; None where the first line is no such thing."""
    rows, odd = [], []
    for line in text.splitlines():
        if line.strip():
            try:
                row = json.loads(line)
                rows.append({str(key): _cell(value) for key, value in row.items()})
            except (ValueError, AttributeError, RecursionError):
                odd.append(line)
                if not rows:
                    return None
    frame = pd.DataFrame(rows, dtype="str")
    frame.columns = column_names(list(frame.columns))
    return Reading(frame, odd_rows=len(odd), set_aside=tuple(odd[:MAX_SET_ASIDE]))


def _escapes_with_backslash(text: str) -> bool:
    """Whether quotes inside of fields are written \\" (as MySQL does) rather than doubled."""
    escaped = len(re.findall(r'\\"(?=[^,;\t|\r\n])', text))
    doubled = len(re.findall(r'[^,;\t|\r\n"]""[^"]', text))
    return escaped >= 3 and escaped > 4 * doubled


def _records(text: str, dialect: _Dialect) -> list[list[str]]:
    """The first records that are not blank."""
    lines = io.StringIO(text[:2_000_000], newline="")
    reader = csv.reader(
        lines, delimiter=dialect.separator, escapechar=dialect.escape, quoting=0 if dialect.quoted else 3
    )
    found: list[list[str]] = []
    try:
        for record in reader:
            if record and (len(record) > 1 or record[0].strip()):
                found.append(record)
            if len(found) >= LOOKED_AT:
                break
    except csv.Error:
        pass
    return found


def _separator(text: str, escape: str | None) -> tuple[str | None, bool]:
    """The separator (None for a single column), and whether quotes hold fields together: not where a quote that is
    never closed would swallow the lines after it."""
    sample = text[:1_000_000]
    best = _best_separator(sample, True, escape)
    if text.count('"') % 2:
        plain = _best_separator(sample, False, escape)
        if plain and plain[0] >= 0.95 and (best is None or plain[3] > 1.2 * best[3]):
            return plain[2], False
    return best[2] if best else None, True


def _best_separator(sample: str, quoted: bool, escape: str | None) -> tuple[float, int, str, int] | None:
    """The separator that cuts the most records into the same number of fields: (share of them, fields, separator,
    records looked at)."""
    best: tuple[float, int, str, int] | None = None
    for separator in SEPARATORS:
        single = separator if len(separator) == 1 else UNIT
        text = sample.replace(separator, single) if single == UNIT else sample
        records = _records(text, _Dialect(single, quoted, escape))
        width = _usual_width(records)
        share = sum(len(record) == width for record in records) / max(len(records), 1)
        headed = bool(records) and width - len(records[0]) in (0, 1)
        if width > 1 and share >= (0.5 if headed else 0.8) and (best is None or (share, width) > best[:2]):
            best = share, width, separator, len(records)
    return best


def _usual_width(records: Sequence[Sequence[str]]) -> int:
    widths = Counter(len(record) for record in records)
    return widths.most_common(1)[0][0] if widths else 0


def _header(records: Sequence[list[str]], width: int) -> list[str] | None:
    """The first record of the usual width, or None where it looks like data: mostly numbers above numbers, which
    are not years. Where only the lines of data end with a separator, the line before them is the header."""
    fitting = [record for record in records if len(record) == width]
    if not fitting:
        return None
    if len(records[0]) == width - 1 and all(not record[-1].strip() for record in fitting):
        return [*records[0], ""]
    first, rest = fitting[0], fitting[1:50]
    numeric = [place for place, cell in enumerate(first) if _NUMBER.match(cell)]
    above = [p for p in numeric if rest and all(_NUMBER.match(row[p]) or not row[p].strip() for row in rest)]
    years = len(numeric) < width and all(re.fullmatch(r"(19|20)\d\d", first[place].strip()) for place in numeric)
    return None if width > 1 and len(above) >= width / 2 and len(above) == len(numeric) and not years else first


def _parse(data: bytes, dialect: _Dialect, width: int, name: str) -> tuple[pd.DataFrame, list[str]]:
    """All records of the right width as text, and the others as they were. Stray quotes are tried as plain text."""
    names = [str(place) for place in range(width)]
    convert = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False)
    block = min(max(len(data), 1 << 16), 1 << 28)
    read = pa_csv.ReadOptions(column_names=names, block_size=block, use_threads=False)
    for quoted in (True, False) if dialect.quoted else (False,):
        odd: list[str] = []

        def set_aside(row: pa_csv.InvalidRow, odd: list[str] = odd) -> str:
            odd.append(row.text or "")
            return "skip"

        parse = pa_csv.ParseOptions(
            delimiter=dialect.separator,
            quote_char='"' if quoted else False,
            escape_char=dialect.escape or False,
            newlines_in_values=quoted,
            invalid_row_handler=set_aside,
        )
        try:
            table = pa_csv.read_csv(pa.BufferReader(data), read, parse, convert)
        except pa.ArrowInvalid:
            continue
        if table.num_rows > MAX_ROWS:
            raise too_large(name, MAX_ROWS, MAX_COLUMNS, MAX_BYTES)
        return table.to_pandas(types_mapper={pa.large_string(): pd.StringDtype(na_value=float("nan"))}.get), odd
    raise not_text(name)


def _without_header(frame: pd.DataFrame, header: list[str] | None) -> tuple[pd.DataFrame, int]:
    """The frame without its header, and how often the header was repeated further down."""
    if header is None:
        return frame, 0
    equal = pd.Series(True, index=frame.index)
    for place, cell in enumerate(header):
        equal &= frame.iloc[:, place] == cell
        if not equal.any():
            break
    return frame[~equal], max(int(equal.sum()) - 1, 0)


def _read_workbook(data: bytes, name: str) -> Reading:
    """The first sheet that holds a table, else the first that holds anything."""
    if data.startswith(b"\xd0\xcf\x11\xe0") and "EncryptedPackage".encode("utf-16-le") in data:
        raise UserError(
            Text(
                "“{name}” is protected by a password. Open it in Excel, remove the password, save it and upload it again.",
                "“{name}”设有打开密码。请在 Excel 中取消密码并保存，然后重新上传。",
            ).fill(name=name)
        )
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = ((sheet, workbook.get_sheet_by_name(sheet).to_python()) for sheet in workbook.sheet_names)
        filled = [(sheet, rows) for sheet, rows in sheets if any(cell != "" for row in rows for cell in row)]
    except (CalamineError, OSError, ValueError):
        raise damaged(name) from None
    if not filled:
        raise no_rows(name)
    sheet, rows = next((f for f in filled if sum(sum(c != "" for c in row) > 1 for row in f[1]) > 1), filled[0])
    return _read_rows([[_cell(value) for value in row] for row in rows], sheet, name)


def _read_rows(rows: list[list[str]], sheet: str, name: str) -> Reading:
    """A sheet's rows: what stands above the first well-filled row, and a line of totals at the end, is set aside."""
    width = max(len(row) for row in rows)
    if width > MAX_COLUMNS or len(rows) > MAX_ROWS:
        raise too_large(name, MAX_ROWS, MAX_COLUMNS, MAX_BYTES)
    rows = [row + [""] * (width - len(row)) for row in rows]
    filled = [sum(cell != "" for cell in row) for row in rows]
    usual = sorted(count for count in filled if count)[sum(1 for count in filled if count) // 2]
    top = next((place for place, count in enumerate(filled[:30]) if count >= 0.8 * usual), 0)
    odd = [row for row, count in zip(rows[:top], filled, strict=False) if count]
    body = [row for row, count in zip(rows[top:], filled[top:], strict=True) if count]
    if len(body) > 2 and body[-1][0].casefold().startswith(_TOTAL) and sum(c != "" for c in body[-1]) <= usual / 2:
        odd.append(body.pop())
    header = _header(body[:LOOKED_AT], width)
    frame = pd.DataFrame(body[1:] if header else body, columns=range(width), dtype="str")
    frame.columns = column_names(header or [""] * width)
    set_aside = tuple("\t".join(row).rstrip("\t") for row in odd[:MAX_SET_ASIDE])
    return Reading(frame, sheet=sheet, odd_rows=len(odd), set_aside=set_aside)


def _cell(value: Any) -> str:
    """A cell of a workbook or of JSON as the text that a CSV would hold."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _finished(reading: Reading, name: str) -> Reading:
    """Typed, without blank rows and nameless blank columns, with its notes. Raises UserError without any row."""
    frame = typed(reading.frame.reset_index(drop=True))
    blank = frame.isna().all(axis=1) if frame.shape[1] else pd.Series(dtype=bool)
    nameless = [c for c in frame.columns if re.fullmatch(r"column \d+|列\d+", c) and frame[c].isna().all()]
    if frame.shape[1] == 0 or blank.all():
        raise no_rows(name)
    frame = frame[~blank].drop(columns=nameless).reset_index(drop=True)
    notes = list(reading.notes)
    if reading.odd_rows:
        notes.append(
            Text(
                "{n} rows do not fit the {width} columns and were set aside; they can be downloaded.",
                "有 {n} 行与 {width} 列的表头对不上，已单独放在一边，可以下载查看。",
            ).fill(n=f"{reading.odd_rows:,}", width=reading.frame.shape[1])
        )
    if blank.any():
        notes.append(Text("{n} blank rows were left out.", "跳过了 {n} 个空行。").fill(n=f"{int(blank.sum()):,}"))
    return replace(reading, frame=frame, notes=tuple(notes))
