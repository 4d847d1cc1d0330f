"""A table as it stands in a file, before its cells are typed."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from core.data.how import How
from core.words import Text


@dataclass(frozen=True)
class Raw:
    """`frame` has sound names and cells as text (columns of a typed file may have other types). `how` is what was used.
    `named` are the names as the header has them, in the order of the columns, where there is a header.
    `odd` are the rows that did not fit, as they were (at most limits.MAX_SET_ASIDE of `odd_rows`), `lines` the
    lines of the file (rows of the sheet) where they stand, as far as known; `undecoded` of them are no text in this
    encoding."""

    frame: pd.DataFrame
    how: How
    notes: tuple[Text, ...] = ()
    named: tuple[str, ...] = ()
    odd: list[str] = field(default_factory=list)
    odd_rows: int = 0
    lines: list[int | None] = field(default_factory=list)
    undecoded: int = 0
    sheets: tuple[str, ...] = ()
