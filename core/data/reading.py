"""A user's file as a table: separated text in the shapes that programs save it, JSON lines, Excel, Parquet.

What a file is, is told by its content, never by its name. Cells are read as text and then typed by `core.data.cells`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from core.data.cells import Conventions, typed
from core.data.exports import write_table
from core.data.how import How
from core.data.meaning import Meaning
from core.data.raw import Raw
from core.data.reading_books import is_workbook, read_workbook
from core.data.reading_notes import notes_of
from core.data.reading_packed import unpacked
from core.data.reading_records import read_parquet
from core.data.reading_text import read_text
from core.data.refusals import no_rows, not_text
from core.words import Text, UserError

__all__ = ["How", "Reading", "read_file", "write_table"]

SHOWN_ASIDE = 20
_MAGIC = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"7z\xbc\xaf", b"Rar!", b"SQLite format 3", b"{\\rtf")


@dataclass(frozen=True)
class Reading:
    """A file as it was read. `frame` has unique trimmed names and a RangeIndex.

    `odd_rows` counts the rows that did not fit the columns; they are in `set_aside` as they were (at most
    limits.MAX_SET_ASIDE), and `lines` says where they stand in the file. `separator` is None where there is only one column or where the file is no separated text;
    `sheet` is the name of a workbook's sheet, `sheets` all that hold anything. `how` is what was used, complete.
    """

    frame: pd.DataFrame
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    notes: tuple[Text, ...] = ()
    odd_rows: int = 0
    set_aside: tuple[str, ...] = ()
    lines: tuple[int | None, ...] = ()
    how: How = field(default_factory=How)
    sheets: tuple[str, ...] = ()
    meanings: Mapping[str, Meaning] = field(default_factory=dict)

    def head(self, rows: int) -> Reading:
        """The same with the first rows only."""
        return replace(self, frame=self.frame.head(rows))

    def facts(self) -> dict[str, Any]:
        """Everything but the frame, ready for JSON, with the first rows that were set aside."""
        return {
            "encoding": self.encoding,
            "separator": self.separator,
            "sheet": self.sheet,
            "notes": [note.to_json() for note in self.notes],
            "odd_rows": self.odd_rows,
            "set_aside": list(self.set_aside[:SHOWN_ASIDE]),
            "how": self.how.to_json(),
            "sheets": list(self.sheets),
            "meanings": {name: meaning.to_json() for name, meaning in self.meanings.items()},
        }


def read_file(path: Path, name: str, how: How | None = None, *, preview: bool = False) -> Reading:
    """The table in the file. `name` is what the user calls it, for messages; `how` is what its owner said of it.
    `preview` reads only the beginning of separated text.

    Raises UserError where the file is empty, holds no rows, is no table, is locked or damaged, mixes encodings, or
    is larger than `core.data.limits`.
    """
    how = how or How()
    data = unpacked(path, name)
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UserError(Text("“{name}” is empty.", "“{name}”是空文件。").fill(name=name))
    if data.startswith(_MAGIC):
        raise not_text(name)
    if data.startswith(b"PAR1"):
        raw = read_parquet(data, name)
    elif is_workbook(data):
        raw = read_workbook(data, name, how)
    else:
        raw = read_text(data, name, how, preview=preview)
    del data
    return _finished(raw, replace(raw.how, decimal=how.decimal, orders=how.orders), name)


def _finished(raw: Raw, how: How, name: str) -> Reading:
    """Typed, without blank rows and columns that a header left blank, with its notes. Raises UserError without rows."""
    width = raw.frame.shape[1]
    frame, meanings = typed(raw.frame.reset_index(drop=True), Conventions(how.decimal, how.orders))
    blank = frame.isna().all(axis=1) if frame.shape[1] else pd.Series(dtype=bool)
    if frame.shape[1] == 0 or blank.all():
        raise no_rows(name)
    nameless = [c for c in frame.columns if re.fullmatch(r"column \d+|列\d+", c) and frame[c].isna().all()]
    frame = frame.drop(columns=nameless if how.header else [])
    frame = frame[~blank].reset_index(drop=True) if blank.any() else frame
    notes = (*raw.notes, *notes_of(raw, how, meanings, width, int(blank.sum()), list(frame.columns)))
    return Reading(
        frame, how.encoding, how.separator or None, how.sheet, notes, raw.odd_rows, tuple(raw.odd),
        (*raw.lines, *[None] * (len(raw.odd) - len(raw.lines))), how, raw.sheets,
        meanings={name: meaning for name, meaning in meanings.items() if name in frame.columns},
    )  # fmt: skip
