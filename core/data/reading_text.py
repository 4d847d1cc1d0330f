"""Separated text: which separator and which quotes, where the header is, which rows do not fit."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from core.data import limits
from core.data.cells import column_names
from core.data.encodings import decode
from core.data.how import How, Quotes
from core.data.raw import Raw
from core.data.reading_records import read_json
from core.data.refusals import no_rows, not_text, too_large

SEPARATORS = (",", ";", "\t", "|", "::")
UNIT = "\x1f"
"""Stands for a separator of several characters, and for none at all: no text holds it."""
LOOKED_AT = 300
SAMPLE = 2_000_000
MISSES = 20
PREVIEW = 400_000
csv.field_size_limit(1 << 27)
_NUMBER = re.compile(r"^\s*[+-]?[\d.,]*\d\s*%?\s*$")


@dataclass(frozen=True)
class _Dialect:
    """How fields are told apart: the separator as a single character, quotes or not, an escape or none."""

    separator: str = ","
    quoted: bool = True
    escape: str | None = None


def read_text(data: bytes, name: str, how: How, *, preview: bool = False) -> Raw:
    """The table in these bytes. `preview` reads only the beginning. Raises UserError where they hold none."""
    if preview and how.encoding:
        data = data[: 4 * PREVIEW]
    decoded = decode(data, name, how.encoding)
    text = decoded.data
    start = text[:2000].decode("utf-8", "ignore").lstrip().casefold()
    if start.startswith(("<!doctype", "<html", "<?xml", "<table")):
        raise not_text(name)
    if how.separator is None and start.startswith(("{", "[")) and (found := read_json(text, name)):
        return replace(found, how=replace(how, encoding=decoded.encoding), notes=decoded.notes)
    text, skipped = _without_first_lines(text, how.skip)
    if not text.strip():
        raise no_rows(name)
    if preview:
        text = text[: max(text.rfind(b"\n", 0, PREVIEW), 0) + 1] if len(text) > PREVIEW else text
    raw = _read_separated(text, name, replace(how, encoding=decoded.encoding))
    above = len(skipped)
    places = [None if line is None else line + above for line in raw.lines]
    return replace(
        raw,
        notes=decoded.notes,
        odd=[*skipped, *(line for _, line in decoded.aside), *raw.odd],
        odd_rows=raw.odd_rows + above + len(decoded.aside),
        lines=[*range(1, above + 1), *(number for number, _ in decoded.aside), *places],
        undecoded=len(decoded.aside),
    )


def _without_first_lines(text: bytes, lines: int) -> tuple[bytes, list[str]]:
    skipped = []
    for _ in range(lines):
        line, end, rest = text.partition(b"\n")
        if not end:
            break
        skipped.append(line.decode("utf-8", "replace").rstrip("\r"))
        text = rest
    return text, skipped


def _read_separated(data: bytes, name: str, how: How) -> Raw:
    sample = _beginning(data)
    quotes = how.quotes or ("backslash" if _escapes_with_backslash(sample[:500_000]) else "doubled")
    escape = "\\" if quotes == "backslash" else None
    separator: str | None
    if how.separator is None:
        separator, quoted = _separator(sample, data.count(b'"'), escape, how.quotes)
        quotes = quotes if quoted else "none"
    else:
        separator = how.separator or None
    unit = separator if separator and len(separator) == 1 else UNIT
    if separator and separator != unit:
        data, sample = data.replace(separator.encode(), unit.encode()), sample.replace(separator, unit)
    dialect = _Dialect(unit, quotes != "none", escape)
    records = _records(sample, dialect)
    width = _usual_width(records) if separator else 1
    if width > limits.MAX_COLUMNS:
        raise too_large(name)
    header = _header(records, width, how.header)
    frame, odd, odd_rows = _parse(data, dialect, width, name)
    frame, repeated = _without_header(frame, header)
    lines = _lines_of(data, odd)
    if header.shifted and odd:
        lines = lines[1:]
        odd, odd_rows = odd[1:], odd_rows - 1
    odd += [(separator or ",").join(header.names)] * repeated
    frame.columns = column_names(header.names or [""] * width)
    used = replace(how, separator=separator or "", quotes=quotes, header=header.rows)
    return Raw(frame, used, named=tuple(header.names), odd=odd, odd_rows=odd_rows + repeated, lines=lines)


def _lines_of(data: bytes, rows: Sequence[str]) -> list[int | None]:
    """The lines where these records begin, in the order of the file; None where one cannot be found again."""
    found: list[int | None] = []
    line, at, missed = 1, 0, 0
    for row in rows:
        text = row.encode()
        place = at if missed < MISSES and data.startswith(text, at) else -1
        if place < 0 and missed < MISSES:
            place = data.find(b"\n" + text, at) + 1 or -1
        if place < 0:
            missed += 1
            found.append(None)
            continue
        line += data.count(b"\n", at, place)
        found.append(line)
        at = place + len(text)
        line += text.count(b"\n")
    return found


def _beginning(data: bytes) -> str:
    return data[:SAMPLE].decode("utf-8", "ignore")


def _escapes_with_backslash(text: str) -> bool:
    """Whether quotes inside of fields are written \\" (as MySQL does) rather than doubled."""
    escaped = len(re.findall(r'\\"(?=[^,;\t|\r\n])', text))
    doubled = len(re.findall(r'[^,;\t|\r\n"]""[^"]', text))
    return escaped >= 3 and escaped > 4 * doubled


