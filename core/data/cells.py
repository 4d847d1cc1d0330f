"""From cells as text to typed columns with sound names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data import amounts, dates
from core.data.meaning import Meaning

MISSING = ("", "null", "nan", "n/a", "#n/a", "#n/a n/a", "<na>", "\\n", "#null!", "(null)", "[null]")
"""Spellings (lower case) that mean missing in every column."""
MISSING_AMONG_NUMBERS = (
    *MISSING,
    "na",
    "none",
    "nil",
    "-",
    "--",
    "—",
    "?",
    ".",
    "missing",
    "unknown",
    "无",
    "空",
    "缺失",
    "未知",
)
"""Further spellings that mean missing where everything else in the column is a number."""
LONGEST_NUMBER = 15
"""Digits that a float64 holds exactly; longer ones are identifiers and stay text."""
_IDENTIFIER = rf"^[+-]?0[0-9]|^[+-]?[0-9]{{{LONGEST_NUMBER + 1},}}$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_WHOLE = r"^[+-]?[0-9]+$"
_ROUNDED = r"^\d(\.\d{1,5})?E\+(1[1-9]|2\d)$"
_ID_NAME = re.compile(
    r"(^|[_\s\-])(id|ids|no|nr|key|number)$|[a-z]I[dD]$|编号|序号|单号|号码|身份证|卡号|手机", re.IGNORECASE
)
_DAY_NUMBERS = (20_000, 73_050)
"""From 1954 to the end of 2099."""
_SAME_CURRENCY = {
    "USD": "$",
    "US$": "$",
    "GBP": "£",
    "EUR": "€",
    "CNY": "¥",
    "RMB": "¥",
    "元": "¥",
    "人民币": "¥",
    "JPY": "¥",
    "円": "¥",
}
MOSTLY = 0.9
AT_FIRST_SIGHT = 0.6
"""The share of the different values that must fit before all rows are looked at."""
SAMPLE = 300
LONGEST_AMOUNT = 40
_SPACE = " \t\r\n\u00a0\u3000\ufeff\u200b"


@dataclass(frozen=True)
class Conventions:
    """How a file writes numbers and dates, where its owner said so: the decimal sign ("" to find out), and by column
    whether the day or the month comes first."""

    decimal: amounts.Mark = ""
    orders: Mapping[str, dates.Order] = field(default_factory=dict)


def typed(frame: pd.DataFrame, said: Conventions | None = None) -> tuple[pd.DataFrame, dict[str, Meaning]]:
    """The frame of text cells with trimmed cells, missing spellings as missing, and typed columns; and what was learned
    of the columns that had something to tell.

    Columns of numbers become int64 (whole, nothing missing) or float64, also where they are written as amounts
    ($5,400.00, 5.4k, 12%, 1.234,56 €), with one decimal sign for the whole file. Dates become ISO text. Numbers with
    leading zeros or more than 15 digits are identifiers: text. A column with cells that fit no such kind stays text.
    """
    said = said or Conventions()
    cells = {name: pc.utf8_trim(as_arrow(frame[name]), characters=_SPACE) for name in frame.columns}
    said = replace(said, decimal=said.decimal or _decimal_mark(cells.values()))
    columns, meanings = {}, {}
    for name, column in cells.items():
        columns[name], meaning = _typed_column(str(name), column, said)
        if meaning != Meaning():
            meanings[str(name)] = meaning
    return pd.DataFrame(columns).set_axis(frame.index), meanings


def _typed_column(name: str, cells: pa.Array, said: Conventions) -> tuple[pd.Series, Meaning]:
    filled = _filled(cells, MISSING_AMONG_NUMBERS)
    present = cells.filter(filled)
    missing = _words_for_missing(cells, filled)
    if len(present) and _all_match(present, _NUMBER):
        if _are_rounded(name, present):
            return _as_text(cells), Meaning("rounded", missing=missing)
        if not _any_match(present, _IDENTIFIER):
            column, meaning = _numbers(name, cells, filled, said)
            return column, replace(meaning, missing=missing)
    else:
        found = _amounts(cells, filled, said) or _dates(name, cells, filled, said)
        if found:
            return found[0], replace(found[1], missing=missing)
    return _as_text(cells), Meaning(missing=_words_for_missing(cells, _filled(cells, MISSING)))


def _as_text(cells: pa.Array) -> pd.Series:
    cells = pc.if_else(_filled(cells, MISSING), cells, pa.scalar(None, cells.type))
    return pd.Series(cells, dtype="str")


def _words_for_missing(cells: pa.Array, filled: pa.Array) -> tuple[tuple[str, int], ...]:
    """The words (not blanks) among the cells that are not filled, with their counts, the most frequent first."""
    words = cells.filter(pc.and_(pc.invert(filled), pc.greater(pc.fill_null(pc.binary_length(cells), 0), 0)))
    counted = [(str(item["values"]), int(item["counts"])) for item in pc.value_counts(words).to_pylist()]
    return tuple(sorted(counted, key=lambda item: -item[1])[:8])


def _decimal_mark(columns: Iterable[pa.Array]) -> amounts.Mark:
    """The decimal sign of the file: "," where some column of amounts shows it and no column shows a dot."""
    marks = set()
    for cells in columns:
        some = _sample(cells.filter(_filled(cells, MISSING_AMONG_NUMBERS)))
        if _could_be_numbers(some) and np.isfinite(amounts.numbers_of(some)).mean() >= MOSTLY:
            marks.add(amounts.decimal_mark(some))
    return "," if "," in marks and "." not in marks else ""


def _sample(present: pa.Array) -> pd.Series:
    """Some different cells from all over the column."""
    few = (
        present.take(pa.array(np.unique(np.linspace(0, max(len(present) - 1, 0), 2 * SAMPLE).astype(int))))
        if len(present)
        else present
    )
    return pd.Series(few.unique(), dtype="str").iloc[:SAMPLE]


def _could_be_numbers(some: pd.Series) -> bool:
    """Whether nearly all of these cells are short and hold a digit: what amounts and dates have in common."""
    cells = some.to_list()
    fitting = sum(
        len(cell) <= LONGEST_AMOUNT and any("0" <= letter <= "9" for letter in unicodedata.normalize("NFKC", cell))
        for cell in cells
    )
    return bool(cells) and fitting >= AT_FIRST_SIGHT * len(cells)


def _different(cells: pa.Array, filled: pa.Array) -> tuple[pd.Series, np.ndarray, np.ndarray]:
    """The different filled cells, the rows of each, and for every row which it has (-1 for none)."""
    present = pc.if_else(filled, cells, pa.scalar(None, cells.type)).dictionary_encode()
    codes = present.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    different = pd.Series(present.dictionary, dtype="str")
    return different, np.bincount(codes[codes >= 0], minlength=len(different)), codes


def _amounts(cells: pa.Array, filled: pa.Array, said: Conventions) -> tuple[pd.Series, Meaning] | None:
    """A column of amounts as float64, or as the text that it is where some cells are none (at most one in ten) or where
    different currencies, or percents and numbers above 1.5, stand side by side. None where it holds no amounts."""
    some = _sample(cells.filter(filled))
    if not _could_be_numbers(some) or _any_match(pa.array(some, pa.large_string()), _IDENTIFIER):
        return None
    read = [amounts.amount(cell) for cell in some]
    plain = some.str.match(_NUMBER).mean()
    if sum(r is not None for r in read) < AT_FIRST_SIGHT * len(read) or (
        plain < AT_FIRST_SIGHT and not _any_dressed(read)
    ):
        return None
    different, counts, codes = _different(cells, filled)
    some = different.iloc[:: max(len(different) // amounts.LOOKED_AT, 1)]
    mark = said.decimal or amounts.decimal_mark(some)
    numbers = amounts.numbers_of(different, mark)
    unread = np.isnan(numbers)
    if counts[unread].sum() > (1 - MOSTLY) * counts.sum() or different[unread].str.contains(r"\d").any():
        return None
    read = [amounts.amount(cell, mark) for cell in some]
    meaning = replace(_kind_of_amounts(read), unread=int(counts[unread].sum()))
    bare = some.str.match(_NUMBER).to_numpy() | np.array([r is not None and r.dressed for r in read])
    if meaning.unread or not bare.all() or _is_mixture(read):
        return _as_text(cells), meaning
    return _whole(pd.Series(np.append(numbers, np.nan)[codes])), meaning


_Read = Sequence[amounts.Amount | None]


def _any_dressed(read: _Read) -> bool:
    return any(r is not None and r.dressed for r in read)


def _kind_of_amounts(read: _Read) -> Meaning:
    signs = Counter(r.currency for r in read if r is not None and r.currency)
    if signs:
        return Meaning("money", unit=signs.most_common(1)[0][0])
    return Meaning("percent" if any(r is not None and r.percent for r in read) else "amount")


def _is_mixture(read: _Read) -> bool:
    """Whether the numbers cannot be compared: several currencies, or percents beside numbers that are no shares."""
    known = [r for r in read if r is not None]
    signs = {_SAME_CURRENCY.get(r.currency, r.currency) for r in known} - {""}
    others = [abs(r.number) for r in known if not r.percent]
    percent = len(others) < len(known)
    return len(signs) > 1 or bool(percent and others and np.quantile(others, 0.95) > 1.5)


def _dates(name: str, cells: pa.Array, filled: pa.Array, said: Conventions) -> tuple[pd.Series, Meaning] | None:
    some = _sample(cells.filter(filled))
    if not _could_be_numbers(some):
        return None
    different, counts, codes = _different(cells, filled)
    found = dates.read_dates(different, counts, said.orders.get(name, ""), name=name)
    if found is None:
        return None
    iso = pd.Series(np.append(found.iso.to_numpy(dtype=object), np.array([None]))[codes], dtype="str")
    return iso, Meaning("date", order=found.order, unsure=found.unsure, unread=found.unread)


def _are_rounded(name: str, present: pa.Array) -> bool:
    """Whether a spreadsheet rounded long identifiers (5.70306E+17): all of one size, in few digits, beside nothing
    but long numbers. A column that is not called an identifier must have them in nine of ten cells."""
    rounded = present.filter(pc.match_substring_regex(present, _ROUNDED))
    if not len(rounded):
        return False
    rest = present.filter(pc.invert(pc.match_substring_regex(present, _ROUNDED)))
    sizes = pc.extract_regex(rounded, r"E\+(?P<size>\d+)$").field("size").unique()
    named = bool(_ID_NAME.search(name))
    return (
        len(sizes) <= 2
        and (named or len(rounded) >= 0.9 * len(present))
        and (not len(rest) or _all_match(rest, r"^\d{11,}$"))
    )


def as_arrow(values: pd.Series) -> pa.Array:
    """The strings as one Arrow array (large_string), missing as null."""
    array = pa.array(values, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array.cast(pa.large_string())


def column_names(found: Sequence[str]) -> list[str]:
    """Trimmed, unique names; an empty one is called by its place in the language of the others ("column 3", "列3")."""
    trimmed = [re.sub(r"\s+", " ", name.strip(_SPACE)) for name in found]
    place = "列{}" if any(re.search(r"[\u4e00-\u9fff]", name) for name in trimmed) else "column {}"
    taken = {name for name in trimmed if name}
    names: list[str] = []
    for position, name in enumerate(trimmed, start=1):
        stem = name or place.format(position)
        candidate, number = stem, 1
        while candidate in names or (candidate in taken and candidate != name):
            number += 1
            candidate = f"{stem} {number}"
        names.append(candidate)
    return names


def _filled(cells: pa.Array, spellings: Sequence[str]) -> pa.Array:
    """Which cells are none of these spellings; only short cells are looked at closely."""
    short = pc.if_else(pc.less_equal(pc.binary_length(cells), 12), cells, pa.scalar("long", cells.type))
    missing = pc.is_in(pc.utf8_lower(short), value_set=pa.array(spellings, pa.large_string()))
    return pc.and_(pc.is_valid(cells), pc.invert(missing))


def _all_match(cells: pa.Array, pattern: str) -> bool:
    few = cells[:100]
    return bool(pc.all(pc.match_substring_regex(few, pattern)).as_py()) and bool(
        pc.all(pc.match_substring_regex(cells, pattern)).as_py()
    )


def _any_match(cells: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(cells, pattern)).as_py())


def _numbers(name: str, cells: pa.Array, filled: pa.Array, said: Conventions) -> tuple[pd.Series, Meaning]:
    plain = pc.replace_substring_regex(cells, r"^\+", "")
    if said.decimal == "," and _any_match(cells, r"\."):
        different, _, codes = _different(cells, filled)
        numbers = np.append(amounts.numbers_of(different, ","), np.nan)[codes]
        return _whole(pd.Series(numbers)), Meaning("amount")
    if pc.all(filled).as_py() and _all_match(cells, _WHOLE):
        return _days(name, pd.Series(plain.cast(pa.int64()).to_numpy(zero_copy_only=False)))
    plain = pc.if_else(filled, plain, pa.scalar(None, plain.type))
    numbers = plain.cast(pa.float64()).to_numpy(zero_copy_only=False)
    if np.isinf(numbers).any():
        return pd.Series(cells, dtype="str"), Meaning()
    return _days(name, pd.Series(numbers))


def _whole(numbers: pd.Series) -> pd.Series:
    return numbers.astype("int64") if numbers.notna().all() and (numbers % 1 == 0).all() else numbers


def _days(name: str, numbers: pd.Series) -> tuple[pd.Series, Meaning]:
    """Numbers that are dates by the column's name and their size: a spreadsheet's day numbers, or 20240331."""
    filled = numbers.dropna()
    if len(filled) < 3 or not dates.NAMES_OF_DATES.search(name):
        return numbers, Meaning()
    if filled.between(*_DAY_NUMBERS).all():
        return dates.from_day_numbers(numbers), Meaning("time")
    if filled.between(19_000_101, 21_001_231).all():
        iso = dates.from_eight_digits(filled.astype("int64"))
        if iso is not None:
            return iso.reindex(numbers.index).astype("str"), Meaning("date")
    return numbers, Meaning()