def _records(text: str, dialect: _Dialect) -> list[list[str]]:
    """The first records that are not blank."""
    lines = io.StringIO(text, newline="")
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


def _separator(sample: str, quotes: int, escape: str | None, said: Quotes | None) -> tuple[str | None, bool]:
    """The separator (None for a single column), and whether quotes hold fields together: not where a quote that is
    never closed would swallow the lines after it. `quotes` counts those of the whole file."""
    sample = sample[:1_000_000]
    if said == "none":
        plain = _best_separator(sample, False, escape)
        return plain[2] if plain else None, False
    best = _best_separator(sample, True, escape)
    if quotes % 2 and said is None:
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


@dataclass(frozen=True)
class _Header:
    """`rows` of the usual width hold the names; `shifted` where the line with the names lacks a last separator that
    the lines of data have, and so is not among the rows."""

    names: list[str]
    rows: int
    shifted: bool = False


def _header(records: Sequence[list[str]], width: int, said: int | None) -> _Header:
    fitting = [record for record in records if len(record) == width]
    shifted = bool(fitting) and len(records[0]) == width - 1 and all(not record[-1].strip() for record in fitting)
    if shifted and said in (None, 1):
        return _Header([*records[0], ""], 1, True)
    rows = has_header(fitting, width) if said is None else min(said, len(fitting))
    return _Header(joined_names(fitting[:rows]), rows)


def has_header(fitting: Sequence[list[str]], width: int) -> int:
    """1 where the first record of the usual width holds names, 0 where it looks like data: mostly numbers above
    numbers, which are not years."""
    if not fitting:
        return 0
    first, rest = fitting[0], fitting[1:50]
    numeric = [place for place, cell in enumerate(first) if _NUMBER.match(cell)]
    above = [p for p in numeric if rest and all(_NUMBER.match(row[p]) or not row[p].strip() for row in rest)]
    years = len(numeric) < width and all(re.fullmatch(r"(19|20)\d\d", first[place].strip()) for place in numeric)
    return 0 if width > 1 and len(above) >= width / 2 and len(above) == len(numeric) and not years else 1


def joined_names(rows: Sequence[list[str]]) -> list[str]:
    """Names from one header row, or from several: a group's name goes on until the next one ("Sales" above "Q1", "Q2")."""
    if len(rows) < 2:
        return list(rows[0]) if rows else []
    filled = []
    for row in rows[:-1]:
        last, cells = "", []
        for cell in row:
            last = cell.strip() or last
            cells.append(last)
        filled.append(cells)
    return [
        " ".join(dict.fromkeys(part.strip() for part in parts if part.strip()))
        for parts in zip(*filled, rows[-1], strict=True)
    ]


def _parse(data: bytes, dialect: _Dialect, width: int, name: str) -> tuple[pd.DataFrame, list[str], int]:
    """All records of the right width as text; the others as they were, and how many. Stray quotes are tried as plain
    text."""
    names = [str(place) for place in range(width)]
    convert = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False)
    block = min(max(len(data), 1 << 16), 1 << 28)
    read = pa_csv.ReadOptions(column_names=names, block_size=block, use_threads=False)
    for quoted in (True, False) if dialect.quoted else (False,):
        odd: list[str] = []
        counted = Counter[str]()

        def set_aside(row: pa_csv.InvalidRow, odd: list[str] = odd, counted: Counter[str] = counted) -> str:
            counted["odd"] += 1
            if len(odd) < limits.MAX_SET_ASIDE:
                odd.append((row.text or "").rstrip("\r\n"))
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
        if table.num_rows > limits.MAX_ROWS:
            raise too_large(name)
        frame = table.to_pandas(types_mapper={pa.large_string(): pd.StringDtype(na_value=float("nan"))}.get)
        return frame, odd, counted["odd"]
    raise not_text(name)


def _without_header(frame: pd.DataFrame, header: _Header) -> tuple[pd.DataFrame, int]:
    """The frame without its header, and how often the header was repeated further down."""
    if not header.rows:
        return frame, 0
    if header.rows > 1:
        return frame.iloc[header.rows :], 0
    equal = pd.Series(True, index=frame.index)
    for place, cell in enumerate(header.names):
        equal &= frame.iloc[:, place] == cell
        if not equal.any():
            break
    if not equal.any() and not header.shifted:
        return frame.iloc[1:], 0
    return frame[~equal], max(int(equal.sum()) - 1, 0)
